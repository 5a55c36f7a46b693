"""What the machine, or the container in which the worker runs, has to give."""

import os
from pathlib import Path

__all__ = ["memory_bytes", "most_of_the_memory"]

_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")
_SHARE = 0.8
"""The rest is for the worker itself and the stores beside it."""


def memory_bytes(*, container_limit: Path = _CONTAINER_LIMIT) -> int:
    """Memory of the machine, or of the container if that is less.

    Parameters
    ----------
    container_limit
        File in which the kernel tells the limit: a number, or ``max``.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        text = container_limit.read_text(encoding="ascii").strip()
    except OSError:
        return machine
    return min(machine, int(text)) if text.isdecimal() else machine


def most_of_the_memory() -> int:
    """What one computation may use unless the operator says otherwise: never so much that the machine is lost."""
    return int(_SHARE * memory_bytes())
