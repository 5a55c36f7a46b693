"""A client of the PZ Server."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pz.client import PzServer
from pz.config import PzServerConfig

OpenPz = Callable[..., PzServer]


@pytest.fixture
async def a_client(pz_config: PzServerConfig) -> AsyncIterator[OpenPz]:
    """Opens clients with the token of the service, or another."""
    opened: list[PzServer] = []

    def open_one(token: str | None = None, **settings: Any) -> PzServer:
        config = pz_config.model_copy(update=settings)
        assert config.token is not None
        opened.append(PzServer(config, token or config.token.get_secret_value()))
        return opened[-1]

    yield open_one
    for client in opened:
        await client.__aexit__()
