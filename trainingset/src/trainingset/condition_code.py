"""Search conditions as Python code for data frames, to be printed in scripts that stand alone.

The code gives a boolean array that is true exactly where the condition is; unknown is not true. Everything that comes
from outside (names, texts, numbers) is written as a literal of Python, so that no content can become code.
"""

import re
from collections.abc import Mapping

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
    is_real,
    kind_of,
)

__all__ = ["CONDITION_FUNCTIONS", "NotExpressibleError", "condition_code"]

CONDITION_FUNCTIONS = '''\
def number(rows, name):
    """Values as doubles; NaN where null."""
    return rows[name].to_numpy(np.float64, na_value=np.nan)


def last_digit(values):
    """Last digit of the whole part, with its sign."""
    return np.fmod(np.trunc(values), 10)


def known(flags):
    """Flags without nulls: what is not known is not true."""
    return flags.fillna(False).to_numpy(bool)
'''
"""What the code calls besides numpy."""

_CONTRARY = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_OPERATORS = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FUNCTIONS = {
    "ABS": "np.abs",
    "SQRT": "np.sqrt",
    "LOG10": "np.log10",
    "LOG": "np.log",
    "EXP": "np.exp",
    "POWER": "np.power",
    "FLOOR": "np.floor",
    "CEIL": "np.ceil",
    "CEILING": "np.ceil",
    "LAST_DIGIT": "last_digit",
    "MOD": "np.fmod",
}


class NotExpressibleError(ValueError):
    """The condition cannot be written as code for data frames; the message says what in it."""


def condition_code(condition: Condition, *, sources: Mapping[str, str], rows: str = "rows") -> str:
    """Write a condition as an expression of Python.

    Parameters
    ----------
    sources
        Code that gives the values of columns which the frame does not have, as doubles.
    rows
        Name of the variable that holds the data frame.

    Raises
    ------
    NotExpressibleError
        If it reckons with whole numbers, which doubles would round, or calls a function that numpy lacks.
    """
    return _Writer(sources, rows).true_where(condition.tree, is_denied=False)


class _Writer:
    def __init__(self, sources: Mapping[str, str], rows: str) -> None:
        self._sources = sources
        self._rows = rows

    def true_where(self, node: Node, *, is_denied: bool) -> str:
        """Code that is true where the node is, or where it is false; never where it is unknown."""
        match node:
            case Not(operand):
                return self.true_where(operand, is_denied=not is_denied)
            case And(operands) | Or(operands):
                sign = " & " if isinstance(node, And) != is_denied else " | "
                return sign.join(f"({self.true_where(operand, is_denied=is_denied)})" for operand in operands)
            case Comparison(operator, left, right):
                return self._comparison(_CONTRARY[operator] if is_denied else operator, left, right)
            case Membership(operand, values):
                return self._membership(operand, [value.value for value in values], is_denied=is_denied)
            case Like(operand, pattern):
                found = f"{self._series(operand)}.str.fullmatch({_regex(pattern)!r}, flags=re.DOTALL)"
                return f"known(~{found})" if is_denied else f"known({found})"
            case IsNull(operand):
                absent = self._absent(operand)
                return f"~{absent}" if is_denied else absent
            case Literal(value):
                return f"np.full(len({self._rows}), {bool(value) != is_denied})"
            case Column():
                series = self._series(node)
                return f"known(~{series}.astype('boolean'))" if is_denied else f"known({series})"

    def _comparison(self, operator: str, left: Value, right: Value) -> str:
        sign = _OPERATORS[operator]
        if kind_of(left) is ValueKind.NUMBER and (is_real(left) or is_real(right)):
            first, second = self._real(left), self._real(right)
            # Unlike NumPy, where NaN differs from everything: nothing is known of NaN.
            return f"({first} < {second}) | ({first} > {second})" if operator == "<>" else f"{first} {sign} {second}"
        known = [f"{self._series(side)}.notna()" for side in (left, right) if isinstance(side, Column)]
        compared = f"({self._exact(left)} {sign} {self._exact(right)})"
        return f"known({' & '.join([compared, *known])})"

    def _membership(self, operand: Value, values: list[int | float | str | bool], *, is_denied: bool) -> str:
        if is_real(operand) or any(isinstance(value, float) for value in values):
            number = self._real(operand)
            found = f"np.isin({number}, {values!r})"
            return f"~{found} & ~np.isnan({number})" if is_denied else found
        series = self._series(operand)
        found = f"{series}.isin({values!r})"
        return f"known(~{found} & {series}.notna())" if is_denied else f"known({found})"

    def _absent(self, operand: Value) -> str:
        if is_real(operand):
            return f"np.isnan({self._real(operand)})"
        return f"{self._series(operand)}.isna().to_numpy(bool)"

    def _series(self, value: Value) -> str:
        if not isinstance(value, Column) or value.name in self._sources:
            raise NotExpressibleError("it reckons with whole numbers or texts")
        return f"{self._rows}[{value.name!r}]"

    def _exact(self, value: Value) -> str:
        match value:
            case Literal(constant):
                return repr(constant)
            case Negative(Literal(int() as constant)):
                return f"-{constant!r}"
            case _:
                return self._series(value)

    def _real(self, value: Value) -> str:
        match value:
            case Column(name):
                return self._sources.get(name) or f"number({self._rows}, {name!r})"
            case Literal(constant):
                return repr(constant)
            case Negative(operand):
                return f"(-{self._real(operand)})"
            case Arithmetic(first, steps):
                code, has_reals = self._real(first), is_real(first)
                for operator, operand in steps:
                    has_reals = has_reals or operator == "/" or is_real(operand)
                    if not has_reals:
                        raise NotExpressibleError("it reckons with whole numbers")
                    code = f"({code} {operator} {self._real(operand)})"
                return code
            case Call("ROUND", (argument,)):
                number = self._real(argument)
                return f"(np.sign({number}) * np.floor(np.abs({number}) + 0.5))"
            case Call(function, arguments) if function in _FUNCTIONS:
                return f"{_FUNCTIONS[function]}({', '.join(self._real(argument) for argument in arguments)})"
            case Call(function):
                raise NotExpressibleError(f"it calls {function}")


def _regex(pattern: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern)
