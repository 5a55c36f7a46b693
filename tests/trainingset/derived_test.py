"""Names of derived columns and the fluxes they come from."""

from tests.trainingset.builders import an_entry
from trainingset.columns import ColumnType
from trainingset.derived import Quantity, derived_columns, state_columns


def test_each_kind_has_magnitude_error_and_signal_to_noise_in_each_band():
    names = [column.name for column in derived_columns(an_entry(bands=("g", "i")), ("gaap1p0",))]

    assert names == [
        "g_gaap1p0Mag",
        "g_gaap1p0MagErr",
        "g_gaap1p0SNR",
        "i_gaap1p0Mag",
        "i_gaap1p0MagErr",
        "i_gaap1p0SNR",
    ]


def test_derived_column_knows_flux_and_error_it_comes_from():
    column = next(column for column in derived_columns(an_entry(), ("psf",)) if column.name == "r_psfSNR")

    assert column.sources == ("r_psfFlux", "r_psfFluxErr")
    assert (column.quantity, column.kind, column.band) == (Quantity.SNR, "psf", "r")


def test_bands_whose_fluxes_the_catalog_lacks_are_left_out():
    available = {"g_psfFlux", "g_psfFluxErr", "r_psfFlux"}

    assert {column.band for column in derived_columns(an_entry(), ("psf",), available=available)} == {"g"}
    assert [column.name for column in state_columns(an_entry(), "psf", available=available)] == ["g_state"]


def test_magnitudes_carry_unit_and_the_band_word_of_the_registry():
    entry = an_entry(bands=("r",), band_ucds={"r": "em.opt.R"})
    magnitude = derived_columns(entry, ("psf",))[0].description

    assert (magnitude.unit, magnitude.ucd, magnitude.datatype) == ("mag", "phot.mag;em.opt.R", ColumnType.FLOAT64)


def test_a_band_without_a_word_of_its_own_has_a_ucd_without_band():
    assert derived_columns(an_entry(bands=("w",)), ("psf",))[0].description.ucd == "phot.mag"


def test_states_are_texts_named_by_band_alone():
    states = state_columns(an_entry(), "gaap1p0")

    assert [state.name for state in states] == ["g_state", "r_state", "i_state"]
    assert {state.description.datatype for state in states} == {ColumnType.STRING}
