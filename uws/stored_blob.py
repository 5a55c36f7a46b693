"""What a store knows of a file without reading it."""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["StoredBlob"]


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A file that is there, completely."""

    key: str
    size: int
    """Bytes."""
    modified: datetime
    """UTC."""
