"""A training set in numbers, against the same numbers by pandas."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from tsm.sets.saved_table import SavedTable
from tsm.sets.summary import summarize
from tsm.sets.training_set import TrainingSet


@pytest.fixture(scope="module")
def frame(rows: pa.Table) -> pd.DataFrame:
    return rows.to_pandas()


def test_counts_are_those_of_the_rows(ts: TrainingSet, frame: pd.DataFrame) -> None:
    summary = ts.summary()
    assert summary.rows == len(frame)
    assert summary.unmatched == frame["objectId"].isna().sum() > 0
    assert summary.subsets == frame["subset"].value_counts().to_dict()
    assert summary.surveys == frame["survey"].value_counts().to_dict()


def test_redshifts_have_the_quantiles_of_numpy(ts: TrainingSet, frame: pd.DataFrame) -> None:
    found = ts.summary().redshifts
    z = frame["redshift"].dropna()
    assert found["median"] == pytest.approx(z.median())
    assert (found["min"], found["max"]) == (z.min(), z.max())
    assert found["95 %"] == pytest.approx(np.percentile(z, 95))


def test_bands_are_shares_of_the_rows_with_an_object(ts: TrainingSet, frame: pd.DataFrame) -> None:
    matched = frame[frame["objectId"].notna()]
    assert [band.band for band in ts.summary().bands] == list("ugrizy")
    for band in ts.summary().bands:
        states = matched[f"{band.band}_state"]
        shares = [(states == state).mean() for state in ("detected", "not_detected", "not_observed")]
        assert [band.detected, band.not_detected, band.not_observed] == pytest.approx(shares)
        assert band.median_magnitude == pytest.approx(matched[f"{band.band}_gaap1p0Mag"].median())


def test_separations_and_chance_are_told(ts: TrainingSet, frame: pd.DataFrame) -> None:
    found = ts.summary().separations
    assert found is not None
    assert found.radius == 1.5
    assert found.median == pytest.approx(frame["separation_arcsec"].median())
    assert found.expected_by_chance == pytest.approx(frame["chance_probability"].sum(), rel=1e-5)
    assert found.ambiguous == (frame["n_within_radius"] > 1).sum()


def test_a_subset_is_summarized_by_its_own_rows(ts: TrainingSet, frame: pd.DataFrame) -> None:
    summary = ts["test"].summary()
    assert summary.rows == (frame["subset"] == "test").sum()
    assert summary.unmatched == 0
    assert summary.surveys == frame.loc[frame["subset"] == "test", "survey"].value_counts().to_dict()


def test_it_prints_by_itself_and_with_rich(ts: TrainingSet) -> None:
    text = StringIO()
    Console(file=text, width=200).print(ts.summary())
    for shown in (str(ts.summary()), repr(ts.summary()), text.getvalue()):
        assert "mock_object (release mock)" in shown
        assert "not observed" in shown
        assert "WIDEZ" in shown


def test_markup_in_names_is_printed_as_it_is(ts: TrainingSet, tmp_path: Path) -> None:
    pq.write_table(pa.table({"survey": ["[red]x[/red]", "[/]"], "redshift": [0.1, 0.2]}), tmp_path / "a.parquet")
    text = str(summarize(SavedTable(tmp_path / "a.parquet"), ts.provenance))
    assert "[red]x[/red]" in text


def test_a_set_without_rows_has_a_summary(ts: TrainingSet, rows: pa.Table, tmp_path: Path) -> None:
    pq.write_table(rows.slice(0, 0), tmp_path / "empty.parquet")
    empty = TrainingSet(tmp_path / "empty.parquet", ts.provenance)
    assert empty.summary().rows == len(empty) == 0
    assert "Rows" in str(empty.summary())
    assert "<table>" in empty._repr_html_()
    assert len(empty.table) == 0


def test_length_subsets_and_summary_read_few_columns(ts: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    batches = SavedTable.batches

    def watched(self: SavedTable, names: list[str] | None = None) -> object:
        read.extend(self.schema.names if names is None else names)
        return batches(self, names)

    monkeypatch.setattr(SavedTable, "batches", watched)
    fresh = TrainingSet.open(ts.path)
    len(fresh)
    assert read == []
    assert fresh.subsets
    assert read == ["subset"]
    fresh.summary()
    assert len(set(read)) < len(fresh.columns) / 2
    assert not {"objectId", "row_key", "i_gaap1p0Flux"} & set(read)
