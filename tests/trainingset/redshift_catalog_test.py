"""Redshifts that are a registered HATS catalog themselves: ``REDSHIFTS=catalog:ID``."""

from pathlib import Path

import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.registry import CatalogContent, CatalogEntry

N_REDSHIFTS = 50


@pytest.fixture(scope="module")
def redshift_catalog(objects: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    """The positions of some objects, in a catalog with two pairs of coordinates: only the registry tells which."""
    folder = tmp_path_factory.mktemp("redshifts") / "compilation"
    picked = objects.take(pa.array(np.arange(N_REDSHIFTS) * 7)).to_pandas()
    frame = pd.DataFrame(
        {
            "zid": np.arange(N_REDSHIFTS),
            "lon": picked["coord_ra"],
            "lat": picked["coord_dec"],
            "ra": np.zeros(N_REDSHIFTS),
            "dec": np.zeros(N_REDSHIFTS),
            "zspec": np.linspace(0.1, 1.5, N_REDSHIFTS),
        }
    )
    catalog = lsdb.from_dataframe(frame, ra_column="lon", dec_column="lat", margin_threshold=None)
    catalog.write_catalog(folder, catalog_name="compilation", as_collection=False, progress_bar=False)
    return CatalogEntry(
        id="compilation",
        title="Redshifts",
        release="v1",
        path=str(folder),
        ra_column="lon",
        dec_column="lat",
        object_id_column="zid",
    )


def made_from(source: str, entries: tuple[CatalogEntry, ...], folder: Path) -> TrainingSetFiles:
    request = {"catalog": "objects", "redshifts": source, "flux": "psf", "radius_arcsec": 0.1, "unique": "none"}
    return make_training_set(Order(request=request, catalogs=entries, folder=str(folder)))


def test_a_registered_catalog_is_matched_by_the_columns_that_the_registry_names(
    coarse: CatalogEntry, redshift_catalog: CatalogEntry, tmp_path: Path
) -> None:
    made = made_from("catalog:compilation", (coarse, redshift_catalog), tmp_path)
    rows = pq.read_table(tmp_path / "training_set.parquet")
    assert sorted(rows["zid"].to_pylist()) == list(range(N_REDSHIFTS))
    assert max(rows["separation_arcsec"].to_pylist()) < 0.1
    assert made.recipe["roles"] == {"ra": "lon", "dec": "lat", "id": "zid"}


def test_its_identity_is_in_the_provenance(
    coarse: CatalogEntry, redshift_catalog: CatalogEntry, tmp_path: Path
) -> None:
    (used,) = made_from("catalog:compilation", (coarse, redshift_catalog), tmp_path).provenance["inputs"]
    assert (used["source"], used["name"], used["rows"]) == ("catalog:compilation", "compilation", N_REDSHIFTS)
    assert len(used["sha256"]) == 64


def test_a_catalog_that_the_owner_may_not_use_is_no_source(coarse: CatalogEntry, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="catalog:compilation"):
        made_from("catalog:compilation", (coarse,), tmp_path)


def test_only_tables_that_users_send_are_limited_in_rows(
    coarse: CatalogEntry, redshift_catalog: CatalogEntry, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("ra,dec,z\n" + "53.1,-28.1,0.4\n" * 3)
    request = {"catalog": "objects", "redshifts": "catalog:compilation", "flux": "psf", "radius_arcsec": 0.1}
    inputs = {"mine": InputFile(name="mine.csv", path=str(path))}
    order = Order(
        request=request, catalogs=(coarse, redshift_catalog), inputs=inputs, folder=str(tmp_path), most_rows=2
    )

    with pytest.raises(RecipeError, match="has 3 rows; at most 2 can be sent"):
        make_training_set(order.model_copy(update={"request": {**request, "redshifts": "mine"}}))

    assert make_training_set(order).rows > 2


def test_redshifts_are_no_catalog_to_match_with(redshift_catalog: CatalogEntry, tmp_path: Path) -> None:
    entry = redshift_catalog.model_copy(update={"id": "objects", "content": CatalogContent.REDSHIFTS})

    with pytest.raises(RecipeError, match="objects holds redshifts and no objects"):
        made_from("catalog:objects", (entry,), tmp_path)
