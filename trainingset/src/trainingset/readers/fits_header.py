"""Headers of FITS extensions, read by a plain parser of our own that believes nothing.

General libraries follow a damaged header wherever it points, a negative size in circles even. Here each number is
checked against the size of the file as soon as it is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO

from trainingset.errors import TableError
from trainingset.readers.raw import check_claim, refused

__all__ = ["Extension", "tables_of"]

BLOCK = 2880
"""FITS files come in blocks of so many bytes."""

_CARD = 80
_MOST_BLOCKS = 2_000
"""Most blocks of one header: 72 000 cards, enough for 5000 columns with ten cards each."""

_MOST_EXTENSIONS = 1_000
"""Most headers of one file; each is read before the first table is."""

_TEXT = re.compile(r"\s*'((?:[^']|'')*)'")
_NUMBER = re.compile(r"[+-]?\d{1,18}")


@dataclass(frozen=True, slots=True)
class Extension:
    """Header of one table and where its rows are."""

    cards: Mapping[str, str]
    """Values by keyword as texts, without quotes."""
    start: int
    """First byte of the rows."""
    comments: tuple[str, ...] = ()
    """Its COMMENT cards, without the word."""

    @property
    def is_binary(self) -> bool:
        """Whether rows are binary rather than text."""
        return self.cards["XTENSION"] == "BINTABLE"

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(self.cards["NAXIS1"])

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.cards["NAXIS2"])

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.cards["TFIELDS"])


def tables_of(path: Path, *, name: str) -> list[Extension]:
    """Every table of a FITS file, its claims checked against the file's size and the limits.

    Raises
    ------
    TableError
        If a header is damaged or claims more than the file holds.
    """
    size = path.stat().st_size
    tables = []
    with path.open("rb") as file:
        start = n_extensions = 0
        while start < size:
            file.seek(start)
            cards, comments = _cards(file, name)
            rows_start = file.tell()
            claimed = _data_bytes(cards, name)
            if rows_start + claimed > size:
                held = max(size - rows_start, 0)
                message = f"claims {claimed} bytes of data in a FITS extension, but has {held}: it is truncated or was"
                raise refused(
                    name, f"{message} changed. Send it again.", value=f"{claimed} bytes", limit=f"{held} bytes"
                )
            if cards.get("XTENSION") in ("BINTABLE", "TABLE"):
                tables.append(_table(cards, comments, rows_start, name))
            start = rows_start + -(-claimed // BLOCK) * BLOCK
            n_extensions += 1
            if n_extensions > _MOST_EXTENSIONS:
                message = f"has more than {_MOST_EXTENSIONS} FITS extensions; send the table in a file of its own."
                raise refused(name, message, limit=f"{_MOST_EXTENSIONS} extensions")
    return tables


def _table(cards: Mapping[str, str], comments: tuple[str, ...], start: int, name: str) -> Extension:
    if cards.get("NAXIS") != "2" or cards.get("BITPIX") != "8":
        raise _damaged(name)
    _whole(cards, "TFIELDS", name)
    return Extension(cards, start, comments)


def _data_bytes(cards: Mapping[str, str], name: str) -> int:
    """Bytes that an extension's data take, by its header."""
    axes = [_whole(cards, f"NAXIS{axis}", name) for axis in range(1, min(_whole(cards, "NAXIS", name), 999) + 1)]
    if cards.get("XTENSION") in ("BINTABLE", "TABLE") and len(axes) == 2:
        check_claim(name, rows=axes[1], columns=_whole(cards, "TFIELDS", name))
    bits = abs(int(cards["BITPIX"])) if _NUMBER.fullmatch(cards.get("BITPIX", "")) else 8
    heap = _whole(cards, "PCOUNT", name) if "PCOUNT" in cards else 0
    groups = _whole(cards, "GCOUNT", name) if "GCOUNT" in cards else 1
    if axes[:1] == [0] and cards.get("GROUPS") == "T":
        axes = axes[1:]
    return bits // 8 * groups * (heap + prod(axes)) if axes else 0


def _whole(cards: Mapping[str, str], keyword: str, name: str) -> int:
    text = cards.get(keyword, "")
    if not _NUMBER.fullmatch(text) or int(text) < 0:
        raise _damaged(name, f" ({keyword} is {text[:30]!r})")
    return int(text)


def _cards(file: BinaryIO, name: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Cards and comments of one header up to its END; the file is left at the first byte behind it."""
    cards: dict[str, str] = {}
    comments: list[str] = []
    previous = ""
    for card in _lines(file, name):
        keyword = card[:8].rstrip()
        if keyword == "CONTINUE" and previous and cards[previous].endswith("&"):
            cards[previous] = cards[previous][:-1] + _value(card[8:])
        elif card[8:10] == "= " and keyword not in cards:
            cards[keyword] = _value(card[10:])
            previous = keyword
        elif keyword == "COMMENT":
            # Astropy keeps YAML here, where blanks in front mean something; one of them is the card's own.
            comments.append(card[8:].removeprefix(" ").rstrip())
    return cards, tuple(comments)


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    for _ in range(_MOST_BLOCKS):
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            raise _damaged(name)
        text = block.decode("latin-1")
        for place in range(0, BLOCK, _CARD):
            card = text[place : place + _CARD]
            if card.rstrip() == "END":
                return
            yield card
    raise _damaged(name)


def _value(text: str) -> str:
    if quoted := _TEXT.match(text):
        return quoted.group(1).replace("''", "'").rstrip()
    return text.partition("/")[0].strip()


def _damaged(name: str, why: str = "") -> TableError:
    return refused(name, f"is a damaged FITS file{why}: it is truncated or was changed. Send it again.")
