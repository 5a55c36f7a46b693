"""Magnitudes, ratios and states are those of the definitions."""

import math

import numpy as np
import pyarrow as pa
import pytest
from astropy import units
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.builders import an_entry
from trainingset.corrections import Corrections
from trainingset.derived import derived_columns, state_columns
from trainingset.photometry import (
    ab_magnitudes,
    dereddened_magnitudes,
    derive,
    detection_states,
    magnitude_errors,
    signal_to_noise,
)
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import BandNumbers

fluxes = st.one_of(st.floats(1e-3, 1e9), st.floats(-1e9, 0), st.just(math.nan), st.just(math.inf))
errors = st.one_of(st.floats(1e-3, 1e6), st.just(0.0), st.just(math.nan))


@given(flux=st.floats(1e-3, 1e9), unit=st.sampled_from(["nJy", "uJy", "mJy", "Jy"]))
def test_magnitudes_are_the_ab_magnitudes_of_astropy(flux: float, unit: str) -> None:
    ours = ab_magnitudes(np.array([flux]), unit=unit)[0]
    # LSST's zero point of 31.4 is rounded by 0.07 millimagnitudes.
    assert ours == pytest.approx((flux * units.Unit(unit)).to_value(units.ABmag), abs=1e-4)


@pytest.mark.parametrize("flux", [0.0, -1.0, math.nan, math.inf])
def test_a_flux_that_is_not_positive_has_no_magnitude(flux: float) -> None:
    assert np.isnan(ab_magnitudes(np.array([flux]), unit="nJy")[0])
    assert np.isnan(magnitude_errors(np.array([flux]), np.array([1.0]))[0])


def test_one_nanojansky_has_magnitude_31_4() -> None:
    assert ab_magnitudes(np.array([1.0, 3631e9]), unit="nJy").tolist() == pytest.approx([31.4, 0.0], abs=1e-4)


@given(flux=st.floats(1, 1e6), fraction=st.floats(1e-4, 0.01))
def test_magnitude_errors_are_the_change_by_one_sigma(flux: float, fraction: float) -> None:
    here, brighter = ab_magnitudes(np.array([flux, flux * (1 + fraction)]), unit="nJy")
    assert magnitude_errors(np.array([flux]), np.array([flux * fraction]))[0] == pytest.approx(
        here - brighter, rel=0.01, abs=1e-6
    )


@given(flux=fluxes, error=errors, limit=st.sampled_from([3.0, 5.0]))
def test_states_tell_not_observed_from_not_detected(flux: float, error: float, limit: float) -> None:
    state = detection_states(np.array([flux]), np.array([error]), detection_snr=limit)[0].as_py()
    if not math.isfinite(flux):
        assert state == "not_observed"
    elif flux > 0 and error > 0 and flux / error >= limit:
        assert state == "detected"
    else:
        assert state == "not_detected"


@given(flux=fluxes, error=errors)
def test_a_ratio_needs_a_flux_and_a_positive_error(flux: float, error: float) -> None:
    ratio = signal_to_noise(np.array([flux]), np.array([error]))[0]
    if math.isfinite(flux) and error > 0:
        assert ratio == flux / error
    else:
        assert math.isnan(ratio)


def test_dust_is_taken_off_by_the_published_relation() -> None:
    # Fluxes above the dust are f * 10**(0.4 * A); an object of 1000 nJy behind E(B-V) = 0.25 in u, A = 4.81 * 0.25.
    seen = ab_magnitudes(np.array([1000.0]), unit="nJy")
    without_dust = ab_magnitudes(np.array([1000.0 * 10 ** (0.4 * 4.81 * 0.25)]), unit="nJy")
    corrected = dereddened_magnitudes(seen, np.array([0.25]), coefficient=4.81)
    assert corrected == pytest.approx(without_dust, abs=1e-8)
    assert corrected == pytest.approx([23.9 - 1.2025], abs=1e-9)


@pytest.mark.parametrize("ebv", [math.nan, math.inf, -math.inf])
def test_unknown_dust_is_no_magnitude(ebv: float) -> None:
    assert np.isnan(dereddened_magnitudes(np.array([20.0]), np.array([ebv]), coefficient=3.1)[0])


def test_corrected_columns_are_those_of_the_hand_and_null_without_flux_or_dust() -> None:
    zero_points = BandNumbers(values={"g": 0.5, "r": 0.0, "i": 0.023}, source="Notes")
    entry = an_entry(ebv_column="ebv", zero_points=zero_points)
    recipe = CrossmatchRecipe(catalog="c", redshifts="mine", dereddening="sf11", zero_points="release")
    objects = pa.table(
        {
            "i_psfFlux": pa.array([100.0, 100.0, 100.0, -5.0], pa.float32()),
            "i_psfFluxErr": pa.array([10.0, 10.0, 10.0, 1.0], pa.float32()),
            "ebv": pa.array([0.125, None, math.nan, 0.1], pa.float32()),
        }
    )
    columns = derived_columns(
        entry, ("psf",), available=objects.column_names, corrections=Corrections.of(recipe, entry)
    )
    values = {column.name: derive(column, objects, entry).to_pylist() for column in columns}
    assert values["i_psfMag"] == [26.377, 26.377, 26.377, None]
    assert values["i_psfMag_dered"] == [pytest.approx(26.377 - 1.684 * 0.125, abs=1e-9), None, None, None]
    assert values["i_psfMagErr"][:3] == [pytest.approx(0.10857, abs=1e-5)] * 3
    assert values["i_psfSNR"][:3] == [10, 10, 10]


def test_derived_columns_are_null_where_nothing_is_defined() -> None:
    entry = an_entry()
    objects = pa.table(
        {
            "i_psfFlux": pa.array([100.0, None, math.nan, -5.0], pa.float32()),
            "i_psfFluxErr": pa.array([10.0, 1.0, 1.0, 1.0], pa.float32()),
        }
    )
    available = objects.column_names
    columns = [
        *derived_columns(entry, ("psf",), available=available),
        *state_columns(entry, "psf", available=available),
    ]
    values = {column.name: derive(column, objects, entry).to_pylist() for column in columns}
    assert values["i_psfMag"] == [26.4, None, None, None]
    assert values["i_psfMagErr"] == [pytest.approx(0.10857, abs=1e-5), None, None, None]
    assert values["i_psfSNR"] == [10, None, None, -5]
    assert values["i_state"] == ["detected", "not_observed", "not_observed", "not_detected"]
