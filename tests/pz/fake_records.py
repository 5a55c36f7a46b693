"""What the fake PZ Server keeps, and how it tells it."""

import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FakeColumn", "FakeFile", "FakeProduct", "FakeRelease", "FakeUser", "column_document", "file_document"]

ROLE_NAMES = ("Main", "Description", "Auxiliary")


@dataclass
class FakeUser:
    """Who holds a token."""

    name: str
    is_admin: bool = False
    groups: frozenset[str] = frozenset()


@dataclass
class FakeRelease:
    """A data release, closed to all but its groups where it has some."""

    id: int
    name: str
    groups: frozenset[str] = frozenset()


@dataclass
class FakeFile:
    """One file of a product."""

    id: int
    name: str
    role: int
    content: bytes
    type: str | None = None
    is_directory: bool = False
    n_rows: int | None = None


@dataclass
class FakeColumn:
    """A row of the table of columns."""

    id: int
    column_name: str
    order: int
    alias: str | None = None
    ucd: str | None = None


@dataclass
class FakeProduct:
    """A product in any state."""

    id: int
    display_name: str
    type: str
    owner: str
    release: int | None = None
    status: int = 1
    official: bool = False
    description: str = ""
    pz_code: str | None = None
    updated_at: str = "2026-03-02T13:05:12.000482Z"
    files: list[FakeFile] = field(default_factory=list)
    columns: list[FakeColumn] = field(default_factory=list)

    @property
    def internal_name(self) -> str:
        """As the server derives it from the name that was given at first."""
        return re.sub(r"[^\w]", "", f"{self.id}_{self.display_name}".replace(" ", "_").lower())


def file_document(product: FakeProduct, file: FakeFile) -> dict[str, Any]:
    """A file as the server tells it."""
    return {
        "id": file.id,
        "product": product.id,
        "role": file.role,
        "role_name": ROLE_NAMES[file.role],
        "name": file.name,
        "type": file.type,
        "n_rows": file.n_rows,
        "size": len(file.content),
        "extension": "" if file.is_directory or "." not in file.name else "." + file.name.rsplit(".", 1)[1],
        "is_directory": file.is_directory,
    }


def column_document(product: FakeProduct, column: FakeColumn) -> dict[str, Any]:
    """A column as the server tells it."""
    return {
        "id": column.id,
        "product": product.id,
        "column_name": column.column_name,
        "ucd": column.ucd,
        "order": column.order,
        "alias": column.alias,
    }
