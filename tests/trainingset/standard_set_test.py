"""What makes a set a standardized one, in whole training sets of the mock sky."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.mock.place import CATALOG_ID, COMPILATION_ID, MockSky
from trainingset.order import Order, TrainingSetFiles
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
    registered = tuple(Registry.load(mock_sky.registry))

    @cache
    def run(**recipe: Any) -> Made:
        folder = tmp_path_factory.mktemp("made")
        order = Order(
            request={"catalog": CATALOG_ID, "redshifts": f"catalog:{COMPILATION_ID}", **recipe},
            catalogs=registered,
            folder=str(folder),
        )
        files = make_training_set(order)
        return Made(files, pq.read_table(folder / "training_set.parquet"))

    return run


def test_the_report_compares_the_rows_with_objects_of_the_catalog(make: Make) -> None:
    every = make(report=True, target_rows=400).text_of("report")
    bright = make(report=True, target_rows=400, target_where="i_gaap1p0SNR > 20").text_of("report")
    assert "Coverage of the target, g - r by i" in every
    (figures,) = (file for file in make(report=True, target_rows=400).files.files if file.id == "report_figures")
    assert (figures.mime_type, zipfile.is_zipfile(figures.path)) == ("application/zip", True)
    assert every != bright
    assert "Coverage of the target" not in make(report=True, target_rows=0).text_of("report")


def test_a_wrong_constraint_on_target_objects_is_told(make: Make) -> None:
    with pytest.raises(RecipeError, match=r"TARGET_WHERE: .*i_nothing"):
        make(target_where="i_nothing > 3", report=True)


CAPPED = {"cap": 3, "cap_magnitude_step": 1, "cap_redshift_step": 0.5}


def cells_of(rows: pd.DataFrame) -> pd.Series:
    magnitude, redshift = np.floor(rows["i_gaap1p0Mag"]), np.floor(rows["redshift"] / 0.5)
    keys = [rows["survey"].str.lower(), magnitude.fillna(-99), redshift.fillna(-99)]
    return rows.groupby(keys).size()


def test_a_cap_leaves_so_many_rows_of_a_survey_in_a_cell_and_the_record_counts_them(make: Make) -> None:
    every, capped = make(), make(**CAPPED)
    before, after = cells_of(every.rows), cells_of(capped.rows)
    assert (after == before.clip(upper=3)).all()
    assert (before > 3).sum() > 10
    assert set(capped.rows["row_key"]) < set(every.rows["row_key"])
    assert capped.stages["cap"]["rows_in"] == len(every.rows)
    assert capped.stages["cap"]["rows_out"] == len(capped.rows)
    assert capped.stages["cap"]["details"]["cells"] == len(before)
    told = {
        (cell["survey"], cell["magnitude"], cell["redshift"]): (cell["rows_in"], cell["rows_out"])
        for cell in capped.files.provenance["capped_cells"]
        if cell["magnitude"] is not None
    }
    crowded = before[before > 3]
    assert told == {
        (survey, magnitude, redshift * 0.5): (count, 3)
        for (survey, magnitude, redshift), count in crowded.items()
        if magnitude > -99
    }


def test_only_the_subsets_that_are_named_are_capped(make: Make) -> None:
    split = {"split": "train=0.5,test=0.5"}
    every, capped = make(**split), make(**split, **CAPPED, cap_subsets="train")
    sides = {name: [made.rows[made.rows["subset"] == name] for made in (every, capped)] for name in ("train", "test")}
    assert sides["test"][0]["row_key"].tolist() == sides["test"][1]["row_key"].tolist()
    assert (cells_of(sides["train"][1]) == cells_of(sides["train"][0]).clip(upper=3)).all()
    assert {cell["subset"] for cell in capped.files.provenance["capped_cells"]} == {"train"}


def test_a_survey_is_held_out_with_every_row_of_its_objects(make: Make) -> None:
    made = make(split="train=0.5,test=0.5", hold_out="survey:fiberdeep", unique="none")
    rows = made.rows
    out = rows["subset"] == "holdout"
    assert set(rows.loc[rows["survey"] == "FIBERDEEP", "subset"]) == {"holdout"}
    assert not set(rows.loc[out, "objectId"]) & set(rows.loc[~out, "objectId"])
    assert set(rows["subset"]) == {"train", "test", "holdout"}
    assert 0 < (rows.loc[out, "survey"] != "FIBERDEEP").sum() < out.sum()
    without = make(split="train=0.5,test=0.5", unique="none").rows.set_index("row_key")["subset"]
    others = rows.loc[~out].set_index("row_key")["subset"]
    assert (others == without[others.index]).all(), "who is not held out stays where it was"


def test_a_field_is_held_out(make: Make) -> None:
    by_field = make(split="train=0.5,test=0.5", split_by="field").rows
    named = by_field["split_unit"].str.startswith("field:")
    unit = by_field.loc[named, "split_unit"].iloc[0]
    rows = make(split="train=0.5,test=0.5", split_by="field", hold_out=f"field:{unit.removeprefix('field:')}").rows
    assert ((rows["subset"] == "holdout") == (rows["split_unit"] == unit)).all()


def test_weights_make_each_subset_resemble_the_target_objects(make: Make, mock_sky: MockSky) -> None:
    made = make(split="train=0.6,test=0.4", weights="g,r,i", target_where="i_gaap1p0SNR > 10", how="left")
    rows = made.rows
    objects = pq.read_table(mock_sky.collection / "object" / "dataset").to_pandas()
    bright = objects[objects["i_gaap1p0Flux"] / objects["i_gaap1p0FluxErr"] > 10]
    aim = 31.4 - 2.5 * np.log10(bright["i_gaap1p0Flux"])
    assert rows.loc[rows["objectId"].isna(), "weight"].isna().all()
    for name in ("train", "test"):
        some = rows[rows["subset"] == name]
        assert some["weight"].mean() == pytest.approx(1)
        assert (some["weight"] >= 0).all()
        assert (
            some.loc[some[["g_gaap1p0Mag", "r_gaap1p0Mag", "i_gaap1p0Mag"]].isna().any(axis=1), "weight"] == 0
        ).all()
        weighted = np.average(some["i_gaap1p0Mag"].fillna(0), weights=some["weight"])
        assert abs(weighted - aim.mean()) < 0.6 * abs(some["i_gaap1p0Mag"].mean() - aim.mean())
        effective = some["weight"].sum() ** 2 / (some["weight"] ** 2).sum()
        assert made.stages["weight"]["details"][f"effective_rows_{name}"] == pytest.approx(effective, abs=1)
    assert made.stages["weight"]["details"]["rows_of_weight_zero"] == (rows["weight"] == 0).sum()


def test_a_balanced_set_is_the_same_again(make: Make) -> None:
    recipe = {"split": "train=0.8,test=0.2", "weights": "g,r,i", "hold_out": "survey:GRISMFIELD", **CAPPED}
    first = make(**recipe)
    again = make.__wrapped__(**first.files.recipe)  # type: ignore[attr-defined]  # recipes are not hashable
    checksums = {made.files.provenance["row_checksum"] for made in (first, again)}
    assert len(checksums) == 1


def test_everything_that_stands_in_the_way_is_told_at_once(make: Make) -> None:
    with pytest.raises(RecipeError) as caught:
        make(cap=5, cap_band="K", cap_subsets="train", weights="g,J", target_rows=0, hold_out="field:nowhere")
    parameters = [problem.parameter for problem in caught.value.problems]
    assert sorted(parameters) == ["CAP_BAND", "CAP_SUBSETS", "HOLD_OUT", "HOLD_OUT", "TARGET_ROWS", "WEIGHTS"]
    assert "bands that have: u, g, r, i, z, y" in str(caught.value)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"cap": 1, "where": "i_gaap1p0Mag < 5"}, "CAP: no row is left"),
        ({"split": "train=0.5,test=0.5", "hold_out": "survey:NOBODY"}, "HOLD_OUT: no row is in holdout"),
        ({"weights": "g,r,i", "target_where": "i_gaap1p0Mag < 5"}, "WEIGHTS: no weight of the set would be above 0"),
        ({"weights": "g,r", "magnitudes": False}, "WEIGHTS: it needs magnitudes"),
        ({"hold_out": "DESI"}, "HOLD_OUT: 'DESI' is neither survey:NAME nor field:NAME"),
        ({"split": "holdout=0.5,test=0.5"}, "SPLIT: 'holdout' is the subset of what HOLD_OUT names"),
    ],
    ids=["cap", "hold-out", "weights", "no-magnitudes", "no-kind", "name"],
)
def test_a_set_that_would_lack_rows_is_one_clear_error(make: Make, recipe: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError) as caught:
        make(**recipe)
    (problem,) = caught.value.problems
    assert words in str(problem)


def test_a_preset_is_carried_out_and_recorded(make: Make) -> None:
    made = make(preset="dp1-training", seed=3)
    assert made.files.provenance["preset"] == {"name": "dp1-training", "version": "1", "changed": ["seed"]}
    assert made.files.recipe["where"].startswith("i_gaap1p0SNR >= 10 AND")
    rows = made.rows
    assert set(rows["subset"]) == {"train", "test"}
    assert rows["quality_flag"].between(3, 5).all()
    assert (rows["i_gaap1p0Flux"] / rows["i_gaap1p0FluxErr"] >= 10).all()
    assert rows["separation_arcsec"].max() <= 0.75
    again = make.__wrapped__(**made.files.recipe)  # type: ignore[attr-defined]  # recipes are not hashable
    assert again.files.provenance["row_checksum"] == made.files.provenance["row_checksum"]


def test_the_balanced_preset_has_weights_and_a_report(make: Make) -> None:
    made = make(preset="dp2-training", target_rows=3000)
    assert made.rows.groupby("subset")["weight"].mean().to_list() == pytest.approx([1, 1])
    assert "Coverage of the target" in made.text_of("report")
