"""The record in the words of W3C PROV, and as a page for people."""

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.trainingset.provenance_test import a_record
from trainingset.provenance import InputUsed, Provenance
from trainingset.provenance_html import provenance_html
from trainingset.provenance_prov import prov_document

HOSTILE = '"><script>alert(1)</script>&'

RELATIONS = {
    "used": {"prov:activity": "activity", "prov:entity": "entity"},
    "wasGeneratedBy": {"prov:entity": "entity", "prov:activity": "activity"},
    "wasAssociatedWith": {"prov:activity": "activity", "prov:agent": "agent", "prov:plan": "entity"},
    "wasDerivedFrom": {"prov:generatedEntity": "entity", "prov:usedEntity": "entity"},
    "specializationOf": {"prov:specificEntity": "entity", "prov:generalEntity": "entity"},
}
"""Arguments of each relation and what they name, as in the PROV-JSON member submission."""


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def a_query() -> Provenance:
    return a_record(kind="query", catalogs=(), facts={"owner": "rosa", "start_time": "2026-07-01T10:00:00+00:00"})


@pytest.mark.parametrize("record", [a_record(), a_query()])
def test_relations_of_prov_name_only_what_the_document_declares(record: Provenance) -> None:
    document: dict[str, Any] = prov_document(record)

    assert set(document) == {"prefix", "entity", "activity", "agent", *RELATIONS}
    for relation, arguments in RELATIONS.items():
        for told in document[relation].values():
            assert set(told) == set(arguments)
            assert [name for role, name in told.items() if name not in document[arguments[role]]] == []
    prefixes = {"prov", *document["prefix"]}
    elements = [item for kind in ("entity", "activity", "agent") for item in document[kind].items()]
    assert {text.partition(":")[0] for name, told in elements for text in (name, *told)} <= prefixes


def test_prov_holds_checksums_versions_times_and_recipe() -> None:
    document: dict[str, Any] = prov_document(a_query())

    assert document["entity"]["tsm:input1"]["tsm:sha256"] == "ab" * 32
    assert document["entity"]["tsm:recipe"]["tsm:radius_arcsec"] == "0.75"
    assert document["entity"]["tsm:rows"]["tsm:row_checksum"] == a_record().row_checksum
    assert document["activity"]["tsm:run"]["prov:startTime"] == "2026-07-01T10:00:00+00:00"
    assert document["agent"]["tsm:owner"]["prov:label"] == "rosa"
    versions = {told["prov:label"]: told.get("tsm:version") for told in document["agent"].values()}
    assert versions["numpy"] == a_record().software["numpy"]
    assert json.loads(json.dumps(document)) == document


def test_the_page_tells_what_the_record_tells() -> None:
    record = a_record(notes=("Three rows are odd.",), rows_by_subset={"train": 60})
    text = Page(provenance_html(record)).text

    for told in (record.row_checksum, "Núñez.fits", "mock.object", "radius_arcsec", "VVDS", "train", *record.notes):
        assert told in text


def test_the_page_needs_no_network_and_what_came_from_outside_stays_text() -> None:
    used = InputUsed(source=HOSTILE, name=HOSTILE, sha256="ab" * 32, size=1, rows=1, roles={HOSTILE: HOSTILE})
    names: dict[str, Any] = {"rows_by_survey": {HOSTILE: 1}, "facts": {HOSTILE: HOSTILE}, "notes": (HOSTILE,)}
    page = Page(provenance_html(a_record(inputs=(used,), **names)))

    assert not page.tags & {"script", "link", "img", "iframe", "a", "form"}
    assert page.attributes <= {"lang", "charset", "scope"}
    assert HOSTILE in page.text
