import asyncio

import pytest

from tests.uws.builders import FAILURE, OWNER, a_job, expire, pieces, take
from uws.assembly import JobLife
from uws.errors import BlobTooLargeError, ClaimLostError, InvalidControlError, UnknownUploadError
from uws.job import INSPECT
from uws.life import JobService
from uws.phase import ExecutionPhase
from uws.uploads import Upload, UploadState


async def an_upload(life: JobLife, content: bytes = b"ra,dec,z\n", owner: str = OWNER) -> Upload:
    return await life.uploads.create(owner, name="my table.csv", media_type="text/csv", chunks=pieces(content))


async def test_an_upload_is_stored_and_its_inspection_queued(job_life: JobLife):
    upload = await an_upload(job_life)
    claim = await take(job_life)

    assert upload.state == UploadState.INSPECTING
    assert await job_life.blobs.read(upload.blob) == b"ra,dec,z\n"
    assert claim.job.kind == INSPECT
    assert claim.job.request == {
        "kind": "inspect",
        "input": {
            "blob": upload.blob,
            "name": "my table.csv",
            "media_type": "text/csv",
            "sha256": upload.sha256,
            "size": 9,
        },
    }


async def test_an_inspected_upload_is_ready_with_its_profile(job_life: JobLife):
    upload = await an_upload(job_life)
    claim = await take(job_life)
    await job_life.claims.publish(claim, results=(), record={"rows": 1})

    ready = await job_life.uploads.get(upload.id, OWNER)

    assert (ready.state, ready.profile, ready.error) == (UploadState.READY, {"rows": 1}, None)


async def test_a_rejected_upload_tells_why(job_life: JobLife):
    upload = await an_upload(job_life)
    await job_life.claims.fail(await take(job_life), FAILURE)

    rejected = await job_life.uploads.get(upload.id, OWNER)

    assert (rejected.state, rejected.profile, rejected.error) == (UploadState.REJECTED, None, FAILURE)


async def test_who_waits_for_an_upload_is_told_when_its_inspection_ends(job_life: JobLife):
    upload = await an_upload(job_life)
    waiting = asyncio.create_task(job_life.uploads.wait(upload.id, OWNER, seconds=20))
    claim = await take(job_life)
    await asyncio.sleep(0.2)
    still_waiting = not waiting.done()
    await job_life.claims.publish(claim, results=(), record={})

    async with asyncio.timeout(1):
        ready = await waiting
    assert still_waiting
    assert ready.state == UploadState.READY


async def test_uploads_belong_to_their_owner(job_life: JobLife):
    upload = await an_upload(job_life, owner="ada")

    with pytest.raises(UnknownUploadError):
        await job_life.uploads.get(upload.id, "eve")
    with pytest.raises(UnknownUploadError):
        await job_life.uploads.wait(upload.id, "eve", seconds=1)
    with pytest.raises(UnknownUploadError):
        await job_life.uploads.delete(upload.id, "eve")
    with pytest.raises(UnknownUploadError):
        await job_life.uploads.get("nul\x00", "ada")
    assert await job_life.uploads.list("eve") == []
    assert [found.id for found in await job_life.uploads.list("ada")] == [upload.id]
    assert await job_life.uploads.stored_bytes("ada") == 9
    assert await job_life.uploads.stored_bytes("eve") == 0


async def test_an_upload_over_the_limit_or_with_an_unprintable_name_leaves_nothing(job_life: JobLife):
    with pytest.raises(BlobTooLargeError):
        await job_life.uploads.create(OWNER, name="big", media_type=None, chunks=pieces(b"123456"), limit_bytes=5)
    with pytest.raises(InvalidControlError):
        await job_life.uploads.create(OWNER, name="nul\x00", media_type=None, chunks=pieces(b"1"))

    assert await job_life.uploads.list(OWNER) == []
    assert await job_life.blobs.list_prefix("uploads") == []


async def test_a_deleted_upload_is_gone_with_its_file_and_its_inspection(job_life: JobLife):
    upload = await an_upload(job_life)
    claim = await take(job_life)

    await job_life.uploads.delete(upload.id, OWNER)

    with pytest.raises(UnknownUploadError):
        await job_life.uploads.get(upload.id, OWNER)
    with pytest.raises(ClaimLostError):
        await job_life.claims.publish(claim, results=(), record={})
    assert await job_life.uploads.list(OWNER) == []
    assert await job_life.blobs.list_prefix("uploads") == []


async def test_a_pinned_file_outlives_its_upload_until_the_last_pin_goes(job_life: JobLife):
    upload = await an_upload(job_life)
    await job_life.claims.publish(await take(job_life), results=(), record={})
    users = [await a_job(job_life) for _ in range(2)]
    for job in users:
        await job_life.jobs.run(job.id, owner=OWNER, inputs=(upload.blob,))

    await job_life.uploads.delete(upload.id, OWNER)
    await job_life.disposal.sweep()
    assert await job_life.blobs.read(upload.blob) == b"ra,dec,z\n"

    await expire(job_life, users[0].id)
    assert [blob.key for blob in await job_life.blobs.list_prefix("uploads")] == [upload.blob]


async def test_an_expired_upload_goes_with_its_inspection(job_life: JobLife, job_service: JobService):
    upload = await an_upload(job_life)
    claim = await take(job_life)
    await job_life.claims.publish(claim, results=(), record={})

    await expire(job_life, claim.job.id)

    with pytest.raises(UnknownUploadError):
        await job_life.uploads.get(upload.id, OWNER)
    assert await job_life.blobs.list_prefix("uploads") == []
    archived = frozenset({ExecutionPhase.ARCHIVED})
    assert await job_service.list_jobs(owner=OWNER, kind=INSPECT, phases=archived) == []
