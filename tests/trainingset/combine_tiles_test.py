"""A job whose inputs are too large for memory makes the same files, and tells the same of them and of what is wrong."""

from pathlib import Path
from typing import Any

import dask
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.trainingset.compilations import ROLES, measured, write_hats
from trainingset.checksum import sha256_of
from trainingset.combine import make_compilation
from trainingset.errors import RecipeError
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.registry import CatalogContent, CatalogEntry

AT_ONCE = 10**6
BY_TILES = 0

REPEATS = [{"ra": 20.0 * step, "dec": 5.0, "z": 0.5 + 0.01 * (step % 3), "survey": "OZDES"} for step in range(9)]
STRANGE = [
    {"ra": 120.0, "dec": 5.0, "z": 0.6, "flag": 77},
    {"ra": 121.0, "dec": 5.0, "z": -9.999},
    {"ra": 122.0, "dec": 5.0, "z": 0.1, "flag": 6, "survey": "OZDES"},
]


@pytest.fixture(scope="module")
def hats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [{"ra": 20.0 * step, "dec": 5.0, "z": 0.5, "flag": 3 + step % 2} for step in range(17)]
    folder = tmp_path_factory.mktemp("large") / "hats"
    write_hats(measured([*rows, *STRANGE]), folder)
    return folder


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "mine.parquet"
    pq.write_table(measured([row | {"name": f"m{number}"} for number, row in enumerate(REPEATS)]), path)
    return path


def registered(path: str) -> CatalogEntry:
    return CatalogEntry(
        id="v1",
        title="An earlier compilation",
        release="dp2",
        content=CatalogContent.REDSHIFTS,
        path=path,
        ra_column="ra",
        dec_column="dec",
        object_id_column="name",
    )


def made(
    folder: Path, hats: str, files: dict[str, Path], *, most_in_memory: int, **request: Any
) -> tuple[TrainingSetFiles, pa.Table]:
    folder.mkdir()
    inputs = {
        name: InputFile(name=path.name, path=str(path), sha256=sha256_of(path), size=path.stat().st_size)
        for name, path in files.items()
    }
    given = {role: column for role, column in ROLES.items() if role not in ("ra", "dec", "id")}
    asked = [{"source": "catalog:v1", "roles": given}, *({"source": name, "roles": ROLES} for name in files)]
    order = Order(
        request={"kind": "combine", "inputs": asked, **request},
        catalogs=(registered(hats),),
        inputs=inputs,
        folder=str(folder),
    )
    with dask.config.set(scheduler="synchronous"):
        result = make_compilation(order, most_in_memory=most_in_memory)
    return result, pq.read_table(folder / "compilation.parquet")


@pytest.mark.parametrize(
    "request_fields",
    [{"preset": "complete"}, {"preset": "training", "mode": "remove", "maxrec": 5}],
    ids=["complete", "removed"],
)
def test_files_record_and_report_are_those_made_in_memory(
    request_fields: dict[str, Any], hats: Path, upload: Path, tmp_path: Path
) -> None:
    at_once, by_tiles = (
        made(tmp_path / name, str(hats), {"mine": upload}, most_in_memory=most, **request_fields)
        for name, most in (("at_once", AT_ONCE), ("by_tiles", BY_TILES))
    )

    (expected, expected_rows), (found, rows) = at_once, by_tiles
    assert rows.equals(expected_rows)
    assert rows.schema.equals(expected_rows.schema, check_metadata=True)
    assert found.notes == expected.notes
    assert _without_outputs(found.provenance) == _without_outputs(expected.provenance)
    reports = [(tmp_path / name / "report.html").read_text() for name in ("at_once", "by_tiles")]
    assert reports[0] == reports[1]
    files = {name: sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("at_once", "by_tiles")}
    assert files["by_tiles"] == files["at_once"]


def test_problems_are_those_told_in_memory(hats: Path, upload: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    pq.write_table(measured([{"survey": "NOBODY"}, {"dec": 95.0}]), bad)
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(upload.read_bytes())
    files = {"mine": upload, "bad": bad, "copy": copy}

    told = []
    for name, most in (("at_once", AT_ONCE), ("by_tiles", BY_TILES)):
        with pytest.raises(RecipeError) as error:
            made(tmp_path / name, str(hats), files, most_in_memory=most, extra_columns="nonesuch")
        told.append([problem.message for problem in error.value.problems])

    assert told[0] == told[1]
    assert told[1][0].startswith("2 of 4 inputs cannot be used: 3 (bad.parquet), 4 (copy.parquet).")
    assert any("nonesuch" in message for message in told[1])


def test_a_catalog_may_lie_in_any_store_that_fsspec_reads(hats: Path, upload: Path, tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(hats), "/shelf", recursive=True)
    try:
        _, here = made(tmp_path / "here", str(hats), {"mine": upload}, most_in_memory=BY_TILES)
        _, there = made(tmp_path / "there", "memory:///shelf", {"mine": upload}, most_in_memory=BY_TILES)
    finally:
        store.rm("/shelf", recursive=True)

    assert there.equals(here)


def _without_outputs(record: dict[str, Any]) -> dict[str, Any]:
    """The record, without checksums of files: they hold times and the order of writing."""
    return {name: value for name, value in record.items() if name not in ("outputs",)}
