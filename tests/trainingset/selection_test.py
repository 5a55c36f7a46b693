"""A constraint on objects reads what it needs, computes what is derived, and keeps what is true."""

import math

import pyarrow as pa
import pytest

from tests.trainingset.builders import a_card, an_entry
from trainingset.corrections import Corrections
from trainingset.errors import RecipeError
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import BandNumbers
from trainingset.selection import ObjectConstraint

OBJECTS = pa.table(
    {
        "tract": [1, 2, 3, 4],
        "i_psfFlux": pa.array([1000.0, 10.0, None, math.nan], pa.float32()),
        "i_psfFluxErr": pa.array([10.0, 10.0, 10.0, 10.0], pa.float32()),
    }
)


def holds(text: str, *kinds: str) -> list[bool]:
    constraint = ObjectConstraint.read(text, a_card(), kinds or ("psf",))
    return constraint.holds(OBJECTS.select(list(constraint.columns))).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tract > 2", [False, False, True, True]),
        ("i_psfSNR >= 100", [True, False, False, False]),
        ("i_psfMag < 25", [True, False, False, False]),
        ("i_state = 'not_detected'", [False, True, False, False]),
        ("i_psfFlux IS NULL", [False, False, True, True]),
        ("i_psfMag IS NULL AND tract < 4", [False, False, True, False]),
        ("NOT i_psfSNR > 5", [False, True, False, False]),
    ],
)
def test_a_constraint_is_true_where_it_should_be(text: str, expected: list[bool]) -> None:
    assert holds(text) == expected


def test_only_what_the_constraint_names_is_read() -> None:
    constraint = ObjectConstraint.read("i_gaap1p0Mag - i_psfMag > 0.1 AND tract = 1", a_card(), ("psf",))
    expected = {"tract", "i_gaap1p0Flux", "i_gaap1p0FluxErr", "i_psfFlux", "i_psfFluxErr"}
    assert set(constraint.columns) == expected


def test_a_constraint_on_magnitudes_means_the_corrected_ones() -> None:
    zero_points = BandNumbers(values={"g": 0.0, "r": 0.0, "i": 0.5}, source="Notes")
    entry = an_entry(ebv_column="ebv", zero_points=zero_points, default_columns=("tract", "ebv"))
    recipe = CrossmatchRecipe(catalog="c", redshifts="mine", dereddening="rail", zero_points="release")
    objects = OBJECTS.append_column("ebv", pa.array([0.1, 0.1, 0.1, 0.1]))

    def holds_corrected(text: str) -> list[bool]:
        constraint = ObjectConstraint.read(text, a_card(entry), ("psf",), Corrections.of(recipe, entry))
        return constraint.holds(objects.select(list(constraint.columns))).tolist()

    # 1000 nJy are 23.9 mag, 23.4 without the offset and 23.194 without the dust.
    assert holds_corrected("i_psfMag < 23.39") == [False] * 4
    assert holds_corrected("i_psfMag < 23.41") == [True, False, False, False]
    assert holds_corrected("i_psfMag_dered < 23.195") == [True, False, False, False]
    assert holds_corrected("i_psfMag_dered < 23.193") == [False] * 4


def test_states_are_those_of_the_first_flux_kind() -> None:
    columns = [
        ObjectConstraint.read("i_state = 'detected'", a_card(), kinds).columns
        for kinds in (("psf", "gaap1p0"), ("gaap1p0", "psf"))
    ]
    assert columns == [("i_psfFlux", "i_psfFluxErr"), ("i_gaap1p0Flux", "i_gaap1p0FluxErr")]


def test_a_column_that_does_not_exist_is_a_problem() -> None:
    with pytest.raises(RecipeError, match="i_psfMagg"):
        ObjectConstraint.read("i_psfMagg < 25", a_card(), ("psf",))
