"""Regions of the sky in a query: circles, boxes and polygons, what is inside, and which pixels they touch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from trainingset.query.places import PlaceError, has_geometry, is_call, number_of, without_frame
from trainingset.value_reader import inside_parentheses

__all__ = ["Region", "region_of"]

FloatArray = npt.NDArray[np.float64]

_WIDEST_DEG = 80.0
"""Farthest from its center that a box or polygon may reach: it is judged on the plane that touches the sky there."""
_ADVICE = (
    "write 1=CONTAINS(POINT('ICRS', {ra}, {dec}), CIRCLE('ICRS', ra, dec, radius)), or BOX('ICRS', ra, dec, width, "
    "height) or POLYGON('ICRS', ra, dec, ra, dec, ra, dec) in its place, with numbers in degrees"
)


@dataclass(frozen=True, slots=True)
class Region:
    """A circle around a place, or what a polygon on the plane that touches the sky there cuts out of it."""

    ra: float
    dec: float
    radius_deg: float
    """Of the circle, or of one that holds the polygon."""
    corners: tuple[tuple[float, float], ...] = ()
    """Corners of the polygon in gnomonic coordinates, east and north; without any the region is the circle."""

    def contains(self, ra: FloatArray, dec: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether places (degrees, shape (n,)) are inside; the edge of a circle is."""
        along, east, north = self.tangential(ra, dec)
        if not self.corners:
            half_chord = np.sin(np.radians(self.radius_deg) / 2)
            apart = np.sqrt(np.clip(east**2 + north**2 + (1 - along) ** 2, 0, 4)) / 2
            # A rounding of the last digits must not decide of places that were meant to be at the edge.
            is_near: npt.NDArray[np.bool_] = apart <= half_chord * (1 + 1e-12) + 1e-15
            return is_near
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = east / along, north / along
        is_inside = np.zeros(len(ra), bool)
        for (x1, y1), (x2, y2) in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            if y1 != y2:
                is_inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return is_inside & (along > 0)

    def distance_deg(self, ra: FloatArray, dec: FloatArray) -> FloatArray:
        """Distances of places from the center."""
        along, east, north = self.tangential(ra, dec)
        return np.degrees(np.arctan2(np.hypot(east, north), along))

    def tangential(self, ra: FloatArray, dec: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Unit vectors in the frame of the center: towards it, east and north."""
        apart, phi, center = np.radians(ra - self.ra), np.radians(dec), math.radians(self.dec)
        along = math.sin(center) * np.sin(phi) + math.cos(center) * np.cos(phi) * np.cos(apart)
        east = np.cos(phi) * np.sin(apart)
        north = math.cos(center) * np.sin(phi) - math.sin(center) * np.cos(phi) * np.cos(apart)
        return along, east, north


def region_of(condition: exp.Expr, place: tuple[str, str]) -> Region | None:
    """The region that a condition cuts a table to; None for a condition without geometry.

    Parameters
    ----------
    place
        Names of the columns with the table's coordinates.

    Raises
    ------
    PlaceError
        If it has geometry, but does not ask which rows lie in one region.
    """
    if not has_geometry(condition):
        return None
    advice = _ADVICE.format(ra=place[0], dec=place[1])
    if isinstance(condition, exp.EQ):
        left, right = inside_parentheses(condition.this), inside_parentheses(condition.expression)
        inside, one = (left, right) if is_call(left, "CONTAINS") else (right, left)
        if is_call(inside, "CONTAINS") and number_of(one) == 1 and len(inside.expressions) == 2:
            point, shape = (inside_parentheses(argument) for argument in inside.expressions)
            _require_columns(point, place, advice)
            return _shape(shape, advice)
    if isinstance(condition, exp.LT | exp.LTE | exp.GT | exp.GTE):
        left, right = inside_parentheses(condition.this), inside_parentheses(condition.expression)
        near, far = (left, right) if isinstance(condition, exp.LT | exp.LTE) else (right, left)
        if is_call(near, "DISTANCE"):
            return _around(near, far, place, advice)
    raise PlaceError(f"uses geometry as no query of one table does here; {advice}")


def _around(call: exp.Expr, far: exp.Expr, place: tuple[str, str], advice: str) -> Region:
    match [inside_parentheses(argument) for argument in call.expressions]:
        case [first, second]:
            points = [_coordinates(first, advice), _coordinates(second, advice)]
        case [lon, lat, other_lon, other_lat]:
            points = [[lon, lat], [other_lon, other_lat]]
        case _:
            raise PlaceError("gives DISTANCE something else than two POINTs or four coordinates")
    fixed, moving = sorted(points, key=lambda point: any(node.find(exp.Column) for node in point))
    if _columns(moving) != _folded(place):
        raise PlaceError(f"measures distances from other columns than {' and '.join(place)}; {advice}")
    return _circle(*_numbers(fixed, advice), *_numbers([far], advice))


def _shape(shape: exp.Expr, advice: str) -> Region:
    arguments = without_frame(shape)
    if arguments and is_call(arguments[0], "POINT"):
        # ADQL 2.1: a center as a POINT.
        arguments = [
            *(node for node in arguments if is_call(node, "POINT") for node in without_frame(node)),
            *(node for node in arguments if not is_call(node, "POINT")),
        ]
    numbers = _numbers(arguments, advice)
    if is_call(shape, "CIRCLE") and len(numbers) == 3:
        return _circle(*numbers)
    if is_call(shape, "BOX") and len(numbers) == 4:
        return _box(*numbers)
    if is_call(shape, "POLYGON") and len(numbers) >= 6 and len(numbers) % 2 == 0:
        return _polygon(numbers[::2], numbers[1::2])
    raise PlaceError(f"has a region that is no CIRCLE of 3 numbers, BOX of 4 or POLYGON of 6 or more; {advice}")


def _circle(ra: float, dec: float, radius: float) -> Region:
    _require_place(ra, dec)
    if not 0 <= radius <= 180:
        raise PlaceError(f"has a radius of {radius:g} degrees; it must be at least 0 and at most 180")
    return Region(ra % 360, dec, radius)


def _box(ra: float, dec: float, width: float, height: float) -> Region:
    """Great circles through the ends of a cross of two arcs, at right angles with them (ADQL 2.1, 4.2.9)."""
    _require_place(ra, dec)
    if not (0 < width <= 2 * _WIDEST_DEG and 0 < height <= 2 * _WIDEST_DEG):
        raise PlaceError(
            f"has a BOX of {width:g} by {height:g} degrees; sides are above 0 and at most {2 * _WIDEST_DEG:g}"
        )
    x, y = math.tan(math.radians(width / 2)), math.tan(math.radians(height / 2))
    radius = math.degrees(math.atan(math.hypot(x, y)))
    return Region(ra % 360, dec, radius, ((-x, -y), (x, -y), (x, y), (-x, y)))


def _polygon(ras: Sequence[float], decs: Sequence[float]) -> Region:
    for ra, dec in zip(ras, decs, strict=True):
        _require_place(ra, dec)
    lon, lat = np.radians(ras), np.radians(decs)
    mean = np.mean([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    if np.linalg.norm(mean) < 1e-9:
        raise PlaceError("has a POLYGON around half of the sky; take a smaller one")
    center = Region(
        math.degrees(math.atan2(mean[1], mean[0])) % 360,
        math.degrees(math.atan2(mean[2], math.hypot(mean[0], mean[1]))),
        0.0,
    )
    along, east, north = center.tangential(np.array(ras), np.array(decs))
    radius = float(np.degrees(np.arctan2(np.hypot(east, north), along)).max())
    if radius > _WIDEST_DEG:
        raise PlaceError(
            f"has a POLYGON that reaches {radius:g} degrees from its center; at most {_WIDEST_DEG:g} are allowed"
        )
    corners = tuple((float(x), float(y)) for x, y in zip(east / along, north / along, strict=True))
    return Region(center.ra, center.dec, radius, corners)


def _require_place(ra: float, dec: float) -> None:
    if not (-360 <= ra <= 720 and -90 <= dec <= 90):
        raise PlaceError(f"has the place ({ra:g}, {dec:g}); declinations lie between -90 and 90 degrees")


def _require_columns(point: exp.Expr, place: tuple[str, str], advice: str) -> None:
    if _columns(_coordinates(point, advice)) != _folded(place):
        raise PlaceError(f"asks for places that are not {' and '.join(place)}; {advice}")


def _coordinates(point: exp.Expr, advice: str) -> list[exp.Expr]:
    if is_call(point, "POINT") and len(arguments := without_frame(point)) == 2:
        return arguments
    raise PlaceError(f"has something else than POINT(longitude, latitude) where a position is due; {advice}")


def _columns(nodes: Sequence[exp.Expr]) -> list[str]:
    return [node.name.casefold() if isinstance(node, exp.Column) else "" for node in nodes]


def _folded(place: tuple[str, str]) -> list[str]:
    return [name.casefold() for name in place]


def _numbers(nodes: Sequence[exp.Expr], advice: str) -> list[float]:
    numbers = [number_of(node) for node in nodes]
    found = [number for number in numbers if number is not None and math.isfinite(number)]
    if len(found) < len(numbers):
        raise PlaceError(f"has a region that is not made of numbers; {advice}")
    return found
