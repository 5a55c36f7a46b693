import io

import pytest
from astropy.io.votable import parse
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pyvo.dal import DALQueryError
from pyvo.dal.query import DALResults

from app.documents.error import error_document
from tests.shared_data import xml_schema

VOTABLE = {"vot": "http://www.ivoa.net/xml/VOTable/v1.3"}


def test_error_document_is_a_valid_votable():
    xml_schema("VOTable.v1.4.xsd").assertValid(etree.fromstring(error_document("RADIUS: 9 < 10 & more")))


def test_message_is_where_stilts_and_astroquery_look():
    root = etree.fromstring(error_document("RADIUS: 9 < 10 & more"))

    (info,) = root.findall("vot:RESOURCE[@type='results']/vot:INFO[@name='QUERY_STATUS']", VOTABLE)
    assert (info.get("value"), info.get("ID"), info.text) == ("ERROR", "QUERY_STATUS", "RADIUS: 9 < 10 & more")


def test_pyvo_raises_the_message():
    table = parse(io.BytesIO(error_document("RADIUS: 9 is too large")))

    with pytest.raises(DALQueryError, match="RADIUS: 9 is too large"):
        DALResults(table)


@given(message=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_message_makes_a_document_that_parsers_read(message):
    info = etree.fromstring(error_document(message)).find(".//vot:INFO", VOTABLE)

    assert len(info.text or "") == len(message)
