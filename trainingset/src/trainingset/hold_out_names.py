"""How a recipe names what it holds out: ``survey:DESI``, ``field:ECDFS``. Light."""

from collections.abc import Iterable

__all__ = ["held_out_names"]


def held_out_names(items: Iterable[str], kind: str) -> tuple[str, ...]:
    """Names of one kind, ``survey`` or ``field``, in what a recipe holds out."""
    return tuple(name.strip() for found, _, name in (item.partition(":") for item in items) if found.strip() == kind)
