"""What is converted has the rows that went in, sorted, in small row groups, with margins; and goes on after a stop."""

import json
import shutil
from collections import Counter
from pathlib import Path

import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hats.pixel_math.spatial_index import compute_spatial_index
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.damage import (
    INDEX,
    copy_of,
    lose_coordinates,
    lose_margin,
    lose_rows,
    margin_of,
    partitions,
    shuffle_rows,
    take_margin_of_another_release,
    truncate_file,
)
from trainingset.catalog_care.check import CheckOrder, check_collection
from trainingset.catalog_care.convert import Conversion, ConvertOrder, convert_catalog
from trainingset.catalog_care.errors import ConversionError
from trainingset.catalog_care.faults import FaultKind
from trainingset.catalog_care.row_hash import hash_rows, sum_of_rows
from trainingset.registry import CatalogEntry

# In one process: making the collection takes long.
pytestmark = pytest.mark.xdist_group("catalogs")

ROWS = 60


def converted(source: str | Path, target: Path, **options: object) -> Conversion:
    return convert_catalog(ConvertOrder.model_validate({"source": str(source), "target": target, **options}))


def rows_of(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in partitions(folder)], promote_options="permissive")


def counted(table: pa.Table, *, without: tuple[str, ...] = ()) -> Counter[tuple[object, ...]]:
    """Rows as they are, whatever their order; NaN is a text, for it differs from itself."""
    names = [name for name in sorted(table.schema.names) if name not in without]
    frame = table.select(names).to_pandas().astype(object).fillna("nan")
    return Counter(frame.itertuples(index=False, name=None))


def pixel_of(path: Path) -> tuple[int, int]:
    names = dict(part.partition(".")[0].split("=") for part in path.parts if "=" in part)
    return int(names["Norder"]), int(names["Npix"])


@pytest.fixture(scope="module")
def made(fine: CatalogEntry, tmp_path_factory: pytest.TempPathFactory) -> tuple[CatalogEntry, Conversion]:
    """The unsorted catalog of LSDB, converted."""
    source = copy_of(Path(fine.path), tmp_path_factory.mktemp("source"))
    shuffle_rows(source)
    lose_coordinates(source)
    entry = fine.model_copy(update={"path": str(source)})
    return entry, converted(source, tmp_path_factory.mktemp("made") / "objects", row_group_rows=ROWS)


def test_all_rows_are_kept_where_they_were(made: tuple[CatalogEntry, Conversion]) -> None:
    entry, conversion = made
    for path in partitions(Path(entry.path) / "object"):
        other = conversion.target / "object" / path.relative_to(Path(entry.path) / "object")
        assert counted(pq.read_table(other)) == counted(pq.read_table(path))


def test_rows_are_sorted_in_row_groups_of_one_size_with_statistics(made: tuple[CatalogEntry, Conversion]) -> None:
    _, conversion = made
    for path in partitions(conversion.target / "object"):
        index = pq.read_table(path)[INDEX].to_numpy()
        footer = pq.read_metadata(path)
        groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
        assert (np.diff(index) >= 0).all()
        assert [group.num_rows for group in groups[:-1]] == [ROWS] * (len(groups) - 1)
        assert all(group.column(0).statistics.has_min_max for group in groups)
        assert all(group.column(0).has_offset_index and group.column(0).has_column_index for group in groups)
        assert footer.schema.column(0).path == INDEX


def test_the_margin_holds_what_is_near_and_nothing_of_the_partition(
    made: tuple[CatalogEntry, Conversion], fine: CatalogEntry
) -> None:
    """LSDB's own margin of the same catalog holds the same places."""
    _, conversion = made
    ours = rows_of(margin_of(conversion.target))
    theirs = rows_of(margin_of(Path(fine.path)))

    assert Counter(ours["objectId"].to_pylist()) == Counter(theirs["objectId"].to_pylist())
    for path in partitions(margin_of(conversion.target)):
        order, pixel = pixel_of(path)
        assert not (pq.read_table(path)[INDEX].to_numpy() >> 2 * (29 - order) == pixel).any()


def test_lsdb_opens_what_was_made_with_all_its_rows(made: tuple[CatalogEntry, Conversion]) -> None:
    _, conversion = made
    catalog = lsdb.open_catalog(conversion.target)

    counts = catalog.hc_structure.per_partition_statistics(include_columns=["objectId"], include_stats=["row_count"])

    assert len(catalog.compute(progress_bar=False)) == conversion.rows == int(counts["objectId: row_count"].sum())
    assert catalog.margin.hc_structure.catalog_info.margin_threshold == 20


def test_a_margin_of_another_release_is_made_again(sound: CatalogEntry, tmp_path: Path) -> None:
    copy = copy_of(Path(sound.path), tmp_path)
    take_margin_of_another_release(copy)

    made = converted(copy, tmp_path / "made")

    told = {fault.kind for fault in check_collection(CheckOrder(path=str(copy))).errors}
    assert FaultKind.MARGIN_OF_ANOTHER in told
    assert made.report.faults == ()


def test_a_catalog_without_a_margin_gets_the_usual_one(sound: CatalogEntry, tmp_path: Path) -> None:
    copy = copy_of(Path(sound.path), tmp_path)
    lose_margin(copy)

    assert set(converted(copy, tmp_path / "made").margins) == {"object_5arcs"}


@pytest.fixture
def hipscat(sound: CatalogEntry, tmp_path: Path) -> Path:
    """The catalog as HiPSCat had it: files under the catalog, an index of its own, three columns in each file."""
    folder = tmp_path / "hipscat"
    for path in partitions(Path(sound.path) / "object"):
        order, pixel = pixel_of(path)
        table = pq.read_table(path)
        index = table[INDEX].to_numpy().astype(np.uint64) >> np.uint64(20) << np.uint64(22)
        index += np.arange(len(index), dtype=np.uint64)
        table = table.drop_columns([INDEX]).append_column("_hipscat_index", pa.array(index))
        for name, value in (("Norder", order), ("Dir", 0), ("Npix", pixel)):
            table = table.append_column(name, pa.array([value] * len(index), pa.int64()))
        target = folder / path.relative_to(Path(sound.path) / "object" / "dataset")
        target.parent.mkdir(parents=True, exist_ok=True)
        frame = table.to_pandas().set_index("_hipscat_index")
        frame.to_parquet(target)
    shutil.copy(Path(sound.path) / "object" / "partition_info.csv", folder)
    pq.write_metadata(pq.read_schema(target), folder / "_common_metadata")
    n_rows = rows_of(Path(sound.path) / "object").num_rows
    info = {"catalog_name": "object", "catalog_type": "object", "total_rows": n_rows, "epoch": "J2000"}
    (folder / "catalog_info.json").write_text(json.dumps({**info, "ra_column": "coord_ra", "dec_column": "coord_dec"}))
    return folder


def test_hipscat_becomes_hats_with_all_rows_and_a_true_index(
    hipscat: Path, sound: CatalogEntry, tmp_path: Path
) -> None:
    made = converted(hipscat, tmp_path / "made", margins_arcsec=(20,))
    rows = rows_of(made.target / "object")
    before = rows_of(Path(sound.path) / "object")

    assert counted(rows) == counted(before)
    places = (rows[name].to_numpy() for name in ("coord_ra", "coord_dec"))
    assert (rows[INDEX].to_numpy() == compute_spatial_index(*places)).all()
    assert made.report.faults == ()
    assert Counter(rows_of(margin_of(made.target))["objectId"].to_pylist()) == Counter(
        rows_of(margin_of(Path(sound.path)))["objectId"].to_pylist()
    )


def test_a_margin_of_hipscat_is_refused(hipscat: Path, tmp_path: Path) -> None:
    path = hipscat / "catalog_info.json"
    path.write_text(path.read_text().replace('"catalog_type": "object"', '"catalog_type": "margin"'))

    with pytest.raises(ConversionError, match="convert the catalog that it belongs to"):
        converted(hipscat, tmp_path / "made")


def test_an_interrupted_conversion_goes_on_and_makes_the_same(
    made: tuple[CatalogEntry, Conversion], tmp_path: Path
) -> None:
    entry, conversion = made
    order = ConvertOrder(source=entry.path, target=tmp_path / "again", row_group_rows=ROWS, workers=1)

    class StopError(Exception):
        pass

    def stop(_name: str, done: int, _total: int) -> None:
        if done == 4:
            raise StopError

    with pytest.raises(StopError):
        convert_catalog(order, stop)
    unfinished = tmp_path / "again.unfinished"
    begun = {path: path.stat().st_mtime_ns for path in partitions(unfinished / "object")}
    with pytest.raises(ConversionError, match="other options"):
        convert_catalog(order.model_copy(update={"row_group_rows": 7}))
    again = convert_catalog(order)

    assert not order.target.with_name("again.unfinished").exists()
    assert (again.checksum, again.rows, again.margins) == (conversion.checksum, conversion.rows, conversion.margins)
    kept = [tmp_path / "again" / path.relative_to(unfinished) for path in begun]
    assert sum(path.stat().st_mtime_ns in begun.values() for path in kept) >= 4
    for path in partitions(conversion.target / "object"):
        other = pq.read_table(tmp_path / "again" / path.relative_to(conversion.target))
        assert hash_rows(other).tolist() == hash_rows(pq.read_table(path)).tolist()


@pytest.mark.parametrize(
    ("damage", "told"), [(truncate_file, "cannot be rewritten"), (lose_rows, "announces 2,448 rows")]
)
def test_damaged_sources_are_refused_and_leave_no_target(
    damage: object, told: str, sound: CatalogEntry, tmp_path: Path
) -> None:
    copy = copy_of(Path(sound.path), tmp_path)
    damage(copy)  # type: ignore[operator]

    with pytest.raises(ConversionError, match=told):
        converted(copy, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_margin_wider_than_the_finest_partitions_is_refused(sound: CatalogEntry, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="too wide for partitions of HEALPix order 6"):
        converted(sound.path, tmp_path / "made", margins_arcsec=(3600,))


VALUES = st.fixed_dictionaries(
    {
        "whole": st.one_of(st.none(), st.integers(-(2**62), 2**62)),
        "float": st.one_of(st.none(), st.floats(width=32)),
        "text": st.one_of(st.none(), st.text(max_size=12)),
        "list": st.one_of(st.none(), st.lists(st.integers(-3, 3), max_size=3)),
        "pair": st.one_of(st.none(), st.fixed_dictionaries({"a": st.booleans(), "b": st.text(max_size=2)})),
    }
)
SCHEMA = pa.schema(
    {
        "whole": pa.int64(),
        "float": pa.float32(),
        "text": pa.string(),
        "list": pa.list_(pa.int64()),
        "pair": pa.struct({"a": pa.bool_(), "b": pa.string()}),
    }
)


@settings(max_examples=25)
@given(rows=st.lists(VALUES, min_size=1, max_size=20), seed=st.integers(0, 2**32 - 1), cut=st.integers(0, 20))
def test_the_checksum_knows_neither_order_nor_cuts(rows: list[dict[str, object]], seed: int, cut: int) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    mixed = table.take(pa.array(np.random.default_rng(seed).permutation(len(rows))))
    pieces = [mixed.slice(0, cut), mixed.slice(cut).select(SCHEMA.names[::-1])]

    assert sum(map(sum_of_rows, pieces)) % 2**64 == sum_of_rows(table)


@settings(max_examples=25)
@given(row=VALUES, other=VALUES)
def test_rows_that_differ_have_different_numbers(row: dict[str, object], other: dict[str, object]) -> None:
    table = pa.Table.from_pylist([row, other], SCHEMA)
    one, two = map(repr, table.to_pylist())
    numbers = hash_rows(table)

    assert (numbers[0] == numbers[1]) == (one == two)
