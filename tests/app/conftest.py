"""The web application on real stores, with a Gafaelfawr that knows two users and a worker moved by the test."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.config import AppConfig, IdentityConfig
from app.main import create_app
from app.services import Services
from app.user_limits import UserLimits
from tests.app.catalogs import RESTRICTED_CATALOG, a_card, an_entry, write_registry
from tests.app.gafaelfawr import FakeGafaelfawr, serving, serving_in_a_thread
from tests.app.workbench import Workbench, in_chunks
from trainingset.registry import card_key
from uws.assembly import JobLife

BASE_URL = "http://tsm.example/tsm"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for unix sockets, whose paths hold about a hundred bytes."""
    folder = Path(tempfile.mkdtemp(prefix="tsm-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def gafaelfawr_socket() -> Iterator[Path]:
    """Where the Gafaelfawr of the test process listens."""
    folder = Path(tempfile.mkdtemp(prefix="tsm-"))
    yield folder / "gafaelfawr"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def gafaelfawr_server(gafaelfawr_socket: Path) -> Iterator[FakeGafaelfawr]:
    """The Gafaelfawr of the test process."""
    fake = FakeGafaelfawr()
    with serving_in_a_thread(fake.app, gafaelfawr_socket):
        yield fake


@pytest.fixture
def gafaelfawr(gafaelfawr_server: FakeGafaelfawr) -> FakeGafaelfawr:
    """A Gafaelfawr that knows no tokens yet."""
    gafaelfawr_server.reset()
    return gafaelfawr_server


@pytest.fixture
def token(gafaelfawr: FakeGafaelfawr) -> str:
    """Token of the user ``mlima``, who has data rights for dp1."""
    return gafaelfawr.issue("mlima", groups=["g_users"], email="mlima@example.org", quota={"api": {"tap": 1000}})


@pytest.fixture
def other_token(gafaelfawr: FakeGafaelfawr) -> str:
    """Token of the user ``other``, who has data rights for dp1 and dp2."""
    return gafaelfawr.issue("other", groups=["g_users", "g_rubin"])


@pytest.fixture
def registry_path(tmp_path: Path) -> Path:
    """A registry of one catalog that is open to all and one that needs a right."""
    path = tmp_path / "catalogs.yaml"
    write_registry(path, an_entry(), an_entry(RESTRICTED_CATALOG, required_right="dp2"))
    return path


@pytest.fixture
def app_config(
    database_url: str, queue_url: str, blob_root: str, registry_path: Path, gafaelfawr_socket: Path
) -> AppConfig:
    """Settings of the application; a test changes them by ``model_copy``."""
    return AppConfig(
        database_url=database_url,
        queue_url=queue_url,
        blob_root=blob_root,
        registry_path=registry_path,
        identity=IdentityConfig(
            url="http://gafaelfawr.example",
            socket=gafaelfawr_socket,
            rights_by_group={"g_users": frozenset({"dp1"}), "g_rubin": frozenset({"dp2"})},
        ),
        inspection_wait_seconds=0.2,
        card_cache_seconds=0,
        upload_limit_bytes=1_000_000,
        user_limits=UserLimits(stored_uploads_bytes=1_500_000),
    )


@pytest.fixture
async def app(app_config: AppConfig, gafaelfawr: FakeGafaelfawr, catalog_cards: None) -> AsyncIterator[FastAPI]:
    """The running application, without a server in front of it."""
    app = create_app(app_config)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def services(app: FastAPI) -> Services:
    """What the application works with."""
    found = app.state.services
    assert isinstance(found, Services)
    return found


@pytest.fixture
async def catalog_cards(job_life: JobLife) -> None:
    """Cards of all registered catalogs, as a worker leaves them."""
    for entry in (an_entry(), an_entry(RESTRICTED_CATALOG, required_right="dp2")):
        card = a_card(entry).model_dump_json().encode()
        await job_life.blobs.write(card_key(entry.id), in_chunks(card))


@pytest.fixture
async def anonymous_client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials; addresses count from the prefix."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@pytest.fixture
async def app_client(app: FastAPI, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the user ``mlima``."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


@pytest.fixture
async def other_client(app: FastAPI, other_token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the user ``other``."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {other_token}"}
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


@pytest.fixture
async def live_client(app: FastAPI, token: str, short_folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the user ``mlima`` over a real connection: it can read a stream while it comes, and hang up."""
    socket = short_folder / "app"
    transport = httpx.AsyncHTTPTransport(uds=str(socket))
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        serving(app, socket),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def worker(job_life: JobLife) -> Workbench:
    """A worker that does what the test says, when it says so."""
    return Workbench(job_life)
