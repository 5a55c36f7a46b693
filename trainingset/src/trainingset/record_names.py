"""Names under which formats keep the provenance record of a table: one line of JSON in printable ASCII."""

from collections.abc import Mapping

__all__ = ["RECORD_FILE", "RECORD_INFO", "RECORD_KEY", "RECORD_KEYWORD", "record_metadata"]

RECORD_KEY = "pz-tsm.provenance"
"""Key in the metadata of a Parquet file."""
RECORD_INFO = "provenance_record"
"""``INFO`` of a VOTable, and attribute of an HDF5 file."""
RECORD_KEYWORD = "TSMPROV"
"""Keyword of a FITS header, with ``CONTINUE`` cards."""
RECORD_FILE = "provenance.json"
"""File in a HATS collection."""


def record_metadata(record: str | None) -> Mapping[str, str]:
    """A record as metadata of a Parquet file."""
    return {} if record is None else {RECORD_KEY: record}
