"""Reading ``UPLOAD`` and fetching tables from elsewhere; files of forms are tested with the UWS face."""

import hashlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from app.elsewhere import Elsewhere
from app.errors import BodyTooLargeError, FormError
from app.forms import FilePart
from app.inline_uploads import InlineUploads, UploadClause, inline_tables, read_upload_clauses
from uws.blobs import BlobStore
from uws.job import JobId, Parameter

HOSTS = frozenset({"data.example.org"})


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """A server with a table."""
    app = Starlette(
        routes=[
            Route("/table", lambda request: Response(b"ra,dec,z\n", media_type="text/csv")),
            Route("/large", lambda request: Response(b"x" * 2000)),
            Route("/moved", lambda request: RedirectResponse("/table")),
            Route("/secret", lambda request: PlainTextResponse("no", status_code=403)),
        ]
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def blobs(tmp_path) -> BlobStore:
    return BlobStore(str(tmp_path))


def uploads_of(blobs: BlobStore) -> InlineUploads:
    def anywhere() -> Elsewhere:
        return Elsewhere(is_allowed=lambda address: True)

    return InlineUploads(blobs, JobId("abc"), limit_bytes=1000, elsewhere=anywhere)


def from_elsewhere(url: str) -> tuple[UploadClause, ...]:
    # Addresses of a test server are not https: the clause is made by hand.
    return (UploadClause("mine", None, url),)


@pytest.mark.parametrize("texts", [["a,param:x;b,param:y"], ["a,param:x", "b,param:y"], [" a , param:x ;; b,PARAM:y;"]])
def test_clauses_are_repeated_or_joined(texts):
    found = read_upload_clauses(texts, hosts=HOSTS)

    assert found.problems == ()
    assert found.clauses == (UploadClause("a", "x", None), UploadClause("b", "y", None))


def test_a_table_may_lie_on_an_allowed_host():
    url = "https://data.example.org/specz.vot?a=1,2"

    assert read_upload_clauses([f"mine,{url}"], hosts=HOSTS).clauses == (UploadClause("mine", None, url),)


@pytest.mark.parametrize(
    "url",
    [
        "http://data.example.org/specz.vot",
        "https://other.example.org/specz.vot",
        "https://data.example.org.evil.example/specz.vot",
        "https://data.example.org@evil.example/specz.vot",
        "https://evil.example#@data.example.org/",
        "https://data.example.org:8443/specz.vot",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[broken",
        "file:///etc/passwd",
        "ftp://data.example.org/specz.vot",
        "vos://data.example.org/specz.vot",
        "specz.vot",
    ],
)
def test_no_other_address_is_taken(url):
    found = read_upload_clauses([f"mine,{url}"], hosts=HOSTS)

    assert found.clauses == ()
    assert "by https from data.example.org only" in found.problems[0].message


async def test_a_table_from_elsewhere_becomes_a_parameter_under_its_own_name(blobs, elsewhere):
    async with uploads_of(blobs) as uploads:
        (parameter,) = await uploads.parameters(from_elsewhere(f"{elsewhere}/table"))
        uploads.commit()

    assert (parameter.name, parameter.size, parameter.media_type) == ("mine", 9, "text/csv; charset=utf-8")
    assert parameter.sha256 == hashlib.sha256(b"ra,dec,z\n").hexdigest()
    assert await blobs.read(parameter.blob) == b"ra,dec,z\n"
    upload = Parameter("UPLOAD", f"mine,{elsewhere}/table")
    assert inline_tables([upload, parameter])["mine"].blob == parameter.blob


@pytest.mark.parametrize(
    ("path", "reason"), [("/none", "the host answers 404"), ("/secret", "answers 403"), ("/moved", "answers 307")]
)
async def test_a_table_that_cannot_be_fetched_is_named_and_leaves_nothing(blobs, elsewhere, path, reason):
    with pytest.raises(FormError, match=reason) as refusal:
        async with uploads_of(blobs) as uploads:
            await uploads.parameters(from_elsewhere(elsewhere + path))

    assert elsewhere + path in str(refusal.value)
    assert await blobs.list_prefix("jobs") == []


async def test_a_host_that_does_not_answer_is_named(blobs):
    with pytest.raises(FormError, match="cannot be fetched"):
        async with uploads_of(blobs) as uploads:
            await uploads.parameters(from_elsewhere("http://127.0.0.1:9/table"))


async def test_a_host_of_the_neighborhood_is_not_asked(blobs, elsewhere):
    async with InlineUploads(blobs, JobId("abc"), limit_bytes=1000) as uploads:
        with pytest.raises(FormError, match="private network, from which nothing is fetched"):
            await uploads.parameters(from_elsewhere(f"{elsewhere}/table"))


async def test_files_of_one_request_have_a_limit_together(blobs):
    async def chunks(n_bytes: int):
        yield b"0" * n_bytes

    async with uploads_of(blobs) as uploads:
        await uploads.keep(FilePart("a", "a.csv", None, chunks(600)))
        with pytest.raises(BodyTooLargeError, match=r"b\.csv.* more than 400 bytes"):
            await uploads.keep(FilePart("b", "b.csv", None, chunks(401)))


async def test_a_table_from_elsewhere_has_the_same_limit(blobs, elsewhere):
    with pytest.raises(BodyTooLargeError, match="more than 1000 bytes"):
        async with uploads_of(blobs) as uploads:
            await uploads.parameters(from_elsewhere(f"{elsewhere}/large"))

    assert await blobs.list_prefix("jobs") == []
