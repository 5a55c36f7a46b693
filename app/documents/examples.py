"""The DALI examples document (DALI 1.1 §2.3): queries that TAP clients offer to people, ready to send."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from app.documents.markup import add_text, serialize
from trainingset.listed_table import ListedTable
from trainingset.query.identifiers import identifier

__all__ = ["Example", "cross_match_examples", "examples_document"]

_EXAMPLE_ARCSEC = 1
_EXAMPLE_ROWS = 1000
_UPLOAD = "TAP_UPLOAD.t1"
"""Name by which TOPCAT sends the first table that it has loaded."""


@dataclass(frozen=True, slots=True)
class Example:
    """One query with its words."""

    name: str
    text: str
    tables: tuple[str, ...]
    query: str


def cross_match_examples(tables: Iterable[ListedTable]) -> Iterator[Example]:
    """Ready cross-matches: an upload with each object catalog, and each table of redshifts with the first of them."""
    listed = list(tables)
    objects = [table for table in listed if table.is_matched]
    for catalog in objects:
        yield Example(
            f"Match an upload with {catalog.name}",
            f"Every object of {catalog.name} within {_EXAMPLE_ARCSEC} arcsec of a row of your table, whose coordinates "
            "are called ra and dec here (ICRS degrees), and the separation in arcsec.",
            (catalog.name,),
            _query(catalog, _UPLOAD, "ra", "dec"),
        )
    for source in listed:
        if source.is_matched or not objects or len(source.main) < 2:
            continue
        ra, dec = (identifier(name) for name in source.main)
        yield Example(
            f"Match {source.name} with {objects[0].name}",
            f"Every object of {objects[0].name} within {_EXAMPLE_ARCSEC} arcsec of a redshift of {source.name}.",
            (source.name, objects[0].name),
            _query(objects[0], _quoted(source.name), ra, dec),
        )


def examples_document(examples: Iterable[Example]) -> bytes:
    """Write examples as XHTML with RDFa."""
    root = Element("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    head = SubElement(root, "head")
    add_text(head, "title", "Cross-matches to begin with")
    body = SubElement(root, "body", {"vocab": "http://www.ivoa.net/rdf/examples#"})
    for number, example in enumerate(examples, start=1):
        name = f"example-{number}"
        division = SubElement(body, "div", {"id": name, "resource": f"#{name}", "typeof": "example"})
        add_text(division, "h2", example.name, property="name")
        add_text(division, "p", example.text)
        for table in example.tables:
            add_text(SubElement(division, "p"), "span", table, property="table")
        add_text(division, "pre", example.query, property="query")
    return serialize(root)


def _query(catalog: ListedTable, source: str, ra: str, dec: str) -> str:
    object_ra, object_dec = (identifier(name) for name in catalog.main)
    places = f"POINT('ICRS', o.{object_ra}, o.{object_dec})", f"POINT('ICRS', r.{ra}, r.{dec})"
    return (
        f"SELECT TOP {_EXAMPLE_ROWS} r.*, o.*, DISTANCE({places[0]}, {places[1]}) * 3600 AS separation_arcsec\n"
        f"FROM {_quoted(catalog.name)} AS o\nJOIN {source} AS r\n"
        f"ON 1=CONTAINS({places[0]}, CIRCLE('ICRS', r.{ra}, r.{dec}, {_EXAMPLE_ARCSEC}./3600.))"
    )


def _quoted(name: str) -> str:
    return ".".join(identifier(part) for part in name.split("."))
