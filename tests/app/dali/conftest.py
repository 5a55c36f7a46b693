"""One running application for all tests of the DALI faces; each test finds its stores empty.

The fixtures of the folder above give every test an application of its own, which takes most of a second.
"""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI

from app.config import AppConfig, IdentityConfig
from app.job_kinds import JobKind
from app.main import create_app
from app.services import Services
from service.postgres import EmbeddedPostgres
from service.valkey import EmbeddedValkey
from tests.app.catalogs import RESTRICTED_CATALOG, a_card, an_entry, write_registry
from tests.app.dali import documents
from tests.app.gafaelfawr import FakeGafaelfawr, serving_in_a_thread
from tests.app.workbench import Workbench, in_chunks
from tests.conftest import execute, with_database
from trainingset.registry import card_key
from uws.assembly import JobLife, open_job_life

BASE_URL = "http://tsm.example/tsm"
DATABASE = "tsm_dali"
UPLOAD_LIMIT_BYTES = 1_000_000
OF_EVERY_KIND = {"job_list_test", "phases_test"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this folder in the event loop of the application."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what holds for every kind of job over each."""
    if metafunc.module.__name__.rpartition(".")[2] in OF_EVERY_KIND:
        metafunc.parametrize("job_kind", list(JobKind), indirect=True)


@pytest.fixture(autouse=True)
def job_kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind whose job list the module's tests use; a cross-match where a module is about one kind."""
    kind = getattr(request, "param", JobKind.CROSSMATCH)
    for module in (documents, request.module):
        monkeypatch.setattr(module, "JOBS", f"/{kind}/async", raising=False)


@pytest.fixture(scope="session")
def dali_folder() -> Iterator[Path]:
    """A folder whose path is short enough for unix sockets."""
    folder = Path(tempfile.mkdtemp(prefix="tsm-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def gafaelfawr(dali_folder: Path) -> Iterator[FakeGafaelfawr]:
    """A Gafaelfawr for all tests."""
    fake = FakeGafaelfawr()
    with serving_in_a_thread(fake.app, dali_folder / "gafaelfawr"):
        yield fake


@pytest.fixture(scope="session")
def token(gafaelfawr: FakeGafaelfawr) -> str:
    """Token of the user ``mlima``, who has data rights for dp1."""
    return gafaelfawr.issue("mlima", groups=["g_users"])


@pytest.fixture(scope="session")
def other_token(gafaelfawr: FakeGafaelfawr) -> str:
    """Token of the user ``other``, who has data rights for dp1 and dp2."""
    return gafaelfawr.issue("other", groups=["g_users", "g_rubin"])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def dali_config(
    postgres: EmbeddedPostgres, template_database: str, valkey: EmbeddedValkey, dali_folder: Path
) -> AsyncIterator[AppConfig]:
    """Settings of the application, with a registry of an open catalog and one that needs a right."""
    await execute(postgres.url, f"CREATE DATABASE {DATABASE} TEMPLATE {template_database}")
    write_registry(dali_folder / "catalogs.yaml", an_entry(), an_entry(RESTRICTED_CATALOG, required_right="dp2"))
    yield AppConfig(
        database_url=with_database(postgres.url, DATABASE),
        queue_url=valkey.url,
        blob_root=str(dali_folder / "blobs"),
        registry_path=dali_folder / "catalogs.yaml",
        identity=IdentityConfig(
            url="http://gafaelfawr.example",
            socket=dali_folder / "gafaelfawr",
            rights_by_group={"g_users": frozenset({"dp1"}), "g_rubin": frozenset({"dp2"})},
        ),
        upload_limit_bytes=UPLOAD_LIMIT_BYTES,
    )
    await execute(postgres.url, f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_app(dali_config: AppConfig, gafaelfawr: FakeGafaelfawr) -> AsyncIterator[FastAPI]:
    """The application, and the cards that a worker has left."""
    app = create_app(dali_config)
    async with app.router.lifespan_context(app):
        for entry in (an_entry(), an_entry(RESTRICTED_CATALOG, required_right="dp2")):
            card = a_card(entry).model_dump_json().encode()
            await app.state.services.blobs.write(card_key(entry.id), in_chunks(card))
        yield app


@pytest_asyncio.fixture(loop_scope="session")
async def app(running_app: FastAPI, dali_config: AppConfig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """The application with empty stores and its own settings again."""
    services = running_app.state.services
    yield running_app
    running_app.state.services = services
    await execute(
        dali_config.database_url, "TRUNCATE jobs, uploads, workers, publications, publication_tags, job_shares CASCADE"
    )
    await services.blobs.delete_prefix("jobs")


@pytest.fixture
def services(app: FastAPI) -> Services:
    """What the application works with."""
    found = app.state.services
    assert isinstance(found, Services)
    return found


def a_client(app: FastAPI, token: str | None = None) -> httpx.AsyncClient:
    """A client of the application; addresses count from the prefix."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)


@pytest.fixture
def anonymous_client(app: FastAPI) -> httpx.AsyncClient:
    """A client without credentials."""
    return a_client(app)


@pytest.fixture
def app_client(app: FastAPI, token: str) -> httpx.AsyncClient:
    """A client of the user ``mlima``."""
    return a_client(app, token)


@pytest.fixture
def other_client(app: FastAPI, other_token: str) -> httpx.AsyncClient:
    """A client of the user ``other``."""
    return a_client(app, other_token)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker_life(dali_config: AppConfig) -> AsyncIterator[JobLife]:
    """The job life as a worker has it."""
    async with open_job_life(dali_config) as life:
        yield life


@pytest.fixture
def worker(worker_life: JobLife) -> Workbench:
    """A worker that does what the test says, when it says so."""
    return Workbench(worker_life)


@pytest_asyncio.fixture(loop_scope="session")
async def base(app) -> AsyncIterator[str]:
    """Address of the cross-match on a real server, for clients that bring their own HTTP."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/tsm/crossmatch"
    server.should_exit = True
    await serving
