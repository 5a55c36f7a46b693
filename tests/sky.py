"""One small mock sky for all tests of a run, shared by its processes."""

import fcntl
import os
import subprocess
import sys

import pytest

from trainingset.mock.place import CATALOG_ID, MockSky
from trainingset.registry import CatalogEntry, Registry

__all__ = ["N_OBJECTS", "entry_of", "shared_mock_sky"]

N_OBJECTS = 30_000
"""Objects of the small mock sky: three fields of a fifth of a degree, seven partitions, 1 500 redshifts."""

_MAKE = "import sys; from pathlib import Path; from trainingset.mock import make_mock_sky; "
_MAKE += "make_mock_sky(Path(sys.argv[1]), n_objects=int(sys.argv[2]))"


def shared_mock_sky(tmp_path_factory: pytest.TempPathFactory) -> MockSky:
    """Make the small mock sky, or wait for the process of this run that is making it."""
    base = tmp_path_factory.getbasetemp()
    # Under xdist each process has a folder of its own within the folder of the run.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "mock_sky"
    with (shared / "mock_sky.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            # A process of its own, so that tests of the web process do not import LSDB for it.
            program = [sys.executable, "-c", _MAKE, str(folder), str(N_OBJECTS)]
            subprocess.run(program, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=True)
    return MockSky(folder)


def entry_of(sky: MockSky) -> CatalogEntry:
    """The registered object catalog of a mock sky."""
    entry = Registry.load(sky.registry).get(CATALOG_ID)
    assert entry is not None
    return entry
