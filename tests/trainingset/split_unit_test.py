"""Whole pixels, surveys and fields go to one subset, and never less than one sky object."""

from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from astropy.coordinates import angular_separation
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import positions
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.recipe import SplitBy
from trainingset.registry import SkyField
from trainingset.split import assign_subsets, find_units
from trainingset.split_unit import healpix_pixels, name_units, names_of_fields, unit_names

FRACTIONS = {"train": 0.6, "validation": 0.2, "test": 0.2}
FIELDS = {
    "East": SkyField(ra=150.4, dec=2.0, radius_deg=0.5),
    "West": SkyField(ra=149.8, dec=2.0, radius_deg=0.5),
    "Pole": SkyField(ra=0.0, dec=90.0, radius_deg=1.0),
}
SURVEYS = ["DESI", "desi", "VVDS", "", None]

ways = st.sampled_from(list(SplitBy))
places_of_rows = st.tuples(st.floats(0, 360, exclude_max=True), st.floats(-90, 90))
samples = st.lists(
    st.tuples(
        st.integers(0, 8),  # redshift
        st.integers(0, 8),  # object
        st.integers(-1, 3),  # group
        st.integers(0, 30),  # place of the object, tenths of an arcsecond along a border of pixels
    ),
    min_size=1,
    max_size=20,
)


def sides_of(rows: list[tuple[int, int, int, int]], by: SplitBy, *, exact: bool = False, seed: int = 1) -> list[str]:
    """Split rows of redshifts that lie on both sides of a pixel border and of a field's edge."""
    redshift, obj, groups, tenths = (np.array(column) for column in zip(*rows, strict=True))
    objects = find_units(
        redshift, obj, places=positions(150.3 + tenths * 0.1 / 3600, np.zeros(len(rows))), groups=groups
    )
    names = unit_names(
        [f"s:{number}" for number in redshift],
        objects,
        by,
        places=positions(149.0 + 0.35 * redshift, np.full(len(rows), 2.0)),
        surveys=[SURVEYS[number % 5] for number in redshift],
        fields=FIELDS,
        order=8,
    )
    return assign_subsets(names, FRACTIONS, seed=seed, exact=exact).to_pylist()


@given(rows=samples, by=ways, exact=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_no_sky_object_is_parted(rows: list[tuple[int, int, int, int]], by: SplitBy, exact: bool, seed: int) -> None:
    sides = sides_of(rows, by, exact=exact, seed=seed)
    for first, one in zip(rows, sides, strict=True):
        for second, other in zip(rows, sides, strict=True):
            is_one_object = (
                first[0] == second[0]
                or first[1] == second[1]
                or first[2] == second[2] >= 0
                or abs(first[3] - second[3]) < 5
            )
            assert not is_one_object or one == other


@given(rows=samples, by=ways, data=st.data(), exact=st.booleans())
def test_shuffled_rows_have_the_same_sides(
    rows: list[tuple[int, int, int, int]], by: SplitBy, data: st.DataObject, exact: bool
) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    sides = sides_of(rows, by, exact=exact)
    assert sides_of([rows[row] for row in order], by, exact=exact) == [sides[row] for row in order]


@given(rows=samples, by=ways, others=st.lists(st.integers(100, 130), max_size=10))
def test_unrelated_rows_move_nobody(rows: list[tuple[int, int, int, int]], by: SplitBy, others: list[int]) -> None:
    unrelated = [(number, number, -1, 100 * number) for number in others]
    assert sides_of(rows + unrelated, by)[: len(rows)] == sides_of(rows, by)


@given(numbers=st.lists(st.integers(0, 40), min_size=1, max_size=60), by=ways, seed=st.integers(0, 2**32 - 1))
def test_exact_proportions_are_within_one_unit(numbers: list[int], by: SplitBy, seed: int) -> None:
    numbers = sorted(set(numbers))
    names = unit_names(
        [f"s:{number}" for number in numbers],
        np.arange(len(numbers)),
        by,
        places=positions(np.array(numbers) * 0.3 + 145, np.full(len(numbers), 2.0)),
        surveys=[f"survey{number // 3}" for number in numbers],
        fields=FIELDS,
    )
    sides = assign_subsets(names, FRACTIONS, seed=seed, exact=True).to_pylist()
    of_unit = dict(zip(names.to_pylist(), sides, strict=True))
    counts = Counter(of_unit.values())
    assert all(abs(counts[name] - share * len(of_unit)) < 1 + 1e-9 for name, share in FRACTIONS.items())


def nested_pixel(ra: float, dec: float, order: int) -> int:
    """The pixel by the definition of HEALPix (Gorski et al. 2005, ApJ 622, 759), for places off the borders."""
    z, turn, nside = np.sin(np.radians(dec)), ra / 90, 2**order
    if abs(z) <= 2 / 3:
        ascending, descending = (int(nside * (0.5 + turn + sign * 0.75 * z)) for sign in (-1, 1))
        up, down = ascending // nside, descending // nside
        face = up % 4 + 4 if up == down else up % 4 if up < down else down % 4 + 8
        x, y = descending % nside, nside - ascending % nside - 1
    else:
        quarter, within = int(turn), turn % 1
        scale = nside * np.sqrt(3 * (1 - abs(z)))
        right, left = (min(int(part * scale), nside - 1) for part in (within, 1 - within))
        face = quarter if z > 0 else quarter + 8
        x, y = (nside - left - 1, nside - right - 1) if z > 0 else (right, left)
    interleaved = sum(((x >> bit & 1) << 2 * bit) | ((y >> bit & 1) << 2 * bit + 1) for bit in range(order))
    return face * nside**2 + interleaved


@given(st.lists(places_of_rows, min_size=1, max_size=20), st.integers(0, 12))
def test_pixels_are_those_of_the_definition_of_healpix(places: list[tuple[float, float]], order: int) -> None:
    # Away from borders, where rounding decides.
    ra, dec = (np.round(values, 3) % 360 + 0.0001234 for values in np.array(places).T)
    dec = np.where(dec > 180, dec - 360, dec).clip(-89.9, 89.9)
    expected = [nested_pixel(*place, order) for place in zip(ra, dec, strict=True)]
    assert healpix_pixels(positions(ra, dec), order).tolist() == expected


def test_a_sky_object_across_a_border_of_pixels_goes_with_its_smallest_key() -> None:
    places = positions([44.9999, 45.0001, 45.1], [0.0, 0.0, 0.0])
    pixels = healpix_pixels(places, 7)
    assert pixels[0] != pixels[1]
    names = unit_names(["s:2", "s:1", "s:3"], np.array([0, 0, 1]), SplitBy.SKY, places=places)
    assert names.to_pylist()[:2] == [f"sky:7:{pixels[1]}"] * 2


def test_surveys_go_whole_whatever_their_case_and_rows_without_one_stand_for_themselves() -> None:
    surveys = ["DESI", " desi ", "Straße", "STRASSE", "", None]
    keys = [f"s:{number}" for number in range(6)]
    names = unit_names(keys, np.arange(6), SplitBy.SURVEY, surveys=surveys).to_pylist()
    assert names == ["survey:desi", "survey:desi", "survey:strasse", "survey:strasse", "object:s:4", "object:s:5"]


@given(st.lists(st.tuples(st.floats(149, 151.2), st.floats(1.2, 2.8)), min_size=1, max_size=20))
def test_the_nearest_of_overlapping_fields_wins_and_pixels_are_outside_of_all(
    places: list[tuple[float, float]],
) -> None:
    ra, dec = np.array(places).T

    def distance(field: SkyField) -> npt.NDArray[np.float64]:
        return np.degrees(angular_separation(*np.radians([ra, dec]), *np.radians([field.ra, field.dec])))

    east, west = distance(FIELDS["East"]), distance(FIELDS["West"])
    expected = np.where(np.minimum(east, west) > 0.5, "", np.where(east < west, "East", "West"))
    assert names_of_fields(positions(ra, dec), FIELDS).fill_null("").to_pylist() == expected.tolist()
    names = unit_names(
        [f"s:{row}" for row in range(len(ra))],
        np.arange(len(ra)),
        SplitBy.FIELD,
        places=positions(ra, dec),
        fields=FIELDS,
    )
    assert [name.startswith("sky:7:") for name in names.to_pylist()] == (expected == "").tolist()
    assert [name.removeprefix("field:") for name in names.to_pylist() if name.startswith("field:")] == [
        name for name in expected if name
    ]


def test_a_field_around_a_pole_holds_every_right_ascension() -> None:
    around = positions(np.arange(0, 360, 30.0), np.full(12, 89.5))
    assert set(names_of_fields(around, FIELDS).to_pylist()) == {"Pole"}


@pytest.mark.parametrize("by", list(SplitBy))
def test_no_rows_have_no_units(by: SplitBy) -> None:
    nobody = SkyPositions(np.empty(0), np.empty(0))
    names = unit_names([], np.empty(0, np.int64), by, places=nobody, surveys=[], fields=FIELDS)
    assert names.equals(pa.array([], pa.string()))
    assert assign_subsets(names, FRACTIONS).equals(pa.array([], pa.string()))


@pytest.mark.parametrize(("by", "needed"), [("sky", "places"), ("survey", "surveys"), ("field", "places")])
def test_what_a_way_of_splitting_needs_must_be_given(by: str, needed: str) -> None:
    with pytest.raises(ValueError, match=f"a split by {by} needs {needed}"):
        unit_names(["s:1"], np.array([0]), SplitBy(by))


@pytest.mark.parametrize("by", list(SplitBy))
def test_names_of_units_tell_what_they_were_made_for(by: SplitBy) -> None:
    names = unit_names(
        ["DESI:1", "DESI:2", ":J150.1+2.2"],
        np.arange(3),
        by,
        places=positions([FIELDS["East"].ra, 20.0, 300.0], [FIELDS["East"].dec, 2.0, -80.0]),
        surveys=["DESI", "desi", None],
        fields=FIELDS,
        order=6,
    )
    fitting = {other for other in SplitBy if name_units(names, other, 6)}
    # Outside of all fields both kinds of unit are pixels.
    assert fitting == ({by, SplitBy.FIELD} if by is SplitBy.SKY else {by})
    assert not name_units(names, SplitBy.SKY, 7)
