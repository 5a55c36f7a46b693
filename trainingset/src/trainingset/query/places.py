"""Places on the sky in a query: the two positions that a join compares, and the radius."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from trainingset.query.syntax import GEOMETRY
from trainingset.value_reader import inside_parentheses

__all__ = [
    "Place",
    "PlaceError",
    "SkyJoin",
    "distance_places",
    "has_geometry",
    "is_call",
    "number_of",
    "sky_join_of",
    "without_frame",
]

_ICRS = frozenset({"", "icrs", "icrs geocenter", "icrs barycenter", "icrs topocenter", "unknownframe"})
_ARCSEC_PER_DEGREE = 3600.0
_DIGITS = 12
"""Significant digits of a radius: 5./3600. degrees are 5 arcsec, not 4.999999999999999."""

_ARITHMETIC: dict[type[exp.Expr], Callable[[float, float], float]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
    exp.Div: operator.truediv,
}
_ADVICE = "write ON 1=CONTAINS(POINT('ICRS', a.ra, a.dec), CIRCLE('ICRS', b.ra, b.dec, radius in degrees))"


class PlaceError(Exception):
    """A function of geometry is used as no cross-match uses it; the message says how."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position, by its columns; degrees."""

    lon: exp.Column
    lat: exp.Column


@dataclass(frozen=True, slots=True)
class SkyJoin:
    """Two positions that are to lie within a radius of each other."""

    places: tuple[Place, Place]
    radius_arcsec: float


def has_geometry(condition: exp.Expr) -> bool:
    """Whether a condition tells places on the sky."""
    return any(is_call(node, *GEOMETRY) for node in condition.walk())


def sky_join_of(condition: exp.Expr) -> SkyJoin | None:
    """The join that a condition stands for; None for one without geometry.

    ``1 = CONTAINS(POINT, CIRCLE)`` and ``DISTANCE(...) < radius`` (or ``<=``), either way round. The radius itself
    counts as within, as in ``CONTAINS``.

    Raises
    ------
    PlaceError
        If it has geometry, but not so.
    """
    if not has_geometry(condition):
        return None
    if isinstance(condition, exp.EQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
        left, right = inside_parentheses(condition.this), inside_parentheses(condition.expression)
        if isinstance(condition, exp.EQ):
            inside, one = (left, right) if is_call(left, "CONTAINS") else (right, left)
            if is_call(inside, "CONTAINS") and number_of(one) == 1:
                return _contained(inside)
        else:
            near, far = (left, right) if isinstance(condition, exp.LT | exp.LTE) else (right, left)
            if is_call(near, "DISTANCE"):
                return SkyJoin(distance_places(near), _arcsec(far))
    raise PlaceError(f"uses geometry as no cross-match does; {_ADVICE}")


def distance_places(call: exp.Expr) -> tuple[Place, Place]:
    """The two positions of a ``DISTANCE``: of two POINTs (ADQL 2.0), or of four coordinates (2.1).

    Raises
    ------
    PlaceError
        If they are no columns.
    """
    arguments = [inside_parentheses(argument) for argument in call.expressions]
    match arguments:
        case [first, second]:
            return _point(first), _point(second)
        case [lon, lat, other_lon, other_lat]:
            return _place(lon, lat), _place(other_lon, other_lat)
    raise PlaceError(f"gives DISTANCE {len(arguments)} arguments; it takes two POINTs or four coordinates")


def number_of(node: exp.Expr) -> float | None:
    """The number that arithmetic of constants gives; None where anything else stands."""
    node = inside_parentheses(node)
    if isinstance(node, exp.Neg):
        value = number_of(node.this)
        return None if value is None else -value
    if isinstance(node, exp.Literal) and not node.is_string:
        try:
            return float(node.this)
        except ValueError:
            return None
    if (calculate := _ARITHMETIC.get(type(node))) is None:
        return None
    left, right = number_of(node.this), number_of(node.expression)
    try:
        return None if left is None or right is None else calculate(left, right)
    except ZeroDivisionError:
        return None


def _contained(call: exp.Expr) -> SkyJoin:
    match [inside_parentheses(argument) for argument in call.expressions]:
        case [point, circle] if is_call(circle, "CIRCLE"):
            center, radius = _center(circle)
            return SkyJoin((_point(point), center), _arcsec(radius))
    raise PlaceError(f"gives CONTAINS something else than a POINT and a CIRCLE; {_ADVICE}")


def _center(circle: exp.Expr) -> tuple[Place, exp.Expr]:
    match without_frame(circle):
        case [point, radius]:
            return _point(point), radius
        case [lon, lat, radius]:
            return _place(lon, lat), radius
    raise PlaceError("has a CIRCLE of something else than a center and a radius in degrees")


def _point(node: exp.Expr) -> Place:
    if is_call(node, "POINT"):
        match without_frame(node):
            case [lon, lat]:
                return _place(lon, lat)
    raise PlaceError("has something else than POINT(longitude, latitude) where a position is due")


def without_frame(call: exp.Expr) -> list[exp.Expr]:
    """Arguments behind the coordinate frame, which ADQL 2.0 demands and 2.1 left out.

    Raises
    ------
    PlaceError
        If the frame is another one than ICRS.
    """
    arguments = [inside_parentheses(argument) for argument in call.expressions]
    if arguments and isinstance(arguments[0], exp.Literal) and arguments[0].is_string:
        frame = str(arguments[0].this)
        if frame.strip().casefold() not in _ICRS:
            raise PlaceError(f"has positions in the frame {frame[:40]!r}; catalogs are matched in ICRS")
        return arguments[1:]
    return arguments


def _place(lon: exp.Expr, lat: exp.Expr) -> Place:
    if isinstance(lon, exp.Column) and isinstance(lat, exp.Column):
        return Place(lon, lat)
    raise PlaceError("has a position that is no pair of columns; a cross-match compares columns of two tables")


def _arcsec(radius: exp.Expr) -> float:
    degrees = number_of(radius)
    if degrees is None or not math.isfinite(degrees):
        raise PlaceError("has a radius that is no constant number of degrees; all redshifts have one radius here")
    return float(f"{degrees * _ARCSEC_PER_DEGREE:.{_DIGITS}g}")


def is_call(node: exp.Expr, *names: str) -> bool:
    """Whether a node calls one of these functions."""
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in names
