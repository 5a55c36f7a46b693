"""Single rows of a partition are fetched whatever its files look like, and a margin wide enough is chosen."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hats.pixel_math import HealpixPixel
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.catalogs import MARGIN_ARCSEC, object_table, write_catalog
from trainingset.catalogs import open_objects
from trainingset.errors import RecipeError, SourceUnavailableError
from trainingset.partition_files import PartitionFiles
from trainingset.registry import CatalogEntry

# In one process: writing the catalogs takes long.
pytestmark = pytest.mark.xdist_group("catalogs")

N_ROWS = 100
PIXEL = HealpixPixel(5, 30_007)


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return pa.table({"a": np.arange(N_ROWS), "b": [f"row {row}" for row in range(N_ROWS)], "c": np.zeros(N_ROWS)})


@pytest.fixture(scope="module")
def one_file(rows: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> PartitionFiles:
    """A partition of one file with small row groups, as HATS lays it out."""
    folder = tmp_path_factory.mktemp("one_file")
    path = folder / "dataset" / "Norder=5" / "Dir=30000" / "Npix=30007.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(rows, path, row_group_size=7)
    return PartitionFiles(folder=str(folder), suffix=".parquet")


@pytest.fixture(scope="module")
def many_files(rows: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> PartitionFiles:
    """The same partition as a folder of files."""
    folder = tmp_path_factory.mktemp("many_files")
    partition = folder / "dataset" / "Norder=5" / "Dir=30000" / "Npix=30007"
    partition.mkdir(parents=True)
    for number, start in enumerate(range(0, N_ROWS, 30)):
        pq.write_table(rows.slice(start, 30), partition / f"part{number}.parquet", row_group_size=11)
    return PartitionFiles(folder=str(folder), suffix="/")


@given(wanted=st.sets(st.integers(0, N_ROWS - 1)), columns=st.permutations(["a", "b"]))
def test_rows_come_in_the_order_asked_for(
    one_file: PartitionFiles, many_files: PartitionFiles, rows: pa.Table, wanted: set[int], columns: list[str]
) -> None:
    numbers = np.array(sorted(wanted), np.int64)
    expected = rows.select(columns).take(pa.array(numbers))
    for files in (one_file, many_files):
        assert files.read_rows(PIXEL, numbers, columns).equals(expected)


@pytest.mark.parametrize("files", ["one_file", "many_files"])
def test_rows_beyond_the_end_mean_that_the_partition_changed(files: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(SourceUnavailableError, match="changed"):
        request.getfixturevalue(files).read_rows(PIXEL, np.array([5, N_ROWS]), ["a"])


def test_a_partition_that_is_not_there_is_unavailable(one_file: PartitionFiles) -> None:
    with pytest.raises(SourceUnavailableError, match="cannot be read"):
        one_file.read_rows(HealpixPixel(5, 1), np.array([0]), ["a"])


@pytest.fixture(scope="module")
def two_margins(tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    """A collection whose default margin is the narrower of two."""
    objects = object_table(clumps=2)
    narrow, wide = (
        write_catalog(
            objects, tmp_path_factory.mktemp("margins") / "objects", partition_rows=1000, margin_arcsec=margin
        )
        for margin in (MARGIN_ARCSEC, 2 * MARGIN_ARCSEC)
    )
    shutil.copytree(Path(wide.path) / "object_40arcs", Path(narrow.path) / "object_40arcs")
    properties = Path(narrow.path) / "collection.properties"
    text = properties.read_text()
    properties.write_text(text.replace("all_margins=object_20arcs", "all_margins=object_20arcs object_40arcs"))
    return narrow


@pytest.mark.parametrize(("radius", "margin"), [(1, 20), (20, 20), (20.5, 40), (40, 40)])
def test_the_margin_that_holds_the_radius_is_opened(two_margins: CatalogEntry, radius: float, margin: float) -> None:
    assert open_objects(two_margins, fingerprint="as written", radius_arcsec=radius).margin_arcsec == margin


def test_no_margin_that_holds_the_radius_is_a_problem_of_the_radius(two_margins: CatalogEntry) -> None:
    with pytest.raises(RecipeError, match=r"41 arcsec is above 40 arcsec"):
        open_objects(two_margins, fingerprint="as written", radius_arcsec=41)


def test_a_catalog_without_a_margin_is_refused(two_margins: CatalogEntry) -> None:
    alone = two_margins.model_copy(update={"path": str(Path(two_margins.path) / "object")})
    with pytest.raises(RecipeError, match="no margin"):
        open_objects(alone, fingerprint="as written", radius_arcsec=1)


def test_a_catalog_that_is_not_there_is_unavailable(two_margins: CatalogEntry, tmp_path: Path) -> None:
    absent = two_margins.model_copy(update={"path": str(tmp_path / "absent")})
    with pytest.raises(SourceUnavailableError, match="absent"):
        open_objects(absent, fingerprint="as written", radius_arcsec=1)
