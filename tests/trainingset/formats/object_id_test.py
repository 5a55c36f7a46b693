"""An object id beyond 2**53 is the same integer in every format, by that format's own best reader."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import lsdb
import pyarrow.parquet as pq
import pytest
from astropy.io import fits, votable

from tests.trainingset.formats.tables import OBJECT_IDS, a_layout, a_training_set, saved
from trainingset.formats import SUFFIXES, write_table
from trainingset.recipe import Hdf5Profile
from trainingset.wire import ResponseFormat

pytestmark = pytest.mark.filterwarnings("ignore:.*Implicitly generating an ID")


def from_votable(path: Path) -> list[int]:
    return votable.parse_single_table(path).to_table(use_names_over_ids=True)["objectId"].tolist()


def from_parquet(path: Path) -> list[int]:
    return pq.read_table(path)["objectId"].to_pylist()


def from_fits(path: Path) -> list[int]:
    return fits.getdata(path, 1)["objectId"].tolist()


def from_csv(path: Path) -> list[int]:
    with path.open(encoding="utf-8", newline="") as file:
        return [int(row["objectId"]) for row in csv.DictReader(file)]


def from_hdf5(path: Path) -> list[int]:
    with h5py.File(path) as file:
        return file["photometry/objectId"][:].tolist()


def from_hats(path: Path) -> list[int]:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(path.parent)
    catalog = lsdb.open_catalog(path.parent / "training_set_collection")
    return catalog.compute(progress_bar=False)["objectId"].tolist()


READERS: dict[ResponseFormat, Callable[[Path], list[int]]] = {
    ResponseFormat.VOTABLE: from_votable,
    ResponseFormat.VOTABLE_TD: from_votable,
    ResponseFormat.PARQUET: from_parquet,
    ResponseFormat.FITS: from_fits,
    ResponseFormat.CSV: from_csv,
    ResponseFormat.HDF5: from_hdf5,
    ResponseFormat.HATS: from_hats,
}


@pytest.mark.parametrize("fmt", ResponseFormat)
def test_object_ids_are_exact(fmt: ResponseFormat, tmp_path: Path) -> None:
    path = tmp_path / f"result{SUFFIXES[fmt]}"

    write_table(saved(tmp_path, a_training_set(), a_layout()), path, fmt, profile=Hdf5Profile.RAIL)

    assert sorted(READERS[fmt](path)) == sorted(OBJECT_IDS)
