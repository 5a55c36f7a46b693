"""What is wrong with a compilation is told at once: which input, and that the others are good."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.trainingset.compilations import ROLES, a_combine_recipe, made_compilation, measured
from trainingset.combine import combine_tables
from trainingset.errors import Problem, RecipeError

GALAXIES = [{"ra": 10.0 + number} for number in range(3)]


def problems_of(tables: dict[str, pa.Table], **fields: Any) -> tuple[Problem, ...]:
    with pytest.raises(RecipeError) as caught:
        combine_tables(tables, a_combine_recipe(*tables, **fields))
    return caught.value.problems


def test_one_bad_file_among_twenty_is_named_and_the_others_are_listed_as_good(tmp_path: Path) -> None:
    paths = {f"t{number}": tmp_path / f"t{number}.parquet" for number in range(20)}
    for number, path in enumerate(paths.values()):
        pq.write_table(measured([{"ra": 10.0 + number}]), path)
    bad = measured([{}]).drop_columns(["z"])
    pq.write_table(bad, paths["t7"])

    with pytest.raises(RecipeError) as caught:
        made_compilation(tmp_path / "out", paths, inputs=[{"source": name, "roles": ROLES} for name in paths])

    summary, *others = caught.value.problems
    assert summary.message.startswith("1 of 20 inputs cannot be used: 8 (t7.parquet). Nothing was found wrong with")
    assert "20 (t19.parquet)" in summary.message
    assert others
    assert all(problem.message.startswith("input 8, t7.parquet: ") for problem in others)


def test_unreadable_and_missing_inputs_are_told_with_everything_else(tmp_path: Path) -> None:
    paths = {"good": tmp_path / "good.parquet", "empty": tmp_path / "empty.csv", "text": tmp_path / "letter.txt"}
    pq.write_table(measured(GALAXIES), paths["good"])
    paths["empty"].write_text("ra,dec,z\n")
    paths["text"].write_bytes(b"\x00\x01\x02 nothing of a table")

    with pytest.raises(RecipeError) as caught:
        made_compilation(
            tmp_path / "out",
            paths,
            inputs=[{"source": "good", "roles": ROLES}, *({"source": name} for name in ("empty", "text", "gone"))],
            preset="nonsense",
            footprints="atlantis",
            extra_columns="z,colour",
            formats="hdf5",
        )

    told = [str(problem) for problem in caught.value.problems]
    assert any("3 of 4 inputs cannot be used: 2 (empty.csv), 3 (letter.txt), 4 (gone)" in text for text in told)
    for expected in (
        "PRESET: ",
        "FOOTPRINTS: there is no footprint 'atlantis'; there are dp1.",
        "EXTRA_COLUMNS: 'z' is a column of this compilation",
        "EXTRA_COLUMNS: no input has the column 'colour'",
        "FORMATS: an HDF5 file is for photo-z codes",
        "INPUT: input 2, empty.csv: has columns but no rows",
        "INPUT: input 3, letter.txt: ",
        "INPUT: input 4: there is no table 'gone'",
    ):
        assert any(text.startswith(expected) for text in told), expected


def test_the_same_file_twice_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(measured(GALAXIES), path)
    inputs = [{"source": name, "roles": ROLES} for name in ("a", "b")]

    with pytest.raises(RecipeError, match=r"input 2, t\.parquet, is the same file as input 1, t\.parquet"):
        made_compilation(tmp_path / "refused", {"a": path, "b": path}, inputs=inputs)

    assert made_compilation(tmp_path / "out", {"a": path, "b": path}, inputs=inputs, repeats="allow").rows == 3


@pytest.mark.parametrize("values", [[0.5, 0.6, 0.7], [0.5, float("nan"), None]])
def test_the_same_table_under_two_names_is_refused_unless_it_is_allowed(values: list[float | None]) -> None:
    table = measured(GALAXIES).append_column("width", pa.array(values, pa.float64()))
    # As if it had been read again: its own buffers, other chunks.
    again = pa.concat_tables([table.slice(0, 1), pa.Table.from_pylist(table.slice(1).to_pylist(), schema=table.schema)])
    tables = {"a": table, "b": again, "c": table}

    told = problems_of(tables)

    assert told[0].message.startswith("2 of 3 inputs cannot be used: 2 (b), 3 (c).")
    assert [problem.message.partition(";")[0] for problem in told[1:]] == [
        "input 2, b, has the same rows as input 1, a",
        "input 3, c, has the same rows as input 1, a",
    ]
    assert combine_tables(tables, a_combine_recipe(*tables, repeats="allow")).table.num_rows == 3


def test_tables_that_differ_in_one_value_are_two() -> None:
    nan = float("nan")
    tables = {
        name: measured(GALAXIES).append_column("width", pa.array(values))
        for name, values in {"a": [0.5, nan, nan], "b": [nan, 0.5, nan], "c": [0.5, nan, 0.1]}.items()
    }
    assert combine_tables(tables, a_combine_recipe(*tables)).counts.read == 9


def test_one_survey_in_two_releases_is_refused_unless_it_is_allowed() -> None:
    extra = {"z_err": pa.array([1e-4] * 3), "CLASS": pa.array(["GALAXY"] * 3), "SPECPRIMARY": pa.array([1] * 3)}
    tables = {}
    for name in ("SDSS_DR17", "SDSS_DR19"):
        table = measured([row | {"survey": name, "flag": 0} for row in GALAXIES])
        for column, values in extra.items():
            table = table.append_column(column, values)
        tables[name] = table

    (problem,) = problems_of(tables)

    assert "input 1, SDSS_DR17, has SDSS_DR17" in problem.message
    assert "input 2, SDSS_DR19, has SDSS_DR19" in problem.message
    assert combine_tables(tables, a_combine_recipe(*tables, repeats="allow")).table.num_rows == 3


def test_what_is_left_of_nothing_is_told_with_the_limit_that_took_it() -> None:
    (problem,) = problems_of({"a": measured([row | {"flag": 1} for row in GALAXIES])})

    assert problem.parameter == "MIN_QUALITY"
    assert "no row is left of 3: MIN_QUALITY=3 takes 3" in problem.message


def test_inputs_without_any_position_leave_nothing() -> None:
    (problem,) = problems_of({"a": measured([{"ra": None}, {"dec": 100.0}])}, bad_rows="drop")

    assert problem.parameter == "INPUT"
    assert "no input has a row with a position" in problem.message


def test_an_input_that_the_limits_empty_is_noted() -> None:
    tables = {"poor": measured([row | {"flag": 1} for row in GALAXIES]), "good": measured(GALAXIES)}

    compiled = combine_tables(tables, a_combine_recipe(*tables))

    assert compiled.table.num_rows == 3
    assert any(note.startswith("Input 1, poor: none of its 3 rows is within the limits") for note in compiled.notes)


def test_ties_that_leave_nothing_are_told() -> None:
    (problem,) = problems_of({"a": measured([{"z": 0.5}, {"z": 0.9}])})

    assert problem.parameter == "MODE"
    assert "2 contradict each other" in problem.message
    assert "TIES=keep_all" in problem.message


def test_flags_that_no_rule_covers_are_noted_with_their_counts() -> None:
    rows = [{"survey": "OZDES", "flag": flag, "ra": 10.0 + number} for number, flag in enumerate((3, 77, 77, 5))]

    compiled = combine_tables({"a": measured(rows)}, a_combine_recipe("a", preset="complete"))

    assert any("3 rows of OZDES have flags that no rule covers: 77 (2), 5 (1)" in note for note in compiled.notes)
    assert compiled.stages[0].details["unmapped_flags"] == 3
    assert compiled.table.num_rows == 4


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (pa.array([1], pa.int16()), pa.array([2**60]), [1, 2**60]),
        (pa.array([1]), pa.array([0.5]), [1.0, 0.5]),
        (pa.array([2**60]), pa.array([0.5]), [str(2**60), "0.5"]),
        (pa.array([1]), pa.array(["x"]), ["1", "x"]),
        (None, pa.array([7]), [None, 7]),
    ],
)
def test_extra_columns_of_several_types_lose_nothing(
    left: pa.Array | None, right: pa.Array, expected: list[object]
) -> None:
    tables = {"a": measured([{"ra": 10.0}]), "b": measured([{"ra": 20.0}])}
    for name, values in zip(tables, (left, right), strict=True):
        tables[name] = tables[name] if values is None else tables[name].append_column("magnitude", values)

    compiled = combine_tables(tables, a_combine_recipe(*tables, extra_columns="mag=magnitude"))

    assert sorted(zip(compiled.table["ra"].to_pylist(), compiled.table["mag"].to_pylist(), strict=True)) == [
        (10.0, expected[0]),
        (20.0, expected[1]),
    ]


def test_a_survey_whose_rules_could_not_be_read_is_not_called_unknown() -> None:
    inputs = [{"source": "a", "survey": "MINE", "roles": ROLES}]
    told = problems_of({"a": measured(GALAXIES)}, inputs=inputs, survey_rules="name: MINE")
    assert {problem.parameter for problem in told} == {"SURVEY_RULES"}


def test_a_missing_role_is_said_behind_the_input() -> None:
    table = pa.table({"ra": [1.0], "dec": [2.0], "velocity": [3.0], "survey_name": ["VVDS"]})
    told = problems_of({"a": table}, inputs=[{"source": "a"}])
    assert any("say which one is: INPUT=...;z=COLUMN" in problem.message for problem in told)
    assert not any("ROLES=" in problem.message for problem in told)


def test_an_unknown_survey_hides_nothing_else_that_is_wrong_with_its_rows() -> None:
    rows = measured([{"survey": "VVSD"}, {"ra": float("nan")}, {"dec": 91.0}])
    table = rows.set_column(rows.column_names.index("z"), "z", pa.array(["0.5", "none", "abc"]))

    summary, *problems = problems_of({"a": table, "b": measured(GALAXIES)})

    assert summary.message.startswith("1 of 2 inputs cannot be used: 1 (a).")
    assert [(problem.value, problem.column, problem.rows) for problem in problems] == [
        ("VVSD", None, ()),
        ("abc", "z", (3,)),
        (None, "ra", (2,)),
        ("91", "dec", (3,)),
    ]
    # As little does a column that the survey's rules need.
    of_desi = measured([{"survey": "DESI", "dec": 91.0}])
    assert {problem.column for problem in problems_of({"a": of_desi})} >= {"SPECTYPE", "ZCAT_PRIMARY", "dec"}


def test_values_that_no_compilation_has_are_told_as_they_stand() -> None:
    columns = {
        "redshift_key": ["VVDS:1", "VVDS:2", "VVDS:3", "VVDS:4"],
        "z_flag_homogenized": ["good", "3.0", "none", " 5"],
        "instrument_type_homogenized": ["s", "x", "g", None],
    }
    given = measured([{}] * 4)
    for name, values in columns.items():
        given = given.append_column(name, pa.array(values))
    tables = {
        "flags": given,
        "marks": given.append_column("tie_result", pa.array(["1", "", "7", "lost"])),
        "numbers": given.append_column("tie_result", pa.array([1.0, None, 0.5, 300.0])),
    }

    told = [str(problem) for problem in problems_of(tables)]

    assert sum("'z_flag_homogenized' holds 5, good in 2 rows (the first is row 1)" in text for text in told) == 3, told
    assert sum("'instrument_type_homogenized' holds x in 1 rows (the first is row 2)" in text for text in told) == 3
    assert any("input 2, marks: " in text and "in 2 of 4 rows (the first is row 3 with 7)" in text for text in told)
    assert any("input 3, numbers: " in text and "in 2 of 4 rows (the first is row 3 with 0.5)" in text for text in told)
