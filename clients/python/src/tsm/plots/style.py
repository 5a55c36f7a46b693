"""How groups are told apart, in color and in gray alike, and how names from outside become labels."""

from collections.abc import Mapping
from typing import Any

__all__ = ["FLAG_STYLES", "GROUP_STYLES", "STATE_STYLES", "TYPE_STYLES", "GroupStyle", "label_text", "with_unit"]

_LONGEST_LABEL = 32


class GroupStyle:
    """How one group is drawn: its color may be lost in print, line and marker are not."""

    def __init__(self, color: str, line: Any, marker: str) -> None:
        self.color = color
        self.line = line
        self.marker = marker


GROUP_STYLES = (
    GroupStyle("#1a1a1a", "solid", "o"),
    GroupStyle("#0072b2", (0, (5, 1.5)), "s"),
    GroupStyle("#d55e00", (0, (1, 1)), "^"),
    GroupStyle("#009e73", (0, (6, 1.5, 1, 1.5)), "D"),
    GroupStyle("#9467bd", (0, (3, 1, 1, 1, 1, 1)), "v"),
    GroupStyle("#b8860b", (0, (9, 3)), "P"),
)
"""One for each group that is told apart; the colors are those of Okabe and Ito, darkened where paper needs it."""

STATE_STYLES: Mapping[str, tuple[str, str, str]] = {
    "detected": ("detected", "#2f5d8a", ""),
    "not_detected": ("not detected", "#b9cfe4", "///"),
    "not_observed": ("not observed", "#ffffff", "..."),
}
"""Label, color and hatch of each state of a band: dark, medium and white also without color."""

TYPE_STYLES: Mapping[str, tuple[str, str, str]] = {
    "s": ("spectroscopic", "#2f5d8a", ""),
    "g": ("grism or prism", "#b9cfe4", "///"),
    "p": ("photometric", "#ffffff", "..."),
    "null": ("unknown type", "#8c8c8c", "xxx"),
}
"""Label, color and hatch of each instrument type."""

FLAG_STYLES: Mapping[str, tuple[str, str, str]] = {
    "4": ("4 very secure", "#1f3f5f", ""),
    "3": ("3 probable", "#5f8fbd", ""),
    "2": ("2 likely", "#a9c4de", "///"),
    "1": ("1 tentative", "#dfe9f3", ""),
    "0": ("0 none", "#ffffff", "..."),
    "6": ("6 star", "#f4dca4", "***"),
    "null": ("no flag", "#8c8c8c", "xxx"),
}
"""Label, color and hatch of each homogenized flag: the darker, the more secure."""


def label_text(name: str) -> str:
    """A name from outside as a label: one line, not too long, and never read as a formula."""
    text = "".join(sign if sign.isprintable() else "?" for sign in " ".join(name.split()))
    if len(text) > _LONGEST_LABEL:
        text = text[: _LONGEST_LABEL - 1] + "…"
    # Labels that start with an underscore are left out of legends.
    text = f" {text}" if text.startswith("_") else text
    return text.replace("$", r"\$")


def with_unit(label: str, unit: str) -> str:
    """A label of an axis."""
    return f"{label} [{label_text(unit)}]" if unit else label
