"""Reads redshifts here as the service reads them: roles, units, frames, keys."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from trainingset.errors import TableError
from trainingset.redshifts import prepare_redshifts
from trainingset.tables import read_table, tidied
from trainingset.wire import BadRows
from tsm.errors import DiskError, TableRefusedError
from tsm.sets.training_set import TrainingSet
from tsm.tables.raw_columns import raw_table
from tsm.tables.redshift_input import DEFAULT_NAME
from tsm.tables.user_table import like

__all__ = ["read_redshifts"]


def read_redshifts(
    redshifts: object,
    roles: Mapping[str, str] = MappingProxyType({}),
    *,
    where: str | None = None,
    bad_rows: BadRows | str = BadRows.ERROR,
    name: str | None = None,
) -> Any:
    """Read a table of redshifts as the service does, and see what it makes of it.

    Parameters
    ----------
    redshifts
        Path of a file (VOTable, Parquet, FITS, CSV, ECSV, also with gzip), pandas DataFrame, astropy Table or pyarrow
        Table.
    roles
        Columns by meaning, where UCDs and names do not tell: ``{"ra": "RAJ2000", "z": "zspec"}``.
    where
        ADQL search condition on its rows.
    bad_rows
        ``error`` or ``drop``: what happens to rows without valid coordinates.
    name
        Name of the table, which is part of keys where no column tells the survey; a path has its own.

    Returns
    -------
    DataFrame, astropy Table or pyarrow Table
        Of the kind that was given; of a path, an astropy Table. Coordinates are ICRS degrees, the redshift is in
        ``redshift``, its key in ``redshift_key``. The metadata of the table (``meta``, ``attrs``, schema metadata) say
        which column has which role (``roles``) and what was changed (``notes``).

    Raises
    ------
    TableRefusedError
        With everything wrong with the table.

    Examples
    --------
    >>> import pandas as pd
    >>> zcosmos = pd.DataFrame({"RAJ2000": [150.1], "DEJ2000": [2.2], "zspec": [0.73]})
    >>> tsm.read_redshifts(zcosmos)["redshift_key"].to_list()
    ['redshifts:J150.10000+2.20000']
    """
    try:
        table, known = _read(redshifts, name)
        ready = prepare_redshifts(table, name=known, roles=roles, bad_rows=BadRows(bad_rows), where=where)
    except TableError as error:
        raise TableRefusedError(error.problems) from error
    return like(redshifts, ready.table, meta={"roles": ready.roles, "notes": list(ready.notes)})


def _read(redshifts: object, name: str | None) -> tuple[pa.Table, str]:
    """Columns as the service reads them, and the name of the table."""
    if isinstance(redshifts, str | os.PathLike):
        path = Path(redshifts)
        try:
            return read_table(path, name=name or path.name), name or path.name
        except OSError as error:
            raise DiskError(f"the table {path} cannot be read: {error.strerror or error}") from error
    known = name or DEFAULT_NAME
    given = redshifts.to_arrow() if isinstance(redshifts, TrainingSet) else redshifts
    return tidied(raw_table(given, name=known), known), known
