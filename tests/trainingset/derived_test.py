"""Names of derived columns and the fluxes they come from."""

from tests.trainingset.builders import an_entry
from trainingset.columns import ColumnType
from trainingset.corrections import Corrections
from trainingset.derived import Quantity, derived_columns, state_columns
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import BandNumbers, CatalogEntry


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


def a_corrected_entry() -> CatalogEntry:
    zero_points = BandNumbers(values={"g": 0.023, "r": 0.0, "i": -0.011}, source="Release notes")
    return an_entry(ebv_column="ebv", zero_points=zero_points, band_ucds={"g": "em.opt.B"})


def corrections(entry: CatalogEntry, **asked: str) -> Corrections:
    return Corrections.of(CrossmatchRecipe(catalog="c", redshifts="mine", **asked), entry)


def test_dereddened_magnitudes_stand_beside_the_others_and_tell_their_coefficient_and_source():
    entry = a_corrected_entry()
    columns = {
        column.name: column
        for column in derived_columns(entry, ("psf",), corrections=corrections(entry, dereddening="sf11"))
    }

    assert list(columns)[:4] == ["g_psfMag", "g_psfMagErr", "g_psfMag_dered", "g_psfSNR"]
    dereddened = columns["g_psfMag_dered"]
    assert dereddened.sources == ("g_psfFlux", "g_psfFluxErr", "ebv")
    assert (dereddened.description.unit, dereddened.description.ucd) == ("mag", "phot.mag;em.opt.B")
    assert "3.237 times ebv" in dereddened.description.description
    assert "Schlafly and Finkbeiner (2011" in dereddened.description.description
    assert "R_V = 3.1" in dereddened.description.description
    assert columns["g_psfMag"] == derived_columns(entry, ("psf",))[0]


def test_magnitudes_tell_the_offset_that_was_taken_off_them():
    entry = a_corrected_entry()
    columns = derived_columns(entry, ("psf",), corrections=corrections(entry, zero_points="release"))
    texts = {column.name: column.description.description or "" for column in columns}

    assert "less the zero-point offset of +0.023 mag (Release notes)" in texts["g_psfMag"]
    assert "offset" not in texts["r_psfMag"]
    assert "offset of -0.011 mag" in texts["i_psfMag"]
    assert "offset" not in texts["i_psfMagErr"]
