"""Object catalogs that many tests match with; made once, never changed."""

import os

# Before LSDB is loaded: compiling its alignment takes longer than all that is aligned here.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")


import pyarrow as pa
import pytest
from hypothesis import settings

from trainingset.registry import CatalogEntry

# How long one example takes says nothing on a machine that others use too.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def objects() -> pa.Table:
    """Crowded objects around hard places of the sky."""
    from tests.trainingset.catalogs import object_table

    return object_table()


@pytest.fixture(scope="session")
def fine(objects: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    """The objects in some twenty partitions of several orders."""
    from tests.trainingset.catalogs import write_catalog

    return write_catalog(objects, tmp_path_factory.mktemp("fine") / "objects", partition_rows=400)


@pytest.fixture(scope="session")
def coarse(objects: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    """The same objects in partitions as large as they can be."""
    from tests.trainingset.catalogs import write_catalog

    return write_catalog(objects, tmp_path_factory.mktemp("coarse") / "objects", partition_rows=100_000)
