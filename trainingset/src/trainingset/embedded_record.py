"""The provenance record inside the files that it describes, so that a file on its own tells how it was made.

A file cannot hold its own checksum, so that an embedded record tells of no outputs. That of the rows it can: in the
canonical Parquet file its place is left free, and filled in when the rows are there.
"""

from pathlib import Path

from trainingset.provenance import Provenance

__all__ = ["UNKNOWN_CHECKSUM", "embedded", "fill_in_checksum"]

UNKNOWN_CHECKSUM = f"sha256:{0:064d}"
"""In the place of a checksum that is not known yet; as long as any."""
_MAGIC = b"PAR1"


def embedded(record: Provenance) -> str:
    """The record as one line of printable ASCII, without what only the record beside the files can tell."""
    return record.model_copy(update={"outputs": ()}).to_line()


def fill_in_checksum(path: Path, checksum: str) -> None:
    """Put the checksum of the rows in its place in the embedded record of a Parquet file.

    Parameters
    ----------
    path
        A complete file whose record has `UNKNOWN_CHECKSUM`. Its footer is not compressed, has no checksum of its own,
        and keeps its length.

    Raises
    ------
    ValueError
        If the file has no such place.
    """
    unknown, known = (f'"row_checksum":"{value}"'.encode() for value in (UNKNOWN_CHECKSUM, checksum))
    if len(known) != len(unknown):
        raise ValueError(f"{checksum!r} is no checksum")
    with path.open("r+b") as file:
        end = file.seek(-8, 2)
        length, magic = int.from_bytes(file.read(4), "little"), file.read(4)
        if magic != _MAGIC or length > end:
            raise ValueError(f"{path} is no Parquet file")
        file.seek(end - length)
        footer = file.read(length)
        # Quotes in texts of users are escaped, so that nothing else looks like it.
        if footer.count(unknown) != 1:
            raise ValueError(f"the record of {path} leaves no place for the checksum of its rows")
        file.seek(end - length + footer.index(unknown))
        file.write(known)
