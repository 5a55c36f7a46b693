"""The whole service with its files in S3: real processes, a real S3 API, and what clients, operators and faults do."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pyvo
import requests
from click.testing import Result
from typer.testing import CliRunner

import tsm
from service.cli import cli
from service.settings import DEMO_GROUP
from tests.faults.cluster import Cluster, until
from tests.system.sky_files import CATALOG, write_redshifts
from tests.troubled_s3 import CREDENTIALS, Asked, TroubledS3, do_first, refuse
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("bucket")]

ROOT = "tsm/whole-service"
FORMATS = ["votable", "votable/td", "parquet", "fits", "csv", "hdf5", "hats"]


@pytest.fixture(scope="module")
def settings(s3: TroubledS3, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address in the environment, the keys in a file, downloads from signed addresses."""
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "TSM_BLOB_OPTIONS").write_text(json.dumps(CREDENTIALS))
    return {
        "TSM_BLOB_ROOT": f"s3://{ROOT}",
        "TSM_BLOB_OPTIONS": json.dumps({"endpoint_url": s3.url}),
        "TSM_SECRETS_FOLDER": str(secrets),
        "TSM_SIGNED_DOWNLOADS__SECONDS": "60",
    }


@pytest.fixture(scope="module")
def cluster(mock_sky: MockSky, settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    root = tmp_path_factory.mktemp("bucket") / "service"
    with Cluster(root, mock_sky, n_workers=1, settings=settings) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def token(cluster: Cluster, s3: TroubledS3) -> str:
    until(lambda: len(keys(s3, "cards")) == 2, seconds=60, what="both catalogs have cards")
    return cluster.folder.tokens.create("ada", groups=(DEMO_GROUP,), lifetime_seconds=3600, name="bucket")


@pytest.fixture(scope="module")
def maker(cluster: Cluster, token: str) -> Iterator[tsm.TrainingSetMaker]:
    with tsm.TrainingSetMaker(cluster.url, token) as maker:
        yield maker


@pytest.fixture(scope="module")
def http(cluster: Cluster, token: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=cluster.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def source(maker: tsm.TrainingSetMaker, mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An uploaded table of 200 redshifts."""
    path = write_redshifts(mock_sky, tmp_path_factory.mktemp("tables") / "redshifts.parquet", n_rows=200)
    rows = pq.read_table(path)
    pq.write_table(rows.append_column("z_flag_homogenized", pa.array([4.0] * rows.num_rows)), path)
    return maker.upload(path).source


def finished(http: httpx.Client, recipe: dict[str, Any]) -> dict[str, Any]:
    """Send a job and wait for its end."""
    answer = http.post("/api/v1/jobs", json={"recipe": recipe})
    assert answer.is_success, answer.text
    job: dict[str, Any] = answer.json()
    while job["phase"] in {"PENDING", "QUEUED", "EXECUTING"}:
        job = http.get(f"/api/v1/jobs/{job['id']}", params={"wait": 20}).json()
    return job


def keys(s3: TroubledS3, folder: str) -> list[str]:
    return sorted(s3.files.find(f"{ROOT}/{folder}"))


@pytest.fixture(scope="module")
def matched(http: httpx.Client, source: str) -> dict[str, Any]:
    """A compilation, matched: a chain through the store, in all formats and a file for each part of a split."""
    inputs = [{"source": source}]
    combined = finished(http, {"kind": "combine", "inputs": inputs, "preset": "complete", "mode": "concatenate"})
    assert combined["phase"] == "COMPLETED", combined
    job = finished(
        http,
        {
            "kind": "crossmatch",
            "catalog": CATALOG,
            "redshifts": f"job:{combined['id']}",
            "radius_arcsec": 1.0,
            "formats": FORMATS,
            "subsets": "files",
            "split": {"train": 0.7, "test": 0.3},
        },
    )
    assert job["phase"] == "COMPLETED", job
    return job


def test_the_library_fetches_every_file_from_the_store_as_it_is_listed(
    maker: tsm.TrainingSetMaker, matched: dict[str, Any], s3: TroubledS3, tmp_path: Path
) -> None:
    job = maker.job(matched["id"])
    sent_before = len(s3.asked)
    for result in matched["results"]:
        path = job.download(result["id"], tmp_path / result["id"])

        assert path.stat().st_size == result["size"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == result["sha256"]

    assert {"result", "parquet", "hats", "provenance"} < {result["id"] for result in matched["results"]}
    assert pq.read_table(tmp_path / "parquet").num_rows > 50
    signed = [asked for asked in s3.asked[sent_before:] if "X-Amz-Signature" in asked.query]
    assert len(signed) == len(matched["results"])
    assert not any("authorization" in asked.headers for asked in signed)


def test_curl_and_pyvo_follow_to_the_store_without_the_token(
    http: httpx.Client, matched: dict[str, Any], s3: TroubledS3, token: str, tmp_path: Path
) -> None:
    url = f"{http.base_url}crossmatch/async/{matched['id']}"
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    sent_before = len(s3.asked)

    job = pyvo.dal.AsyncTAPJob(url, session=session)
    rows = job.fetch_result().to_table()
    curl = ["curl", "-sSfL", "-H", f"Authorization: Bearer {token}", "-o", str(tmp_path / "rows"), "--range", "0-3"]
    subprocess.run([*curl, f"{url}/results/parquet"], check=True, timeout=60)

    assert len(rows) > 50
    assert (tmp_path / "rows").read_bytes() == b"PAR1"
    signed = [asked for asked in s3.asked[sent_before:] if "X-Amz-Signature" in asked.query]
    assert len(signed) == 2
    assert not any("authorization" in asked.headers for asked in signed)


def test_operators_examine_publish_restore_and_check_files_in_a_bucket(
    cluster: Cluster, http: httpx.Client, settings: dict[str, str], s3: TroubledS3, source: str, tmp_path: Path
) -> None:
    table = tmp_path / "published.parquet"
    pq.write_table(pa.table({"ra": [10.0], "dec": [-1.0], "z": [0.5], "survey": ["VVDS"]}), table)
    stores = {"TSM_DATABASE_URL": cluster.database_url, "TSM_QUEUE_URL": cluster.direct_queue_url}
    environment = settings | stores | {"TSM_REGISTRY_PATH": str(cluster.folder.registry)}

    def run(*words: str, **changes: str) -> Result:
        return CliRunner().invoke(cli, words, env=environment | changes)

    told = ["--name", "mine", "--version", "1", "--release", "dp9", "--title", "Mine", "--latest"]
    published = run("compilation", "publish", str(table), *told)
    examined = run("doctor", "--json")
    checked = run("check-files")
    copy = "tsm/copied"
    s3.files.copy(f"{ROOT}/", f"{copy}/", recursive=True)
    lost = next(key for key in s3.files.find(copy) if "/publications/" in key)
    s3.files.rm_file(lost)
    restored = run("check-files", TSM_BLOB_ROOT=f"s3://{copy}")

    assert published.exit_code == 0, published.output
    found = {finding["subject"]: finding for finding in json.loads(examined.stdout)}
    assert (found["Files"]["is_bad"], found["Files"]["text"]) == (False, "can be written and removed, in S3")
    assert (checked.exit_code, "0 of them are missing" in checked.stdout) == (0, True), checked.stdout
    assert restored.exit_code == 1
    assert f"BAD  {lost.removeprefix(copy + '/')} (compilation mine@1" in restored.stdout
    assert http.get("/api/v1/redshifts/compilations/mine/1/file").content == table.read_bytes()


def a_match(source: str) -> dict[str, Any]:
    return {"kind": "crossmatch", "catalog": CATALOG, "redshifts": source, "radius_arcsec": 1.0}


@pytest.mark.slow
def test_jobs_wait_for_a_store_that_throttles(http: httpx.Client, s3: TroubledS3, source: str) -> None:
    with s3.troubled(
        refuse(503, "SlowDown"), lambda asked: "/jobs/" in asked.path or "/uploads/" in asked.path, times=12
    ):
        job = finished(http, a_match(source))

    assert job["phase"] == "COMPLETED", job


@pytest.mark.slow
def test_a_worker_killed_between_two_files_publishes_none_of_them_and_another_all(
    http: httpx.Client, cluster: Cluster, s3: TroubledS3, source: str
) -> None:
    killed: list[int] = []
    stored: list[str] = []

    def kill() -> None:
        killed.append(cluster.workers[0].kill())
        stored.extend(keys(s3, "jobs"))

    def is_second_file(asked: Asked) -> bool:
        return asked.method == "PUT" and "/1/" in asked.path and asked.path.endswith("parquet")

    with s3.troubled(do_first(kill), is_second_file, times=1):
        job = finished(http, a_match(source))
    names = [key.partition(f"{job['id']}/")[2] for key in keys(s3, f"jobs/{job['id']}")]

    assert len(killed) == 1
    assert job["phase"] == "COMPLETED", job
    assert any(f"{job['id']}/1/" in key for key in stored)
    assert any(name.startswith("2/") for name in names)
    for result in job["results"]:
        answer = http.get(f"/api/v1/jobs/{job['id']}/results/{result['id']}", follow_redirects=True)
        assert hashlib.sha256(answer.content).hexdigest() == result["sha256"]


def test_what_is_deleted_or_destroyed_leaves_the_bucket(
    http: httpx.Client, cluster: Cluster, s3: TroubledS3, source: str, matched: dict[str, Any]
) -> None:
    job = finished(http, a_match(source))
    assert keys(s3, f"jobs/{job['id']}")
    assert http.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    assert not keys(s3, f"jobs/{job['id']}")

    cluster.execute(f"UPDATE jobs SET destruction = now() - interval '1 day' WHERE id = '{matched['id']}'")
    until(lambda: not keys(s3, f"jobs/{matched['id']}"), seconds=30, what="the files of a destroyed job are gone")
    assert http.get(f"/api/v1/jobs/{matched['id']}/results/parquet").status_code == 404

    upload = http.post("/api/v1/uploads", params={"name": "unused.csv"}, content=b"ra,dec,z\n1,2,3\n").json()["id"]
    assert keys(s3, f"uploads/{upload}")
    assert http.delete(f"/api/v1/uploads/{upload}").status_code == 204
    assert not keys(s3, f"uploads/{upload}")
