"""A training set that was really made, as users of the library have it in hand."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sky import entry_of
from trainingset.mock.place import MockSky
from trainingset.order import InputFile, Order
from tsm.sets.training_set import TrainingSet


@pytest.fixture(scope="session")
def specz_file(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Redshifts of all mock surveys in one table."""
    truth = pq.read_table(mock_sky.redshifts, columns=["native_id", "survey", "ra", "dec", "redshift", "quality"])
    table = truth.rename_columns(["id", "survey", "ra", "dec", "z", "quality_flag"])
    path = tmp_path_factory.mktemp("specz") / "specz.parquet"
    pq.write_table(table.append_column("z_err", pa.array(np.full(table.num_rows, 0.001))), path)
    return path


@pytest.fixture(scope="session")
def made_folder(mock_sky: MockSky, specz_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files of a finished cross-match."""
    # LSDB takes seconds to load, which tests that need no such folder should not cost.
    from trainingset.make import make_training_set

    folder = tmp_path_factory.mktemp("made")
    source = InputFile(name="specz.parquet", path=str(specz_file), sha256="0" * 64, size=specz_file.stat().st_size)
    request = {"catalog": "mock_object", "redshifts": "mine", "radius_arcsec": 1.5, "how": "left"}
    request |= {"split": "train=0.7,test=0.3", "responseformat": "parquet"}
    catalogs = (entry_of(mock_sky),)
    make_training_set(Order(request=request, catalogs=catalogs, inputs={"mine": source}, folder=str(folder)))
    return folder


@pytest.fixture(scope="session")
def ts(made_folder: Path) -> TrainingSet:
    return TrainingSet.open(made_folder)


@pytest.fixture(scope="session")
def rows(made_folder: Path) -> pa.Table:
    """The rows of the training set, read without our library."""
    return pq.read_table(made_folder / "training_set.parquet")
