"""What a reader hands on: columns as the file has them, before names and types are made ours."""

from typing import NamedTuple

import pyarrow as pa

from trainingset.errors import Problem, TableError

__all__ = [
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "MAX_UNPACKED_BYTES",
    "RawColumn",
    "RawTable",
    "check_claim",
    "raw_column",
    "refused",
]

MAX_ROWS = 20_000_000
"""Most rows of a redshift table: all spectroscopic redshifts there are, and as many again."""

MAX_COLUMNS = 5_000
"""Most columns; the widest survey tables have some 1300."""

MAX_CELLS = 400_000_000
"""Most rows times columns: 3.2 GB as float64, what one worker can hold beside its work."""

MAX_UNPACKED_BYTES = 4 * 2**30
"""Most bytes that a compressed file may grow to."""


class RawColumn(NamedTuple):
    """One column as it was read."""

    name: str
    values: pa.ChunkedArray | None
    """None for what is left out: arrays, structures, complex numbers."""
    unit: str | None = None
    ucd: str | None = None
    description: str | None = None
    frame: str | None = None
    """Frame of the positions that it is part of, as `trainingset.frames` writes it."""
    epoch: str | None = None
    """Epoch of those positions."""


class RawTable(NamedTuple):
    """All columns of a file, in order; names may repeat."""

    table_format: str
    columns: tuple[RawColumn, ...]
    notes: tuple[str, ...] = ()
    frame: str | None = None
    """Frame that the file declares for all positions in it."""


def refused(name: str, message: str, *, value: str | None = None, limit: str | None = None) -> TableError:
    """The error for a table that cannot be read at all."""
    return TableError([Problem(parameter=f"UPLOAD {name}", message=message, value=value, limit=limit)])


def check_claim(name: str, *, rows: int, columns: int) -> None:
    """Refuse a table by the size its header claims, before anything of that size is allocated.

    Raises
    ------
    TableError
        If the claim is above a limit.
    """
    if columns > MAX_COLUMNS:
        message = f"has {columns} columns; at most {MAX_COLUMNS} can be read. Keep those that you need."
        raise refused(name, message, value=str(columns), limit=f"{MAX_COLUMNS} columns")
    if rows > MAX_ROWS:
        message = f"claims {rows} rows; at most {MAX_ROWS} can be read. Send the part of the sky that you need."
        raise refused(name, message, value=str(rows), limit=f"{MAX_ROWS} rows")
    if rows * columns > MAX_CELLS:
        most = MAX_CELLS // rows
        message = f"claims {rows} rows of {columns} columns; at most {MAX_CELLS} values can be read."
        raise refused(
            name, f"{message} Keep at most {most} columns.", value=str(rows * columns), limit=f"{MAX_CELLS} values"
        )


def raw_column(field: pa.Field, values: pa.ChunkedArray | None) -> RawColumn:
    """An Arrow column with the metadata that its field carries."""
    pairs = (field.metadata or {}).items()
    metadata = {key.decode(errors="replace"): text.decode(errors="replace") for key, text in pairs}
    texts = {key: metadata.get(key) for key in ("unit", "ucd", "description", "frame", "epoch")}
    return RawColumn(field.name, values, **texts)
