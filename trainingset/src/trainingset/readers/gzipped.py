"""Compressed files: unpacked to disk with a limit, so that no small upload grows without end."""

import zlib
from pathlib import Path

from trainingset.readers.raw import MAX_UNPACKED_BYTES, refused

__all__ = ["unpack_gzip"]

_CHUNK = 2**20


def unpack_gzip(source: Path, target: Path, *, name: str) -> None:
    """Write the content of a gzip file to `target`.

    Raises
    ------
    TableError
        If it is damaged, truncated, or holds more than the limit; at most one chunk beyond it is ever unpacked.
    """
    written = 0
    with source.open("rb") as packed, target.open("wb") as unpacked:
        reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
        data = packed.read(_CHUNK)
        while data:
            try:
                chunk = reader.decompress(data, _CHUNK)
            except zlib.error as error:
                raise refused(name, "is a damaged gzip file: it was changed. Send it again.") from error
            written += unpacked.write(chunk)
            if written > MAX_UNPACKED_BYTES:
                limit = f"{MAX_UNPACKED_BYTES / 2**30:g} GiB"
                raise refused(name, f"unpacks to more than {limit}; send a smaller table.", limit=limit)
            data = reader.unconsumed_tail or packed.read(_CHUNK)
            if reader.eof:
                # gzip files may be joined end to end; what follows is read as the next one.
                data = reader.unused_data or data
                reader = zlib.decompressobj(zlib.MAX_WBITS | 16) if data else reader
    if not reader.eof:
        raise refused(name, "is a truncated gzip file. Send it again.")
