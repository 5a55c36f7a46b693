"""Queries of one table: a region, constraints, and what is to come out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from trainingset.adql import position_of
from trainingset.columns import ColumnDescription
from trainingset.condition_reader import ConditionReader
from trainingset.errors import Problem, RecipeError
from trainingset.expression_tree import And, Column, Comparison, Condition, Literal, Membership, Node, Value
from trainingset.query.outputs import OBJECTS, REDSHIFTS, OutputReader, Outputs
from trainingset.query.places import PlaceError
from trainingset.query.regions import Region, region_of
from trainingset.query.syntax import AGGREGATES, GEOMETRY, OrderItem, SelectList, parse_query, refused, text_of

__all__ = ["PlainQuery", "necessary_bounds", "read_plain_query"]

Bounds = Mapping[str, tuple[float, float]]

_PARAMETER = "QUERY"


@dataclass(frozen=True, slots=True)
class PlainQuery:
    """A query that was checked against the columns of its table."""

    outputs: Outputs
    """Columns in it begin with `OBJECTS`."""
    regions: tuple[Region, ...]
    """Rows lie in all of them."""
    condition: Condition | None

    @property
    def is_whole_count(self) -> bool:
        """Whether nothing is asked but how many rows the table has."""
        grouping = self.outputs.grouping
        return (
            grouping is not None
            and not grouping.keys
            and all(aggregate.argument is None for aggregate in grouping.aggregates)
            and all(isinstance(output.value, Column) for output in self.outputs.columns)
            and not self.regions
            and self.condition is None
        )


def read_plain_query(text: str, columns: Sequence[ColumnDescription], place: tuple[str, str] | None) -> PlainQuery:
    """Check a query of one table.

    Parameters
    ----------
    columns
        All of the table.
    place
        Names of the columns with its coordinates; None for a table without.

    Raises
    ------
    RecipeError
        With everything that is wrong; the parameter is ``QUERY``.
    """
    query = parse_query(text)
    (table,) = query.tables
    names = {table.alias.casefold(), table.name.casefold(), table.name.rpartition(".")[2].casefold()}
    problems: list[Problem] = []
    regions: list[Region] = []
    others: list[exp.Expr] = []
    for condition in query.conditions:
        plain = _unqualified(condition, names, None, problems)
        try:
            region = region_of(plain, place) if place is not None else None
        except PlaceError as error:
            problems.append(_problem(condition, str(error)))
            continue
        if region is not None:
            regions.append(region)
        else:
            others.append(plain)
    outputs = _outputs(query.select, columns, names, problems)
    condition_found = _condition(others, columns, problems)
    if problems or outputs is None:
        raise RecipeError(dict.fromkeys(problems))
    return PlainQuery(outputs, tuple(regions), condition_found)


class _PlainReader(OutputReader):
    """Reads a select list of one table, whose columns are named without an origin."""

    def __init__(self, columns: Sequence[ColumnDescription]) -> None:
        super().__init__({OBJECTS: {column.name: column for column in columns}, REDSHIFTS: {}}, _PARAMETER)

    def shown(self, name: str) -> str:
        """A column's name in the words of its user."""
        return name.removeprefix(f"{OBJECTS}.")


def necessary_bounds(condition: Condition | None) -> Bounds:
    """Least and greatest value that columns can have where a condition is true; those of others are not known."""
    bounds: dict[str, tuple[float, float]] = {}
    for node in _all_needed(condition.tree) if condition is not None else ():
        for name, (low, high) in _bounds_of(node).items():
            known = bounds.get(name, (-math.inf, math.inf))
            bounds[name] = (max(known[0], low), min(known[1], high))
    return bounds


def _all_needed(node: Node) -> list[Node]:
    if isinstance(node, And):
        return [part for operand in node.operands for part in _all_needed(operand)]
    return [node]


def _bounds_of(node: Node) -> Bounds:
    match node:
        case Membership(Column(name), values) if all(_is_number(value) for value in values):
            numbers = [float(value.value) for value in values]
            return {name: (min(numbers), max(numbers))}
        case Comparison(operator, Column(name), Literal(value)) if _is_number(node.right):
            return _limited(name, operator, float(value))
        case Comparison(operator, Literal(value), Column(name)) if _is_number(node.left):
            return _limited(name, {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator), float(value))
        case _:
            return {}


def _is_number(value: Value) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, int | float) and not isinstance(value.value, bool)


def _limited(name: str, operator: str, value: float) -> Bounds:
    # Rounded outwards: whole numbers above 2**53, such as ids, are no doubles.
    low, high = math.nextafter(value, -math.inf), math.nextafter(value, math.inf)
    match operator:
        case "=":
            return {name: (low, high)}
        case "<" | "<=":
            return {name: (-math.inf, high)}
        case ">" | ">=":
            return {name: (low, math.inf)}
        case _:
            return {}


def _outputs(
    select: SelectList, columns: Sequence[ColumnDescription], names: set[str], problems: list[Problem]
) -> Outputs | None:
    changed = SelectList(
        select.top,
        tuple(_unqualified(item, names, OBJECTS, problems) for item in select.items),
        tuple(
            OrderItem(_unqualified(item.value, names, OBJECTS, problems), item.is_descending) for item in select.order
        ),
        tuple(_unqualified(item, names, OBJECTS, problems) for item in select.group),
    )
    try:
        return _PlainReader(columns).outputs(changed)
    except RecipeError as error:
        problems += error.problems
        return None


def _condition(
    parts: Sequence[exp.Expr], columns: Sequence[ColumnDescription], problems: list[Problem]
) -> Condition | None:
    if not parts:
        return None
    usable = []
    for part in parts:
        calls = [str(node.this).upper() for node in part.find_all(exp.Anonymous)]
        if odd := [name for name in calls if name in AGGREGATES or name in GEOMETRY]:
            problems.append(_problem(part, f"has {odd[0]} in a condition where it cannot stand"))
        else:
            usable.append(part)
    whole = exp.and_(*usable, copy=False) if len(usable) > 1 else (usable[0] if usable else None)
    if whole is None:
        return None
    try:
        text = " AND ".join(f"({text_of(part)})" for part in usable)
        return ConditionReader({column.name: column.datatype for column in columns}, _PARAMETER).checked(whole, text)
    except RecipeError as error:
        problems += error.problems
        return None


def _unqualified(tree: exp.Expr, names: set[str], origin: str | None, problems: list[Problem]) -> exp.Expr:
    """The tree with columns named by themselves; stars of the table get an origin."""

    def change(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column) or len(node.parts) == 1:
            return node
        qualifier = ".".join(part.name for part in node.parts[:-1])
        if qualifier.casefold() not in names:
            problems.append(_problem(node, f"names {qualifier!r}, which is no table of the query"))
        return exp.column(node.this.copy(), table=origin)

    return tree.transform(change)


def _problem(node: exp.Expr, message: str) -> Problem:
    position = position_of(node)
    where = "" if position is None else f" (at character {position})"
    return refused(_PARAMETER, f"{message}{where}").problems[0]
