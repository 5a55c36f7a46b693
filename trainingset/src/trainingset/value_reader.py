"""From sqlglot's tree to the values of ours: names looked up, kinds checked, every problem collected."""

import math
from collections.abc import Mapping
from difflib import get_close_matches

from sqlglot import exp

from trainingset.adql import FUNCTIONS, position_of
from trainingset.columns import ColumnType
from trainingset.errors import Problem
from trainingset.expression_tree import Arithmetic, Call, Column, Literal, Negative, Value, ValueKind, kind_of

__all__ = ["COMPARISONS", "ValueReader", "inside_parentheses", "phrase"]

MAX_CHAIN = 500
"""Most steps of one sum or product: binding an expression to a schema takes time that grows with their square."""

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_CONDITIONS = (*COMPARISONS, exp.And, exp.Or, exp.Not, exp.In, exp.Is, exp.Like, exp.Between)


class ValueReader:
    """Reads numbers, texts and flags that are made of known columns.

    Parameters
    ----------
    columns
        Type of each column that may be named.
    parameter
        Wire name of the parameter, for problems.

    Attributes
    ----------
    problems
        What was found wrong so far.
    used
        Names of the columns that were read, in order of first use.
    """

    def __init__(self, columns: Mapping[str, ColumnType], parameter: str) -> None:
        self._columns = columns
        self.parameter = parameter
        self.problems: list[Problem] = []
        self.used: dict[str, None] = {}
        self._by_folded_name: dict[str, list[str]] = {}
        for name in columns:
            self._by_folded_name.setdefault(name.casefold(), []).append(name)

    def value(self, syntax: exp.Expr) -> Value | None:
        """Read a value; None if something is wrong with it, which `problems` then says."""
        node = inside_parentheses(syntax)
        match node:
            case exp.Column():
                return self._column(node)
            case exp.Literal():
                return self._literal(node)
            case exp.Boolean():
                return Literal(bool(node.this))
            case exp.Neg():
                return self._negative(node)
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
                return self._arithmetic(node)
            case exp.Anonymous():
                return self._call(node)
            case exp.Null():
                self.refuse(node, "compares with NULL, which is never true; write IS NULL or IS NOT NULL")
            case _ if isinstance(node, _CONDITIONS):
                self.refuse(node, "takes the outcome of one comparison as the value of another; join them with AND")
            case _:
                self.refuse(node, "holds something that no condition has")
        return None

    def _column(self, node: exp.Column) -> Value | None:
        name = node.name
        if node.args.get("table") is not None:
            self.refuse(node, f'names {node.sql()!r} with a dot; columns have no table here: write "{name}"')
            return None
        return self.named(name, quoted=bool(node.this.args.get("quoted")), node=node)

    def named(self, name: str, *, quoted: bool, node: exp.Expr) -> Column | None:
        """The column of this name; None if there is none, or several, which `problems` then says."""
        found = self._lookup(name, quoted=quoted, node=node)
        if found is None:
            return None
        self.used[found] = None
        return Column(found, self._columns[found])

    def _lookup(self, name: str, *, quoted: bool, node: exp.Expr) -> str | None:
        if name in self._columns:
            return name
        alike = self._by_folded_name.get(name.casefold(), [])
        if len(alike) == 1 and not quoted:
            return alike[0]
        if alike:
            spelled = ", ".join(f'"{self.shown(candidate)}"' for candidate in alike)
            shown = self.shown(name)
            self.refuse(node, f"names {shown!r}, which may mean {spelled}; write it in double quotes", column=shown)
            return None
        close = get_close_matches(name.casefold(), self._by_folded_name, n=3)
        candidates = [candidate for folded in close for candidate in self._by_folded_name[folded]]
        hint = f"; did you mean {' or '.join(map(self.shown, candidates))}?" if candidates else ""
        shown = self.shown(name)
        self.refuse(node, f"names the column {shown!r}, which the table does not have{hint}", column=shown)
        return None

    def shown(self, name: str) -> str:
        """A column's name in the words of its user."""
        return name

    def _literal(self, node: exp.Literal) -> Value | None:
        if node.is_string:
            return Literal(str(node.this))
        text = str(node.this)
        try:
            value: int | float = int(text) if text.isdecimal() and len(text) < 25 else float(text)
        except ValueError:
            # Such as 1E, which the tokenizer takes for a number.
            self.refuse(node, f"has {text!r}, which is no number")
            return None
        if isinstance(value, int) and value >= 2**63:
            self.refuse(node, f"has the whole number {text}, above the largest one, {2**63 - 1}")
            return None
        if math.isinf(value):
            self.refuse(node, f"has the number {text}, above the largest one, 1.8e308")
            return None
        return Literal(value)

    def _negative(self, node: exp.Neg) -> Value | None:
        operand = self._number(node.this, "a minus sign")
        if isinstance(operand, Literal) and not isinstance(operand.value, str):
            return Literal(-operand.value)
        return None if operand is None else Negative(operand)

    def _arithmetic(self, node: exp.Expr) -> Value | None:
        """Walk down the left side, where the parser nests a chain."""
        chain: list[exp.Expr] = []
        start: exp.Expr = node
        while type(start) in _ARITHMETIC:
            chain.append(start)
            start = start.this
        if len(chain) > MAX_CHAIN:
            self.refuse(node, f"reckons with {len(chain) + 1} terms in one go; at most {MAX_CHAIN} are allowed")
            return None
        first = self._number(start, "arithmetic")
        read = [(_ARITHMETIC[type(link)], self._number(link.expression, "arithmetic")) for link in reversed(chain)]
        steps = tuple((operator, value) for operator, value in read if value is not None)
        return Arithmetic(first, steps) if first is not None and len(steps) == len(read) else None

    def _call(self, node: exp.Anonymous) -> Value | None:
        name = str(node.this).upper()
        if len(node.expressions) != FUNCTIONS[name]:
            self.refuse(node, f"calls {name} with {len(node.expressions)} arguments; it takes {FUNCTIONS[name]}")
            return None
        arguments = tuple(self._number(argument, name) for argument in node.expressions)
        read = tuple(argument for argument in arguments if argument is not None)
        return Call(name, read) if len(read) == len(arguments) else None

    def _number(self, node: exp.Expr, user: str) -> Value | None:
        value = self.value(node)
        if value is not None and kind_of(value) != ValueKind.NUMBER:
            self.refuse(node, f"gives {phrase(value)} to {user}, which needs a number")
            return None
        return value

    def refuse(self, node: exp.Expr, message: str, *, column: str | None = None) -> None:
        """Note what is wrong, with the place of the node in the text."""
        position = position_of(node)
        where = "" if position is None else f" (at character {position})"
        self.problems.append(Problem(parameter=self.parameter, message=f"{message}{where}.", column=column))


def inside_parentheses(node: exp.Expr) -> exp.Expr:
    """What stands in them."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def phrase(value: Value) -> str:
    """The value in the words of a message."""
    match value:
        case Column(name=name):
            return f"the {kind_of(value)} {name!r}"
        case Literal(value=constant):
            return f"the {kind_of(value)} {constant!r}"
        case _:
            return f"a {kind_of(value)}"
