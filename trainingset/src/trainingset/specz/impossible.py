"""Finds conditions that no row can meet: constants that are false, and bounds that exclude each other.

Only what is certain is said: parts that are not understood (functions, sums of columns) exclude nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from trainingset.expression_tree import (
    And,
    Column,
    Comparison,
    Literal,
    Membership,
    Negative,
    Node,
    Or,
    Value,
)

__all__ = ["why_never_true"]

_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

Constant = int | float | str | bool


@dataclass(slots=True)
class _Bounds:
    """What a conjunction asks of one column."""

    lowest: float = float("-inf")
    is_lowest_in: bool = True
    highest: float = float("inf")
    is_highest_in: bool = True
    allowed: set[Constant] | None = None
    """None allows all."""
    excluded: set[Constant] = field(default_factory=set)

    def add(self, operator: str, value: Constant) -> None:
        """Take one comparison in."""
        if operator == "=":
            self.allow({value})
        elif operator == "<>":
            self.excluded.add(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._bound(operator, float(value))

    def allow(self, values: set[Constant]) -> None:
        """Take a list of allowed values in."""
        self.allowed = set(values) if self.allowed is None else self.allowed & values

    def _bound(self, operator: str, value: float) -> None:
        if operator in (">", ">="):
            if value > self.lowest or (value == self.lowest and operator == ">"):
                self.lowest, self.is_lowest_in = value, operator == ">="
        elif value < self.highest or (value == self.highest and operator == "<"):
            self.highest, self.is_highest_in = value, operator == "<="

    @property
    def is_empty(self) -> bool:
        """Whether no value remains."""
        if self.allowed is not None:
            return not any(self._holds(value) for value in self.allowed)
        if self.lowest == self.highest:
            return not (self.is_lowest_in and self.is_highest_in) or self.lowest in self.excluded
        return self.lowest > self.highest

    def _holds(self, value: Constant) -> bool:
        if value in self.excluded:
            return False
        if isinstance(value, str | bool):
            return True
        above = value > self.lowest or (value == self.lowest and self.is_lowest_in)
        below = value < self.highest or (value == self.highest and self.is_highest_in)
        return above and below


def why_never_true(node: Node) -> str | None:
    """Why no row can meet a condition, in words; None if one may."""
    match node:
        case Literal(value=False):
            return "it is always false"
        case Or(operands):
            reasons = [why_never_true(operand) for operand in operands]
            told = [reason for reason in reasons if reason is not None]
            return told[0] if len(told) == len(operands) else None
        case And():
            return _why_conjunction(list(_parts(node)))
        case _:
            return _why_conjunction([node])


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for operand in node.operands:
            yield from _parts(operand)
    else:
        yield node


def _why_conjunction(parts: list[Node]) -> str | None:
    bounds: dict[str, _Bounds] = {}
    for part in parts:
        match part:
            case Or() | Literal():
                if (reason := why_never_true(part)) is not None:
                    return reason
            case Comparison(operator, left, right):
                if _is_false(operator, _constant(left), _constant(right)):
                    return "it compares two constants and is always false"
                _take(bounds, operator, left, right)
            case Membership(Column(name), values):
                bounds.setdefault(name, _Bounds()).allow({value.value for value in values})
            case _:
                continue
    empty = [name for name, column in bounds.items() if column.is_empty]
    return f"no value of {empty[0]} meets all that it asks of it" if empty else None


def _take(bounds: dict[str, _Bounds], operator: str, left: Value, right: Value) -> None:
    if isinstance(left, Column) and (value := _constant(right)) is not None:
        bounds.setdefault(left.name, _Bounds()).add(operator, value)
    elif isinstance(right, Column) and (value := _constant(left)) is not None:
        bounds.setdefault(right.name, _Bounds()).add(_MIRRORED[operator], value)


def _constant(value: Value) -> Constant | None:
    match value:
        case Literal(constant):
            return constant
        case Negative(Literal(int() | float() as number)):
            return -number
        case _:
            return None


def _is_false(operator: str, left: Constant | None, right: Constant | None) -> bool:
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return False
    if operator in ("=", "<>"):
        return (left == right) != (operator == "=")
    if isinstance(left, str) or isinstance(right, str):
        return False
    return not {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]
