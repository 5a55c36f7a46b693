"""Stored files over HTTP, in a folder store; the folder and S3 stores are compared elsewhere."""

import hashlib
from email.utils import parsedate_to_datetime

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from app.downloads import serve_blob
from app.errors import install_error_handlers
from app.head_requests import HeadRequests
from tests.app.workbench import in_chunks
from uws.blobs import BlobStore

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ETAG = f'"{SHA256}"'
FILENAME = 'conjunto α "1".vot'


@pytest.fixture
async def client(tmp_path) -> httpx.AsyncClient:
    blobs = BlobStore(str(tmp_path))
    await blobs.write("jobs/abc/1/result", in_chunks(CONTENT))
    await blobs.write("jobs/abc/1/empty", in_chunks(b""))
    app = FastAPI()
    app.add_middleware(HeadRequests)
    install_error_handlers(app, prefix="", realm="tsm")

    @app.get("/{name}")
    async def download(name: str, request: Request) -> Response:
        key = f"jobs/abc/1/{name}"
        return await serve_blob(request, blobs, key, sha256=SHA256, media_type="text/csv", filename=FILENAME)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tsm.example")


async def test_the_whole_file_comes_with_everything_a_client_can_use(client):
    response = await client.get("/result")

    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["content-length"] == str(len(CONTENT))
    assert response.headers["content-type"] == "text/csv"
    assert response.headers["etag"] == ETAG
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "content-encoding" not in response.headers
    assert parsedate_to_datetime(response.headers["last-modified"]).tzinfo is not None


async def test_browsers_save_the_file_under_its_name(client):
    disposition = (await client.get("/result")).headers["content-disposition"]

    assert disposition == (
        "attachment; filename=\"conjunto _ _1_.vot\"; filename*=UTF-8''conjunto%20%CE%B1%20%221%22.vot"
    )


async def test_head_has_the_same_headers_and_no_body(client):
    head, get = await client.head("/result"), await client.get("/result")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-", 10000, len(CONTENT)),
        ("bytes=10000-999999", 10000, len(CONTENT)),
        ("bytes=-10", len(CONTENT) - 10, len(CONTENT)),
        ("bytes=-999999", 0, len(CONTENT)),
        ("BYTES=5-6", 5, 7),
    ],
)
async def test_one_range_is_answered_alone(client, wanted, start, stop):
    response = await client.get("/result", headers={"Range": wanted})

    assert (response.status_code, response.content) == (206, CONTENT[start:stop])
    assert response.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert response.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize("wanted", ["bytes=10240-", "bytes=99999-999999", "bytes=-0"])
async def test_a_range_behind_the_end_cannot_be_satisfied(client, wanted):
    response = await client.get("/result", headers={"Range": wanted})

    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize(
    "wanted", ["bytes=5-3", "bytes=-", "bytes=a-b", "rows=0-5", "bytes=0-1,5-6", "", f"bytes=0-{'9' * 30}"]
)
async def test_what_is_no_single_range_is_answered_with_the_whole_file(client, wanted):
    response = await client.get("/result", headers={"Range": wanted})

    assert (response.status_code, response.content) == (200, CONTENT)


async def test_any_range_of_an_empty_file_cannot_be_satisfied(client):
    assert (await client.get("/empty", headers={"Range": "bytes=0-0"})).status_code == 416


async def test_an_empty_file_is_served(client):
    response = await client.get("/empty")

    assert (response.status_code, response.content, response.headers["content-length"]) == (200, b"", "0")


async def test_a_range_is_given_if_the_file_is_still_the_same(client):
    modified = (await client.get("/result")).headers["last-modified"]

    for condition in (ETAG, modified):
        headers = {"Range": "bytes=0-9", "If-Range": condition}
        assert (await client.get("/result", headers=headers)).status_code == 206


@pytest.mark.parametrize("condition", ['"another"', f"W/{ETAG}", "Sat, 01 Jan 2000 00:00:00 GMT", "nonsense"])
async def test_the_whole_file_is_given_if_it_may_be_another_one(client, condition):
    response = await client.get("/result", headers={"Range": "bytes=0-9", "If-Range": condition})

    assert (response.status_code, response.content) == (200, CONTENT)


@pytest.mark.parametrize("tags", [ETAG, f'"another", {ETAG}', f"W/{ETAG}", "*"])
async def test_a_copy_that_is_still_good_is_not_sent_again(client, tags):
    response = await client.get("/result", headers={"If-None-Match": tags})

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == ETAG


async def test_a_copy_is_good_if_nothing_was_modified_since(client):
    modified = (await client.get("/result")).headers["last-modified"]

    assert (await client.get("/result", headers={"If-Modified-Since": modified})).status_code == 304
    old = {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert (await client.get("/result", headers=old)).status_code == 200


async def test_tags_decide_before_dates(client):
    modified = (await client.get("/result")).headers["last-modified"]
    headers = {"If-None-Match": '"another"', "If-Modified-Since": modified}

    assert (await client.get("/result", headers=headers)).status_code == 200


async def test_a_file_that_is_gone_is_not_found(client):
    assert (await client.get("/gone")).status_code == 404
