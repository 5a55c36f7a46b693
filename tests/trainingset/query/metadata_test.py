"""Queries of TAP_SCHEMA against the rows that it has, and everything that is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import RecipeError
from trainingset.listed_table import ListedTable
from trainingset.query.metadata import answer_metadata, read_metadata_query
from trainingset.query.tap_schema import TAP_SCHEMA, tap_schema_rows

OBJECTS = ListedTable(
    "dp1.object",
    "Objects",
    "What's there.",
    9,
    (
        ColumnDescription(name="objectId", datatype=ColumnType.INT64, ucd="meta.id;meta.main"),
        ColumnDescription(name="coord_ra", datatype=ColumnType.FLOAT64),
        ColumnDescription(name="date", datatype=ColumnType.STRING, description="a reserved word"),
    ),
    main={"coord_ra": "pos.eq.ra;meta.main"},
)


def ask(query: str, **options: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = answer_metadata(read_metadata_query(query), [OBJECTS], **options).to_pylist()
    return rows


def why_not(query: str) -> str:
    with pytest.raises(RecipeError) as caught:
        ask(query)
    assert {problem.parameter for problem in caught.value.problems} == {"QUERY"}
    return str(caught.value)


@pytest.mark.parametrize("table", [table.name for table in TAP_SCHEMA])
def test_each_table_has_its_columns_and_describes_itself(table: str) -> None:
    rows = ask(f"SELECT * FROM {table}")
    listed = ask(f"SELECT column_name FROM TAP_SCHEMA.columns WHERE table_name = '{table}' ORDER BY column_index")
    assert [str(row["column_name"]).strip('"') for row in listed] == list(rows[0])
    assert len(rows) == len(tap_schema_rows([OBJECTS])[table.partition(".")[2]])


def test_names_are_written_as_queries_need_them_and_coordinates_are_the_main_ones() -> None:
    rows = ask("SELECT column_name, unit, ucd, datatype, arraysize, indexed FROM TAP_SCHEMA.columns WHERE std = 0")
    assert [tuple(row.values()) for row in rows] == [
        ("objectId", None, "meta.id;meta.main", "long", None, 0),
        ("coord_ra", "deg", "pos.eq.ra;meta.main", "double", None, 1),
        ('"date"', None, None, "char", "*", 0),
    ]


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT COUNT(*) AS nrow FROM TAP_SCHEMA.schemas", [(2,)]),
        ("select distinct datatype from tap_schema.columns where std = 0 order by datatype desc", None),
        ('SELECT TOP 1 c."size", c.column_name FROM TAP_SCHEMA.columns AS c', [(None, "objectId")]),
        ("SELECT tables.table_type FROM TAP_SCHEMA.tables WHERE table_name LIKE 'dp1.%'", [("table",)]),
        ("SELECT table_type FROM TAP_SCHEMA.tables WHERE table_name LIKE 'DP1.%'", []),
        ("SELECT table_type FROM TAP_SCHEMA.tables WHERE UPPER(table_name) LIKE 'DP1.%'", [("table",)]),
        ("SELECT table_name, COUNT(*) FROM TAP_SCHEMA.columns GROUP BY table_name HAVING COUNT(*) = 14", None),
        (
            "SELECT t.schema_name, s.schema_index FROM TAP_SCHEMA.tables t JOIN TAP_SCHEMA.schemas s "
            "ON t.schema_name = s.schema_name WHERE t.description = 'What''s there.' -- a comment",
            [("dp1", 0)],
        ),
        ("SELECT key_id FROM TAP_SCHEMA.keys JOIN TAP_SCHEMA.key_columns USING (key_id) WHERE key_id = 'key2'", None),
        ("SELECT 1.5 AS a, 'it''s' AS b FROM TAP_SCHEMA.schemas OFFSET 1", [(1.5, "it's")]),
    ],
)
def test_queries_are_answered(query: str, answer: list[tuple[object, ...]] | None) -> None:
    rows = [tuple(row.values()) for row in ask(query)]
    assert rows == answer if answer is not None else len(rows) > 0


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT column_nam FROM TAP_SCHEMA.columns", "did you mean column_name or column_index (at character 8)?"),
        ("SELECT * FROM TAP_SCHEMA.colums", "did you mean TAP_SCHEMA.columns (at character 15)?"),
        ("SELECT * FROM dp1.object JOIN TAP_SCHEMA.tables ON 1=1", "'dp1.object', which is no table of TAP_SCHEMA"),
        ("SELECT * FROM sqlite_master, TAP_SCHEMA.tables", "'sqlite_master', which is no table of TAP_SCHEMA"),
        ("SELECT * FROM TAP_SCHEMA.tables WHERE", "at character 33"),
        ("SELECT * FROM TAP_SCHEMA.tables; DROP TABLE x", "a semicolon has nothing to end"),
        ("SELECT * FROM TAP_SCHEMA.tables WHERE a IN (SELECT 1)", "subqueries are not read"),
        ("SELECT load_extension('x') FROM TAP_SCHEMA.tables", "no function load_extension"),
        ("SELECT key_id FROM TAP_SCHEMA.keys AS k, TAP_SCHEMA.key_columns AS c", "ambiguous column name: key_id"),
        ("SELECT x.* FROM TAP_SCHEMA.tables", "'x', which is no table of the query"),
        ("SELECT * FROM TAP_SCHEMA.tables, TAP_SCHEMA.tables", "two tables 'tables'"),
        ("UPDATE TAP_SCHEMA.tables SET x = 1", "it begins with SELECT"),
        ("SELECT COUNT(*) FROM " + ", ".join(f"TAP_SCHEMA.columns AS c{n}" for n in range(9)), "too many rows"),
        ("SELECT * FROM TAP_SCHEMA.tables WHERE " + "(" * 99, "nested"),
        (
            "SELECT * FROM TAP_SCHEMA.columns a, TAP_SCHEMA.columns b, TAP_SCHEMA.columns c, TAP_SCHEMA.tables d",
            "gives more than 104166 rows of 48 columns, of which at most 5000000 values are told: name fewer columns",
        ),
    ],
)
def test_what_cannot_run_is_refused_with_the_reason(query: str, reason: str) -> None:
    assert reason in why_not(query)


def test_the_schema_of_tables_without_one_is_called_as_the_document_of_tables_calls_it() -> None:
    bare = replace(OBJECTS, name="object")
    query = read_metadata_query("SELECT schema_name FROM TAP_SCHEMA.tables WHERE table_name = 'object'")
    assert answer_metadata(query, [bare]).to_pylist() == [{"schema_name": "default"}]


def test_rows_are_cut_where_no_more_are_wanted() -> None:
    assert len(ask("SELECT * FROM TAP_SCHEMA.columns", most_rows=4)) == 4


@given(text=st.text("'\"\\%_;-/*()x\n", max_size=20))
def test_a_quoted_text_is_a_text_whatever_it_holds(text: str) -> None:
    quoted = text.replace("'", "''")
    assert ask(f"SELECT TOP 1 '{quoted}' AS t FROM TAP_SCHEMA.tables") == [{"t": text}]
