"""From sqlglot's tree to ours: names looked up, kinds checked, every problem of a condition collected."""

import math
from collections.abc import Mapping
from difflib import get_close_matches

from sqlglot import exp

from trainingset.adql import FUNCTIONS, ConditionSyntaxError, parse_search_condition, position_of
from trainingset.columns import ColumnType
from trainingset.errors import Problem, RecipeError
from trainingset.expression_tree import (
    And,
    Arithmetic,
    Call,
    Column,
    Comparison,
    Condition,
    IsNull,
    Like,
    Literal,
    Membership,
    Negative,
    Node,
    Not,
    Or,
    Value,
    ValueKind,
    kind_of,
)

__all__ = ["ConditionReader"]

MAX_PATTERN = 256
"""Longest pattern of LIKE, in characters: longer ones only make the matcher work."""

MAX_CHAIN = 500
"""Most steps of one sum or product: binding an expression to a schema takes time that grows with their square."""

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_CONDITIONS = (*_COMPARISONS, exp.And, exp.Or, exp.Not, exp.In, exp.Is, exp.Like, exp.Between)
_FLAG_WORDS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_UNREADABLE = Literal(False)
"""Stands where a problem was found, so that reading goes on and finds the next."""


class ConditionReader:
    """Reads one condition for a table of known columns.

    Parameters
    ----------
    columns
        Type of each column that may be named.
    parameter
        Wire name of the parameter, for problems.
    """

    def __init__(self, columns: Mapping[str, ColumnType], parameter: str) -> None:
        self._columns = columns
        self._parameter = parameter
        self._problems: list[Problem] = []
        self._used: dict[str, None] = {}
        self._by_folded_name: dict[str, list[str]] = {}
        for name in columns:
            self._by_folded_name.setdefault(name.casefold(), []).append(name)

    def read(self, text: str) -> Condition:
        """Read the condition or raise `RecipeError` with everything that is wrong with it."""
        try:
            syntax = parse_search_condition(text)
        except ConditionSyntaxError as error:
            value = None if error.position is None else text[error.position - 1 : error.position + 39]
            problem = Problem(parameter=self._parameter, message=_sentence(str(error)), value=value)
            raise RecipeError([problem]) from error
        tree = self._condition(syntax)
        if not self._used and not self._problems:
            self._problems.append(Problem(parameter=self._parameter, message="names no column, so it says nothing."))
        if self._problems:
            raise RecipeError(dict.fromkeys(self._problems))
        return Condition(text, tree, tuple(self._used))

    # --- conditions

    def _condition(self, syntax: exp.Expr) -> Node:
        node = _inside_parentheses(syntax)
        match node:
            case exp.And():
                return And(tuple(self._condition(part) for part in _chain(node, exp.And)))
            case exp.Or():
                return Or(tuple(self._condition(part) for part in _chain(node, exp.Or)))
            case exp.Not():
                return Not(self._condition(node.this))
            case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                return self._comparison(_COMPARISONS[type(node)], node.this, node.expression, node)
            case exp.Between():
                low = self._comparison(">=", node.this, node.args["low"], node)
                return And((low, self._comparison("<=", node.this, node.args["high"], node)))
            case exp.In():
                return self._membership(node)
            case exp.Is():
                return self._is(node)
            case exp.Like():
                return self._like(node)
            case _:
                return self._flag(node)

    def _comparison(self, operator: str, left: exp.Expr, right: exp.Expr, node: exp.Expr) -> Node:
        first, second = self._value(left), self._value(right)
        if first is None or second is None:
            return _UNREADABLE
        first, second = _as_flag_beside(first, second), _as_flag_beside(second, first)
        if kind_of(first) != kind_of(second):
            self._refuse(node, f"compares {_phrase(first)} with {_phrase(second)}{_text_hint(first, second)}")
        elif kind_of(first) == ValueKind.FLAG and operator not in ("=", "<>"):
            self._refuse(node, f"puts flags in order with {operator}; a flag can be tested with = and <>, or alone")
        return Comparison(operator, first, second)

    def _membership(self, node: exp.In) -> Node:
        operand = self._value(node.this)
        values = [self._value(item) for item in node.expressions]
        if not values:
            return self._refuse(node, "has an IN without a list of constants in parentheses")
        if operand is None or None in values:
            return _UNREADABLE
        constants = [_as_flag_beside(value, operand) for value in values if value is not None]
        literals = tuple(value for value in constants if isinstance(value, Literal))
        if len(literals) < len(values):
            return self._refuse(node, "has something else than constants in the list of an IN")
        if odd := [value for value in literals if kind_of(value) != kind_of(operand)]:
            return self._refuse(node, f"looks for {_phrase(odd[0])} with IN among {_phrase(operand)}")
        return Membership(operand, literals)

    def _is(self, node: exp.Is) -> Node:
        if isinstance(node.expression, exp.Null):
            operand = self._value(node.this)
            return _UNREADABLE if operand is None else IsNull(operand)
        return self._refuse(node, "has an IS that is neither IS NULL nor IS NOT NULL")

    def _like(self, node: exp.Like) -> Node:
        operand, pattern = self._value(node.this), self._value(node.expression)
        if operand is None or pattern is None:
            return _UNREADABLE
        if kind_of(operand) != ValueKind.TEXT or not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            return self._refuse(node, "has a LIKE that does not compare a text with a pattern in single quotes")
        if len(pattern.value) > MAX_PATTERN:
            return self._refuse(
                node, f"has a LIKE pattern of {len(pattern.value)} characters; {MAX_PATTERN} are allowed"
            )
        like = Like(operand, pattern.value)
        return Not(like) if node.args.get("negate") else like

    def _flag(self, node: exp.Expr) -> Node:
        value = self._value(node)
        if value is None:
            return _UNREADABLE
        if isinstance(value, Column | Literal) and kind_of(value) == ValueKind.FLAG:
            return value
        return self._refuse(node, f"has {_phrase(value)} where a condition is due; compare it with something")

    # --- values

    def _value(self, syntax: exp.Expr) -> Value | None:
        node = _inside_parentheses(syntax)
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
                self._refuse(node, "compares with NULL, which is never true; write IS NULL or IS NOT NULL")
            case _ if isinstance(node, _CONDITIONS):
                self._refuse(node, "takes the outcome of one comparison as the value of another; join them with AND")
            case _:
                self._refuse(node, "holds something that no condition has")
        return None

    def _column(self, node: exp.Column) -> Value | None:
        name = node.name
        if node.args.get("table") is not None:
            self._refuse(node, f'names {node.sql()!r} with a dot; columns have no table here: write "{name}"')
            return None
        found = self._lookup(name, quoted=bool(node.this.args.get("quoted")), node=node)
        if found is None:
            return None
        self._used[found] = None
        return Column(found, self._columns[found])

    def _lookup(self, name: str, *, quoted: bool, node: exp.Expr) -> str | None:
        if name in self._columns:
            return name
        alike = self._by_folded_name.get(name.casefold(), [])
        if len(alike) == 1 and not quoted:
            return alike[0]
        if alike:
            spelled = ", ".join(f'"{candidate}"' for candidate in alike)
            self._refuse(node, f"names {name!r}, which may mean {spelled}; write it in double quotes", column=name)
            return None
        close = get_close_matches(name.casefold(), self._by_folded_name, n=3)
        candidates = [candidate for folded in close for candidate in self._by_folded_name[folded]]
        hint = f"; did you mean {' or '.join(candidates)}?" if candidates else ""
        self._refuse(node, f"names the column {name!r}, which the table does not have{hint}", column=name)
        return None

    def _literal(self, node: exp.Literal) -> Value | None:
        if node.is_string:
            return Literal(str(node.this))
        text = str(node.this)
        try:
            value: int | float = int(text) if text.isdecimal() and len(text) < 25 else float(text)
        except ValueError:
            # Such as 1E, which the tokenizer takes for a number.
            self._refuse(node, f"has {text!r}, which is no number")
            return None
        if isinstance(value, int) and value >= 2**63:
            self._refuse(node, f"has the whole number {text}, above the largest one, {2**63 - 1}")
            return None
        if math.isinf(value):
            self._refuse(node, f"has the number {text}, above the largest one, 1.8e308")
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
            self._refuse(node, f"reckons with {len(chain) + 1} terms in one go; at most {MAX_CHAIN} are allowed")
            return None
        first = self._number(start, "arithmetic")
        read = [(_ARITHMETIC[type(link)], self._number(link.expression, "arithmetic")) for link in reversed(chain)]
        steps = tuple((operator, value) for operator, value in read if value is not None)
        return Arithmetic(first, steps) if first is not None and len(steps) == len(read) else None

    def _call(self, node: exp.Anonymous) -> Value | None:
        name = str(node.this).upper()
        if len(node.expressions) != FUNCTIONS[name]:
            self._refuse(node, f"calls {name} with {len(node.expressions)} arguments; it takes {FUNCTIONS[name]}")
            return None
        arguments = tuple(self._number(argument, name) for argument in node.expressions)
        read = tuple(argument for argument in arguments if argument is not None)
        return Call(name, read) if len(read) == len(arguments) else None

    def _number(self, node: exp.Expr, user: str) -> Value | None:
        value = self._value(node)
        if value is not None and kind_of(value) != ValueKind.NUMBER:
            self._refuse(node, f"gives {_phrase(value)} to {user}, which needs a number")
            return None
        return value

    # --- problems

    def _refuse(self, node: exp.Expr, message: str, *, column: str | None = None) -> Literal:
        position = position_of(node)
        where = "" if position is None else f" (at character {position})"
        self._problems.append(Problem(parameter=self._parameter, message=f"{message}{where}.", column=column))
        return _UNREADABLE


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _inside_parentheses(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _chain(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Parts of ``a AND b AND c``, which the parser nests to the left, in order."""
    parts: list[exp.Expr] = []
    while isinstance(node, kind):
        parts.append(node.expression)
        node = node.this
    return [node, *reversed(parts)]


def _as_flag_beside(value: Value, other: Value) -> Value:
    """Beside a flag, 0, 1 and 'true' are truth values: that is how VO services and people write them."""
    if kind_of(other) != ValueKind.FLAG or not isinstance(value, Literal) or isinstance(value.value, bool):
        return value
    meant = _FLAG_WORDS.get(str(value.value).casefold())
    return value if meant is None else Literal(meant)


def _phrase(value: Value) -> str:
    match value:
        case Column(name=name):
            return f"the {kind_of(value)} {name!r}"
        case Literal(value=constant):
            return f"the {kind_of(value)} {constant!r}"
        case _:
            return f"a {kind_of(value)}"


def _text_hint(first: Value, second: Value) -> str:
    if ValueKind.TEXT in (kind_of(first), kind_of(second)):
        return "; texts stand in single quotes, numbers in none"
    return "; a flag is compared with 0 or 1"
