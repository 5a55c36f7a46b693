"""Records that are run again over HTTP: by the service that made them, and by one that cut the catalog otherwise."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.service_folder import ServiceFolder
from service.stack import Stack
from tests.system.combine_test import made, send
from tests.system.sky_files import CATALOG, register
from tests.system.submit_test import follow
from trainingset.mock.place import MARGIN_ARCSEC, MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


@pytest.fixture(scope="session")
def record(http: httpx.Client, small_table: Path) -> dict[str, Any]:
    """Of a training set that the first service made, split in two."""
    source = send(http, small_table.name, small_table.read_bytes())
    recipe = {
        "catalog": CATALOG,
        "redshifts": source,
        "radius_arcsec": 1.0,
        "split": {"train": 0.7, "test": 0.3},
        "seed": 1,
    }
    return record_of(http, made(http, recipe))


def record_of(http: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"{job['url']}/results/provenance").json()
    return found


def reproduced(http: httpx.Client, record: dict[str, Any]) -> dict[str, Any]:
    """The answer when the job has ended well."""
    answer = http.post("/api/v1/reproduce", json=record)
    assert answer.status_code == 201, answer.text
    assert follow(http, answer.json()["url"]) == "COMPLETED", http.get(f"{answer.json()['url']}/error").text
    told: dict[str, Any] = http.get(f"/api/v1/jobs/{answer.json()['id']}/reproduction").json()
    return told


def cut_otherwise(sky: MockSky, folder: Path) -> tuple[Path, int, int]:
    """The objects of the mock sky in other partitions; how many there were, and how many there are."""
    # It brings LSDB, which the other tests here can do without.
    from trainingset.mock.collection import write_collection

    files = sorted((sky.collection / "object").rglob("Npix=*.parquet"))
    table = pa.concat_tables([pq.ParquetFile(path).read() for path in files], promote_options="permissive")
    kept = [name for name in table.column_names if name not in ("_healpix_29", "Norder", "Dir", "Npix")]
    written = write_collection(
        table.select(kept).take(list(reversed(range(table.num_rows)))),
        folder,
        name="object",
        ra_column="coord_ra",
        dec_column="coord_dec",
        margin_arcsec=MARGIN_ARCSEC,
        partition_rows=20_000,
    )
    return written, len(files), len(list((written / "object").rglob("Npix=*.parquet")))


@pytest.fixture
def elsewhere(
    stack: Stack, mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, Stack]]:
    """Another service with the same objects in other partitions, that knows nothing of the first one."""
    collection, n_before, n_after = cut_otherwise(mock_sky, tmp_path_factory.mktemp("cut") / "object_collection")
    assert n_after < n_before
    folder = ServiceFolder(tmp_path_factory.mktemp("elsewhere"))
    register(mock_sky, folder)
    folder.registry.write_text(folder.registry.read_text().replace(str(mock_sky.collection), str(collection)))
    with Stack.start(folder.root, port=0, fsync=False) as other:
        auth = httpx.BasicAuth(other.connection.token, "x-oauth-basic")
        with httpx.Client(base_url=other.url, auth=auth, timeout=90) as client:
            yield client, other


def test_the_service_makes_the_same_rows_from_its_record(http: httpx.Client, record: dict[str, Any]) -> None:
    told = reproduced(http, record)

    assert (told["is_same"], told["rows"]) == (True, None)
    assert told["found_checksum"] == record["row_checksum"]
    assert told["differences"] == []


def test_rows_that_differ_are_told_column_by_column(http: httpx.Client, record: dict[str, Any]) -> None:
    told = reproduced(http, {**record, "recipe": {**record["recipe"], "seed": 2}})

    assert told["is_same"] is False
    rows = told["rows"]
    assert (rows["only_recorded"], rows["only_found"]) == (0, 0)
    assert {"subset"} <= {column["column"] for column in rows["columns"]} <= {"subset", "is_training_set"}
    assert all(1 <= len(column["examples"]) <= 5 for column in rows["columns"])


@pytest.mark.long
def test_another_service_that_cut_the_catalog_otherwise_makes_the_same_rows(
    elsewhere: tuple[httpx.Client, Stack], record: dict[str, Any], small_table: Path
) -> None:
    http, _ = elsewhere
    refused = http.post("/api/v1/reproduce", json=record)
    assert refused.status_code == 422
    assert hashlib.sha256(small_table.read_bytes()).hexdigest() in refused.text

    send(http, "under-another-name.vot", small_table.read_bytes())
    told = reproduced(http, record)

    assert told["is_same"] is True
    assert told["found_checksum"] == record["row_checksum"]
    assert {(item["what"], item["name"].split()[-1]) for item in told["differences"]} == {
        ("input", "name"),
        ("catalog", "fingerprint"),
    }


def test_an_input_of_which_one_byte_changed_is_no_longer_that_input(
    http: httpx.Client, record: dict[str, Any], small_table: Path
) -> None:
    content = small_table.read_bytes()
    changed = content.replace(b"VOTABLE version", b"VOTABLE  version", 1)
    assert changed != content
    sha256 = hashlib.sha256(changed).hexdigest()
    used = {**record["inputs"][0], "source": "upload:gone", "sha256": sha256}
    edited = {**record, "inputs": [used], "recipe": {**record["recipe"], "redshifts": "upload:gone"}}
    assert http.post("/api/v1/reproduce", json=edited).status_code == 422

    send(http, "changed.vot", changed)
    told = reproduced(http, {**edited, "inputs": [{**used, "rows": 299}]})

    assert told["is_same"] is True
    assert ("input", "1 rows", "299", "300") in {tuple(item.values()) for item in told["differences"]}
