"""The provenance record as one HTML page for people; it needs no network, and every value in it is escaped."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from pydantic import BaseModel

from trainingset.provenance import Provenance

__all__ = ["provenance_html"]

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:.5rem 0;display:block;overflow-x:auto}"
    "th,td{border:1px solid #999;padding:.2rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
)


def provenance_html(record: Provenance) -> str:
    """A page that tells how a training set was made.

    Parameters
    ----------
    record
        The record.

    Returns
    -------
    str
        A whole HTML document without scripts, pictures or links that a browser would follow by itself.
    """
    sections = (
        ("Result", _pairs({"rows": record.rows, "checksum of the rows": record.row_checksum, "seed": record.seed})),
        ("Job", _pairs(record.facts)),
        ("Recipe, with every default", _pairs(record.recipe)),
        ("Redshifts that went in", _records(record.inputs)),
        ("Object catalogs", _records(record.catalogs)),
        ("Counts of each stage", _records(record.stages)),
        ("Rows by survey", _pairs(record.rows_by_survey)),
        ("Rows by subset", _pairs(record.rows_by_subset)),
        ("Corrections of magnitudes", _corrections(record)),
        ("Rules of surveys", _records(record.survey_rules)),
        ("Files", _records(record.outputs)),
        ("Notes", _items(record.notes)),
        ("To cite", _items(citation.text for citation in record.citations)),
        ("Software", _pairs(record.software)),
    )
    body = "".join(f"<h2>{title}</h2>{content}" for title, content in sections if content)
    title = escape(f"How {'a compilation' if record.kind == 'combine' else 'these rows'} came to be")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>\n"
    )


def _corrections(record: Provenance) -> str:
    return "" if record.corrections is None else _pairs(record.corrections.model_dump(mode="json"))


def _pairs(values: Mapping[str, object]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_cell(value)}</td></tr>' for name, value in values.items()
    )
    return f"<table>{rows}</table>" if rows else ""


def _records(records: Sequence[BaseModel]) -> str:
    """A table with a line for each record."""
    if not records:
        return ""
    lines = [record.model_dump(mode="json") for record in records]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in lines[0])
    body = "".join("<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in line.values()) + "</tr>" for line in lines)
    return f"<table><tr>{head}</tr>{body}</table>"


def _items(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return escape(value)
        case _:
            return escape(json.dumps(value, ensure_ascii=False))
