"""One split for the same rows: by the worker on one partition or many, on shuffled rows, and by the library."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tsm
from tests.trainingset.catalogs import CENTERS, object_table, write_catalog
from trainingset.card import read_card
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order
from trainingset.registry import CatalogEntry, SkyField

# In one process: writing the catalogs takes longer than all that is done with them.
pytestmark = pytest.mark.xdist_group("same_split")

FRACTIONS = {"train": 0.6, "validation": 0.15, "test": 0.25}
SEED = 3
ORDER = 12
RADIUS = 1.5
FIELDS = {"Middle": SkyField(ra=53.1, dec=-28.1, radius_deg=0.16)}

Make = Callable[[pa.Table, CatalogEntry, dict[str, object]], pa.Table]


@pytest.fixture(scope="module")
def one_place() -> pa.Table:
    """Objects within two degrees in the middle of a base pixel, so that one partition can hold all of them."""
    table = object_table()
    ra, dec = CENTERS[4]
    near = np.hypot(table["coord_ra"].to_numpy() - ra, table["coord_dec"].to_numpy() - dec) < 1
    here = table.filter(pa.array(near))
    beside = here.set_column(0, "objectId", [here["objectId"].to_numpy() + 1_000_000])
    beside = beside.set_column(1, "coord_ra", [here["coord_ra"].to_numpy() + 1.0])
    return pa.concat_tables([here, beside])


@pytest.fixture(scope="module")
def catalogs(one_place: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[CatalogEntry, ...]:
    """The same objects in one partition, and in twelve or more."""
    folder = tmp_path_factory.mktemp("catalogs")
    entries = tuple(
        write_catalog(one_place, folder / str(rows), partition_rows=rows).model_copy(update={"fields": FIELDS})
        for rows in (10_000, 110)
    )
    few, many = (read_card(entry).n_partitions for entry in entries)
    assert few == 1
    assert many >= 12
    return entries


@pytest.fixture(scope="module")
def redshifts(one_place: pa.Table) -> pa.Table:
    """Redshifts of a third of the objects, half of them measured by two surveys, and some of no object."""
    rng = np.random.default_rng(5)
    first = rng.choice(one_place.num_rows, 160, replace=False)
    which = np.concatenate([first, first[:80]])
    ra, dec = (one_place[name].to_numpy()[which] for name in ("coord_ra", "coord_dec"))
    scatter = rng.normal(0, 0.3 / 3600, (2, 240))
    return pa.table(
        {
            "id": np.arange(2**60, 2**60 + 250),
            "ra": np.append(ra + scatter[0], np.full(10, 12.0)),
            "dec": np.append(dec + scatter[1], np.linspace(-5, 5, 10)),
            "z": rng.uniform(0.1, 2, 250),
            "survey": np.array(["ALPHA", "beta ", "Beta", "GAMMA"])[rng.integers(0, 4, 250)],
        }
    )


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    def run(table: pa.Table, entry: CatalogEntry, recipe: dict[str, object]) -> pa.Table:
        folder = tmp_path_factory.mktemp("made")
        path = folder.with_suffix(".parquet")
        pq.write_table(table, path)
        request = {"catalog": entry.id, "redshifts": "mine", "flux": ["psf"], "radius_arcsec": RADIUS, **recipe}
        inputs = {"mine": InputFile(name="mine.parquet", path=str(path))}
        make_training_set(Order(request=request, catalogs=(entry,), inputs=inputs, folder=str(folder)))
        return pq.read_table(folder / "training_set.parquet")

    return run


@pytest.mark.parametrize("by", ["object", "sky", "survey", "field"])
@pytest.mark.parametrize("exact", [False, True])
def test_worker_and_library_agree_whatever_the_partitions_and_the_order_of_rows(
    by: str, exact: bool, catalogs: tuple[CatalogEntry, ...], redshifts: pa.Table, make: Make
) -> None:
    whole, cut = catalogs
    recipe: dict[str, object] = {
        **{"match": "all", "how": "left", "unique": "none"},
        **{"split": FRACTIONS, "seed": SEED, "split_by": by, "split_order": ORDER, "split_exact": exact},
    }
    shuffled = redshifts.take(pa.array(np.random.default_rng(1).permutation(redshifts.num_rows)))

    rows = make(redshifts, whole, recipe)
    of_many = make(shuffled, cut, recipe)
    # Without the units that the worker wrote down, so that the library finds its own.
    bare = of_many.drop_columns(["subset", "is_training_set", "split_unit"])
    bare = bare.take(pa.array(np.random.default_rng(2).permutation(bare.num_rows)))
    fields = FIELDS if by == "field" else {}
    here = tsm.split(bare, FRACTIONS, SEED, by, exact=exact, order=ORDER, fields=fields)

    expected = sides(rows)
    assert set(expected.values()) >= {"train", "test"}
    assert sides(of_many) == expected
    assert sides(here) == expected


def sides(rows: pa.Table) -> dict[tuple[str, int | None], str | None]:
    """Subset of each pair."""
    pairs = zip(rows["redshift_key"].to_pylist(), rows["objectId"].to_pylist(), strict=True)
    return dict(zip(pairs, rows["subset"].to_pylist(), strict=True))


@pytest.mark.parametrize("recipe", [{"match": "all", "how": "left"}, {"unique": "best"}, {"where": "i_psfSNR > 5"}])
def test_exact_proportions_are_exact_to_one_unit_of_the_rows_that_are_left(
    recipe: dict[str, object], catalogs: tuple[CatalogEntry, ...], redshifts: pa.Table, make: Make
) -> None:
    rows = make(redshifts, catalogs[1], {"split": FRACTIONS, "seed": SEED, "split_exact": True, **recipe})

    units = set(zip(rows["split_unit"].to_pylist(), rows["subset"].to_pylist(), strict=True)) - {(None, None)}
    assert len({unit for unit, _ in units}) == len(units) > 50
    for subset, fraction in FRACTIONS.items():
        assert abs(sum(side == subset for _, side in units) - fraction * len(units)) < 1
