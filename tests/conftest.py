"""Real stores for the tests: one PostgreSQL and one Valkey a test process, a fresh database a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.postgres import EmbeddedPostgres
from service.valkey import EmbeddedValkey


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server for the whole run; its folder is closed to others, as many real ones are."""
    server = EmbeddedPostgres.start(tmp_path_factory.mktemp("postgres"), fsync=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A Valkey server for the whole run."""
    server = EmbeddedValkey.start(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def queue_url(valkey: EmbeddedValkey) -> str:
    """Address of an empty queue."""
    valkey.flush()
    return valkey.url


@pytest.fixture
def blob_root(tmp_path: Path) -> str:
    """A folder for blobs."""
    return str(tmp_path / "blobs")
