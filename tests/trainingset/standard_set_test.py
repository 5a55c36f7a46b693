"""What makes a set a standardized one, in whole training sets of the mock sky."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.mock.place import CATALOG_ID, MockSky
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.registry import Registry


@dataclass
class Made:
    """A finished training set."""

    files: TrainingSetFiles
    table: pa.Table

    @property
    def rows(self) -> pd.DataFrame:
        return self.table.to_pandas()

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        return {stage["stage"]: stage for stage in self.files.provenance["stages"]}

    def text_of(self, file_id: str) -> str:
        (path,) = (file.path for file in self.files.files if file.id == file_id)
        return Path(path).read_text(encoding="utf-8")


Make = Callable[..., Made]


@pytest.fixture(scope="module")
def make(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Make:
    entry = Registry.load(mock_sky.registry).get(CATALOG_ID)
    assert entry is not None
    survey = mock_sky.surveys["WIDEZ"]

    def run(path: Path = survey, **recipe: Any) -> Made:
        folder = tmp_path_factory.mktemp("made")
        order = Order(
            request={"catalog": CATALOG_ID, "redshifts": "mine", **recipe},
            catalogs=(entry,),
            inputs={"mine": InputFile(name=path.name, path=str(path))},
            folder=str(folder),
        )
        files = make_training_set(order)
        return Made(files, pq.read_table(folder / "training_set.parquet"))

    return run


def test_the_report_compares_the_rows_with_objects_of_the_catalog(make: Make) -> None:
    every = make(report=True, target_rows=400).text_of("report")
    bright = make(report=True, target_rows=400, target_where="i_gaap1p0SNR > 20").text_of("report")
    assert "Coverage of the target, g - r by i" in every
    assert every != bright
    assert "Coverage of the target" not in make(report=True, target_rows=0).text_of("report")


def test_a_wrong_constraint_on_target_objects_is_told(make: Make) -> None:
    with pytest.raises(RecipeError, match=r"TARGET_WHERE: .*i_nothing"):
        make(target_where="i_nothing > 3", report=True)
