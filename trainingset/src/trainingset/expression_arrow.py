"""Constraints compiled to pyarrow expressions, which datasets push down into Parquet and tables filter by."""

import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import acero

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

__all__ = ["Sources", "compile_condition", "compile_value", "rows_where"]

Expression: TypeAlias = pc.Expression
Sources: TypeAlias = Mapping[str, pc.Expression]

_CONTRARY = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_COMPARE: dict[str, Callable[[Expression, Expression], Expression]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def compile_condition(condition: Condition, *, sources: Sources | None = None) -> Expression:
    """Turn a condition into an expression that is true exactly where the condition is.

    Parameters
    ----------
    sources
        Expressions that stand for columns, such as derived ones that no file has.

    Returns
    -------
    pc.Expression
        Of boolean type; null or false where the condition is false or unknown, which every filter drops alike.
    """
    return _true_where(_without_not(condition.tree, is_denied=False), sources or {})


def compile_value(value: Value, *, sources: Sources | None = None) -> Expression:
    """Turn a value into an expression; a number is float64 where `is_real` says so, else int64, unless it is a column.

    Parameters
    ----------
    sources
        Expressions that stand for columns.
    """
    return _value(value, sources or {})


def rows_where(condition: Condition, table: pa.Table) -> npt.NDArray[np.bool_]:
    """Whether the condition is true, for each row of a table; unknown is not true.

    Parameters
    ----------
    table
        With at least the columns of the condition.
    """
    read = table.select(list(condition.columns))
    plan = acero.Declaration.from_sequence(
        [
            acero.Declaration("table_source", acero.TableSourceNodeOptions(read)),
            acero.Declaration("project", acero.ProjectNodeOptions([compile_condition(condition)], ["is_true"])),
        ]
    )
    # One thread: several would hand the rows back in any order.
    answer = plan.to_table(use_threads=False)["is_true"]
    is_true: npt.NDArray[np.bool_] = pc.fill_null(answer, False).to_numpy().astype(bool)
    return is_true


def _without_not(node: Node, *, is_denied: bool) -> Node:
    """Push every NOT down to the comparisons, which three-valued logic allows.

    Afterwards no branch asks whether another is *unknown* rather than false, so the two need not be told apart.
    """
    match node:
        case Not(operand):
            return _without_not(operand, is_denied=not is_denied)
        case And(operands) | Or(operands):
            parts = tuple(_without_not(operand, is_denied=is_denied) for operand in operands)
            return And(parts) if isinstance(node, And) != is_denied else Or(parts)
        case Comparison(operator, left, right) if is_denied:
            return Comparison(_CONTRARY[operator], left, right)
        case Literal(value) if is_denied:
            return Literal(not value)
        case _:
            return Not(node) if is_denied else node


def _true_where(node: Node, sources: Sources) -> Expression:
    match node:
        case And(operands):
            return _balanced([_true_where(operand, sources) for operand in operands], lambda a, b: a & b)
        case Or(operands):
            return _balanced([_true_where(operand, sources) for operand in operands], lambda a, b: a | b)
        case Comparison(operator, left, right):
            return _comparison(operator, left, right, sources)
        case Membership(operand, values):
            return _membership(operand, values, sources)
        case Not(Membership(operand, values)):
            is_known = ~_value(operand, sources).is_null(nan_is_null=is_real(operand))
            return ~_membership(operand, values, sources) & is_known
        case Like(operand, pattern):
            return pc.match_substring_regex(_value(operand, sources), _regex(pattern))
        case Not(Like(operand, pattern)):
            return ~pc.match_substring_regex(_value(operand, sources), _regex(pattern))
        case IsNull(operand):
            return _value(operand, sources).is_null(nan_is_null=is_real(operand))
        case Not(IsNull(operand)):
            return ~_value(operand, sources).is_null(nan_is_null=is_real(operand))
        case Not(operand):
            return ~_true_where(operand, sources)
        case Column() | Literal():
            return _value(node, sources)


def _comparison(operator: str, left: Value, right: Value, sources: Sources) -> Expression:
    first, second = _value(left, sources), _value(right, sources)
    if kind_of(left) != ValueKind.NUMBER:
        return _COMPARE[operator](first, second)
    if not is_real(left) and not is_real(right):
        return _COMPARE[operator](first, second)
    first, second = _as_real(left, first), _as_real(right, second)
    if operator == "<>":
        # Unlike IEEE, where NaN differs from everything: nothing is known of NaN.
        return (first < second) | (first > second)
    return _COMPARE[operator](first, second)


def _membership(operand: Value, values: tuple[Literal, ...], sources: Sources) -> Expression:
    constants = [value.value for value in values]
    if kind_of(operand) != ValueKind.NUMBER:
        return pc.is_in(_value(operand, sources), value_set=pa.array(constants), skip_nulls=True)
    expression = _wide(operand, sources)
    if not is_real(operand) and not any(is_real(value) for value in values):
        return pc.is_in(expression, value_set=pa.array(constants, pa.int64()), skip_nulls=True)
    # Zero is added because a hash tells -0.0 from 0.0, which are equal.
    real_constants = pa.array([float(constant) + 0.0 for constant in constants], pa.float64())
    return pc.is_in(pc.add(_as_real(operand, expression), 0.0), value_set=real_constants, skip_nulls=True)


def _value(value: Value, sources: Sources) -> Expression:
    match value:
        case Column(name):
            return sources.get(name, pc.field(name))
        case Literal(constant):
            return pc.scalar(constant)
        case Negative(operand):
            return pc.negate(_wide(operand, sources))
        case Arithmetic(first, steps):
            return _arithmetic(first, steps, sources)
        case Call(function, arguments):
            return _call(function, arguments, sources)


def _arithmetic(first: Value, steps: tuple[tuple[str, Value], ...], sources: Sources) -> Expression:
    result, has_reals = _wide(first, sources), is_real(first)
    for operator, operand in steps:
        other = _wide(operand, sources)
        if (operator == "/" or is_real(operand)) and not has_reals:
            result, has_reals = _real(result), True
        if has_reals:
            other = _as_real(operand, other)
        match operator:
            case "+":
                result = pc.add(result, other)
            case "-":
                result = pc.subtract(result, other)
            case "*":
                result = pc.multiply(result, other)
            case _:
                result = pc.divide(result, other)
    return result


def _call(function: str, arguments: tuple[Value, ...], sources: Sources) -> Expression:
    values = [_wide(argument, sources) for argument in arguments]
    if function == "ABS":
        return pc.abs(values[0])
    if function == "MOD":
        return _remainder(arguments, values)
    values = [_as_real(argument, value) for argument, value in zip(arguments, values, strict=True)]
    match function:
        case "SQRT":
            return pc.sqrt(values[0])
        case "LOG10":
            return pc.log10(values[0])
        case "LOG":
            return pc.ln(values[0])
        case "EXP":
            return pc.exp(values[0])
        case "POWER":
            return pc.power(values[0], values[1])
        case "FLOOR":
            return pc.floor(values[0])
        case "LAST_DIGIT":
            # From 2**53 on doubles are whole numbers apart: nobody knows the last digit.
            is_known = pc.abs(values[0]) < 2.0**53
            whole = pc.if_else(is_known, pc.trunc(values[0]), pc.scalar(pa.scalar(None, pa.float64())))
            return pc.subtract(whole, pc.multiply(pc.trunc(pc.divide(whole, 10.0)), 10.0))
        case "ROUND":
            return pc.round(values[0], round_mode="half_towards_infinity")
        case _:
            return pc.ceil(values[0])


def _remainder(arguments: tuple[Value, ...], values: list[Expression]) -> Expression:
    """What is left of a division that stops at a whole number; it has the sign of the dividend, as in C and SQL."""
    if any(is_real(argument) for argument in arguments):
        dividend, divisor = (_as_real(argument, value) for argument, value in zip(arguments, values, strict=True))
        return pc.subtract(dividend, pc.multiply(divisor, pc.trunc(pc.divide(dividend, divisor))))
    dividend, divisor = values
    # Whole numbers have no infinity: the remainder by zero is null instead of an error for all rows.
    divisor = pc.if_else(divisor == pc.scalar(0), pc.scalar(pa.scalar(None, pa.int64())), divisor)
    return pc.subtract(dividend, pc.multiply(divisor, pc.divide(dividend, divisor)))


def _wide(value: Value, sources: Sources) -> Expression:
    """A number in 64 bits: 16 bits would overflow in the first product."""
    expression = _value(value, sources)
    if not isinstance(value, Column):
        return expression
    return _real(expression) if is_real(value) else expression.cast(pa.int64(), safe=False)


def _as_real(value: Value, expression: Expression) -> Expression:
    return _real(expression) if not is_real(value) or isinstance(value, Column) else expression


def _real(expression: Expression) -> Expression:
    # Not safe in pyarrow's sense: whole numbers above 2**53 are rounded, as in every database.
    return expression.cast(pa.float64(), safe=False)


def _regex(pattern: str) -> str:
    """RE2 pattern of a LIKE pattern; matching takes time linear in the text."""
    translated = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return rf"(?s)\A{translated}\z"


def _balanced(parts: list[Expression], join: Callable[[Expression, Expression], Expression]) -> Expression:
    """Join many expressions pairwise: a chain of a thousand would nest a thousand deep."""
    while len(parts) > 2:
        pairs = [parts[start : start + 2] for start in range(0, len(parts), 2)]
        parts = [reduce(join, pair) for pair in pairs]
    return reduce(join, parts)
