"""The client against a server that misbehaves, with time that passes at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import tsm
from tests.clients.library.faulty_server import FaultyServer, serving
from tests.clients.library.quick_clock import QuickClock
from tsm.remote.retries import Patience

TOKEN = "gt-AAAAAAAAAAAAAAAAAAAAAA.SSSSSSSSSSSSSSSSSSSSSS"

OUTAGE_SECONDS = 60.0


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serving() as server:
        yield server


@pytest.fixture
def quick_clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def faulty_maker(server: FaultyServer, quick_clock: QuickClock) -> Iterator[tsm.TrainingSetMaker]:
    """A client of the misbehaving server."""
    patience = Patience(first_event_seconds=0.3, outage_seconds=OUTAGE_SECONDS)
    with tsm.TrainingSetMaker(server.url, TOKEN, patience=patience, clock=quick_clock.clock) as maker:
        yield maker


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without settings, and an environment that names no service."""
    for name in ("TSM_URL", "TSM_TOKEN", "ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path
