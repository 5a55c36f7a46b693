"""The first rows of a table for a notebook; names and values come from outside and are escaped."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["table_html"]

_LONGEST_TEXT = 60


def table_html(rows: "pa.Table") -> str:
    """An HTML table of these rows, as wide as it gets: notebooks scroll it."""
    head = "".join(f"<th>{escape(field.name)}{_unit(field)}</th>" for field in rows.schema)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_text(value))}</td>" for value in row.values()) + "</tr>"
        for row in rows.to_pylist()
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div style="overflow-x:auto">{table}</div>'


def _unit(field: "pa.Field") -> str:
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return f"<br><small>{escape(unit)}</small>" if unit else ""


def _text(value: object) -> str:
    match value:
        case None:
            return "--"
        case bool():
            return str(value)
        case float():
            return f"{value:.7g}"
        case _:
            text = str(value)
            return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
