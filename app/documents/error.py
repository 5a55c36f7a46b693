"""The DALI error document: a VOTable that says why there is no table."""

from xml.etree.ElementTree import Element, SubElement

from app.documents.markup import add_text, legal_text, serialize

__all__ = ["VOTABLE_MEDIA_TYPE", "error_document"]

VOTABLE_MEDIA_TYPE = "application/x-votable+xml"


def error_document(message: str) -> bytes:
    """Write a message where VO clients look for it.

    STILTS reads the INFO inside ``RESOURCE[@type='results']`` only, astroquery the INFO with the ``ID`` only.
    """
    root = Element("VOTABLE", {"version": "1.4", "xmlns": "http://www.ivoa.net/xml/VOTable/v1.3"})
    resource = SubElement(root, "RESOURCE", {"type": "results"})
    add_text(resource, "INFO", legal_text(message), ID="QUERY_STATUS", name="QUERY_STATUS", value="ERROR")
    return serialize(root)
