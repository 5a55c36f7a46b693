"""A store in S3 that throttles, breaks off, refuses, hangs or is away: one error in words, and nothing in halves."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.troubled_s3 import Trouble, TroubledS3, cut, refuse, stall
from tests.uws.builders import pieces
from uws.blobs import BlobStore
from uws.errors import FilesUnavailableError, UnknownBlobError

LARGE = os.urandom(1 << 20) * 9
"""Read by three requests."""


@pytest.fixture
def root(tmp_path: Path) -> str:
    return f"s3://tsm/{tmp_path.name}"


@pytest.fixture
def store(s3: TroubledS3, root: str) -> BlobStore:
    return BlobStore(root, s3.options | {"config_kwargs": {"read_timeout": 0.2, "retries": {"total_max_attempts": 2}}})


@pytest.mark.parametrize(
    "trouble",
    [refuse(503, "SlowDown"), refuse(500, "InternalError"), cut, stall(0.4)],
    ids=["busy", "broken", "cut", "slow"],
)
async def test_a_store_that_fails_once_is_asked_again(s3: TroubledS3, store: BlobStore, trouble: Trouble) -> None:
    with s3.troubled(trouble, times=1):
        await store.write("jobs/a/1/result", pieces(LARGE))
    with s3.troubled(trouble, lambda asked: asked.is_read, times=1):
        assert await store.read("jobs/a/1/result") == LARGE


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (404, "NoSuchBucket"), (400, "ExpiredToken")])
async def test_whatever_is_asked_of_a_store_that_refuses_is_one_error_without_secrets(
    s3: TroubledS3, store: BlobStore, tmp_path: Path, status: int, code: str
) -> None:
    await store.write("jobs/a/1/result", pieces(b"rows"))
    made = tmp_path / "made"
    made.write_bytes(b"rows")
    calls: list[Callable[[], Any]] = [
        store.require_answer,
        lambda: store.write("jobs/a/1/more", pieces(b"x")),
        lambda: store.put_file("jobs/a/1/more", made),
        lambda: store.read("jobs/a/1/result"),
        lambda: store.info("jobs/a/1/result"),
        lambda: store.fetch("jobs/a/1/result", tmp_path / "copy"),
        lambda: store.list_prefix("jobs"),
        lambda: store.list_children("jobs"),
        lambda: store.delete("jobs/a/1/result"),
        lambda: store.delete_prefix("jobs/a"),
        lambda: store.sweep_unfinished(datetime.now(UTC)),
    ]
    with s3.troubled(refuse(status, code)):
        told = []
        for call in calls:
            with pytest.raises(FilesUnavailableError) as caught:
                await call()
            told.append(str(caught.value))

    assert all("AKIASECRET" not in text and "Try again later" in text for text in told)
    assert code in told[0]
    assert made.read_bytes() == b"rows"
    assert [blob.key for blob in await store.list_prefix("jobs")] == ["jobs/a/1/result"]
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError")])
async def test_a_store_that_stays_busy_is_given_up_and_named(
    s3: TroubledS3, store: BlobStore, status: int, code: str
) -> None:
    with s3.troubled(refuse(status, code)), pytest.raises(FilesUnavailableError, match=code):
        await store.require_answer()


async def test_a_store_where_nobody_listens_is_told_from_a_file_that_is_not_there(
    s3: TroubledS3, store: BlobStore
) -> None:
    once = {"config_kwargs": {"retries": {"total_max_attempts": 1}}}
    nobody = BlobStore("s3://tsm/x", s3.options | {"endpoint_url": "http://127.0.0.1:1", **once})
    without_bucket = BlobStore("s3://nothing-here/x", s3.options)

    for unusable in (nobody, without_bucket):
        with pytest.raises(FilesUnavailableError):
            await unusable.info("jobs/a/1/result")
        with pytest.raises(FilesUnavailableError):
            await unusable.write("jobs/a/1/result", pieces(b"x"))
    with pytest.raises(UnknownBlobError):
        await store.info("jobs/a/1/result")


async def test_parts_of_two_versions_of_a_file_are_never_mixed(s3: TroubledS3, store: BlobStore, root: str) -> None:
    await store.write("uploads/u/data", pieces(LARGE))
    place = f"{root.removeprefix('s3://')}/uploads/u/data"
    read = bytearray()

    async def read_while_it_changes() -> None:
        async for chunk in store.stream("uploads/u/data"):
            read.extend(chunk)
            if len(read) == len(chunk):
                s3.files.pipe_file(place, bytes(len(LARGE)))

    with pytest.raises(FilesUnavailableError):
        await read_while_it_changes()

    assert read == LARGE[: len(read)]


async def test_a_file_that_the_store_keeps_is_not_taken_for_removed(s3: TroubledS3, store: BlobStore) -> None:
    await store.write("jobs/a/1/result", pieces(b"rows"))
    kept = b"<DeleteResult><Error><Key>x</Key><Code>AccessDenied</Code></Error></DeleteResult>"

    def say(environ: Any, start: Any, answer: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start("200 OK", [("Content-Type", "application/xml"), ("Content-Length", str(len(kept)))])
        return [kept]

    with (
        s3.troubled(say, lambda asked: asked.method == "POST"),
        pytest.raises(FilesUnavailableError, match="AccessDenied"),
    ):
        await store.delete_prefix("jobs/a")


async def test_uploads_in_parts_that_killed_processes_left_are_ended(
    s3: TroubledS3, store: BlobStore, root: str
) -> None:
    prefix = root.removeprefix("s3://tsm/")
    for key in (f"{prefix}/jobs/a/1/result", "elsewhere/x"):
        s3.files.call_s3("create_multipart_upload", Bucket="tsm", Key=key)

    def unfinished(prefix: str) -> int:
        return len(s3.files.call_s3("list_multipart_uploads", Bucket="tsm", Prefix=prefix).get("Uploads", ()))

    await store.sweep_unfinished(datetime(2000, 1, 1, tzinfo=UTC))
    young = unfinished(prefix)
    await store.sweep_unfinished(datetime.now(UTC))

    assert (young, unfinished(prefix), unfinished("elsewhere")) == (1, 0, 1)


async def test_a_write_in_parts_that_fails_leaves_nothing(s3: TroubledS3, store: BlobStore, tmp_path: Path) -> None:
    made = tmp_path / "made"
    with made.open("wb") as file:
        file.truncate(101 << 20)  # two parts, and without space on disk
    with (
        s3.troubled(refuse(403, "AccessDenied"), lambda asked: "partNumber=2" in asked.query),
        pytest.raises(FilesUnavailableError),
    ):
        await store.put_file("jobs/a/1/result", made)

    assert made.stat().st_size == 101 << 20
    assert await store.list_prefix("jobs") == []


async def test_a_signed_address_gives_one_file_to_anybody_as_it_was_named(s3: TroubledS3, store: BlobStore) -> None:
    info = await store.write("jobs/a/1/result", pieces(LARGE))
    address = await store.sign(
        "jobs/a/1/result", seconds=60, media_type="text/csv", disposition='attachment; filename="x.csv"'
    )
    assert address is not None

    async with httpx.AsyncClient() as anybody:
        whole = await anybody.get(address)
        part = await anybody.get(address, headers={"Range": "bytes=5-9"})

    assert hashlib.sha256(whole.content).hexdigest() == info.sha256
    assert (part.status_code, part.content) == (206, LARGE[5:10])
    assert whole.headers["content-type"] == "text/csv"
    assert whole.headers["content-disposition"] == 'attachment; filename="x.csv"'
    assert "X-Amz-Expires=60" in address
    assert "X-Amz-Signature=" in address
    elsewhere = await store.sign(
        "jobs/a/1/result", seconds=60, media_type="text/csv", disposition="x", endpoint_url="https://s3.example.org"
    )
    assert elsewhere is not None
    assert elsewhere.startswith("https://s3.example.org/tsm/")
