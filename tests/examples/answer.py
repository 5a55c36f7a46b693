"""What is compared of a training set: who was matched with whom, and into which subset."""

from pathlib import Path

from astropy.table import Table

__all__ = ["Rows", "answer_of"]

Rows = list[tuple[int, int, str]]
"""Redshift id, object id, subset; in the order of redshift ids."""


def answer_of(path: Path) -> Rows:
    """Read them from a VOTable or FITS file."""
    table = Table.read(path)
    columns = (table["id"].astype(int), table["objectId"].astype(int), table["subset"].astype(str))
    return sorted(
        (int(redshift), int(obj), str(subset).strip()) for redshift, obj, subset in zip(*columns, strict=True)
    )
