import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.troubled_s3 import TroubledS3
from tests.uws.builders import pieces
from uws.blobs import BlobStore, require_valid_key
from uws.errors import BlobTooLargeError, InvalidBlobKeyError, UnknownBlobError

SEVERAL_PARTS = os.urandom(1 << 20) * 7  # more than the 5 MiB of one part in S3


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """An empty store of each kind."""
    if request.param == "folder":
        return BlobStore(str(tmp_path / "blobs"))
    s3: TroubledS3 = request.getfixturevalue("s3")
    return BlobStore(f"s3://tsm/{tmp_path.name}", s3.options)


async def everything(store: BlobStore) -> list[str]:
    return [blob.key for prefix in ("jobs", "uploads", "cards") for blob in await store.list_prefix(prefix)]


async def test_what_was_written_is_read_with_its_size_and_checksum(store: BlobStore):
    info = await store.write("jobs/a/1/result.parquet", pieces(b"one ", b"", b"two"))

    assert (info.size, info.sha256) == (7, hashlib.sha256(b"one two").hexdigest())
    assert await store.read("jobs/a/1/result.parquet") == b"one two"
    stored = await store.info("jobs/a/1/result.parquet")
    assert (stored.key, stored.size) == ("jobs/a/1/result.parquet", 7)
    assert abs(stored.modified - datetime.now(UTC)) < timedelta(minutes=1)


async def test_any_range_of_a_large_file_is_streamed_exactly(store: BlobStore):
    info = await store.write("uploads/u/data", pieces(SEVERAL_PARTS))

    async def ranged(start: int, stop: int | None) -> bytes:
        return b"".join([chunk async for chunk in store.stream("uploads/u/data", start, stop)])

    assert info.sha256 == hashlib.sha256(SEVERAL_PARTS).hexdigest()
    assert await ranged(0, None) == SEVERAL_PARTS
    assert await ranged(5, 5) == b""
    assert await ranged(1_000_000, 6_000_001) == SEVERAL_PARTS[1_000_000:6_000_001]
    assert await ranged(len(SEVERAL_PARTS) - 3, None) == SEVERAL_PARTS[-3:]


async def test_a_file_over_the_limit_leaves_nothing(store: BlobStore):
    with pytest.raises(BlobTooLargeError, match="More than 5 bytes"):
        await store.write("uploads/u/data", pieces(b"1234", b"56"), limit_bytes=5)
    exactly = await store.write("uploads/v/data", pieces(b"1234", b"5"), limit_bytes=5)

    assert exactly.size == 5
    assert await everything(store) == ["uploads/v/data"]


async def test_a_stream_that_breaks_leaves_nothing_or_the_older_file(store: BlobStore):
    async def broken() -> AsyncIterator[bytes]:
        yield SEVERAL_PARTS
        raise ConnectionResetError("the client left")

    await store.write("jobs/a/inputs/kept", pieces(b"older"))
    for key in ("jobs/a/inputs/kept", "jobs/a/inputs/new"):
        with pytest.raises(ConnectionResetError):
            await store.write(key, broken())

    assert await everything(store) == ["jobs/a/inputs/kept"]
    assert await store.read("jobs/a/inputs/kept") == b"older"


async def test_a_cancelled_write_leaves_nothing(store: BlobStore):
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield SEVERAL_PARTS
        begun.set()
        await asyncio.sleep(60)

    writing = asyncio.create_task(store.write("uploads/u/data", endless()))
    await begun.wait()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)

    assert await everything(store) == []


async def test_a_file_being_written_is_seen_by_nobody(store: BlobStore):
    seen: list[list[str]] = []

    async def watched() -> AsyncIterator[bytes]:
        yield SEVERAL_PARTS
        seen.append(await everything(store))
        yield b"end"

    await store.write("jobs/a/1/result.vot", watched())

    assert seen == [[]]
    assert await everything(store) == ["jobs/a/1/result.vot"]


WRITE_FOR_EVER = """
import asyncio, sys
from uws.blobs import BlobStore
async def endless():
    while True:
        yield bytes(1 << 20)
        await asyncio.sleep(0.01)
asyncio.run(BlobStore(sys.argv[1]).write("jobs/a/1/result.vot", endless()))
"""


async def test_a_process_killed_while_writing_leaves_nothing_that_can_be_named(tmp_path: Path):
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path))
    partial = tmp_path / ".partial"
    while not (partial.exists() and any(file.stat().st_size for file in partial.iterdir())):
        await asyncio.sleep(0.02)
    writer.kill()
    await writer.wait()

    assert await everything(BlobStore(str(tmp_path))) == []


async def test_a_local_file_is_taken_over_and_gone_from_its_place(store: BlobStore, tmp_path: Path):
    source = tmp_path / "made.parquet"
    source.write_bytes(SEVERAL_PARTS)

    info = await store.put_file("jobs/a/1/result.parquet", source)

    assert (info.size, info.sha256) == (len(SEVERAL_PARTS), hashlib.sha256(SEVERAL_PARTS).hexdigest())
    assert await store.read("jobs/a/1/result.parquet") == SEVERAL_PARTS
    assert not source.exists()


async def test_a_file_is_fetched_to_a_local_path(store: BlobStore, tmp_path: Path):
    await store.write("uploads/u/data", pieces(SEVERAL_PARTS))

    await store.fetch("uploads/u/data", tmp_path / "copy")
    with pytest.raises(UnknownBlobError):
        await store.fetch("uploads/none/data", tmp_path / "none")

    assert (tmp_path / "copy").read_bytes() == SEVERAL_PARTS
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("key", ["jobs/none/1/result.vot", "jobs/a", "jobs/a/1", "jobs/a/1/result.vot/more"])
async def test_what_is_not_there_is_unknown_however_it_is_asked_for(store: BlobStore, key: str):
    await store.write("jobs/a/1/result.vot", pieces(b"x"))

    with pytest.raises(UnknownBlobError, match=key):
        await store.read(key)
    with pytest.raises(UnknownBlobError, match=key):
        await store.info(key)


async def test_a_prefix_is_deleted_with_nothing_beside_it(store: BlobStore):
    for key in ("jobs/a/1/x", "jobs/a/1/y/z", "jobs/a/10/x", "jobs/ab/1/x"):
        await store.write(key, pieces(b"x"))

    await store.delete_prefix("jobs/a/1")
    await store.delete_prefix("jobs/none/")
    await store.delete("jobs/none/x")

    assert await everything(store) == ["jobs/a/10/x", "jobs/ab/1/x"]
    assert await store.list_children("jobs") == ["a", "ab"]
    assert await store.list_children("uploads") == []


async def test_only_a_folder_tells_where_its_files_are(store: BlobStore):
    await store.write("cards/dp1.json", pieces(b"{}"))
    path = store.local_path("cards/dp1.json")

    assert path is None or path.read_bytes() == b"{}"
    assert (path is None) == (await store.free_bytes() is None)


async def test_writers_of_one_folder_do_not_trip_over_its_removal(tmp_path: Path):
    store = BlobStore(str(tmp_path))

    async def write_and_delete(n: int) -> None:
        for turn in range(20):
            await store.write(f"jobs/a/{n}/{turn}", pieces(b"x"))
            await store.delete(f"jobs/a/{n}/{turn}")

    await asyncio.gather(*(write_and_delete(n) for n in range(6)))

    assert await everything(store) == []


NAMES_OUTSIDE = ("", "/etc/passwd", "jobs/../x", "..", ".", ".partial/x", "jobs//x", "jobs/x/", "jobs/.x")
NAMES_UNFIT = ("a b", "a\\b", "a\x00", "é", "x" * 600, "a\n", "jobs/x\n")


@pytest.mark.parametrize("key", [*NAMES_OUTSIDE, *NAMES_UNFIT])
async def test_no_key_leads_out_of_the_store(store: BlobStore, key: str):
    with pytest.raises(InvalidBlobKeyError):
        await store.write(key, pieces(b"x"))
    with pytest.raises(InvalidBlobKeyError):
        store.local_path(key)


@given(key=st.text(max_size=40))
def test_a_key_that_is_taken_stays_below_the_root(key: str):
    root = Path("/some/root")
    try:
        require_valid_key(key)
    except InvalidBlobKeyError:
        return
    assert Path(os.path.normpath(root / key)).is_relative_to(root)
    assert os.path.normpath(root / key) == str(root / key)
