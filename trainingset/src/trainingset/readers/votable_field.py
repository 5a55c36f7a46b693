"""A FIELD of a VOTable: its type, size and metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from trainingset.readers.raw import RawColumn

__all__ = ["PRIMITIVE_BYTES", "VotableField"]

PRIMITIVE_BYTES: dict[str, int] = {
    "boolean": 1,
    "bit": 1,
    "unsignedByte": 1,
    "short": 2,
    "int": 4,
    "long": 8,
    "char": 1,
    "unicodeChar": 2,
    "float": 4,
    "double": 8,
    "floatComplex": 8,
    "doubleComplex": 16,
}
"""Bytes of one primitive in BINARY and BINARY2; bits are packed, one alone takes a byte."""

_TEXTS = frozenset({"char", "unicodeChar"})
_COMPLEX = frozenset({"floatComplex", "doubleComplex"})


@dataclass(frozen=True, slots=True)
class VotableField:
    """What a FIELD element says."""

    name: str
    datatype: str
    arraysize: str | None = None
    unit: str | None = None
    ucd: str | None = None
    description: str | None = None
    null: str | None = None
    """Value that stands for null, from VALUES."""
    ref: str | None = None
    """ID of the coordinate system that it refers to, or of something else."""

    @classmethod
    def read(cls, attributes: Mapping[str, str]) -> "VotableField":
        """A field from the attributes of its element.

        Raises
        ------
        ValueError
            If the type or size is none that VOTable knows.
        """
        name = attributes.get("name") or attributes.get("ID") or ""
        # Some writers call texts strings, which VOTable has no type for.
        datatype = {"string": "char", "str": "char"}.get(attributes.get("datatype", ""), attributes.get("datatype", ""))
        if datatype not in PRIMITIVE_BYTES:
            raise ValueError(f"the column {name!r} has the datatype {datatype!r}, which VOTable does not have")
        arraysize = attributes.get("arraysize", "").strip() or None
        if attributes.get("datatype") in ("string", "str"):
            arraysize = "*"
        field = cls(name, datatype, arraysize, attributes.get("unit"), attributes.get("ucd"), ref=attributes.get("ref"))
        _ = field.fixed_count
        return field

    def with_null(self, null: str | None) -> "VotableField":
        """Copy it with a value that stands for null."""
        return replace(self, null=null)

    def with_description(self, description: str) -> "VotableField":
        """Copy it with a description, whose white space is made single blanks."""
        return replace(self, description=" ".join(description.split()))

    @property
    def is_text(self) -> bool:
        """Whether a value is one text: characters of at most one dimension."""
        return self.datatype in _TEXTS and "x" not in (self.arraysize or "")

    @property
    def is_single(self) -> bool:
        """Whether a value is one number, text or flag, which a table of ours can hold."""
        if self.datatype in _TEXTS:
            return self.is_text
        return self.datatype not in _COMPLEX and self.arraysize in (None, "1")

    @property
    def fixed_count(self) -> int | None:
        """Primitives of a value, None where each value tells its own number."""
        if self.arraysize is None:
            return 1
        if self.arraysize.endswith("*"):
            return None
        count = 1
        for part in self.arraysize.split("x"):
            if not part.isdecimal() or len(part) > 12:
                raise ValueError(f"the column {self.name!r} has the arraysize {self.arraysize!r}, which is none")
            count *= int(part)
        return count

    @property
    def fixed_bytes(self) -> int | None:
        """Bytes of a value in BINARY and BINARY2, None where each value tells."""
        count = self.fixed_count
        return None if count is None else self.bytes_of(count)

    def bytes_of(self, count: int) -> int:
        """Bytes of so many primitives."""
        return (count + 7) // 8 if self.datatype == "bit" else count * PRIMITIVE_BYTES[self.datatype]

    def column(self, values: pa.ChunkedArray | None) -> RawColumn:
        """These values with the field's metadata."""
        return RawColumn(self.name, values, unit=self.unit, ucd=self.ucd, description=self.description)
