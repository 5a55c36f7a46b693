"""How faults of catalogs are told on a terminal."""

from collections import Counter
from collections.abc import Callable, Sequence

import typer

from trainingset.catalog_care.faults import CatalogFault, FaultKind, Severity

__all__ = ["tell_faults", "told_progress"]

_SHOWN = 5
"""Faults of one kind that are written out; JSON has more."""


def tell_faults(faults: Sequence[CatalogFault]) -> None:
    """A line for each fault, and once for each kind what to do."""
    told: Counter[tuple[str, FaultKind]] = Counter()
    counts = Counter((fault.catalog, fault.kind) for fault in faults)
    for fault in faults:
        group = (fault.catalog, fault.kind)
        told[group] += 1
        if told[group] > _SHOWN:
            continue
        word = "BAD " if fault.severity is Severity.ERROR else "warn"
        typer.echo(f"{word}   {fault.catalog}: {fault}")
        if told[group] == min(_SHOWN, counts[group]):
            rest = counts[group] - told[group]
            typer.echo(f"       {f'And {rest} more of these. ' if rest else ''}{fault.advice}")


def told_progress(*, is_silent: bool) -> Callable[[str, int, int], None]:
    """Tell now and then how far a long work is, on standard error: output may be read by a program."""

    def progress(name: str, done: int, total: int) -> None:
        if not is_silent and total >= _MANY and (done % max(total // 20, 1) == 0 or done == total):
            typer.echo(f"     {name}: {done:,} of {total:,} partitions", err=True)

    return progress


_MANY = 100
"""Fewer partitions are done before anybody wonders."""
