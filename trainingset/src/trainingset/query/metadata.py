"""Queries of ``TAP_SCHEMA``: checked, said anew as SQL, and answered by a database in memory.

The database holds nothing but the rows that this user may see. It is never given the user's text: sqlglot's tree is
checked node by node, each name is replaced by that of a known column, and the tree is written out again. What could
still go wrong is limited besides: only reading is authorized, and work and rows have a limit.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches

import pyarrow as pa
from sqlglot import exp

from trainingset.adql import position_of
from trainingset.arrow_metadata import described
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import Problem, RecipeError
from trainingset.listed_table import ListedTable
from trainingset.query.syntax import METADATA, METADATA_FUNCTIONS, parse_tree, refused, top_of
from trainingset.query.tap_schema import SCHEMA, TAP_SCHEMA, Row, tap_schema_rows

__all__ = ["MOST_VALUES", "MetadataQuery", "answer_metadata", "read_metadata_query"]

MOST_VALUES = 5_000_000
"""Most values of an answer, some seconds of work: all that is told of the columns of some hundred catalogs is less."""
_ROWS_AT_A_TIME = 10_000
_MOST_STEPS = 50_000_000
"""Steps of the database: a second, in which two tables of columns are joined by name, but not crossed."""
_STEPS_AT_A_TIME = 100_000
_MOST_TEXT_BYTES = 1 << 20
"""Of any one value."""

_PARAMETER = "QUERY"

_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_NODES: tuple[type[exp.Expr], ...] = (
    *(exp.Select, exp.From, exp.Join, exp.Table, exp.TableAlias, exp.Where, exp.Group, exp.Having, exp.Distinct),
    *(exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Alias, exp.Star, exp.Column, exp.Identifier),
    *(exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Neg, exp.Anonymous),
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.And, exp.Or, exp.Not, exp.In, exp.Is, exp.Like, exp.Between),
    *(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
)
"""All that is written out; what else the parser may make is refused."""

_COLUMNS = {table.name.rpartition(".")[2]: {column.name: column for column in table.columns} for table in TAP_SCHEMA}


@dataclass(frozen=True, slots=True)
class MetadataQuery:
    """A query that was checked."""

    sql: str
    """For the database; made of known names, numbers and quoted texts alone."""
    columns: Mapping[str, ColumnDescription]
    """Described columns by the name under which they come out; others are computed."""
    top: int | None


def read_metadata_query(text: str) -> MetadataQuery:
    """Check a query of ``TAP_SCHEMA`` and say it anew.

    Raises
    ------
    RecipeError
        With everything that is wrong.
    """
    tree = parse_tree(text, METADATA)
    return _Reader(tree).query()


def answer_metadata(query: MetadataQuery, tables: Sequence[ListedTable], *, most_rows: int | None = None) -> pa.Table:
    """Answer a query with the rows that describe some tables.

    Parameters
    ----------
    tables
        Those that the user may see.
    most_rows
        Rows are cut off behind so many; None for all.

    Raises
    ------
    RecipeError
        If the answer takes too much work, or has more than `MOST_VALUES` values.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        _fill(database, tap_schema_rows(tables))
        _restrict(database)
        try:
            cursor = database.execute(query.sql)
            rows = _fetched(cursor, most_rows)
        except sqlite3.Error as error:
            raise refused(_PARAMETER, _why_not(error)) from error
        return _table(rows, [description[0] for description in cursor.description], query.columns)


def _fetched(cursor: sqlite3.Cursor, most_rows: int | None) -> list[tuple[object, ...]]:
    """Rows of an answer; one that is too large is refused before all of it is in memory, and never cut silently."""
    rows: list[tuple[object, ...]] = []
    n_columns = len(cursor.description)
    while most_rows is None or len(rows) < most_rows:
        wanted = _ROWS_AT_A_TIME if most_rows is None else min(_ROWS_AT_A_TIME, most_rows - len(rows))
        block = cursor.fetchmany(wanted)
        rows += block
        if len(rows) * n_columns > MOST_VALUES:
            limit = MOST_VALUES // n_columns
            message = f"gives more than {limit} rows of {n_columns} columns, of which at most {MOST_VALUES} values"
            raise refused(
                _PARAMETER, f"{message} are told: name fewer columns, take the first rows by TOP, or join by names"
            )
        if len(block) < wanted:
            break
    return rows


class _Reader:
    """One query; its names are replaced in place."""

    def __init__(self, tree: exp.Select) -> None:
        self._tree = tree
        self._problems: list[Problem] = []
        self._aliases: dict[str, str] = {}
        """Name of the table by folded alias."""

    def query(self) -> MetadataQuery:
        """The query, or everything that is wrong with it."""
        self._check_nodes()
        self._take_tables()
        limit = self._tree.args.get("limit")
        top = None if limit is None else top_of(limit.expression, _PARAMETER)
        if self._problems:
            raise RecipeError(self._problems)
        outputs = self._outputs()
        self._name_columns()
        if self._problems:
            raise RecipeError(dict.fromkeys(self._problems))
        return MetadataQuery(self._tree.sql(dialect="sqlite", comments=False, identify=True), outputs, top)

    def _check_nodes(self) -> None:
        for node in self._tree.walk():
            if not isinstance(node, _NODES):
                self._refuse(node, f"has {type(node).__name__.upper()}, which no query of {SCHEMA} has")

    def _take_tables(self) -> None:
        nodes = list(self._tree.find_all(exp.Table))
        if not nodes:
            self._refuse(self._tree, f"has no FROM: name a table, such as {SCHEMA}.tables")
        for node in nodes:
            name = node.name.casefold()
            schema = node.db.casefold()
            if node.catalog or schema != SCHEMA.casefold() or name not in _COLUMNS:
                written = ".".join(part.name for part in node.parts)
                close = get_close_matches(name, _COLUMNS, n=1) or list(_COLUMNS)
                meant = " or ".join(f"{SCHEMA}.{table}" for table in close)
                self._refuse(
                    node, f"names {written!r}, which is no table of {SCHEMA}; did you mean {meant}?", value=written
                )
                continue
            alias = node.alias or name
            if alias.casefold() in self._aliases:
                self._refuse(node, f"calls two tables {alias!r}; give them different aliases")
            self._aliases[alias.casefold()] = name
            node.replace(exp.table_(exp.to_identifier(name, quoted=True), alias=exp.to_identifier(alias, quoted=True)))

    def _outputs(self) -> dict[str, ColumnDescription]:
        """Descriptions of what comes out; what is computed gets a name."""
        outputs = {name: column for table in self._aliases.values() for name, column in _COLUMNS[table].items()}
        for item in self._tree.expressions:
            inner = item.this if isinstance(item, exp.Alias) else item
            if isinstance(inner, exp.Column) and (found := self._holding(inner)):
                table, name = found[0]
                outputs[item.alias_or_name if isinstance(item, exp.Alias) else name] = _COLUMNS[table][name]
            elif isinstance(item, exp.Alias):
                outputs.pop(item.alias, None)
            elif not isinstance(inner, exp.Star | exp.Column):
                item.replace(exp.alias_(item.copy(), "expression", quoted=True))
        return outputs

    def _name_columns(self) -> None:
        named = {item.alias.casefold(): item.alias for item in self._tree.expressions if isinstance(item, exp.Alias)}
        for node in list(self._tree.find_all(exp.Column)):
            found = self._holding(node)
            qualifier = _qualifier(node)
            if qualifier and qualifier not in self._aliases:
                self._refuse(node, f"names {node.table!r}, which is no table of the query")
            elif isinstance(node.this, exp.Star):
                node.set("table", exp.to_identifier(qualifier, quoted=True))
                node.set("db", None)
            elif found:
                _, name = found[0]
                node.set("this", exp.to_identifier(name, quoted=True))
                node.set("table", exp.to_identifier(qualifier, quoted=True) if qualifier else None)
                node.set("db", None)
            elif not qualifier and node.name.casefold() in named:
                node.set("this", exp.to_identifier(named[node.name.casefold()], quoted=True))
            else:
                self._refuse_unknown(node)
        for join in self._tree.find_all(exp.Join):
            for name in join.args.get("using") or ():
                self._name_using(name)
        for call in self._tree.find_all(exp.Anonymous):
            assert str(call.this).upper() in METADATA_FUNCTIONS, "others were refused with the tokens"
            call.set("this", str(call.this).upper())

    def _name_using(self, name: exp.Expr) -> None:
        known = {column for table in self._aliases.values() for column in _COLUMNS[table]}
        if name.name.casefold() not in known:
            self._refuse(name, f"joins USING {name.name!r}, which is no column of its tables")
            return
        identifier = name if isinstance(name, exp.Identifier) else name.this
        identifier.set("this", name.name.casefold())

    def _holding(self, node: exp.Column) -> list[tuple[str, str]]:
        """Tables of the query that have a column, with its name there."""
        qualifier, name = _qualifier(node), node.name.casefold()
        aliases = self._aliases if not qualifier else [qualifier]
        tables = dict.fromkeys(self._aliases[alias] for alias in aliases if alias in self._aliases)
        return [(table, name) for table in tables if name in _COLUMNS[table]]

    def _refuse_unknown(self, node: exp.Column) -> None:
        aliases = [_qualifier(node)] if _qualifier(node) else list(self._aliases)
        known = [column for alias in aliases for column in _COLUMNS[self._aliases[alias]]]
        close = get_close_matches(node.name.casefold(), known, n=3)
        hint = f"; did you mean {' or '.join(dict.fromkeys(close))}?" if close else f"; there are {', '.join(known)}"
        self._refuse(node, f"names the column {node.name!r}, which its tables do not have{hint}", column=node.name)

    def _refuse(self, node: exp.Expr, message: str, *, column: str | None = None, value: str | None = None) -> None:
        position = position_of(node)
        where = "" if position is None else f" (at character {position})"
        sentence = f"{message[:-1]}{where}?" if message.endswith("?") else f"{message}{where}."
        self._problems.append(Problem(parameter=_PARAMETER, message=sentence, column=column, value=value))


def _qualifier(node: exp.Column) -> str:
    """Folded alias by which a column is qualified; the schema before it says nothing."""
    return node.table.casefold()


def _fill(database: sqlite3.Connection, rows: Mapping[str, Sequence[Row]]) -> None:
    for table, columns in _COLUMNS.items():
        names = ", ".join(
            f'"{name}" {"TEXT" if column.datatype is ColumnType.STRING else "INTEGER"}'
            for name, column in columns.items()
        )
        database.execute(f'CREATE TABLE "{table}" ({names})')
        marks = ", ".join("?" * len(columns))
        database.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows[table])  # noqa: S608 (names of ours)


def _restrict(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA case_sensitive_like = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_TEXT_BYTES)
    budget = iter(range(_MOST_STEPS // _STEPS_AT_A_TIME))
    database.set_progress_handler(lambda: int(next(budget, None) is None), _STEPS_AT_A_TIME)
    allowed = {name.casefold() for name in METADATA_FUNCTIONS} | {"like"}

    def authorize(action: int, _first: str | None, second: str | None, _database: str | None, _by: str | None) -> int:
        if action in _READING or (action == sqlite3.SQLITE_FUNCTION and (second or "").casefold() in allowed):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    database.set_authorizer(authorize)


def _why_not(error: sqlite3.Error) -> str:
    match error.sqlite_errorcode:
        case sqlite3.SQLITE_INTERRUPT:
            return "compares too many rows with each other; join the tables by the names that they share"
        case sqlite3.SQLITE_TOOBIG:
            return f"makes a value of more than {_MOST_TEXT_BYTES} bytes"
        case _:
            # Its words are those of SQL: about names that mean two columns, or counts in the wrong place.
            return f"cannot run: {error}"


def _table(
    rows: Sequence[tuple[object, ...]], names: Sequence[str], described_columns: Mapping[str, ColumnDescription]
) -> pa.Table:
    fields: list[pa.Field] = []
    taken: set[str] = set()
    for place, name in enumerate(names):
        computed = ColumnDescription(name=name, datatype=_type_of(row[place] for row in rows))
        free, number = name, 2
        while free.casefold() in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free.casefold())
        fields.append(described(described_columns.get(name, computed).model_copy(update={"name": free})))
    values = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(fields)]
    return pa.table(values, schema=pa.schema(fields))


def _type_of(values: Iterable[object]) -> ColumnType:
    """Type of a computed column, which SQL has for each value."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int}:
        return ColumnType.INT64
    return ColumnType.FLOAT64 if kinds <= {int, float} else ColumnType.STRING
