"""A match against a damaged catalog, or with awkward redshifts, gives the right answer or one clear error."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hats.pixel_math.spatial_index import compute_spatial_index

from tests.trainingset.catalogs import object_table, write_catalog
from tests.trainingset.crossmatch.skies import brute_force, positions
from tests.trainingset.damage import (
    INDEX,
    change_type,
    copy_of,
    drop_column,
    falsify_statistics,
    largest_partition,
    leave_statistics_out,
    lose_coordinates,
    lose_margin,
    lose_margin_folder,
    margin_of,
    misplace_statistics,
    partitions,
    remove_file,
    shuffle_rows,
    take_margin_of_another_catalog,
    take_margin_of_another_release,
    truncate_file,
    turn_rows_round,
)
from trainingset.catalog_inspection import inspect_catalog
from trainingset.errors import RecipeError, TrainingSetError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order
from trainingset.registry import CatalogEntry, RegistryError

# In one process: making the collection takes long.
pytestmark = pytest.mark.xdist_group("catalogs")

RADIUS = 1.5
Places = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="session")
def places(objects: pa.Table) -> Places:
    """A place near each fourth object: every partition and row group has some."""
    ra, dec = (objects[name].to_numpy()[::4] for name in ("coord_ra", "coord_dec"))
    offset = np.random.default_rng(5).normal(0, 0.3, len(dec)) / 3600
    return ra, np.clip(dec + offset, -90, 90)


def matched(entry: CatalogEntry, places: Places, folder: Path, *, radius: float = RADIUS) -> dict[int, float]:
    """Make a training set: separation of each matched redshift from its nearest object."""
    ra, dec = places
    numbers = np.arange(len(ra))
    table = pa.table({"id": numbers, "ra": ra, "dec": dec, "z": np.full(len(ra), 0.5), "z_err": np.full(len(ra), 0.01)})
    path = folder / "redshifts.parquet"
    pq.write_table(table, path)
    request = {"catalog": "objects", "redshifts": "mine", "flux": ["psf"], "radius_arcsec": radius, "unique": "none"}
    made = folder / "made"
    made.mkdir()
    order = Order(
        request=request,
        catalogs=(entry,),
        inputs={"mine": InputFile(name="mine.parquet", path=str(path), sha256="0" * 64, size=path.stat().st_size)},
        folder=str(made),
    )
    make_training_set(order)
    rows = pq.read_table(made / "training_set.parquet")
    return dict(zip(rows["id"].to_pylist(), rows["separation_arcsec"].to_pylist(), strict=True))


def nearest(objects: pa.Table, places: Places, *, radius: float = RADIUS) -> dict[int, float]:
    """The same by brute force."""
    ra, dec = (objects[name].to_numpy() for name in ("coord_ra", "coord_dec"))
    is_placed = np.isfinite(ra) & np.isfinite(dec)
    found = brute_force(positions(*places), positions(ra[is_placed], dec[is_placed])).min(axis=1)
    return {number: separation for number, separation in enumerate(found.tolist()) if separation <= radius}


def rows_of(collection: Path) -> pa.Table:
    """All rows of the main catalog, as they are."""
    return pa.concat_tables([pq.read_table(path) for path in partitions(collection / "object")])


def damaged(entry: CatalogEntry, damage: Callable[[Path], None], folder: Path) -> CatalogEntry:
    copy = copy_of(Path(entry.path), folder)
    damage(copy)
    return entry.model_copy(update={"path": str(copy)})


@pytest.mark.parametrize(
    "damage",
    [turn_rows_round, shuffle_rows, leave_statistics_out, lose_coordinates],
    ids=lambda damage: damage.__name__,
)
def test_what_can_be_read_all_the_same_gives_the_right_answer(
    damage: Callable[[Path], None], sound: CatalogEntry, places: Places, tmp_path: Path
) -> None:
    entry = damaged(sound, damage, tmp_path)

    found = matched(entry, places, tmp_path)

    assert found == pytest.approx(nearest(rows_of(Path(entry.path)), places), abs=1e-5)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (remove_file, "Pixel"),
        (truncate_file, "Pixel"),
        (drop_column, "ebv"),
        (change_type, "ebv"),
        (falsify_statistics, "statistics"),
        (misplace_statistics, "statistics"),
        (lose_margin, "no margin"),
        (lose_margin_folder, "object_20arcs"),
        (take_margin_of_another_release, "margin"),
        (take_margin_of_another_catalog, "margin"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_trusted_is_one_clear_error(
    damage: Callable[[Path], None], told: str, sound: CatalogEntry, places: Places, tmp_path: Path
) -> None:
    entry = damaged(sound, damage, tmp_path)
    file = largest_partition(Path(sound.path)).name

    with pytest.raises(TrainingSetError) as raised:
        matched(entry, places, tmp_path)

    message = str(raised.value)
    assert "objects" in message or entry.path in message
    assert told in message
    if told == "Pixel":
        assert file.partition(".")[0].removeprefix("Npix=") in message


def test_a_catalog_with_the_margin_of_another_release_gets_no_card(sound: CatalogEntry, tmp_path: Path) -> None:
    entry = damaged(sound, take_margin_of_another_release, tmp_path)

    assert inspect_catalog(sound).margin_arcsec == 20
    with pytest.raises(RegistryError, match="are not those of object"):
        inspect_catalog(entry)


def test_redshifts_denser_than_the_objects_are_all_matched(
    sound: CatalogEntry, objects: pa.Table, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    ra, dec = (np.repeat(objects[name].to_numpy()[:100], 20) for name in ("coord_ra", "coord_dec"))
    dense = ra, np.clip(dec + rng.normal(0, 0.5, len(dec)) / 3600, -90, 90)

    assert matched(sound, dense, tmp_path) == pytest.approx(nearest(objects, dense), abs=1e-5)


def test_all_redshifts_at_one_point_have_one_object(sound: CatalogEntry, objects: pa.Table, tmp_path: Path) -> None:
    ra, dec = (np.repeat(objects[name].to_numpy()[7], 3000) for name in ("coord_ra", "coord_dec"))

    found = matched(sound, (ra, dec), tmp_path)

    assert len(found) == 3000
    assert set(found.values()) == {0.0}


def test_a_radius_wider_than_the_margin_is_refused(sound: CatalogEntry, places: Places, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"RADIUS: 30 arcsec is above 20 arcsec, the margin of objects"):
        matched(sound, places, tmp_path, radius=30)


def test_a_radius_wider_than_partitions_is_right_with_a_margin_that_holds_it(tmp_path: Path) -> None:
    """Partitions of 13 arcsec, whose margins hold all other objects within 60 arcsec."""
    objects = object_table(clumps=1, members=30)
    entry = write_catalog(objects, tmp_path / "objects", partition_rows=100_000)
    ra, dec = (objects[name].to_numpy()[::2] for name in ("coord_ra", "coord_dec"))
    places = ra, np.clip(dec + 15 / 3600, -90, 90)
    _cut_finely(Path(entry.path), 14, compute_spatial_index(*places))

    found = matched(entry, places, tmp_path, radius=20)

    assert found == pytest.approx(nearest(objects, places, radius=20), abs=1e-5)


def _cut_finely(collection: Path, order: int, places: np.ndarray) -> None:
    """Cut the catalog into partitions of one order; margins hold all others, also where only places are."""
    rows = pa.concat_tables([pq.read_table(path) for path in partitions(collection / "object")]).sort_by(INDEX)
    pixel = rows[INDEX].to_numpy() >> 2 * (29 - order)
    margin = margin_of(collection).name
    for name, pixels in (("object", pixel), (margin, np.append(pixel, places >> 2 * (29 - order)))):
        shutil.rmtree(collection / name / "dataset" / "Norder=0", ignore_errors=True)
        for path in partitions(collection / name):
            path.unlink()
        for number in np.unique(pixels):
            kept = rows.filter(pa.array((pixel == number) == (name == "object")))
            path = collection / name / "dataset" / f"Norder={order}" / f"Dir={number // 10_000 * 10_000}"
            path.mkdir(parents=True, exist_ok=True)
            pq.write_table(kept, path / f"Npix={number}.parquet")
        lines = [f"{order},{number}" for number in np.unique(pixels)]
        (collection / name / "partition_info.csv").write_text("\n".join(["Norder,Npix", *lines]) + "\n")
        (collection / name / "dataset" / "_metadata").unlink()
        (collection / name / "per_partition_statistics.parquet").unlink(missing_ok=True)
