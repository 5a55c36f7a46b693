"""Finds conditions that no row can meet: what they ask of a value excludes itself.

Only what is certain is said. Each alternative of a condition is a list of comparisons that must all be true; they
limit the ranges of values (`trainingset.specz.value_ranges`), which texts and numbers are left, and what is null.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trainingset.expression_tree import (
    And,
    Arithmetic,
    Call,
    Column,
    Comparison,
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
from trainingset.specz.value_ranges import EXACT, Range, range_of

__all__ = ["why_never_true"]

_CONTRARY = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OUTCOMES = {"=": {"="}, "<>": {"<", ">"}, "<": {"<"}, "<=": {"<", "="}, ">": {">"}, ">=": {">", "="}}
"""How two values may compare where a comparison is true."""

_MOST_ALTERNATIVES = 64
"""Lists of comparisons that are looked at; of a condition with more alternatives nothing is said."""

Constant = int | float | str | bool


def why_never_true(node: Node) -> str | None:
    """Why no row can meet a condition, in words; None if one may."""
    if _has_alike_constants(node):
        return None
    first: str | None = None
    for number, parts in enumerate(_alternatives(node)):
        if number >= _MOST_ALTERNATIVES or (reason := _why_excluded(parts)) is None:
            return None
        first = first or reason
    return first


def _without_not(node: Node, *, is_denied: bool) -> Node:
    """Push every NOT down, as far as three-valued logic allows: to comparisons, lists, patterns and nulls."""
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


def _alternatives(node: Node) -> Iterator[tuple[Node, ...]]:
    """Lists of which each is one way to make a condition true; what excludes itself is not taken any further."""
    waiting: list[tuple[tuple[Node, ...], tuple[Node, ...]]] = [((_without_not(node, is_denied=False),), ())]
    while waiting:
        parts, taken = waiting.pop()
        split = [*_flat(parts)]
        taken = (*taken, *(part for part in split if not isinstance(part, Or)))
        choices = [part for part in split if isinstance(part, Or)]
        if not choices or _why_excluded(taken) is not None:
            yield taken
            continue
        waiting += [((operand, *choices[1:]), taken) for operand in reversed(choices[0].operands)]


def _flat(parts: Iterable[Node]) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, And):
            yield from _flat(part.operands)
        else:
            yield part


def _has_alike_constants(node: Node) -> bool:
    """Whether it reckons with 1 and 1.0: sums with them look the same here, but one of them may overflow."""
    kinds: dict[float, set[type]] = {}
    for constant in _reckoned(node):
        kinds.setdefault(constant, set()).add(type(constant))
    return any(len(types) > 1 for types in kinds.values())


def _reckoned(node: Node | Value, *, is_inside: bool = False) -> Iterator[float]:
    """Constants within sums and functions."""
    match node:
        case And(operands) | Or(operands):
            parts: Iterable[Node | Value] = operands
        case Comparison(_, left, right):
            parts = (left, right)
        case Not(operand) | Membership(operand) | IsNull(operand):
            parts = (operand,)
        case Negative(operand):
            parts, is_inside = (operand,), True
        case Arithmetic(first, steps):
            parts, is_inside = (first, *(value for _, value in steps)), True
        case Call(_, arguments):
            parts, is_inside = arguments, True
        case Literal(int() | float() as constant) if is_inside:
            yield constant
            return
        case _:
            return
    for part in parts:
        yield from _reckoned(part, is_inside=is_inside)


@dataclass(slots=True)
class _Asked:
    """What a list of comparisons asks of one value."""

    range: Range = field(default_factory=Range)
    allowed: set[Constant] | None = None
    """None allows all."""
    excluded: set[Constant] = field(default_factory=set)
    patterns: list[tuple[str, bool]] = field(default_factory=list)
    """Patterns, and whether a text must follow them."""
    comparisons: list[tuple[str, str]] = field(default_factory=list)
    """Operator and text on its right side."""

    def allow(self, values: set[Constant]) -> None:
        """Take a list of allowed values in."""
        self.allowed = set(values) if self.allowed is None else self.allowed & values

    def is_left(self, value: Constant) -> bool:
        """Whether a value is allowed by everything but the list of allowed ones."""
        if value in self.excluded:
            return False
        if isinstance(value, str):
            follows = all(_follows(value, pattern) == is_asked for pattern, is_asked in self.patterns)
            return follows and all(_outcome(value, other) in _OUTCOMES[sign] for sign, other in self.comparisons)
        return isinstance(value, bool) or self.range.holds(value)

    @property
    def has_no_text(self) -> bool:
        """Whether texts must lie above one that is not below another."""
        above = [(other, sign == ">=") for sign, other in self.comparisons if sign in (">", ">=")]
        below = [(other, sign == "<=") for sign, other in self.comparisons if sign in ("<", "<=")]
        return any(low > high or (low == high and not (a and b)) for low, a in above for high, b in below)


@dataclass(slots=True)
class _Conjunction:
    """Everything that one list of comparisons asks."""

    asked: dict[Value, _Asked] = field(default_factory=dict)
    known: set[Value] = field(default_factory=set)
    """Values that must not be null."""
    null: set[Value] = field(default_factory=set)
    outcomes: dict[tuple[Value, Value], set[str]] = field(default_factory=dict)
    """How two values may compare."""

    def of(self, value: Value) -> _Asked:
        """What is asked of a value so far."""
        return self.asked.setdefault(value, _Asked())


def _why_excluded(parts: Sequence[Node]) -> str | None:
    """Why not all parts can be true in one row; None if they may."""
    asked = _Conjunction()
    for part in parts:
        if (reason := _take(asked, part)) is not None:
            return reason
    for value in asked.null:
        if isinstance(value, Literal):
            return f"{_told(value)} is never null"
        if value in asked.known:
            return f"{_told(value)} cannot be null and compared with something"
    for (left, right), outcomes in asked.outcomes.items():
        if not outcomes:
            return f"no {_told(left)} and {_told(right)} compare in all the ways that it asks"
    ranges = _ranges(asked)
    empty = next(filter(None, (_why_empty(value, wanted, ranges) for value, wanted in asked.asked.items())), None)
    return empty or next(filter(None, (_why_apart(part, ranges) for part in parts)), None)


def _take(asked: _Conjunction, part: Node) -> str | None:
    """Take one comparison in; why it cannot be true at all, if it cannot."""
    match part:
        case Literal(value=False):
            return "it is always false"
        case Comparison(operator, left, right):
            return _take_comparison(asked, operator, left, right)
        case Membership(operand, values) | Not(Membership(operand, values)):
            _need(asked, operand)
            constants = {value.value for value in values}
            if isinstance(part, Not):
                asked.of(operand).excluded |= {value for value in constants if _is_exact(value)}
            elif all(_is_exact(value) for value in constants):
                asked.of(operand).allow(constants)
        case Like(operand, pattern) | Not(Like(operand, pattern)):
            _need(asked, operand)
            asked.of(operand).patterns.append((pattern, isinstance(part, Like)))
        case IsNull(operand):
            asked.null.add(operand)
        case Not(IsNull(operand)):
            asked.known.add(operand)
        case Column():
            asked.of(part).allow({True})
            asked.known.add(part)
        case Not(Column() as column):
            asked.of(column).allow({False})
            asked.known.add(column)
    return None


def _take_comparison(asked: _Conjunction, operator: str, left: Value, right: Value) -> str | None:
    if isinstance(left, Literal) and isinstance(right, Literal):
        is_told = _is_exact(left.value) and _is_exact(right.value)
        if is_told and _outcome(left.value, right.value) not in _OUTCOMES[operator]:
            return "it compares two constants and is always false"
        return None
    if left == right and "=" not in _OUTCOMES[operator]:
        return f"{_told(left)} is compared with itself"
    _need(asked, left)
    _need(asked, right)
    if isinstance(left, Literal):
        left, right, operator = right, left, _MIRRORED[operator]
    if isinstance(right, Literal):
        _limit(asked.of(left), operator, right.value)
        return None
    pair: tuple[Value, Value] = (left, right)
    outcomes = _OUTCOMES[operator]
    if (right, left) in asked.outcomes:
        pair, outcomes = (right, left), _OUTCOMES[_MIRRORED[operator]]
    asked.outcomes[pair] = asked.outcomes.get(pair, {"<", "=", ">"}) & outcomes
    return None


def _limit(asked: _Asked, operator: str, value: Constant) -> None:
    """Take a comparison with a constant in."""
    if not _is_exact(value):
        return
    if operator == "=":
        asked.allow({value})
    elif operator == "<>":
        if isinstance(value, bool):
            asked.allow({not value})
        asked.excluded.add(value)
    elif isinstance(value, str):
        asked.comparisons.append((operator, value))
    elif operator in (">", ">="):
        asked.range = asked.range.both(Range(low=float(value), has_low=operator == ">="))
    else:
        asked.range = asked.range.both(Range(high=float(value), has_high=operator == "<="))


def _need(asked: _Conjunction, value: Value) -> None:
    """A comparison with null or NaN is not true, and nearly all that is reckoned with one is one."""
    if isinstance(value, Literal):
        return
    asked.known.add(value)
    match value:
        case Negative(operand):
            _need(asked, operand)
        case Arithmetic(first, steps):
            for operand in (first, *(operand for _, operand in steps)):
                _need(asked, operand)
        case Call(function, arguments) if function != "POWER":
            # POWER(NaN, 0) is 1.
            for argument in arguments:
                _need(asked, argument)
        case _:
            return


def _why_empty(value: Value, wanted: _Asked, ranges: Mapping[Value, Range]) -> str | None:
    told = f"no value of {_told(value)} meets all that it asks of it"
    if kind_of(value) is ValueKind.NUMBER:
        wanted.range = wanted.range.both(range_of(value, ranges))
        if wanted.range.is_empty:
            return told
        if wanted.allowed is None and wanted.range.low == wanted.range.high:
            return told if wanted.range.low in wanted.excluded else None
    elif wanted.allowed is None:
        return told if wanted.has_no_text else None
    if wanted.allowed is None:
        return None
    return None if any(wanted.is_left(one) for one in wanted.allowed) else told


def _why_apart(part: Node, ranges: Mapping[Value, Range]) -> str | None:
    """Why two values that no constant limits alone cannot compare as is asked."""
    match part:
        case Comparison(operator, left, right) if kind_of(left) is ValueKind.NUMBER:
            low, high = range_of(left, ranges), range_of(right, ranges)
        case _:
            return None
    if operator in (">", ">="):
        low, high, operator = high, low, _MIRRORED[operator]
    told = f"{_told(left)} and {_told(right)} have no values that compare so"
    if low.is_empty or high.is_empty:
        return told
    match operator:
        case "=":
            return told if low.both(high).is_empty and not _is_rounded(low, high) else None
        case "<>":
            return None
        case _:
            upper = Range(high=high.high, has_high=high.has_high and operator == "<=")
            return told if low.both(upper).is_empty and not _is_rounded(low, high) else None


def _is_rounded(left: Range, right: Range) -> bool:
    """Whether whole numbers so large are compared that doubles do not tell them apart."""
    ends = [abs(end) for one in (left, right) for end in (one.low, one.high) if abs(end) != float("inf")]
    return any(end >= EXACT for end in ends)


def _ranges(asked: _Conjunction) -> dict[Value, Range]:
    """Ranges of values that constants limit."""
    found: dict[Value, Range] = {}
    for value, wanted in asked.asked.items():
        if kind_of(value) is not ValueKind.NUMBER:
            continue
        numbers = [
            float(one) for one in wanted.allowed or () if not isinstance(one, str | bool) and wanted.is_left(one)
        ]
        found[value] = wanted.range.both(Range(min(numbers), max(numbers))) if numbers else wanted.range
    return found


def _is_exact(value: Constant) -> bool:
    """Whether a constant means the same in every comparison."""
    return isinstance(value, str | bool) or abs(value) < EXACT


def _outcome(left: Constant, right: Constant) -> str:
    if left == right:
        return "="
    if isinstance(left, str) or isinstance(right, str):
        return "<" if str(left) < str(right) else ">"
    return "<" if left < right else ">"


def _follows(text: str, pattern: str) -> bool:
    """Whether a text follows a pattern of LIKE, in steps that grow with the product of their lengths alone."""
    place = at = 0
    last, resumed = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "%":
            last, resumed, at = at, place, at + 1
        elif at < len(pattern) and pattern[at] in ("_", text[place]):
            place, at = place + 1, at + 1
        elif last >= 0:
            # The last % takes one more.
            resumed, at = resumed + 1, last + 1
            place = resumed
        else:
            return False
    return not pattern[at:].strip("%")


def _told(value: Value) -> str:
    """A value as a condition spells it."""
    match value:
        case Column(name):
            return name
        case Literal(constant):
            return repr(constant)
        case Negative(operand):
            return f"-{_told(operand)}"
        case Arithmetic(first, steps):
            return " ".join([_told(first), *(f"{sign} {_told(operand)}" for sign, operand in steps)])
        case Call(function, arguments):
            return f"{function}({', '.join(map(_told, arguments))})"
