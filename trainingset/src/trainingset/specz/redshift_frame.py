"""The frame that redshifts are in, as their column or the rules of their survey tell it; nothing is converted."""

import re
from collections.abc import Iterable

import pyarrow as pa

__all__ = ["MIXED", "UNKNOWN", "told_frame", "whole_frame"]

UNKNOWN = "unknown"
MIXED = "mixed"
"""Frame of an input whose surveys have different ones."""

_WORDS = {
    "heliocentric": re.compile(r"(?<![a-z])(z_?|v_?|cz_?)?(helio(centric)?|hel|barycent(er|re|ric))(?![a-z])"),
    "cmb": re.compile(r"(?<![a-z])(z_?|v_?|cz_?)?(cmb|cosmic microwave background)(?![a-z])"),
}


def told_frame(field: pa.Field) -> str | None:
    """Frame by a column's UCD, name or description; None where they tell none, or two."""
    metadata = field.metadata or {}
    told = (metadata.get(b"ucd", b"").decode(errors="replace"), field.name)
    description = metadata.get(b"description", b"").decode(errors="replace")
    for texts in (told, (description,)):
        found = [frame for frame, words in _WORDS.items() if any(words.search(text.casefold()) for text in texts)]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def whole_frame(frames: Iterable[str]) -> str:
    """Frame of an input by those of its surveys."""
    distinct = {*frames}
    return MIXED if len(distinct) > 1 else distinct.pop() if distinct else UNKNOWN
