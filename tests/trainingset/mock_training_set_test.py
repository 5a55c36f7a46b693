"""Corrected magnitudes and splits by field of a whole training set of the mock sky."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse

from trainingset.arrow_metadata import schema_descriptions
from trainingset.make import make_training_set
from trainingset.mock.place import CATALOG_ID, MockSky
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.registry import CatalogEntry, Registry

# As published, to compare with what the package says.
RAIL = {"u": 4.81, "g": 3.64, "r": 2.70, "i": 2.06, "z": 1.58, "y": 1.31}
DP2_OFFSETS = {"u": 0.071, "g": 0.023, "r": 0.001, "i": -0.011, "z": -0.001, "y": -0.002}

Make = Callable[..., tuple[TrainingSetFiles, pd.DataFrame]]


@pytest.fixture(scope="module")
def entry(mock_sky: MockSky) -> CatalogEntry:
    found = Registry.load(mock_sky.registry).get(CATALOG_ID)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def make(mock_sky: MockSky, entry: CatalogEntry, tmp_path_factory: pytest.TempPathFactory) -> Make:
    survey = mock_sky.surveys["WIDEZ"]

    def run(**recipe: Any) -> tuple[TrainingSetFiles, pd.DataFrame]:
        folder = tmp_path_factory.mktemp("made")
        order = Order(
            request={"catalog": CATALOG_ID, "redshifts": "mine", **recipe},
            catalogs=(entry,),
            inputs={"mine": InputFile(name=survey.name, path=str(survey))},
            folder=str(folder),
        )
        files = make_training_set(order)
        return files, pq.read_table(folder / "training_set.parquet").to_pandas()

    return run


@pytest.fixture(scope="module")
def corrected(make: Make) -> tuple[TrainingSetFiles, pd.DataFrame]:
    """A set without dust and zero-point offsets, split by field."""
    return make(
        flux="gaap1p0,psf",
        dereddening="rail",
        zero_points="release",
        where="i_gaap1p0Mag_dered < 24",
        split="train=0.6,test=0.4",
        split_by="field",
        split_exact=True,
    )


def test_magnitudes_are_those_of_the_published_numbers(corrected: tuple[TrainingSetFiles, pd.DataFrame]) -> None:
    _, rows = corrected
    for kind in ("gaap1p0", "psf"):
        for band, coefficient in RAIL.items():
            flux = rows[f"{band}_{kind}Flux"].astype(float)
            magnitude = 31.4 - 2.5 * np.log10(flux.where(flux > 0)) - DP2_OFFSETS[band]
            np.testing.assert_allclose(rows[f"{band}_{kind}Mag"], magnitude, atol=1e-8)
            dereddened = magnitude - coefficient * rows["ebv"].astype(float)
            np.testing.assert_allclose(rows[f"{band}_{kind}Mag_dered"], dereddened, atol=1e-8)
    assert rows["ebv"].between(0.001, 0.2).all()


def test_a_constraint_on_dereddened_magnitudes_is_kept(corrected: tuple[TrainingSetFiles, pd.DataFrame]) -> None:
    _, rows = corrected
    assert len(rows) > 50
    assert rows["i_gaap1p0Mag_dered"].max() < 24


def test_every_file_and_the_record_tell_what_was_corrected(corrected: tuple[TrainingSetFiles, pd.DataFrame]) -> None:
    files, _ = corrected
    record = files.provenance["corrections"]
    assert record["extinction"]["coefficients"] == RAIL
    assert "R_V = 3.1" in record["extinction"]["source"]
    assert (record["dereddening"], record["ebv_column"]) == ("rail", "ebv")
    assert record["zero_points"]["values"] == DP2_OFFSETS
    votable = parse(next(file.path for file in files.files if file.id == "result"))
    infos = {info.name: info.value for info in votable.resources[0].infos}
    assert infos["extinction"] == "rail: u=4.81,g=3.64,r=2.7,i=2.06,z=1.58,y=1.31"
    assert infos["extinction_source"] == record["extinction"]["source"]
    assert infos["zero_point_offsets"] == "u=0.071,g=0.023,r=0.001,i=-0.011,z=-0.001,y=-0.002"
    assert "_dered" in infos["magnitude_corrections"]
    assert infos["split_units"].endswith("(fields, or HEALPix pixels of order 7 outside of them)")


def test_corrected_columns_are_described(corrected: tuple[TrainingSetFiles, pd.DataFrame]) -> None:
    files, _ = corrected
    path = next(Path(file.path) for file in files.files if file.id == "parquet")
    columns = {column.name: column for column in schema_descriptions(pq.read_schema(path))}
    dereddened = columns["r_psfMag_dered"]
    assert (dereddened.unit, dereddened.ucd) == ("mag", "phot.mag;em.opt.R")
    assert "2.7 times ebv" in (dereddened.description or "")
    assert "offset of +0.001 mag" in (columns["r_psfMag"].description or "")
    assert columns["split_unit"].ucd == "meta.id.part"


def test_fields_of_the_sky_are_whole(corrected: tuple[TrainingSetFiles, pd.DataFrame]) -> None:
    files, rows = corrected
    assert set(rows["split_unit"]) == {"field:mock_ECDFS", "field:mock_EDFS", "field:mock_SV_38_7"}
    assert (rows.groupby("split_unit")["subset"].nunique() == 1).all()
    assert set(rows["subset"]) == {"train", "test"}
    assert (rows.loc[rows["split_unit"] == "field:mock_SV_38_7", "coord_dec"] > 0).all()
    split = next(stage for stage in files.provenance["stages"] if stage["stage"] == "split")
    assert split["details"] == {"units": 3, "units_train": 2, "units_test": 1}


def test_nothing_is_corrected_unasked(make: Make) -> None:
    files, rows = make(maxrec=5)
    assert files.provenance["corrections"]["extinction"] is None
    assert files.provenance["corrections"]["zero_points"] is None
    assert not [name for name in rows if name.endswith("_dered")]
    assert make(maxrec=5, magnitudes=False)[0].provenance["corrections"] is None
