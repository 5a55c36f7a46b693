"""How the fields of a recipe are spelled as DALI parameters, and how their texts are read.

Imports pydantic and nothing heavier.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

__all__ = [
    "MEDIA_TYPES",
    "BadRows",
    "DaliBoolean",
    "Format",
    "Formats",
    "Items",
    "Pairs",
    "ResponseFormat",
    "Wire",
    "parameter_names",
    "wire_of",
]


class Wire(NamedTuple):
    """How a recipe field is spelled as a DALI parameter."""

    name: str
    multiple: bool = False
    unit: str | None = None


class ResponseFormat(StrEnum):
    """Formats of a result, by their DALI short names."""

    VOTABLE = "votable"
    VOTABLE_TD = "votable/td"
    PARQUET = "parquet"
    FITS = "fits"
    CSV = "csv"
    HDF5 = "hdf5"
    HATS = "hats"


class BadRows(StrEnum):
    """What happens to redshift rows without valid coordinates."""

    ERROR = "error"
    DROP = "drop"


def _pairs_from_text(value: object) -> object:
    """Read ``a=1,b=2`` into a mapping; anything that is not text is left to pydantic."""
    if not isinstance(value, str):
        return value
    pairs: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in value.split(","))):
        key, equals, content = (part.strip() for part in item.partition("="))
        if not equals or not key or not content:
            raise ValueError(f"{item!r} is not of the form name=value")
        if key in pairs:
            raise ValueError(f"{key!r} is given twice")
        pairs[key] = content
    return pairs


def _items_from_text(value: object) -> object:
    """Read ``a,b`` or a list of such texts into a flat list without repetitions."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        return value
    items = [item.strip() for text in texts for item in text.split(",")]
    return tuple(dict.fromkeys(filter(None, items)))


def _boolean_from_text(value: object) -> object:
    """DALI booleans are 0, 1, true and false, and no other text."""
    if not isinstance(value, str):
        return value
    booleans = {"0": False, "1": True, "false": False, "true": True}
    if value not in booleans:
        raise ValueError(f"{value[:80]!r} is none of {', '.join(booleans)}")
    return booleans[value]


MEDIA_TYPES: dict[str, ResponseFormat] = {
    "application/x-votable+xml": ResponseFormat.VOTABLE,
    "application/x-votable+xml;serialization=binary2": ResponseFormat.VOTABLE,
    "application/x-votable+xml;serialization=tabledata": ResponseFormat.VOTABLE_TD,
    "text/xml": ResponseFormat.VOTABLE,
    "application/vnd.apache.parquet": ResponseFormat.PARQUET,
    "application/fits": ResponseFormat.FITS,
    "text/csv": ResponseFormat.CSV,
    "application/x-hdf5": ResponseFormat.HDF5,
    "application/x-hats+zip": ResponseFormat.HATS,
}
"""Media types that a user may ask for instead of the short names."""


def _format_from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.replace(" ", "").lower()
    return MEDIA_TYPES.get(text, text)


def _formats_from_text(value: object) -> object:
    items = _items_from_text(value)
    return tuple(_format_from_text(item) for item in items) if isinstance(items, tuple) else items


Pairs = BeforeValidator(_pairs_from_text)
Items = BeforeValidator(_items_from_text)
DaliBoolean = BeforeValidator(_boolean_from_text)
Format = BeforeValidator(_format_from_text)
Formats = BeforeValidator(_formats_from_text)


def wire_of(field: FieldInfo) -> Wire | None:
    """Wire spelling of a recipe field, or None for ``kind``."""
    return next((item for item in field.metadata if isinstance(item, Wire)), None)


def parameter_names(model: type[BaseModel]) -> Mapping[str, tuple[str, Wire]]:
    """Field and wire spelling of a kind of recipe by upper-case DALI name."""
    fields = model.model_fields.items()
    return {wire.name: (name, wire) for name, field in fields if (wire := wire_of(field)) is not None}
