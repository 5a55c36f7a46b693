"""Loaded by every Python of the service under test: makes its disk slow or full while a file says so.

``slow`` holds the seconds that each flush to disk takes; while ``full`` is there, every flush finds no space.
"""

import contextlib
import errno
import os
import time
from pathlib import Path

_FOLDER = os.environ.get("FAULTS_FOLDER")

if _FOLDER is not None:
    _slow = Path(_FOLDER) / "slow"
    _full = Path(_FOLDER) / "full"
    _fsync = os.fsync

    def _faulty_fsync(descriptor: int) -> None:
        if _full.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with contextlib.suppress(FileNotFoundError):
            time.sleep(float(_slow.read_text()))
        _fsync(descriptor)

    os.fsync = _faulty_fsync
