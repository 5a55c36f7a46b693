"""The script that a training set prints makes the same training set."""

import runpy
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.provenance import Provenance
from tsm.sets.training_set import TrainingSet


def test_the_script_of_a_set_makes_its_pairs_and_subsets(
    ts: TrainingSet, rows: pa.Table, specz_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "script.py").write_text(ts.to_lsdb_code(specz_file))
    monkeypatch.chdir(tmp_path)
    runpy.run_path("script.py", run_name="__main__")
    found = pq.read_table("training_set_lsdb.parquet")
    for name in ("redshift_key", "objectId", "subset", "redshift"):
        assert found[name].to_pylist() == rows[name].to_pylist()
    magnitudes = [pd.Series(table["i_gaap1p0Mag"].to_pandas()) for table in (found, rows)]
    pd.testing.assert_series_equal(*magnitudes, atol=1e-6)


def with_recipe(ts: TrainingSet, **changes: object) -> TrainingSet:
    values = ts.provenance.model_dump()
    return TrainingSet(ts.path, Provenance.model_validate(values | {"recipe": values["recipe"] | changes}))


def test_constraints_are_read_with_the_types_of_the_result(ts: TrainingSet) -> None:
    constrained = with_recipe(ts, where="i_gaap1p0SNR > 5 AND refExtendedness = 1", redshifts_where="z < 3")
    code = constrained.to_lsdb_code("specz.fits", catalog_path="/elsewhere")
    assert "def objects_wanted(rows):" in code
    assert "def redshifts_wanted(rows):" in code
    assert "CATALOG = '/elsewhere'" in code
    assert "format='fits'" in code


def test_a_constraint_on_a_column_that_the_result_lacks_is_told(ts: TrainingSet) -> None:
    code = with_recipe(ts, where="i_extendedness = 1").to_lsdb_code("specz.csv")
    assert "# - WHERE: i_extendedness = 1" in code
    assert "# Here the constraint on objects belongs." in code
