"""Coefficients of dust are those that were published, and the registry's word wins."""

import pytest

from tests.trainingset.builders import an_entry
from trainingset.corrections import Corrections
from trainingset.extinction import LSST_EXTINCTIONS, extinction_of
from trainingset.recipe import CrossmatchRecipe, Dereddening
from trainingset.registry import BandNumbers, Extinction

UGRIZY = ("u", "g", "r", "i", "z", "y")
OWN = Extinction(coefficients={"g": 3.186, "w": 2.0}, source="Our filter curves")


def test_coefficients_are_near_those_of_an_independent_integration_over_the_bands() -> None:
    # rubin_sim's DustValues: a flat spectrum through LSST's bands, Cardelli, Clayton and Mathis (1989), R_V = 3.1.
    rubin_sim = {"u": 4.7572, "g": 3.6606, "r": 2.7014, "i": 2.0537, "z": 1.5901, "y": 1.3077}
    assert LSST_EXTINCTIONS[Dereddening.RAIL].coefficients == pytest.approx(rubin_sim, rel=0.012)


def test_the_recalibrated_coefficients_are_those_of_schlafly_and_finkbeiner() -> None:
    # The Astrophysical Journal 737, 103 (2011), table 6, column of R_V = 3.1.
    published = {"u": 4.145, "g": 3.237, "r": 2.273, "i": 1.684, "z": 1.323, "y": 1.088}
    assert LSST_EXTINCTIONS[Dereddening.SF11].coefficients == published
    rail = LSST_EXTINCTIONS[Dereddening.RAIL].coefficients
    assert all(0.815 < published[band] / rail[band] < 0.9 for band in UGRIZY)


@pytest.mark.parametrize("dereddening", [Dereddening.RAIL, Dereddening.SF11])
def test_every_set_tells_source_map_and_r_v(dereddening: Dereddening) -> None:
    source = LSST_EXTINCTIONS[dereddening].source
    assert "R_V = 3.1" in source
    assert "Schlegel, Finkbeiner and Davis (1998" in source


def test_no_dereddening_has_no_coefficients() -> None:
    assert extinction_of(an_entry(), Dereddening.NONE) is None


def test_coefficients_are_those_of_the_catalogs_bands() -> None:
    extinction = extinction_of(an_entry(bands=("i", "g")), Dereddening.RAIL)
    assert extinction is not None
    assert extinction.coefficients == {"i": 2.06, "g": 3.64}


def test_the_registry_wins_and_lsst_fills_up_with_both_sources_told() -> None:
    entry = an_entry(bands=("g", "r", "w"), extinctions={"rail": OWN})
    extinction = extinction_of(entry, Dereddening.RAIL)
    assert extinction is not None
    assert extinction.coefficients == {"g": 3.186, "r": 2.70, "w": 2.0}
    assert extinction.source.startswith("Our filter curves; for r: RAIL's defaults")


def test_a_set_of_the_registry_for_all_bands_needs_no_other_source() -> None:
    extinction = extinction_of(an_entry(bands=("g", "w"), extinctions={"sf11": OWN}), Dereddening.SF11)
    assert extinction == OWN


def test_bands_of_another_camera_have_no_coefficients_but_its_own() -> None:
    entry = an_entry(bands=("g", "r"), has_lsst_bands=False, extinctions={"rail": OWN})
    extinction = extinction_of(entry, Dereddening.RAIL)
    assert extinction is not None
    assert extinction.coefficients == {"g": 3.186}
    assert extinction_of(entry, Dereddening.SF11) == Extinction(coefficients={}, source="")


def corrections(**changes: object) -> Corrections:
    zero_points = BandNumbers(values={"g": 0.5}, source="Notes")
    entry = an_entry(bands=("g",), ebv_column="ebv", zero_points=zero_points, **changes)
    recipe = CrossmatchRecipe(catalog="c", redshifts="mine", dereddening="rail", zero_points="release")
    return Corrections.of(recipe, entry)


def test_the_head_of_a_table_tells_set_coefficients_source_and_what_is_corrected() -> None:
    facts = corrections().facts()
    assert facts["extinction"] == "rail: g=3.64"
    assert facts["extinction_source"] == LSST_EXTINCTIONS[Dereddening.RAIL].source
    assert (facts["ebv_column"], facts["zero_point_offsets"], facts["zero_point_source"]) == ("ebv", "g=0.5", "Notes")
    assert "_dered" in facts["magnitude_corrections"]
    assert "zero-point" in facts["magnitude_corrections"]


def test_nothing_corrected_is_told_as_well() -> None:
    assert Corrections().facts() == {"magnitude_corrections": "none"}
    assert "by the catalog itself" in Corrections(is_catalog_dereddened=True).facts()["magnitude_corrections"]


def test_corrections_survive_json() -> None:
    assert Corrections.model_validate_json(corrections().model_dump_json()) == corrections()
