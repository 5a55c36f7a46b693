"""Surveys: data that is complete, consistent and found by name and by VizieR catalog."""

import re

import pytest

from trainingset.registry import Citation
from trainingset.specz.survey import InstrumentType, cited_surveys, find_survey, load_surveys, survey_of_vizier

REFERENCES = [reference for survey in load_surveys() for reference in survey.references]


def test_every_survey_of_the_compilations_is_known_once():
    names = [survey.name.casefold() for survey in load_surveys()]

    assert len(names) == 40
    assert names == sorted(set(names))


def test_every_survey_has_something_to_cite():
    assert [survey.name for survey in load_surveys() if not survey.references] == []


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.text)
def test_a_reference_agrees_with_itself(reference: Citation):
    year = re.search(r"(?<!arXiv:)\b(?:19|20)\d\d\b(?!\.)", reference.text)
    if reference.bibcode is not None:
        assert year is not None
        assert re.fullmatch(rf"{year[0]}[A-Za-z&.]{{5}}[\d.]{{4}}[A-Z.][\d.]{{4}}[A-Z]", reference.bibcode)
    if reference.bibtex is not None:
        assert reference.bibtex.count("{") == reference.bibtex.count("}")
        assert all(f"{{{value}}}" in reference.bibtex for value in (reference.doi, year and year[0]) if value)
    if "arXiv:" in reference.text:
        assert reference.doi == f"10.48550/arXiv.{reference.text.rpartition('arXiv:')[2]}"


def test_names_are_found_in_any_case_of_letters():
    survey = find_survey(" cosmos_web ")

    assert survey is not None
    assert (survey.name, survey.instrument_types) == ("COSMOS_Web", (InstrumentType.PHOTOMETRIC,))
    assert find_survey("nothing") is None


@pytest.mark.parametrize(
    ("catalog", "name"),
    [
        ("J/ApJS/199/26", "2MRS"),
        ("J/ApJS/199/26/table3", "2MRS"),
        ("VII/259", "6DFGS"),
        ("j/a+a/609/a84", "VIPERS_PDR2"),
        ("J/ApJS/199/2", None),
        ("J/ApJS/199/261", None),
        ("", None),
    ],
)
def test_vizier_catalogs_tell_their_survey(catalog: str, name: str | None):
    survey = survey_of_vizier(catalog)

    assert (survey.name if survey is not None else None) == name


def test_no_vizier_catalog_belongs_to_two_surveys():
    catalogs = [catalog for survey in load_surveys() for catalog in survey.vizier]

    assert len(catalogs) == len(set(catalogs))


def test_surveys_are_recognised_once_among_names_and_unknown_ones_are_left_out():
    assert [survey.name for survey in cited_surveys(["VVDS", "mine", "vvds", "ZCOSMOS"])] == ["VVDS", "ZCOSMOS"]
