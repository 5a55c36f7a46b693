"""Names the units of a split: what goes to one subset as a whole, which is one sky object at least.

A unit larger than a sky object (a pixel, a survey, a field) gets each sky object whole, by the row with its smallest
key. Joining objects through the borders of pixels instead would chain the whole sky into one unit.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import TypeVar, assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.separation import FloatArray, separations_arcsec, unit_vectors
from trainingset.recipe import SplitBy
from trainingset.registry import SkyField
from trainingset.split import leading_rows

__all__ = ["healpix_pixels", "name_units", "names_of_fields", "unit_names"]

IntArray = npt.NDArray[np.int64]
Given = TypeVar("Given")

_FIELD = "field:"
"""Starts the name of a unit that is a field."""


def unit_names(
    keys: Sequence[str] | pa.Array,
    objects: IntArray,
    by: SplitBy = SplitBy.OBJECT,
    *,
    places: SkyPositions | None = None,
    surveys: Sequence[str | None] | pa.Array | None = None,
    fields: Mapping[str, SkyField] = MappingProxyType({}),
    order: int = 7,
) -> pa.Array:
    """Name the unit of each row, for `trainingset.split.assign_subsets`.

    Parameters
    ----------
    keys
        Stable key of each row's redshift, shape (n,).
    objects
        Sky object of each row, as `trainingset.split.find_units` gives it, shape (n,).
    by
        What stays together besides the rows of one sky object.
    places
        Position of each row's redshift; needed by sky and field.
    surveys
        Survey of each row's redshift, null or blank for none, shape (n,); needed by survey. Case makes no difference.
    fields
        Fields by name, needed by field. Where they overlap the one with the nearest centre wins.
    order
        HEALPix order of the pixels of sky, and of those that take the place of fields outside of all.

    Returns
    -------
    pa.Array
        Names, shape (n,): the smallest key of a sky object, ``sky:7:12345``, ``survey:desi`` or ``field:ECDFS``. A
        sky object without a survey stands for itself, as ``object:`` and its smallest key.

    Raises
    ------
    ValueError
        If what `by` needs is not given.
    """
    names = pa.array(keys, pa.string())
    rows, place = np.unique(leading_rows(names, objects), return_inverse=True)
    leaders = names.take(pa.array(rows))
    match by:
        case SplitBy.OBJECT:
            named = leaders
        case SplitBy.SKY:
            named = _pixel_names(_given(places, "places", by).take(rows), order)
        case SplitBy.SURVEY:
            texts = pa.array(_given(surveys, "surveys", by), pa.string()).take(pa.array(rows))
            named = pc.coalesce(_survey_names(texts), _after("object:", leaders))
        case SplitBy.FIELD:
            there = _given(places, "places", by).take(rows)
            named = pc.coalesce(_after(_FIELD, names_of_fields(there, fields)), _pixel_names(there, order))
        case _:
            assert_never(by)
    return named.take(pa.array(place))


def name_units(names: pa.Array, by: SplitBy, order: int) -> bool:
    """Whether these are names that `unit_names` gives for such a split; null says nothing."""
    starts = {
        SplitBy.SKY: (f"sky:{order}:",),
        SplitBy.SURVEY: ("survey:", "object:"),
        SplitBy.FIELD: (_FIELD, f"sky:{order}:"),
    }
    if by is SplitBy.OBJECT:
        return not any(_all_start(names, named) for named in (*starts.values(), ("sky:",)))
    return _all_start(names, starts[by])


def _all_start(names: pa.Array, starts: Sequence[str]) -> bool:
    known = [pc.starts_with(names, start) for start in starts]
    return pc.all(reduce(pc.or_, known)).as_py() is not False


def healpix_pixels(places: SkyPositions, order: int) -> IntArray:
    """NESTED HEALPix pixel of each place, shape (n,)."""
    longitude, latitude = Longitude(places.ra, unit="deg"), Latitude(places.dec, unit="deg")
    pixels: IntArray = lonlat_to_healpix(longitude, latitude, order).astype(np.int64)
    return pixels


def names_of_fields(places: SkyPositions, fields: Mapping[str, SkyField]) -> pa.Array:
    """Field of each place, the one with the nearest centre where several overlap; null outside of all, shape (n,)."""
    names = sorted(fields)
    vectors = unit_vectors(places.ra, places.dec)
    nearest = np.full(len(places), np.inf)
    number = np.full(len(places), -1)
    for candidate, field in enumerate(fields[name] for name in names):
        near = np.flatnonzero(vectors @ unit_vectors(*_centre(field)) >= _cosine_below(field.radius_deg))
        distance = separations_arcsec(places.ra[near], places.dec[near], *_centre(field))
        is_nearer = (distance <= field.radius_deg * 3600) & (distance < nearest[near])
        nearest[near[is_nearer]], number[near[is_nearer]] = distance[is_nearer], candidate
    return pa.array(names, pa.string()).take(pa.array(number, mask=number < 0))


def _centre(field: SkyField) -> tuple[FloatArray, FloatArray]:
    return np.array(field.ra), np.array(field.dec)


def _cosine_below(radius_deg: float) -> float:
    """A number that the cosine of no smaller angle is below, however it is rounded."""
    return float(np.cos(np.radians(radius_deg))) - 1e-12


def _given(values: Given | None, name: str, by: SplitBy) -> Given:
    if values is None:
        raise ValueError(f"a split by {by} needs {name}")
    return values


def _pixel_names(places: SkyPositions, order: int) -> pa.Array:
    return _after(f"sky:{order}:", pa.array(healpix_pixels(places, order)).cast(pa.string()))


def _survey_names(surveys: pa.Array) -> pa.Array:
    """Names that do not depend on case or on spaces around; null for none."""
    encoded = surveys.dictionary_encode()
    folded = [name.strip().casefold() for name in encoded.dictionary.to_pylist()]
    texts = pa.array([f"survey:{name}" if name else None for name in folded], pa.string())
    return texts.take(encoded.indices)


def _after(start: str, texts: pa.Array) -> pa.Array:
    """The texts with a start; null stays null."""
    return pc.binary_join_element_wise(pa.scalar(start), texts, "")
