"""Pieces of the pages that reports are: headings, paragraphs and tables of texts that may hold anything."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from xml.etree import ElementTree as ET

__all__ = ["add_heading", "add_paragraph", "add_table", "clean_text", "html_page"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #c9d1d9; --pixel: #2563a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14181c; --line: #3a4149; --pixel: #6aa9ea; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--ink); }
.axis, .sky { stroke: var(--line); fill: none; } .pixel { fill: var(--pixel); }
table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .2rem .7rem; text-align: right; }
th:first-child, td:first-child, td.words { text-align: left; } .scroll { overflow-x: auto; }
"""


def html_page(title: str, body: ET.Element, *, style: str) -> str:
    """A whole HTML document, well-formed as XML too, that needs nothing from the network.

    Parameters
    ----------
    title
        Title of the document; it may hold anything.
    style
        Rules of this page beside those that all reports share.
    """
    content = ET.tostring(body, encoding="unicode", short_empty_elements=False)
    head = '<meta charset="utf-8"/><meta name="viewport" content="width=device-width"/>'
    head += f"<title>{escape(clean_text(title))}</title><style>{_STYLE}{style}</style>"
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{content}</body></html>\n'


def add_heading(body: ET.Element, words: str) -> None:
    """Begin a section."""
    ET.SubElement(body, "h2").text = clean_text(words)


def add_paragraph(body: ET.Element, words: str) -> None:
    """Add a paragraph; the words may hold anything."""
    ET.SubElement(body, "p").text = clean_text(words)


def add_table(body: ET.Element, caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add a table that scrolls by itself where it is wide; its cells may hold anything."""
    frame = ET.SubElement(body, "div", {"class": "scroll"})
    table = ET.SubElement(frame, "table")
    ET.SubElement(table, "caption").text = caption
    line = ET.SubElement(ET.SubElement(table, "thead"), "tr")
    for head in heads:
        ET.SubElement(line, "th", {"scope": "col"}).text = head
    content = ET.SubElement(table, "tbody")
    for row in rows:
        line = ET.SubElement(content, "tr")
        for value in row:
            cell = ET.SubElement(line, "td", {} if isinstance(value, int) else {"class": "words"})
            cell.text = clean_text(str(value))


def clean_text(words: str) -> str:
    """Words without characters that XML cannot hold; the element tree escapes the others."""
    return _NOT_XML.sub("?", words)
