"""Tables of what the service has, which show well in a notebook and print well in a terminal."""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from tsm.api.types import Unset

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Listed", "Listing"]

_TEXT_WIDTH = 120
"""Characters; where the terminal does not tell."""
_MAX_SHOWN_ROWS = 200
_MAX_SHOWN_TEXT = 160


class Listed(Protocol):
    """What a listing holds: a document of the service."""

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON knows it."""
        ...


Document = TypeVar("Document", bound=Listed)


class Listing(Sequence[Document], Generic[Document]):
    """An unchangeable list of documents of the service.

    Parameters
    ----------
    documents
        In the order in which the service gives them.
    columns
        Fields to show, in order; `to_pandas` has all.
    title
        What is listed.

    Examples
    --------
    >>> catalogs = tsm.catalogs()                 # doctest: +SKIP
    >>> catalogs[0].id                            # doctest: +SKIP
    >>> catalogs.to_pandas().query("n_rows > 1e6")  # doctest: +SKIP
    """

    def __init__(self, documents: Iterable[Document], *, columns: Sequence[str], title: str) -> None:
        self._documents = tuple(documents)
        self._columns = tuple(columns)
        self._title = title

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> "Listing[Document]": ...
    def __getitem__(self, index: int | slice) -> "Document | Listing[Document]":
        """One document, or some as a listing."""
        if isinstance(index, slice):
            return Listing(self._documents[index], columns=self._columns, title=self._title)
        return self._documents[index]

    def __len__(self) -> int:
        return len(self._documents)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Listing) and self._documents == other._documents

    __hash__ = None  # type: ignore[assignment]  # documents hold lists

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        # It takes longer to load than all else that a program without tables needs.
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(header_style="bold")
        for number, (column, cells) in enumerate(zip(self._columns, self._cells_by_column(), strict=True)):
            right = bool(cells) and all(_is_number(cell) for cell in cells if cell is not None)
            # The first column is what one copies into the next command.
            table.add_column(
                column,
                justify="right" if right else "left",
                overflow="fold",
                no_wrap=number == 0,
            )
        for document in self._documents[:_MAX_SHOWN_ROWS]:
            table.add_row(*(Text(_shown(cell)) for cell in self._cells(document)))
        console = Console(highlight=False, force_jupyter=False)
        if not console.is_terminal:
            console.width = _TEXT_WIDTH
        with console.capture() as capture:
            console.print(self._heading, table, sep="\n")
            if len(self) > _MAX_SHOWN_ROWS:
                console.print(f"... and {len(self) - _MAX_SHOWN_ROWS} more: to_pandas() has all")
        return capture.get().rstrip("\n")

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        head = "".join(f"<th>{html.escape(column)}</th>" for column in self._columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(cell))}</td>" for cell in self._cells(document)) + "</tr>"
            for document in self._documents[:_MAX_SHOWN_ROWS]
        )
        hidden = max(len(self) - _MAX_SHOWN_ROWS, 0)
        more = f"<p>... and {hidden} more: <code>to_pandas()</code> has all</p>" if hidden else ""
        caption = f"<caption>{html.escape(self._heading)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"

    def to_pandas(self) -> "pd.DataFrame":
        """All fields of all documents, one row each."""
        import pandas as pd  # it takes a second to load

        return pd.DataFrame([document.to_dict() for document in self._documents])

    @property
    def _heading(self) -> str:
        return f"{self._title}: {len(self)}"

    def _cells(self, document: Document) -> list[object]:
        return [getattr(document, column, None) for column in self._columns]

    def _cells_by_column(self) -> list[list[object]]:
        cells = [self._cells(document) for document in self._documents]
        return [[row[number] for row in cells] for number in range(len(self._columns))]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _shown(cell: object) -> str:
    match cell:
        case None | Unset():
            return ""
        case bool():
            return "yes" if cell else "no"
        case int():
            return f"{cell:,}"
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case list() | tuple():
            return _cut(", ".join(_shown(item) for item in cell))
        case _:
            return _cut(str(cell))


def _cut(text: str) -> str:
    """Text for a cell: on one line, without what would move a terminal's cursor."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean if len(clean) <= _MAX_SHOWN_TEXT else f"{clean[: _MAX_SHOWN_TEXT - 1]}…"
