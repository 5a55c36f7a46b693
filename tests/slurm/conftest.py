"""A Slurm cluster for the tests (`make test-slurm`)."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.slurm.slurm_cluster import PROGRAMS, SlurmCluster, running_slurm


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    """A cluster of one node; what this process starts finds it."""
    # Debian keeps daemons where only root looks.
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if not all(shutil.which(program, path=path) for program in PROGRAMS):
        pytest.skip("Slurm is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", path)
        with running_slurm() as cluster:
            for name, value in cluster.environment.items():
                patch.setenv(name, value)
            yield cluster
