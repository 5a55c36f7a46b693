"""Ranges that the values of an expression cannot leave, from the ranges of its columns.

A range may be wider than what can happen and is never narrower, rounding and whole numbers that overflow included.
Not-a-numbers are left out: nothing that is asked of one is true.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from trainingset.columns import ColumnType
from trainingset.expression_tree import Arithmetic, Call, Column, Literal, Negative, Value

__all__ = ["EXACT", "Range", "range_of"]

EXACT = 2.0**53
"""Whole numbers from here on are rounded in doubles: two may be equal in one comparison and differ in another."""

_WHOLE = {ColumnType.INT16: 2.0**15, ColumnType.INT32: 2.0**31, ColumnType.INT64: 2.0**63}

_NO_OVERFLOW = 2.0**62
"""Whole numbers that stay below do not overflow 64 bits, however their limits were rounded."""

_ULPS = 1e-12
"""Relative error of logarithms and exponentials of any library, far above what they have."""


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; infinite ones are numbers here. It is empty where `low` is above `high`."""

    low: float = -math.inf
    high: float = math.inf
    has_low: bool = True
    has_high: bool = True
    """Whether the ends belong to it."""
    is_whole: bool = False
    """Whether it has whole numbers only."""

    @property
    def is_empty(self) -> bool:
        """Whether no number is in it."""
        if self.low == self.high:
            return not (self.has_low and self.has_high and self.holds(self.low))
        if self.low > self.high:
            return True
        if not self.is_whole or max(abs(self.low), abs(self.high)) >= EXACT:
            return False
        first = math.floor(self.low) + 1 if not self.has_low else math.ceil(self.low)
        last = math.ceil(self.high) - 1 if not self.has_high else math.floor(self.high)
        return first > last

    def holds(self, value: float) -> bool:
        """Whether a number is in it."""
        above = value > self.low or (value == self.low and self.has_low)
        below = value < self.high or (value == self.high and self.has_high)
        return above and below and not (self.is_whole and abs(value) < EXACT and value % 1 != 0)

    def both(self, other: "Range") -> "Range":
        """What is in two ranges."""
        low, has_low = max((self.low, not self.has_low), (other.low, not other.has_low))
        high, lacks_high = min((self.high, self.has_high), (other.high, other.has_high))
        return Range(low, high, not has_low, lacks_high, self.is_whole or other.is_whole)


_NOTHING = Range(math.inf, -math.inf)


def range_of(value: Value, known: Mapping[Value, Range]) -> Range:
    """Range of a number; `known` are ranges of its parts that are told by other means."""
    computed = _computed(value, known)
    return computed.both(known[value]) if value in known else computed


def _is_whole_number(value: Value) -> bool:
    """Whether it is reckoned in whole numbers of 64 bits, which overflow."""
    match value:
        case Column(_, datatype):
            return datatype in _WHOLE
        case Literal(constant):
            return isinstance(constant, int)
        case Negative(operand):
            return _is_whole_number(operand)
        case Arithmetic(first, steps):
            return _is_whole_number(first) and all(sign != "/" and _is_whole_number(other) for sign, other in steps)
        case Call("ABS" | "MOD", arguments):
            return all(_is_whole_number(argument) for argument in arguments)
        case _:
            return False


def _computed(value: Value, known: Mapping[Value, Range]) -> Range:
    match value:
        case Column(_, datatype) if datatype in _WHOLE:
            return Range(-_WHOLE[datatype], _WHOLE[datatype], is_whole=True)
        case Literal(int() | float() as constant):
            return _of_constant(constant)
        case Negative(operand):
            return _bounded(_negative(range_of(operand, known)), _is_whole_number(value))
        case Arithmetic(first, steps):
            return _of_chain(first, steps, known)
        case Call(function, arguments):
            return _of_call(function, [range_of(argument, known) for argument in arguments], _is_whole_number(value))
        case _:
            return Range()


def _of_constant(constant: float) -> Range:
    number = float(constant)
    is_whole = isinstance(constant, int)
    if abs(number) < EXACT:
        return Range(number, number, is_whole=is_whole)
    return Range(math.nextafter(number, -math.inf), math.nextafter(number, math.inf), is_whole=is_whole)


def _of_chain(first: Value, steps: Iterable[tuple[str, Value]], known: Mapping[Value, Range]) -> Range:
    result, is_whole = range_of(first, known), _is_whole_number(first)
    for sign, operand in steps:
        is_whole = is_whole and sign != "/" and _is_whole_number(operand)
        result = _bounded(_joined(sign, result, range_of(operand, known)), is_whole)
    return result


def _joined(sign: str, left: Range, right: Range) -> Range:
    """Range of a sum, difference, product or quotient.

    Each grows or falls with either side, also when rounded, so its extremes are among those of the ends.
    """
    if left.is_empty or right.is_empty:
        return _NOTHING
    if sign == "/" and right.low <= 0 <= right.high:
        return Range()
    reckon = _RECKONED[sign]
    ends = [reckon(one, other) for one, other in product((left.low, left.high), (right.low, right.high))]
    known = [end for end in ends if not math.isnan(end)]
    # An infinite value beside another is no number; that an end is none says nothing of what lies before it.
    return Range(min(known), max(known)) if len(known) == len(ends) else Range()


def _product(one: float, other: float) -> float:
    # Infinity here stands for all large numbers as well, and zero of them is zero.
    return 0.0 if one == 0 or other == 0 else one * other


_RECKONED: dict[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": _product,
    "/": lambda one, other: one / other,
}


def _negative(of: Range) -> Range:
    return Range(-of.high, -of.low, of.has_high, of.has_low, of.is_whole)


def _bounded(of: Range, is_whole: bool) -> Range:
    """A range of whole numbers that may have overflowed is that of all of them."""
    if not is_whole:
        return replace(of, is_whole=False)
    if not of.is_empty and max(abs(of.low), abs(of.high)) >= _NO_OVERFLOW:
        return Range(-(2.0**63), 2.0**63, is_whole=True)
    return replace(of, is_whole=True)


def _of_call(function: str, of: list[Range], is_whole: bool) -> Range:
    if any(one.is_empty for one in of):
        # A power of what is no number may be one: POWER(NaN, 0) is 1.
        return Range() if function == "POWER" else _NOTHING
    match function:
        case "ABS":
            return _bounded(_absolute(of[0]), is_whole)
        case "MOD":
            return _remainder(of[0], of[1], is_whole)
        case "LAST_DIGIT":
            # Of a number beyond 2**53 nobody knows it: it is null.
            return Range(-9.0, 9.0, is_whole=True)
        case "POWER":
            return _power(of[0], of[1])
        case "SQRT":
            return _growing(_not_below(of[0], 0.0), math.sqrt, error=0)
        case "LOG" | "LOG10":
            return _growing(_not_below(of[0], 0.0), math.log if function == "LOG" else math.log10, error=_ULPS)
        case "EXP":
            return _growing(of[0], math.exp, error=_ULPS).both(Range(0.0))
        case _:
            return Range(_whole(of[0].low, math.floor), _whole(of[0].high, math.ceil), is_whole=True)


def _absolute(of: Range) -> Range:
    if of.low >= 0:
        return of
    return _negative(of) if of.high <= 0 else Range(0.0, max(-of.low, of.high), is_whole=of.is_whole)


def _not_below(of: Range, least: float) -> Range:
    """Functions are no numbers below it."""
    return of.both(Range(least))


def _remainder(dividend: Range, divisor: Range, is_whole: bool) -> Range:
    """Range of a remainder, whose sign and size are told for moderate numbers only: its quotient is rounded."""
    everything = _bounded(Range(), is_whole)
    most = max(abs(divisor.low), abs(divisor.high))
    if is_whole:
        overflows = dividend.low <= -_NO_OVERFLOW and divisor.low <= -1
        return everything if overflows or most >= EXACT else Range(-most, most, is_whole=True)
    largest = max(abs(dividend.low), abs(dividend.high))
    if divisor.low <= 0 <= divisor.high or largest >= EXACT * min(abs(divisor.low), abs(divisor.high)) / 4:
        return everything
    most += largest / EXACT * 4
    return Range(-most, most)


def _power(base: Range, exponent: Range) -> Range:
    # A power of minus zero may be minus infinity.
    is_even = exponent.low == exponent.high and exponent.low % 2 == 0
    return Range(0.0) if base.low > 0 or is_even or (base.low >= 0 and exponent.low >= 0) else Range()


def _growing(of: Range, function: Callable[[float], float], *, error: float) -> Range:
    if of.is_empty:
        return _NOTHING
    low, high = _end(function, of.low), _end(function, of.high)
    return Range(low - _error(low, error), high + _error(high, error))


def _error(end: float, error: float) -> float:
    return error * abs(end) if math.isfinite(end) else 0.0


def _end(function: Callable[[float], float], at: float) -> float:
    try:
        return function(at)
    except OverflowError:
        return math.inf
    except ValueError:
        # Logarithm of zero.
        return -math.inf


def _whole(end: float, rounding: Callable[[float], int]) -> float:
    return float(rounding(end)) if math.isfinite(end) else end
