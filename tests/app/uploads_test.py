"""Uploads over JSON: sent in several ways, inspected, listed, deleted, and nobody else's."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.config import AppConfig
from tests.app.workbench import Workbench, a_profile, in_chunks
from trainingset.errors import Problem

UPLOADS = "/api/v1/uploads"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"


async def test_file_of_a_form_is_stored_and_waits_for_its_inspection(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(UPLOADS, files={"file": ("zspec.csv", CSV, "text/csv")})

    assert answer.status_code == 201
    upload = answer.json()
    assert (upload["name"], upload["media_type"], upload["state"]) == ("zspec.csv", "text/csv", "inspecting")
    assert (upload["size"], upload["sha256"]) == (len(CSV), hashlib.sha256(CSV).hexdigest())
    assert (upload["profile"], upload["error"]) == (None, None)
    assert upload["source"] == f"upload:{upload['id']}"
    assert answer.headers["Location"] == upload["url"] == f"http://tsm.example/tsm/api/v1/uploads/{upload['id']}"


@pytest.mark.parametrize(
    ("headers", "media_type"),
    [
        ({}, "application/octet-stream"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "application/octet-stream"),
        ({"Content-Type": "text/csv; charset=utf-8"}, "text/csv"),
    ],
)
async def test_body_itself_is_stored_under_the_name_in_the_query(
    headers: dict[str, str], media_type: str, app_client: httpx.AsyncClient
) -> None:
    answer = await app_client.post(UPLOADS, params={"name": "zspec.csv"}, content=CSV, headers=headers)

    upload = answer.json()
    assert (answer.status_code, upload["name"], upload["size"]) == (201, "zspec.csv", len(CSV))
    assert upload["media_type"] == media_type


async def test_chunked_body_without_length_is_stored(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(UPLOADS, content=in_chunks(CSV, size=5))

    assert (answer.status_code, answer.json()["size"], answer.json()["name"]) == (201, len(CSV), "table")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\data\\z.fits", "z.fits"), ("a\x00\x1bb.csv", "ab.csv"), ("/", "table")],
)
async def test_name_is_a_label_and_never_a_path(sent: str, kept: str, app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(UPLOADS, params={"name": sent}, content=CSV)

    assert answer.json()["name"] == kept


async def test_inspection_leaves_a_profile(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()
    await worker.inspect(a_profile(n_rows=3))

    inspected = (await app_client.get(f"{UPLOADS}/{upload['id']}")).json()

    assert inspected["state"] == "ready"
    assert (inspected["profile"]["n_rows"], inspected["profile"]["roles"]["ra"]) == (3, "ra")
    assert "coverage_pixels" not in inspected["profile"]


async def test_rejected_upload_tells_every_problem(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    upload = (await app_client.post(UPLOADS, content=b"")).json()
    problems = (Problem(parameter="UPLOAD", message="is empty"), Problem(parameter="UPLOAD", message="is no table"))
    await worker.reject(*problems)

    rejected = (await app_client.get(f"{UPLOADS}/{upload['id']}")).json()

    assert (rejected["state"], rejected["profile"]) == ("rejected", None)
    assert [problem["message"] for problem in rejected["error"]["problems"]] == ["is empty", "is no table"]


async def test_waiting_request_is_answered_when_the_inspection_ends(
    app_client: httpx.AsyncClient, worker: Workbench
) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()
    waiting = asyncio.create_task(app_client.get(f"{UPLOADS}/{upload['id']}", params={"wait": 20}))
    await asyncio.sleep(0.2)
    assert not waiting.done()

    await worker.inspect()

    async with asyncio.timeout(5):
        assert (await waiting).json()["state"] == "ready"


async def test_sending_and_waiting_is_one_request(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    async def inspect_soon() -> None:
        while True:
            await asyncio.sleep(0.05)
            if (await app_client.get(UPLOADS)).json():
                return await worker.inspect()

    inspection = asyncio.create_task(inspect_soon())
    async with asyncio.timeout(10):
        answer = await app_client.post(UPLOADS, params={"wait": 20}, files={"file": ("z.csv", CSV)})

    await inspection
    assert answer.json()["state"] == "ready"


@pytest.mark.parametrize("as_form", [True, False])
async def test_too_many_bytes_are_refused_and_nothing_is_kept(
    as_form: bool, app_client: httpx.AsyncClient, app_config: AppConfig
) -> None:
    content = b"0" * (app_config.upload_limit_bytes + 1)

    answer = await app_client.post(UPLOADS, **({"files": {"file": content}} if as_form else {"content": content}))

    assert answer.status_code == 413
    assert str(app_config.upload_limit_bytes) in answer.json()["detail"]
    assert (await app_client.get(UPLOADS)).json() == []
    assert not [path for path in Path(app_config.blob_root).rglob("*") if path.is_file() and "uploads" in path.parts]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        (UPLOADS, "application/octet-stream"),
        (UPLOADS, "multipart/form-data; boundary=limit"),
        ("/api/v1/jobs", "application/json"),
        ("/crossmatch/async", "multipart/form-data; boundary=limit"),
        ("/crossmatch/sync", "multipart/form-data; boundary=limit"),
        ("/crossmatch/async", "application/x-www-form-urlencoded"),
    ],
)
async def test_body_that_claims_too_much_is_refused_before_it_comes(
    path: str, content_type: str, app_client: httpx.AsyncClient
) -> None:
    async def never_asked_for() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = {"Content-Type": content_type, "Content-Length": str(10 * 1024**3)}
    answer = await app_client.post(path, content=never_asked_for(), headers=headers)

    assert answer.status_code == 413
    assert str(10 * 1024**3) in answer.text


async def test_all_uploads_of_one_user_together_have_a_limit(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, app_config: AppConfig
) -> None:
    half = b"0" * (app_config.user_limits.stored_uploads_bytes // 2)
    first, second, third = [await app_client.post(UPLOADS, content=half + extra) for extra in (b"", b"0", b"")]

    assert (first.status_code, second.status_code, third.status_code) == (201, 413, 201)
    assert "delete some first" in second.json()["detail"]
    assert (await other_client.post(UPLOADS, content=half)).status_code == 201


async def test_largest_allowed_upload_is_kept(app_client: httpx.AsyncClient, app_config: AppConfig) -> None:
    answer = await app_client.post(UPLOADS, content=b"0" * app_config.upload_limit_bytes)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ([("table", ("z.csv", CSV))], "table"),
        ([("file", ("z.csv", CSV)), ("file", ("more.csv", CSV))], "file"),
        ([("file", ("z.csv", CSV)), ("name", (None, b"zspec"))], "name"),
    ],
)
async def test_form_with_anything_but_one_file_is_refused_and_nothing_is_kept(
    files: list[tuple[str, tuple[str | None, bytes]]], named: str, app_client: httpx.AsyncClient
) -> None:
    answer = await app_client.post(UPLOADS, files=files)

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["parameter"] == named
    assert (await app_client.get(UPLOADS)).json() == []


async def test_form_that_was_cut_off_is_refused_and_nothing_is_kept(app_client: httpx.AsyncClient) -> None:
    request = app_client.build_request("POST", UPLOADS, files={"file": ("z.csv", CSV)})
    body = request.read()[:-20]

    answer = await app_client.post(UPLOADS, content=body, headers={"Content-Type": request.headers["Content-Type"]})

    assert answer.status_code == 400
    assert (await app_client.get(UPLOADS)).json() == []


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
async def test_form_without_boundary_is_refused(content_type: str, app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(UPLOADS, content=CSV, headers={"Content-Type": content_type})

    assert answer.status_code == 400


async def test_list_shows_the_latest_first(app_client: httpx.AsyncClient) -> None:
    for name in ("first", "second"):
        await app_client.post(UPLOADS, params={"name": name}, content=CSV)

    listed = (await app_client.get(UPLOADS)).json()

    assert [upload["name"] for upload in listed] == ["second", "first"]


async def test_upload_of_somebody_else_looks_like_none(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()
    address = f"{UPLOADS}/{upload['id']}"

    answers = [
        await other_client.get(address),
        await other_client.get(address, params={"wait": 1}),
        await other_client.delete(address),
        await other_client.get(f"{UPLOADS}/nothing"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await other_client.get(UPLOADS)).json() == []
    assert (await app_client.get(address)).status_code == 200


async def test_deleted_upload_is_gone(app_client: httpx.AsyncClient, app_config: AppConfig) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()

    answer = await app_client.delete(f"{UPLOADS}/{upload['id']}")

    assert answer.status_code == 204
    assert (await app_client.get(f"{UPLOADS}/{upload['id']}")).status_code == 404
    assert not [path for path in Path(app_config.blob_root).rglob("*") if path.is_file() and "uploads" in path.parts]


@pytest.mark.parametrize("wait", ["-1", "soon", "1.5"])
async def test_impossible_wait_is_refused(wait: str, app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(UPLOADS, params={"wait": wait}, content=CSV)

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["parameter"] == "wait"


async def test_client_that_leaves_during_an_upload_leaves_nothing(
    live_client: httpx.AsyncClient, app_config: AppConfig
) -> None:
    async def broken_off() -> AsyncIterator[bytes]:
        yield CSV
        await asyncio.sleep(0.1)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await live_client.post(UPLOADS, content=broken_off())

    await asyncio.sleep(0.1)
    assert (await live_client.get(UPLOADS)).json() == []
    assert not [path for path in Path(app_config.blob_root).rglob("*") if path.is_file() and "cards" not in path.parts]
