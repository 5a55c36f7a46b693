"""Compilations in chains: cross-matches whose redshifts are a combine recipe, compilations that are read again."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.trainingset.compilations import ROLES, made_compilation, measured
from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.registry import CatalogEntry
from trainingset.roles import find_roles
from trainingset.tables import read_table

# In one process: its fixtures take long.
pytestmark = pytest.mark.xdist_group("combine_chain")

INPUTS = [{"source": "first", "roles": ROLES}, {"source": "second", "roles": ROLES}]


@pytest.fixture(scope="module")
def files(objects: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Redshifts of thirty objects by two surveys: every third contradicts, every fifth of the second is a star."""
    folder = tmp_path_factory.mktemp("surveys")
    ra, dec = (objects[name].to_numpy()[::97][:30] for name in ("coord_ra", "coord_dec"))
    first = [{"ra": x, "dec": y, "z": 0.3, "flag": 3} for x, y in zip(ra, dec, strict=True)]
    second = [
        row | {"survey": "OZDES", "z": 0.6 if number % 3 == 0 else 0.3, "flag": 6 if number % 5 == 0 else 3}
        for number, row in enumerate(first)
    ]
    paths = {"first": folder / "first.parquet", "second": folder / "second.csv"}
    pq.write_table(measured(first), paths["first"])
    measured(second).to_pandas().to_csv(paths["second"], index=False)
    return paths


def order_of(files: dict[str, Path], entry: CatalogEntry, folder: Path, redshifts: object, **request: Any) -> Order:
    asked = {"catalog": "objects", "redshifts": redshifts, "flux": "psf", "radius_arcsec": 0.1, "unique": "none"}
    inputs = {name: InputFile(name=path.name, path=str(path)) for name, path in files.items()}
    folder.mkdir(exist_ok=True)
    return Order(request=asked | request, catalogs=(entry,), inputs=inputs, folder=str(folder))


def matched(
    files: dict[str, Path], entry: CatalogEntry, folder: Path, redshifts: object, **request: Any
) -> tuple[TrainingSetFiles, pa.Table]:
    made = make_training_set(order_of(files, entry, folder, redshifts, **request))
    return made, pq.read_table(folder / "training_set.parquet")


@pytest.mark.parametrize("preset", ["training", "complete", "reference"])
def test_a_chain_matches_what_its_two_steps_match(
    preset: str, files: dict[str, Path], coarse: CatalogEntry, tmp_path: Path
) -> None:
    recipe = {"kind": "combine", "inputs": INPUTS, "preset": preset}
    made_compilation(tmp_path / "compilation", files, **recipe)
    compilation = {"job:1": tmp_path / "compilation" / "compilation.vot"}

    _, at_once = matched(files, coarse, tmp_path / "chain", json.dumps(recipe))
    _, in_steps = matched(compilation, coarse, tmp_path / "steps", "job:1")

    assert at_once["row_key"].to_pylist() == in_steps["row_key"].to_pylist()
    assert at_once["redshift"].to_pylist() == in_steps["redshift"].to_pylist()
    assert at_once.num_rows > 10


def test_the_provenance_of_a_chain_tells_of_both(files: dict[str, Path], coarse: CatalogEntry, tmp_path: Path) -> None:
    made, rows = matched(files, coarse, tmp_path, {"kind": "combine", "inputs": INPUTS})
    record = made.provenance

    assert record["kind"] == "crossmatch"
    assert record["recipe"]["redshifts"]["kind"] == "combine"
    assert record["recipe"]["redshifts"]["min_quality"] == 3
    assert [used["source"] for used in record["inputs"]] == ["first", "second"]
    assert [report["name"] for report in record["input_reports"]] == ["first.parquet", "second.csv"]
    assert [rules["survey"] for rules in record["survey_rules"]] == ["OZDES", "VVDS"]
    stages = [stage["stage"] for stage in record["stages"]]
    assert stages[:5] == ["inputs", "limits", "duplicates", "compilation", "redshifts"]
    assert len(set(stages)) == len(stages)
    assert any("Le Fevre" in citation["text"] or "Le F" in citation["text"] for citation in record["citations"])
    assert rows["survey"].to_pylist()


def test_a_chain_tells_problems_of_both_recipes_at_once(
    files: dict[str, Path], coarse: CatalogEntry, tmp_path: Path
) -> None:
    wrong = {"kind": "combine", "inputs": [*INPUTS, {"source": "third"}]}

    with pytest.raises(RecipeError) as caught:
        matched(files, coarse, tmp_path, wrong, flux="nonsense")

    told = str(caught.value)
    assert "input 3: there is no table 'third'" in told
    assert "no flux kind 'nonsense'" in told


def test_only_kept_rows_of_a_marked_compilation_are_matched(
    files: dict[str, Path], coarse: CatalogEntry, tmp_path: Path
) -> None:
    made_compilation(tmp_path / "marked", files, inputs=INPUTS, preset="complete")
    compilation = {"marked": tmp_path / "marked" / "compilation.parquet"}

    made, rows = matched(compilation, coarse, tmp_path / "kept", "marked")
    every, all_rows = matched(compilation, coarse, tmp_path / "all", "marked", redshifts_where="tie_result >= 0")

    assert set(rows["tie_result"].to_pylist()) == {1}
    assert set(all_rows["tie_result"].to_pylist()) == {0, 1, 2, 3}
    assert made.recipe["redshifts_where"] == "tie_result = 1"
    assert any("only the rows that it keeps (tie_result = 1) were matched" in note for note in made.notes)
    assert not any("marked compilation" in note for note in every.notes)
    counted = next(stage for stage in made.provenance["stages"] if stage["stage"] == "redshifts")
    assert counted["details"]["not_wanted"] == counted["rows_in"] - counted["rows_out"] > 0


def test_a_preset_cuts_the_kept_rows_of_a_marked_compilation(
    files: dict[str, Path], coarse: CatalogEntry, tmp_path: Path
) -> None:
    made_compilation(tmp_path / "marked", files, inputs=INPUTS, preset="complete")
    compilation = {"marked": tmp_path / "marked" / "compilation.parquet"}

    _, kept = matched(compilation, coarse, tmp_path / "kept", "marked")
    made, rows = matched(compilation, coarse, tmp_path / "cut", "marked", preset="dp1-training", where=None, split={})

    assert set(rows["tie_result"].to_pylist()) == {1}
    assert made.recipe["redshifts_where"].endswith("AND tie_result = 1")
    secure = [flag is not None and 3 <= flag < 6 for flag in kept["z_flag_homogenized"].to_pylist()]
    assert rows.num_rows == sum(secure) > 0
    by_hand = "quality_flag >= 3 AND quality_flag < 6"
    _, every = matched(compilation, coarse, tmp_path / "by_hand", "marked", redshifts_where=by_hand)
    assert set(every["tie_result"].to_pylist()) > {1}, "who says it themselves means it so"


@pytest.mark.parametrize("suffix", ["parquet", "vot", "fits", "csv"])
def test_roles_of_a_compilation_find_themselves(suffix: str, files: dict[str, Path], tmp_path: Path) -> None:
    made_compilation(tmp_path / "made", files, inputs=INPUTS, formats="fits,csv")
    table = read_table(tmp_path / "made" / f"compilation.{suffix}", name="compilation")
    from trainingset.arrow_metadata import schema_descriptions

    found = find_roles(schema_descriptions(table.schema))

    assert found.problems == ()
    assert found.roles == {
        "ra": "ra",
        "dec": "dec",
        "z": "z",
        "z_err": "z_err",
        "id": "redshift_key",
        "survey": "survey",
        "quality_flag": "z_flag_homogenized",
        "instrument_type": "instrument_type_homogenized",
        "group": "group_id",
    }


@pytest.mark.parametrize("preset", ["training", "complete"])
def test_a_compilation_of_a_compilation_is_the_same(preset: str, files: dict[str, Path], tmp_path: Path) -> None:
    made_compilation(tmp_path / "once", files, inputs=INPUTS, preset=preset)
    again = {"again": tmp_path / "once" / "compilation.parquet"}
    made_compilation(tmp_path / "twice", again, preset=preset)

    once, twice = (pq.read_table(tmp_path / name / "compilation.parquet") for name in ("once", "twice"))

    same = ["redshift_key", "ra", "dec", "z", "z_flag_homogenized", "instrument_type_homogenized", "survey", "group_id"]
    assert twice.select(same).to_pylist() == once.select(same).to_pylist()
