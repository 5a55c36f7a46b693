"""The typed tree of a search condition, which nothing but its own compilers can run.

Three truth values, as in SQL: a comparison with null or NaN is neither true nor false, and a row stays only where
the condition is true. ``IS NULL`` is true for NaN as well. Division is always that of real numbers; whole numbers
are otherwise reckoned in 64 bits. Light: the web process checks conditions with it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from trainingset.columns import ColumnType

__all__ = [
    "And",
    "Arithmetic",
    "Call",
    "Column",
    "Comparison",
    "Condition",
    "IsNull",
    "Like",
    "Literal",
    "Membership",
    "Negative",
    "Node",
    "Not",
    "Or",
    "Value",
    "ValueKind",
    "is_real",
    "kind_of",
]


class ValueKind(StrEnum):
    """What can be compared with what."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, by its exact name."""

    name: str
    datatype: ColumnType


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; whole numbers fit 64 bits and real ones are finite."""

    value: int | float | str | bool


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus a number."""

    operand: "Value"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A chain such as ``a * b / c - d``, reckoned from left to right.

    A chain and not a pair, so that a sum of a thousand terms is no deeper than one of two.
    """

    first: "Value"
    steps: tuple[tuple[str, "Value"], ...]
    """``+``, ``-``, ``*`` or ``/``, and its right side."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of numbers, by its upper-case name."""

    function: str
    arguments: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=`` of two values of one kind."""

    operator: str
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a value is one of several constants."""

    operand: "Value"
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """Whether a text follows a pattern: ``%`` is any text, ``_`` any character, all else itself."""

    operand: "Value"
    pattern: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether a value is null or NaN; never unknown."""

    operand: "Value"


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; of unknown it is unknown."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All of several conditions."""

    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of several conditions."""

    operands: tuple["Node", ...]


Value: TypeAlias = Column | Literal | Negative | Arithmetic | Call
"""A number, text or flag of each row."""

Node: TypeAlias = Comparison | Membership | Like | IsNull | Not | And | Or | Column | Literal
"""True, false or unknown for each row; a column or constant here is a flag."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A constraint that was checked against the columns it is meant for."""

    text: str
    tree: Node
    columns: tuple[str, ...]
    """Exact names of the columns it needs, in order of first use."""


def kind_of(value: Value) -> ValueKind:
    """What a value can be compared with."""
    match value:
        case Column(datatype=ColumnType.STRING) | Literal(value=str()):
            return ValueKind.TEXT
        case Column(datatype=ColumnType.BOOLEAN) | Literal(value=bool()):
            return ValueKind.FLAG
        case _:
            return ValueKind.NUMBER


def is_real(value: Value) -> bool:
    """Whether a value is of floating point and may be NaN."""
    match value:
        case Column(_, datatype):
            return datatype in (ColumnType.FLOAT32, ColumnType.FLOAT64)
        case Literal(constant):
            return isinstance(constant, float)
        case Negative(operand):
            return is_real(operand)
        case Arithmetic(first, steps):
            return is_real(first) or any(operator == "/" or is_real(operand) for operator, operand in steps)
        case Call("ABS" | "MOD", arguments):
            return any(is_real(argument) for argument in arguments)
        case Call():
            return True
