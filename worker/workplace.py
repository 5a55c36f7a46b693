"""Folders in which jobs work: one a run, gone with it; those of workers that were killed are swept."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Workplaces"]

_LOCK = "worker.lock"
_PREFIX = "worker-"


class Workplaces:
    """The workplaces of one worker, below a folder that several workers share.

    Parameters
    ----------
    root
        The shared folder; made when missing.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(root)
        made = Path(tempfile.mkdtemp(prefix="new-", dir=root))
        # Held as long as this process lives, however it ends: the sign that the folder is in use.
        self._lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        # Only now others may look whether it is abandoned.
        self._folder = made.rename(root / f"{_PREFIX}{made.name}")

    @contextmanager
    def folder(self, name: str) -> Iterator[Path]:
        """An empty folder for one run, removed afterwards."""
        path = self._folder / name
        path.mkdir()
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        """Remove what is left."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)


def _sweep(root: Path) -> None:
    """Remove the folders of workers that are gone."""
    for folder in root.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another worker uses it, or is sweeping it too
            descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(descriptor)
