"""From sqlglot's tree to ours: conditions, with every problem of them collected."""

from sqlglot import exp

from trainingset.adql import ConditionSyntaxError, parse_search_condition
from trainingset.errors import Problem, RecipeError
from trainingset.expression_tree import (
    And,
    Column,
    Comparison,
    Condition,
    IsNull,
    Like,
    Literal,
    Membership,
    Node,
    Not,
    Or,
    Value,
    ValueKind,
    kind_of,
)
from trainingset.value_reader import COMPARISONS, ValueReader, inside_parentheses, phrase

__all__ = ["ConditionReader"]

MAX_PATTERN = 256
"""Longest pattern of LIKE, in characters: longer ones only make the matcher work."""

_FLAG_WORDS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_UNREADABLE = Literal(False)
"""Stands where a problem was found, so that reading goes on and finds the next."""


class ConditionReader(ValueReader):
    """Reads one condition for a table of known columns."""

    def read(self, text: str) -> Condition:
        """Read the condition or raise `RecipeError` with everything that is wrong with it."""
        try:
            syntax = parse_search_condition(text)
        except ConditionSyntaxError as error:
            value = None if error.position is None else text[error.position - 1 : error.position + 39]
            problem = Problem(parameter=self.parameter, message=_sentence(str(error)), value=value)
            raise RecipeError([problem]) from error
        return self.checked(syntax, text)

    def checked(self, syntax: exp.Expr, text: str) -> Condition:
        """Check a condition that was read already, or raise `RecipeError` with everything that is wrong with it."""
        tree = self._condition(syntax)
        if not self.used and not self.problems:
            self.problems.append(Problem(parameter=self.parameter, message="names no column, so it says nothing."))
        if self.problems:
            raise RecipeError(dict.fromkeys(self.problems))
        return Condition(text, tree, tuple(self.used))

    def _condition(self, syntax: exp.Expr) -> Node:
        node = inside_parentheses(syntax)
        match node:
            case exp.And():
                return And(tuple(self._condition(part) for part in _chain(node, exp.And)))
            case exp.Or():
                return Or(tuple(self._condition(part) for part in _chain(node, exp.Or)))
            case exp.Not():
                return Not(self._condition(node.this))
            case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
                return self._comparison(COMPARISONS[type(node)], node.this, node.expression, node)
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
        first, second = self.value(left), self.value(right)
        if first is None or second is None:
            return _UNREADABLE
        first, second = _as_flag_beside(first, second), _as_flag_beside(second, first)
        if kind_of(first) != kind_of(second):
            self.refuse(node, f"compares {phrase(first)} with {phrase(second)}{_text_hint(first, second)}")
        elif kind_of(first) == ValueKind.FLAG and operator not in ("=", "<>"):
            self.refuse(node, f"puts flags in order with {operator}; a flag can be tested with = and <>, or alone")
        return Comparison(operator, first, second)

    def _membership(self, node: exp.In) -> Node:
        operand = self.value(node.this)
        values = [self.value(item) for item in node.expressions]
        if not values:
            return self._unreadable(node, "has an IN without a list of constants in parentheses")
        if operand is None or None in values:
            return _UNREADABLE
        constants = [_as_flag_beside(value, operand) for value in values if value is not None]
        literals = tuple(value for value in constants if isinstance(value, Literal))
        if len(literals) < len(values):
            return self._unreadable(node, "has something else than constants in the list of an IN")
        if odd := [value for value in literals if kind_of(value) != kind_of(operand)]:
            return self._unreadable(node, f"looks for {phrase(odd[0])} with IN among {phrase(operand)}")
        return Membership(operand, literals)

    def _is(self, node: exp.Is) -> Node:
        if isinstance(node.expression, exp.Null):
            operand = self.value(node.this)
            return _UNREADABLE if operand is None else IsNull(operand)
        return self._unreadable(node, "has an IS that is neither IS NULL nor IS NOT NULL")

    def _like(self, node: exp.Like) -> Node:
        operand, pattern = self.value(node.this), self.value(node.expression)
        if operand is None or pattern is None:
            return _UNREADABLE
        if kind_of(operand) != ValueKind.TEXT or not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
            return self._unreadable(node, "has a LIKE that does not compare a text with a pattern in single quotes")
        if len(pattern.value) > MAX_PATTERN:
            return self._unreadable(
                node, f"has a LIKE pattern of {len(pattern.value)} characters; {MAX_PATTERN} are allowed"
            )
        like = Like(operand, pattern.value)
        return Not(like) if node.args.get("negate") else like

    def _flag(self, node: exp.Expr) -> Node:
        value = self.value(node)
        if value is None:
            return _UNREADABLE
        if isinstance(value, Column | Literal) and kind_of(value) == ValueKind.FLAG:
            return value
        return self._unreadable(node, f"has {phrase(value)} where a condition is due; compare it with something")

    def _unreadable(self, node: exp.Expr, message: str) -> Literal:
        self.refuse(node, message)
        return _UNREADABLE


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


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


def _text_hint(first: Value, second: Value) -> str:
    if ValueKind.TEXT in (kind_of(first), kind_of(second)):
        return "; texts stand in single quotes, numbers in none"
    return "; a flag is compared with 0 or 1"
