"""How long to look for faults, and a whole web process in which to look for them."""

import asyncio
import shutil
import socket
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from app.config import AppConfig, IdentityConfig
from app.main import create_app
from app.user_limits import UserLimits
from service.postgres import EmbeddedPostgres
from service.valkey import EmbeddedValkey
from tests.app.catalogs import a_card, an_entry, write_registry
from tests.app.gafaelfawr import FakeGafaelfawr, serving_in_a_thread
from tests.app.workbench import in_chunks
from tests.conftest import execute, with_database
from tests.fuzz.busy_worker import work
from tests.fuzz.hunt import Hunt
from tests.fuzz.service import Service
from trainingset.registry import card_key
from uws.assembly import open_job_life
from uws.config import LifeLimits


@pytest.fixture(scope="session")
def hunt() -> Hunt:
    """How many cases, and which."""
    return Hunt.of_this_run()


@pytest.fixture(scope="module")
def service(
    postgres: EmbeddedPostgres, template_database: str, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The web process on real stores, in threads of this one, and a worker that ends every job at once."""
    name = f"tsm_fuzz_{uuid.uuid4().hex}"
    asyncio.run(execute(postgres.url, f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    folder, short_folder = tmp_path_factory.mktemp("fuzz"), Path(tempfile.mkdtemp(prefix="tsm-"))
    write_registry(folder / "catalogs.yaml", an_entry())
    gafaelfawr = FakeGafaelfawr()
    with serving_in_a_thread(gafaelfawr.app, short_folder / "gafaelfawr"):
        config = AppConfig(
            database_url=with_database(postgres.url, name),
            queue_url=valkey.url,
            blob_root=str(folder / "blobs"),
            registry_path=folder / "catalogs.yaml",
            identity=IdentityConfig(url="http://gafaelfawr.example", socket=short_folder / "gafaelfawr"),
            limits=LifeLimits(max_wait_seconds=1),
            # A hunt sends as much as it can.
            user_limits=UserLimits(requests_per_second=0, queued_jobs=0),
            inspection_wait_seconds=0.2,
            sync_seconds=1,
            log_level="error",
            upload_limit_bytes=1_000_000,
            upload_hosts=frozenset({"localhost"}),
        )
        with _serving(config) as address:
            yield Service(address, token=gafaelfawr.issue("mlima", groups=["g_users"]))
    shutil.rmtree(short_folder)


class _serving:  # noqa: N801  (reads as a verb)
    """The application and a worker, in an event loop of their own."""

    def __init__(self, config: AppConfig) -> None:
        self._config = config
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(create_app(config), log_config=None))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="service")

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}{self._config.prefix}"

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    async def _serve(self) -> None:
        async with open_job_life(self._config, self._config.limits) as life:
            card = a_card(an_entry()).model_dump_json().encode()
            await life.blobs.write(card_key(an_entry().id), in_chunks(card))
            working = asyncio.create_task(work(life))
            await self._server.serve(sockets=[self._listening])
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
