"""XML on the wire: which text XML can hold, and how a tree becomes bytes.

Elements are built with their literal prefixes (``uws:job``, ``xlink:href``): pyvo reads ``xlink:href`` by that
spelling, and `xml.etree` would otherwise choose prefixes of its own.
"""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

__all__ = ["add_text", "is_xml_text", "legal_text", "serialize"]

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml_text(text: str) -> bool:
    """Whether XML 1.0 can hold this text at all; most control characters it cannot, not even escaped."""
    return _ILLEGAL.search(text) is None


def legal_text(text: str) -> str:
    """The text with U+FFFD for each character that XML cannot hold, for messages that quote what a user sent."""
    return _ILLEGAL.sub("\ufffd", text)


def add_text(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    """Append an element that holds text."""
    child = SubElement(parent, tag, attributes)
    child.text = text
    return child


def serialize(root: Element) -> bytes:
    """Write a document in UTF-8 with its declaration."""
    document: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    # A parser turns a bare carriage return into a line feed; only the reference brings it through.
    return document.replace(b"\r", b"&#13;")
