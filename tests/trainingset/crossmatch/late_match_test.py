"""Whatever the files of a partition look like, its match is that of brute force, and little of them is read."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hats.pixel_math import HealpixPixel
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.trainingset.crossmatch.search_pixels_test import around
from tests.trainingset.crossmatch.skies import brute_force, positions
from tests.troubled_s3 import BUCKET, TroubledS3, do_first, refuse
from trainingset.columns import ColumnType
from trainingset.crossmatch.late_match import match_partition
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_rows import ObjectColumns
from trainingset.crossmatch.partition import PartitionMatch
from trainingset.crossmatch.site_search import SiteSearch
from trainingset.crossmatch.sky_positions import SkyPositions
from trainingset.errors import SourceUnavailableError
from trainingset.partition_files import OpenPartition, PartitionFiles
from trainingset.sky_index import sky_pixels

ORDER = 9
"""Of the partition: 6.9 arcmin, so that fields of an arcminute lie inside of it or across its border."""
INDEX = "_healpix_29"
MATCHING = Matching(
    radius_arcsec=2.0,
    n_neighbors=None,
    object_id="objectId",
    object_id_type=ColumnType.INT64,
    columns=("objectId", "flux", "name", "lightcurve"),
)
PLACES = {"pole": (0.0, 90.0), "corner": (45.0, 41.8103), "meridian": (0.0, 0.1), "field": (53.1, -28.1)}


Files = tuple[PartitionFiles | None, PartitionFiles | None]


def match(
    sites: SkyPositions, pixel: HealpixPixel, columns: ObjectColumns, files: Files, matching: Matching
) -> PartitionMatch | None:
    where = SiteSearch.of(sites, index_order=columns.index_order)
    return match_partition(where, pixel, columns, files, matching)


def object_table(place: tuple[float, float], n_objects: int = 1500, seed: int = 1) -> pa.Table:
    """Objects within an arcminute, every tenth at the spot of another."""
    rng = np.random.default_rng(seed)
    sky = around(*place, 60 * np.sqrt(rng.uniform(0, 1, n_objects)), rng.uniform(0, 360, n_objects))
    twice = rng.integers(0, n_objects, n_objects // 10)
    ra, dec = np.append(sky.ra, sky.ra[twice]), np.append(sky.dec, sky.dec[twice])
    table = pa.table(
        {
            INDEX: sky_pixels(ra, dec),
            "objectId": rng.permutation(len(ra)) + 10**15,
            "ra": ra,
            "dec": dec,
            "flux": rng.lognormal(5, 1, len(ra)).astype(np.float32),
            "name": [f"object {number}" for number in range(len(ra))],
            "lightcurve": [[{"time": float(number), "flux": 1.0}] * (number % 3) for number in range(len(ra))],
        }
    )
    return table.sort_by(INDEX)


def a_site(place: tuple[float, float], n_sites: int = 200, seed: int = 2) -> SkyPositions:
    rng = np.random.default_rng(seed)
    return around(*place, 60 * np.sqrt(rng.uniform(0, 1, n_sites)), rng.uniform(0, 360, n_sites))


def write(folder: Path, pixel: HealpixPixel, table: pa.Table, **options: object) -> PartitionFiles:
    path = folder / "dataset" / f"Norder={pixel.order}" / f"Dir={pixel.pixel // 10000 * 10000}"
    path.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path / f"Npix={pixel.pixel}.parquet", **{"row_group_size": 100, **options})
    return PartitionFiles(folder=str(folder), suffix=".parquet")


@pytest.fixture(scope="module", params=["pole", "corner"])
def place(request: pytest.FixtureRequest) -> tuple[float, float]:
    return PLACES[request.param]


@pytest.fixture(scope="module")
def table(place: tuple[float, float]) -> pa.Table:
    return object_table(place)


def index_column(order: int = 29, name: str | None = INDEX) -> ObjectColumns:
    return ObjectColumns("ra", "dec", name, order)


def fullest(table: pa.Table) -> HealpixPixel:
    pixels, counts = np.unique(table[INDEX].to_numpy() >> 2 * (29 - ORDER), return_counts=True)
    return HealpixPixel(ORDER, int(pixels[np.argmax(counts)]))


def split(table: pa.Table, pixel: HealpixPixel) -> tuple[pa.Table, pa.Table]:
    """Rows of a partition, and all others, which here are its margin."""
    inside = table[INDEX].to_numpy() >> 2 * (29 - ORDER) == pixel.pixel
    return table.filter(pa.array(inside)), table.filter(pa.array(~inside))


def within(sites: SkyPositions, pixel: HealpixPixel) -> SkyPositions:
    return sites.take(np.flatnonzero(sky_pixels(sites.ra, sites.dec, order=ORDER) == pixel.pixel))


def assert_matched(found: PartitionMatch | None, sites: SkyPositions, table: pa.Table, radius: float = 2.0) -> None:
    """Against all separations: pairs by site and rank with ids, then the rows of the objects."""
    separations = np.round(brute_force(sites, positions(table["ra"].cast("double"), table["dec"].cast("double"))), 6)
    site, obj = np.nonzero(separations <= radius)
    ids = table["objectId"].to_numpy()[obj]
    order = np.lexsort((ids, separations[site, obj], site))
    if not len(order):
        assert found is None
        return
    assert found is not None
    assert found.pairs.site.tolist() == site[order].tolist()
    assert found.object_ids.to_numpy()[found.pairs.object].tolist() == ids[order].tolist()
    assert found.pairs.separation_arcsec == pytest.approx(separations[site, obj][order], abs=2e-6)
    rows = table.take(pa.array(np.unique(obj)))
    columns = list(MATCHING.columns)
    assert found.objects.sort_by("objectId").to_pylist() == rows.select(columns).sort_by("objectId").to_pylist()


Change = Callable[[pa.Table], pa.Table]
KINDS: dict[str, tuple[Change, ObjectColumns, dict[str, object]]] = {
    "sorted": (lambda table: table, index_column(), {}),
    "one row group": (lambda table: table, index_column(), {"row_group_size": 10**6}),
    "no statistics": (lambda table: table, index_column(), {"write_statistics": False}),
    "unsorted": (
        lambda table: table.take(pa.array(np.random.default_rng(5).permutation(table.num_rows))),
        index_column(),
        {},
    ),
    "no index in the file": (lambda table: table.drop_columns(INDEX), index_column(), {}),
    "no index at all": (lambda table: table.drop_columns(INDEX), index_column(name=None), {}),
    "index of order 13": (
        lambda table: table.set_column(0, INDEX, pa.array(table[INDEX].to_numpy() >> 32)),
        index_column(13),
        {},
    ),
    "single precision": (
        lambda table: table.set_column(2, "ra", table["ra"].cast("float")).set_column(
            3, "dec", table["dec"].cast("float")
        ),
        index_column(),
        {},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_file_gives_the_pairs_of_brute_force(
    kind: str, place: tuple[float, float], table: pa.Table, tmp_path: Path
) -> None:
    change, columns, options = KINDS[kind]
    pixel = fullest(table)
    pieces = [change(piece) for piece in split(table, pixel)]
    files = [
        write(tmp_path / name, pixel, piece, **options)
        for name, piece in zip(("native", "margin"), pieces, strict=True)
    ]
    sites = within(a_site(place), pixel)
    found = match(sites, pixel, columns, (files[0], files[1]), MATCHING)
    assert len(sites) > 20
    assert_matched(found, sites, pa.concat_tables(pieces))


def test_a_partition_may_be_a_folder_of_files(place: tuple[float, float], table: pa.Table, tmp_path: Path) -> None:
    pixel = fullest(table)
    native = split(table, pixel)[0]
    folder = tmp_path / "dataset" / f"Norder={ORDER}" / f"Dir={pixel.pixel // 10000 * 10000}" / f"Npix={pixel.pixel}"
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, native.num_rows, 700)):
        pq.write_table(native.slice(start, 700), folder / f"part{number}.parquet", row_group_size=90)
    sites = within(a_site(place), pixel)
    files = PartitionFiles(str(tmp_path), "/")
    assert_matched(match(sites, pixel, index_column(), (files, None), MATCHING), sites, native)


@settings(max_examples=25)
@given(
    radius=st.floats(-2, 1.78).map(lambda exponent: round(10**exponent, 4)),
    rows=st.sampled_from([1, 7, 50, 500]),
    seed=st.integers(0, 1000),
    where=st.sampled_from(sorted(PLACES)),
)
def test_neither_radius_nor_row_groups_matter(
    radius: float, rows: int, seed: int, where: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = object_table(PLACES[where], n_objects=150, seed=seed)
    pixel = fullest(table)
    sites = within(a_site(PLACES[where], n_sites=20, seed=seed), pixel)
    assume(len(sites))
    assume(np.abs(brute_force(sites, positions(table["ra"], table["dec"])) - radius).min() > 2e-6)
    folder = tmp_path_factory.mktemp("files")
    files = [
        write(folder / name, pixel, piece, row_group_size=rows)
        for name, piece in zip(("native", "margin"), split(table, pixel), strict=True)
    ]
    matching = replace(MATCHING, radius_arcsec=radius)
    found = match(sites, pixel, index_column(), (files[0], files[1]), matching)
    assert_matched(found, sites, table, radius)
    shutil.rmtree(folder)


@pytest.fixture
def groups_read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[str, ...]]]:
    """Number of row groups and columns of each reading."""
    told: list[tuple[int, tuple[str, ...]]] = []
    read = OpenPartition.read_groups

    def note(self: OpenPartition, groups: np.ndarray, columns: list[str]) -> pa.Table:
        told.append((len(groups), tuple(columns)))
        return read(self, groups, columns)

    monkeypatch.setattr(OpenPartition, "read_groups", note)
    return told


def one_place(table: pa.Table, pixel: HealpixPixel) -> SkyPositions:
    """A site at the object in the middle of a partition's rows."""
    native = split(table, pixel)[0]
    row = native.num_rows // 2
    return positions([native["ra"][row].as_py()], [native["dec"][row].as_py()])


def test_only_row_groups_around_redshifts_are_read(
    tmp_path: Path, groups_read: list[tuple[int, tuple[str, ...]]]
) -> None:
    table = object_table(PLACES["field"], n_objects=20_000)
    pixel = fullest(table)
    native, beyond = split(table, pixel)
    files = write(tmp_path / "native", pixel, native), write(tmp_path / "margin", pixel, beyond)
    sites = one_place(table, pixel)
    found = match(sites, pixel, index_column(), files, replace(MATCHING, radius_arcsec=0.2))
    assert_matched(found, sites, table, 0.2)
    columns = [column for _, columns in groups_read for column in columns]
    assert sorted(columns) == sorted([INDEX, "ra", "dec", "objectId", "flux", "name", "lightcurve"]), "each once"
    # The local density is counted in a pixel of 51 arcsec, which the index alone is read for.
    assert max(number for number, columns in groups_read if INDEX not in columns) <= 2
    assert native.num_rows / 100 > 50


def test_nothing_but_the_index_is_read_where_nothing_is_near(
    tmp_path: Path, groups_read: list[tuple[int, tuple[str, ...]]]
) -> None:
    table = object_table(PLACES["field"])
    pixel = fullest(table)
    files = write(tmp_path, pixel, split(table, pixel)[0])
    away = around(*PLACES["field"], [75], [10])
    assert match(away, pixel, index_column(), (files, None), MATCHING) is None
    assert {columns for number, columns in groups_read if number} <= {(INDEX,)}


def test_a_margin_is_opened_for_redshifts_near_the_border_only(tmp_path: Path) -> None:
    table = object_table(PLACES["field"])
    pixel = fullest(table)
    native = write(tmp_path, pixel, split(table, pixel)[0])
    absent = PartitionFiles(str(tmp_path / "absent"), ".parquet")
    center = one_place(table, pixel)
    assert match(center, pixel, index_column(), (native, absent), replace(MATCHING, radius_arcsec=0.1))
    with pytest.raises(SourceUnavailableError, match="absent"):
        match(center, pixel, index_column(), (native, absent), replace(MATCHING, radius_arcsec=400.0))


def test_statistics_that_hide_rows_are_found(tmp_path: Path) -> None:
    table = object_table(PLACES["field"])
    pixel = fullest(table)
    native = split(table, pixel)[0]
    files = write(tmp_path, pixel, native, row_group_size=10**6)
    path = next(tmp_path.rglob("*.parquet"))
    least, greatest = (int(native[INDEX][row].as_py()) for row in (0, -1))
    middle = int(native[INDEX][native.num_rows // 2].as_py())
    content = path.read_bytes()
    end = len(content) - int.from_bytes(content[-8:-4], "little") - 8
    footer = content[end:].replace(greatest.to_bytes(8, "little"), (middle + 1).to_bytes(8, "little"))
    assert footer != content[end:]
    path.write_bytes(content[:end] + footer)
    assert least < middle
    with pytest.raises(SourceUnavailableError, match="statistics of its HEALPix index do not fit"):
        match(within(a_site(PLACES["field"]), pixel), pixel, index_column(), (files, None), MATCHING)


def test_a_partition_without_a_column_of_the_catalog_is_named_with_it(tmp_path: Path) -> None:
    table = object_table(PLACES["field"])
    pixel = fullest(table)
    files = write(tmp_path, pixel, split(table, pixel)[0].drop_columns(["flux"]))
    with pytest.raises(SourceUnavailableError, match=f"Pixel: {pixel.pixel} has no column flux in .*parquet"):
        match(within(a_site(PLACES["field"]), pixel), pixel, index_column(), (files, None), MATCHING)


@pytest.fixture
def stored(s3: TroubledS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PartitionFiles:
    """A partition of 20 000 objects on S3."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.url)
    table = object_table(PLACES["field"], n_objects=20_000)
    write(tmp_path, fullest(table), split(table, fullest(table))[0], row_group_size=1000)
    for path in tmp_path.rglob("*.parquet"):
        # hats reads S3 as the public does.
        s3.files.put_file(str(path), f"{BUCKET}/sky/{path.relative_to(tmp_path)}", ACL="public-read")
    s3.asked.clear()
    return PartitionFiles(f"s3://{BUCKET}/sky", ".parquet")


def match_stored(stored: PartitionFiles, n_sites: int = 5) -> tuple[PartitionMatch | None, SkyPositions, pa.Table]:
    table = object_table(PLACES["field"], n_objects=20_000)
    pixel = fullest(table)
    sites = within(a_site(PLACES["field"], n_sites=n_sites), pixel)
    found = match(sites, pixel, index_column(), (stored, None), MATCHING)
    return found, sites, split(table, pixel)[0]


def test_objects_on_s3_are_read_in_few_requests(stored: PartitionFiles, s3: TroubledS3) -> None:
    assert_matched(*match_stored(stored))
    reads = [asked for asked in s3.asked if asked.is_read]
    # The footer, the index, the coordinates and the rest.
    assert len(reads) == 4
    assert all("range" in asked.headers for asked in reads)


def test_a_file_that_another_one_replaces_meanwhile_is_not_mixed_with_it(
    stored: PartitionFiles, s3: TroubledS3
) -> None:
    path = s3.files.find(f"{BUCKET}/sky")[0]
    other = s3.files.cat_file(path) + b"PAR1"
    with (
        s3.troubled(do_first(lambda: s3.files.pipe_file(path, other)), lambda asked: asked.is_read, times=1),
        pytest.raises(SourceUnavailableError, match=r"changed while it was read|cannot be read"),
    ):
        match_stored(stored)


def test_a_store_that_refuses_to_tell_is_named(stored: PartitionFiles, s3: TroubledS3) -> None:
    with s3.troubled(refuse(403, "AccessDenied")), pytest.raises(SourceUnavailableError, match="cannot be read"):
        match_stored(stored)
