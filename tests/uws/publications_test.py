"""Published files: versions that stay, and a tag that moves."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.uws.builders import a_job, pieces
from uws.assembly import JobLife
from uws.errors import (
    InvalidPublicationError,
    PublicationConflictError,
    UnknownJobError,
    UnknownPublicationError,
)
from uws.file_folder import PARTIAL_FOLDER
from uws.phase import ExecutionPhase
from uws.publications import NewPublication, Publication


def a_version(version: str = "1", **changes: Any) -> NewPublication:
    fields: dict[str, Any] = {
        "name": "specz",
        "version": version,
        "release": "dp1",
        "filename": "specz.parquet",
        "media_type": "application/vnd.apache.parquet",
        "details": {"title": "Redshifts"},
    }
    return NewPublication(**fields | changes)


async def publish(
    life: JobLife, version: str = "1", *, content: bytes = b"PAR1", latest: bool = False, **changes: Any
) -> Publication:
    return await life.publications.publish(a_version(version, **changes), pieces(content), latest=latest)


async def test_a_published_file_is_found_with_its_checksum(job_life: JobLife) -> None:
    published = await publish(job_life, record={"rows": 1})

    found = await job_life.publications.get("specz", "1")

    assert found == published
    assert (found.size, found.record, found.details["title"]) == (4, {"rows": 1}, "Redshifts")
    assert await job_life.blobs.read(found.blob) == b"PAR1"


async def test_each_kind_has_its_own_lists_and_names(job_life: JobLife) -> None:
    await publish(job_life, latest=True)
    made = await job_life.published_sets.publish(a_version(name="train"), pieces(b"SET1"), latest=True)

    assert [found.name for found in await job_life.publications.list()] == ["specz"]
    assert await job_life.published_sets.list() == [made]
    assert await job_life.published_sets.get_latest("train") == made
    for service, other in ((job_life.publications, "train"), (job_life.published_sets, "specz")):
        for ask in (service.get, service.retire):
            with pytest.raises(UnknownPublicationError):
                await ask(other, "1")
        with pytest.raises(UnknownPublicationError):
            await service.tag(other, "1", release="dp1")
        with pytest.raises(PublicationConflictError, match="is that of a published"):
            await service.publish(a_version("2", name=other), pieces(b"x"))


async def test_a_version_is_published_once(job_life: JobLife) -> None:
    await publish(job_life)

    with pytest.raises(PublicationConflictError, match="published already"):
        await publish(job_life, content=b"other")

    assert await job_life.blobs.read((await job_life.publications.get("specz", "1")).blob) == b"PAR1"


async def test_of_two_who_publish_one_version_at_once_one_is_refused_and_leaves_no_file(job_life: JobLife) -> None:
    attempts = [publish(job_life, content=content, latest=True) for content in (b"one", b"two", b"three")]

    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    (published,) = [outcome for outcome in outcomes if isinstance(outcome, Publication)]
    assert all(isinstance(outcome, Publication | PublicationConflictError) for outcome in outcomes)
    assert [blob.key for blob in await job_life.blobs.list_prefix("publications")] == [published.blob]
    assert await job_life.publications.get_latest("specz") == published


async def test_the_latest_is_the_version_that_carries_the_tag(job_life: JobLife) -> None:
    await publish(job_life, "1", latest=True)
    await publish(job_life, "2")
    before = await job_life.publications.get_latest("specz")

    await job_life.publications.tag("specz", "2", release="dp1")

    assert before.version == "1"
    assert (await job_life.publications.get_latest("specz")).version == "2"
    assert (await job_life.publications.get("specz", "1")).latest_for == ()


async def test_the_tag_moves_for_one_release_at_a_time(job_life: JobLife) -> None:
    await publish(job_life, "1", latest=True)
    await publish(job_life, "2", release="dp2", latest=True)

    latest = {
        release: (await job_life.publications.get_latest("specz", release=release)).version
        for release in ("dp1", "dp2")
    }

    assert latest == {"dp1": "1", "dp2": "2"}
    assert (await job_life.publications.get_latest("specz")).version == "2"
    with pytest.raises(UnknownPublicationError, match="dp3"):
        await job_life.publications.get_latest("specz", release="dp3")


async def test_of_two_who_move_the_tag_at_once_one_version_carries_it(job_life: JobLife) -> None:
    for version in "123":
        await publish(job_life, version)

    await asyncio.gather(*(job_life.publications.tag("specz", version, release="dp1") for version in "123"))

    tagged = [found.version for found in await job_life.publications.list() if found.latest_for]
    assert len(tagged) == 1


async def test_a_name_without_a_tag_means_nothing(job_life: JobLife) -> None:
    await publish(job_life)

    with pytest.raises(UnknownPublicationError):
        await job_life.publications.get_latest("specz")


async def test_a_retired_version_is_hidden_and_stays(job_life: JobLife) -> None:
    await publish(job_life)
    await job_life.publications.retire("specz", "1")
    await job_life.disposal.sweep()

    found = await job_life.publications.get("specz", "1")

    assert await job_life.publications.list() == []
    assert [shown.version for shown in await job_life.publications.list(with_retired=True)] == ["1"]
    assert found.retirement_time is not None
    assert await job_life.blobs.read(found.blob) == b"PAR1"
    with pytest.raises(PublicationConflictError, match="retired"):
        await job_life.publications.tag("specz", "1", release="dp1")
    with pytest.raises(PublicationConflictError, match="published already"):
        await publish(job_life)


async def test_what_a_killed_publisher_left_is_swept_when_old_and_what_is_published_stays(
    job_life: JobLife,
) -> None:
    published = await publish(job_life)
    left = (await job_life.blobs.write("publications/killed/data.parquet", pieces(b"half a publication"))).key

    def grow_old(key: str) -> None:
        path = job_life.blobs.local_path(key)
        assert path is not None
        os.utime(path, (time.time() - 7 * 3600,) * 2)

    await job_life.disposal.sweep()
    young = await job_life.blobs.read(left)
    grow_old(left)
    grow_old(published.blob)
    await job_life.disposal.sweep()

    assert young == b"half a publication"
    assert [blob.key for blob in await job_life.blobs.list_prefix("publications")] == [published.blob]
    again = await publish(job_life, "2", content=b"whole")
    assert await job_life.blobs.read(again.blob) == b"whole"


async def test_a_publisher_that_is_killed_in_the_middle_leaves_nothing_that_is_not_swept(job_life: JobLife) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"half"
        # What a kill leaves: the unfinished file stays where it is.
        folder = job_life.blobs.local_path("x")
        assert folder is not None
        (partial,) = (folder.parent / PARTIAL_FOLDER).iterdir()
        os.link(partial, partial.with_name("tsm-killed"))
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await job_life.publications.publish(a_version(), cut())
    folder = job_life.blobs.local_path(PARTIAL_FOLDER.strip("."))
    assert folder is not None
    left = folder.with_name(PARTIAL_FOLDER) / "tsm-killed"

    await job_life.blobs.sweep_unfinished(datetime.now(UTC) - timedelta(hours=6))
    is_kept_while_young = left.exists()
    await job_life.blobs.sweep_unfinished(datetime.now(UTC) + timedelta(minutes=1))

    assert is_kept_while_young
    assert not left.exists()
    assert await job_life.blobs.list_prefix("publications") == []
    assert (await publish(job_life)).version == "1"


async def test_the_latest_version_is_not_retired(job_life: JobLife) -> None:
    await publish(job_life, latest=True)

    with pytest.raises(PublicationConflictError, match="latest for dp1"):
        await job_life.publications.retire("specz", "1")


@pytest.mark.parametrize("version", ["", "a/b", "../x", "1 2", "-1", "x" * 65, "\0"])
async def test_a_version_that_could_be_no_part_of_an_address_is_refused(job_life: JobLife, version: str) -> None:
    with pytest.raises(InvalidPublicationError):
        await publish(job_life, version)


async def test_what_is_not_published_is_not_found(job_life: JobLife) -> None:
    with pytest.raises(UnknownPublicationError):
        await job_life.publications.get("specz", "\0")
    with pytest.raises(UnknownPublicationError):
        await job_life.publications.tag("specz", "1", release="dp1")
    with pytest.raises(UnknownPublicationError):
        await job_life.publications.retire("specz", "1")


async def test_only_a_completed_job_has_something_to_publish(job_life: JobLife) -> None:
    done = await a_job(job_life, ExecutionPhase.COMPLETED)
    pending = await a_job(job_life)

    assert (await job_life.publications.completed_job(done.id)).results == done.results
    for job_id in (pending.id, "nothing"):
        with pytest.raises(UnknownJobError):
            await job_life.publications.completed_job(job_id)
