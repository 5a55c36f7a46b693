"""``tsm-service catalog convert``: write a collection anew, or make one of a HiPSCat catalog."""

import os
from pathlib import Path

import typer

from service.catalog_report import tell_faults, told_progress
from trainingset.errors import TrainingSetError

__all__ = ["convert"]

_FAILED = 1


def convert(
    source: str,
    target: Path,
    *,
    margins_arcsec: tuple[float, ...],
    row_group_rows: int,
    workers: int,
    as_json: bool,
) -> int:
    """Convert, and say what came of it.

    Returns
    -------
    int
        Exit code: 1 if nothing came of it.
    """
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    from trainingset.catalog_care.convert import ConvertOrder, convert_catalog

    order = ConvertOrder(
        source=source,
        target=target.absolute(),
        margins_arcsec=margins_arcsec,
        row_group_rows=row_group_rows,
        workers=workers,
    )
    try:
        made = convert_catalog(order, told_progress(is_silent=as_json))
    except (TrainingSetError, OSError) as error:
        typer.echo(f"BAD  {error}", err=as_json)
        return _FAILED
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
        return 0
    margins = ", ".join(f"{name} with {rows:,} rows" for name, rows in made.margins.items())
    typer.echo(f"ok   {target}: {made.rows:,} rows in {made.partitions:,} partitions, checksum {made.checksum}")
    typer.echo(f"     margins: {margins}")
    for note in made.notes:
        typer.echo(f"note {note}")
    tell_faults(made.report.faults)
    return 0
