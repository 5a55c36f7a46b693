"""The select list of a recipe: which columns come out, under which names, and what each is made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from trainingset.adql import FUNCTIONS
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import RecipeError
from trainingset.expression_tree import Column, Value, ValueKind, is_real, kind_of
from trainingset.query.syntax import AGGREGATES, SelectList, is_grouped, parse_select, text_of
from trainingset.value_reader import ValueReader

__all__ = [
    "AGGREGATED",
    "GROUPED",
    "OBJECTS",
    "PAIRS",
    "REDSHIFTS",
    "Aggregate",
    "Grouping",
    "Output",
    "OutputReader",
    "Outputs",
    "read_outputs",
]

OBJECTS, REDSHIFTS, PAIRS = "objects", "redshifts", "pairs"
"""What columns are qualified with in a select list: where they come from."""

PARAMETER = "SELECT"

AGGREGATED, GROUPED = "aggregates.", "groups."
"""Begin the names of columns that are made of many rows."""

_OF_ANYTHING = frozenset({"COUNT", "MIN", "MAX"})


@dataclass(frozen=True, slots=True)
class Output:
    """One column that comes out."""

    column: ColumnDescription
    value: Value
    """Columns in it are named with their origin: ``objects.ra``."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A value of all rows of a group."""

    function: str
    argument: Value | None
    """None for all rows: ``COUNT(*)``."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """How many rows become one."""

    keys: tuple[Column, ...]
    """Rows that are equal in these are one group; without any all rows are."""
    aggregates: tuple[Aggregate, ...]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a select list asks for."""

    top: int | None
    """Most rows, None without a limit."""
    columns: tuple[Output, ...]
    order: tuple[tuple[str, bool], ...]
    """Names of columns by which rows are sorted, each with whether the largest comes first."""
    used: frozenset[str]
    """Columns that it needs, each with its origin."""
    grouping: Grouping | None = None
    """If given, values are made of ``groups.N`` and ``aggregates.N``, its keys and aggregates by their numbers."""

    def used_of(self, origin: str) -> tuple[str, ...]:
        """Names of the columns that it needs of one origin."""
        return tuple(sorted(name.removeprefix(f"{origin}.") for name in self.used if name.startswith(f"{origin}.")))


def read_outputs(text: str, columns: Mapping[str, Mapping[str, ColumnDescription]]) -> Outputs:
    """Read a select list and check it against the columns that there are.

    Parameters
    ----------
    text
        ``[TOP n] item, ...``; an item is ``*``, ``objects.*``, or a value with an alias or without. A column without
        an origin is found where only one side has it.
    columns
        Columns by origin (`OBJECTS`, `REDSHIFTS`, `PAIRS`) and name. An origin that is left out is not known yet:
        nothing of it is checked.

    Raises
    ------
    RecipeError
        With everything that is wrong.
    """
    return OutputReader(columns).outputs(parse_select(text))


class OutputReader(ValueReader):
    """Reads one select list.

    Parameters
    ----------
    columns
        By origin and name, as `read_outputs` takes them.
    parameter
        Wire name of the parameter, for problems.
    """

    def __init__(self, columns: Mapping[str, Mapping[str, ColumnDescription]], parameter: str = PARAMETER) -> None:
        self._origins = columns
        flat = {f"{origin}.{name}": column for origin, named in self._origins.items() for name, column in named.items()}
        super().__init__({name: column.datatype for name, column in flat.items()}, parameter)
        self._described = flat
        self._taken: set[str] = set()
        self._keys: dict[str, Column] = {}
        self._aggregates: list[Aggregate] = []
        self._is_grouped = False
        self._is_in_aggregate = False

    def outputs(self, select: SelectList) -> Outputs:
        """Every item, or everything that is wrong with them."""
        self._is_grouped = is_grouped(select)
        self._read_keys(select)
        columns = tuple(output for item in select.items for output in self._item(item))
        order = tuple((self._sorted_by(item.value, columns), item.is_descending) for item in select.order)
        if self.problems:
            raise RecipeError(dict.fromkeys(self.problems))
        grouping = Grouping(tuple(self._keys.values()), tuple(self._aggregates)) if self._is_grouped else None
        return Outputs(select.top, columns, order, frozenset(self.used), grouping)

    def _read_keys(self, select: SelectList) -> None:
        aliases = {item.alias.casefold(): item.this for item in select.items if isinstance(item, exp.Alias)}
        for key in select.group:
            node = key
            if isinstance(node, exp.Literal) and str(node.this).isdecimal() and 0 < int(node.this) <= len(select.items):
                item = select.items[int(node.this) - 1]
                node = item.this if isinstance(item, exp.Alias) else item
            elif isinstance(node, exp.Column) and not node.table:
                node = aliases.get(node.name.casefold(), node)
            if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
                self.refuse(key, f"groups by {text_of(key)[:80]}, which is no column")
            elif isinstance(column := super().value(node), Column):
                self._keys[column.name] = column

    def value(self, syntax: exp.Expr) -> Value | None:
        """Read a value; in a grouped list its columns are those of the groups."""
        found = super().value(syntax)
        if not isinstance(found, Column) or not self._is_grouped or self._is_in_aggregate:
            return found
        if found.name.startswith((AGGREGATED, GROUPED)):
            return found
        if found.name not in self._keys:
            name = found.name.partition(".")[2]
            self.refuse(syntax, f"selects {name!r} besides values of many rows; put it in GROUP BY or in MIN or MAX")
            return None
        name = f"{GROUPED}{list(self._keys).index(found.name)}"
        unknown = ColumnDescription(name=found.name.partition(".")[2], datatype=found.datatype)
        self._described[name] = self._described.get(found.name, unknown)
        return Column(name, found.datatype)

    def _aggregate(self, node: exp.Anonymous) -> Value | None:
        name = str(node.this).upper()
        if self._is_in_aggregate:
            self.refuse(node, f"has {name} inside of another function of many rows")
            return None
        if len(node.expressions) != 1 or (isinstance(node.expressions[0], exp.Star) and name != "COUNT"):
            self.refuse(node, f"calls {name} with something else than one value")
            return None
        argument = None
        if not isinstance(node.expressions[0], exp.Star):
            self._is_in_aggregate = True
            argument = (
                self.value(node.expressions[0]) if name in _OF_ANYTHING else self._number(node.expressions[0], name)
            )
            self._is_in_aggregate = False
            if argument is None:
                return None
        self._aggregates.append(Aggregate(name, argument))
        described = self._described_aggregate(name, argument)
        column = Column(f"{AGGREGATED}{len(self._aggregates) - 1}", described.datatype)
        self._described[column.name] = described
        return column

    def _described_aggregate(self, name: str, argument: Value | None) -> ColumnDescription:
        if name == "COUNT" or argument is None:
            return ColumnDescription(name="count", datatype=ColumnType.INT64)
        if name == "AVG":
            datatype = ColumnType.FLOAT64
        elif name == "SUM":
            datatype = ColumnType.FLOAT64 if is_real(argument) else ColumnType.INT64
        else:
            datatype = argument.datatype if isinstance(argument, Column) else _type_of(argument)
        source = self._described.get(argument.name) if isinstance(argument, Column) else None
        unit, ucd = (source.unit, source.ucd) if source is not None else (None, None)
        return ColumnDescription(name=name.lower(), datatype=datatype, unit=unit, ucd=ucd)

    def _item(self, item: exp.Expr) -> Iterator[Output]:
        is_star = isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))
        if is_star and self._is_grouped:
            self.refuse(item, f"selects {text_of(item)} besides values of many rows; name the columns of GROUP BY")
        elif isinstance(item, exp.Star):
            for origin in (OBJECTS, REDSHIFTS):
                yield from self._all_of(origin)
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            origin = item.table.casefold()
            if origin not in (OBJECTS, REDSHIFTS, PAIRS):
                self.refuse(item, f"asks for {item.table}.*; there are {OBJECTS}.*, {REDSHIFTS}.* and {PAIRS}.*")
            yield from self._all_of(origin)
        else:
            inner = item.this if isinstance(item, exp.Alias) else item
            if (value := self.value(inner)) is not None:
                yield self._output(value, item.alias if isinstance(item, exp.Alias) else None)

    def _sorted_by(self, item: exp.Expr, columns: Sequence[Output]) -> str:
        """Name of the column that an item of ORDER BY means."""
        names = [output.column.name for output in columns]
        if isinstance(item, exp.Literal) and str(item.this).isdecimal() and 0 < int(item.this) <= len(names):
            return names[int(item.this) - 1]
        folded = {name.casefold(): name for name in reversed(names)}
        if isinstance(item, exp.Column) and not item.table and item.name.casefold() in folded:
            return folded[item.name.casefold()]
        value = None if isinstance(item, exp.Literal) else self.value(item)
        if value is not None and (found := next((each for each in columns if each.value == value), None)) is not None:
            return found.column.name
        if value is not None or isinstance(item, exp.Literal):
            self.refuse(item, f"sorts by {text_of(item)[:80]}, which is no item of the list; select it as well")
        return ""

    def _all_of(self, origin: str) -> Iterator[Output]:
        for name, column in self._origins.get(origin, {}).items():
            self.used[f"{origin}.{name}"] = None
            yield self._output(Column(f"{origin}.{name}", column.datatype), None)

    def _output(self, value: Value, alias: str | None) -> Output:
        if isinstance(value, Column):
            unknown = ColumnDescription(name=value.name.partition(".")[2], datatype=value.datatype)
            source = self._described.get(value.name, unknown)
            return Output(source.model_copy(update={"name": self._free(alias or source.name)}), value)
        return Output(ColumnDescription(name=self._free(alias or "expression"), datatype=_type_of(value)), value)

    def _free(self, name: str) -> str:
        """A name that no other column has; formats take names that differ in case alone for the same."""
        free, number = name, 2
        while free.casefold() in self._taken:
            free, number = f"{name}_{number}", number + 1
        self._taken.add(free.casefold())
        return free

    def _call(self, node: exp.Anonymous) -> Value | None:
        name = str(node.this).upper()
        if name in AGGREGATES:
            return self._aggregate(node)
        if name not in FUNCTIONS:
            hint = "; pairs.separation_arcsec is the separation" if name == "DISTANCE" else ""
            self.refuse(node, f"has {name}, which no select list can compute{hint}")
            return None
        return super()._call(node)

    def _column(self, node: exp.Column) -> Value | None:
        qualifier = node.table.casefold()
        if qualifier:
            if qualifier not in (OBJECTS, REDSHIFTS, PAIRS):
                self.refuse(node, f"names a column of {node.table!r}; there are {OBJECTS}, {REDSHIFTS} and {PAIRS}")
                return None
            return self._of(qualifier, node)
        holding = [origin for origin in self._origins if self._has(origin, node.name)]
        if len(holding) > 1:
            meant = " or ".join(f"{origin}.{node.name}" for origin in holding)
            self.refuse(node, f"names {node.name!r}, which is {meant}; write which", column=node.name)
            return None
        # What nobody has may be a column of the side that is not known yet.
        unknown = [origin for origin in (OBJECTS, REDSHIFTS) if origin not in self._origins]
        return self._of((holding or unknown or [OBJECTS])[0], node)

    def _of(self, origin: str, node: exp.Column) -> Value | None:
        if origin not in self._origins:
            # Nobody knows its columns yet; the worker does.
            return Column(f"{origin}.{node.name}", ColumnType.FLOAT64)
        return self.named(f"{origin}.{node.name}", quoted=bool(node.this.args.get("quoted")), node=node)

    def _has(self, origin: str, name: str) -> bool:
        return name.casefold() in {known.casefold() for known in self._origins[origin]}


def _type_of(value: Value) -> ColumnType:
    match kind_of(value):
        case ValueKind.TEXT:
            return ColumnType.STRING
        case ValueKind.FLAG:
            return ColumnType.BOOLEAN
        case _:
            return ColumnType.FLOAT64 if is_real(value) else ColumnType.INT64
