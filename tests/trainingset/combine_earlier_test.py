"""Compilations that are made of earlier ones: the PZ Server's and our own, in every mode."""

from typing import Any

import pyarrow as pa
import pytest

from trainingset.combine import Compiled, combine_tables
from trainingset.combine_recipe import CombineRecipe

PZ_SERVER: dict[str, Any] = {
    "CRD_ID": ["CRD001_1", "CRD001_2", "CRD002_1", "CRD002_2", "CRD003_1"],
    "id": ["7", "8", "9", "7", None],
    "ra": [10.0, 20.0, 10.0, 30.0, 40.0],
    "dec": [-30.0] * 5,
    "z": [0.5, 0.6, 0.5, 0.7, 0.8],
    "z_flag": [4.0, 3.0, 1.0, 14.0, 9.0],
    "z_err": [None, 0.001, None, None, None],
    "instrument_type": [None, None, "s", "s", None],
    "survey": ["VVDS", "VVDS", "OZDES", "MINE", None],
    "source": ["a", "a", "b", "c", "c"],
    "z_flag_homogenized": [2.0, 3.0, 4.0, 1.0, 0.0],
    "instrument_type_homogenized": ["s", "s", "g", "p", "s"],
}
"""A concatenation: flags on the common scale, types and surveys are none that rules would give."""

MARKS: dict[str, Any] = {
    "tie_result": pa.array([0, 2, 1, 1, 1], pa.int8()),
    "compared_to": ["CRD002_1", None, "CRD001_1", None, None],
    "group_id": [-5, 3, -5, 9, 11],
}

SAME = ["id", "ra", "z", "z_err", "instrument_type", "survey", "z_flag_homogenized", "instrument_type_homogenized"]
"""Columns that mean the same in both compilations."""


def pz_server(mode: str) -> pa.Table:
    match mode:
        case "concatenate":
            return pa.table(PZ_SERVER)
        case "mark":
            return pa.table(PZ_SERVER | MARKS)
        case _:
            # Nothing is left to compare with: such columns are left out.
            kept = pa.table(PZ_SERVER | MARKS).filter(pa.array([False, True, True, True, True]))
            return kept.drop_columns(["compared_to"])


def combined(table: pa.Table, **fields: Any) -> Compiled:
    asked = {"inputs": [{"source": "earlier"}], "preset": "complete", **fields}
    return combine_tables({"earlier": table}, CombineRecipe.model_validate(asked))


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: row["ra"] + row["z_flag_homogenized"])


@pytest.mark.parametrize("preset", ["complete", "reference"])
@pytest.mark.parametrize("mode", ["concatenate", "mark", "remove"])
def test_a_compilation_of_the_pz_server_is_taken_as_it_stands(mode: str, preset: str) -> None:
    table = pz_server(mode)

    made = combined(table, preset=preset)

    assert rows_of(made.table.select(SAME)) == rows_of(table.select(SAME))
    rows = {row["ra"]: row for row in made.table.to_pylist() if row["survey"] != "VVDS" or row["ra"] != 10}
    assert {row["redshift_key"] for row in rows.values()} == {"VVDS:8", "OZDES:9", "MINE:7", ":J40.00000-30.00000"}
    assert {ra: row["z_flag"] for ra, row in rows.items()} == {10: "1", 20: "3", 30: "14", 40: "9"}
    # An isolated row keeps what was found out about it.
    assert rows[20]["tie_result"] == (1 if mode == "concatenate" else 2)
    assert sum(row["n_measurements"] for row in rows.values()) == (4 if mode == "remove" else 5)
    assert any("earlier compilation" in text for report in made.reports for text in report.evidence)


@pytest.mark.parametrize("absent", ["id", "survey"])
def test_columns_that_the_pz_server_left_out_are_not_guessed(absent: str) -> None:
    table = pz_server("concatenate").drop_columns([absent])

    rows = combined(table, mode="concatenate").table

    if absent == "id":
        assert sorted(rows["id"].to_pylist()) == PZ_SERVER["CRD_ID"]
    else:
        assert rows["survey"].null_count == len(rows)
        assert sorted(rows["redshift_key"].to_pylist()) == [":7", ":7#2", ":8", ":9", ":J40.00000-30.00000"]


def test_an_extra_column_of_the_name_of_a_surveys_flag_is_not_its_flag() -> None:
    table = pz_server("mark").append_column("ZFLAGS", pa.array([7, 7, 7, 7, 7]))
    assert set(combined(table).table["z_flag"].to_pylist()) == {"1", "14", "3", "4", "9"}


@pytest.mark.parametrize("mode", ["concatenate", "mark", "remove"])
def test_a_compilation_of_our_own_is_taken_as_it_stands(mode: str) -> None:
    first = combined(pz_server("mark"), mode=mode, ties="keep_all").table

    made = combined(first, mode=mode, ties="keep_all")

    same = [*SAME, "redshift_key", "z_flag", "release", "date"] + (["tie_result"] if mode != "concatenate" else [])
    assert made.table.select(same).to_pylist() == first.select(same).to_pylist()


def test_columns_on_the_common_scale_alone_make_no_earlier_compilation() -> None:
    table = pa.table({name: PZ_SERVER[name] for name in ("id", "ra", "dec", "z", "z_flag_homogenized", "survey")})
    made = combined(table)
    assert not any("earlier compilation" in text for report in made.reports for text in report.evidence)
