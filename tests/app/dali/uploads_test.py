"""Tables that come with a request (UWS and DALI checklist, §2.9 to 2.11)."""

import asyncio
import hashlib

import httpx
import pytest

from tests.app.dali.conftest import UPLOAD_LIMIT_BYTES
from tests.app.dali.documents import JOBS, UWS, a_job, parameters_of
from tests.app.votables import error_message, job_path, tree

TABLE = b"<VOTABLE/>"
VOTABLE = "application/x-votable+xml"


async def submit(client: httpx.AsyncClient, upload: str | list[str], files: dict[str, bytes], **more: str):
    parts = {field: ("specz.vot", content, VOTABLE) for field, content in files.items()}
    return await client.post(JOBS, data={"CATALOG": "mock.object", "UPLOAD": upload, **more}, files=parts)


async def blobs_of_jobs(services) -> list[str]:
    return [blob.key for blob in await services.blobs.list_prefix("jobs")]


async def test_an_inline_table_is_a_parameter_by_reference(app_client):
    job = job_path(await submit(app_client, "mine,param:up", {"up": TABLE}))

    parameter = tree(await app_client.get(job)).find(".//uws:parameter[@id='up']", UWS)

    assert parameter.get("byReference") == "true"
    assert parameter.text == f"http://tsm.example/tsm{job}/parameters/up"
    assert (await parameters_of(app_client, job))["UPLOAD"] == "mine,param:up"


async def test_an_inline_table_comes_back_with_its_media_type(app_client):
    job = job_path(await submit(app_client, "mine,param:up", {"up": TABLE}))

    response = await app_client.get(f"{job}/parameters/up")

    assert (response.content, response.headers["content-type"]) == (TABLE, VOTABLE)


async def test_an_inline_table_belongs_to_its_owner(app_client, other_client):
    job = job_path(await submit(app_client, "mine,param:up", {"up": TABLE}))

    assert (await other_client.get(f"{job}/parameters/up")).status_code == 404


@pytest.mark.parametrize("upload", ["a,param:x;b,param:y", ["a,param:x", "b,param:y"]])
async def test_several_tables_are_joined_by_semicolon_or_repeated(app_client, upload):
    job = job_path(await submit(app_client, upload, {"x": b"1", "y": b"2"}))

    assert (await app_client.get(f"{job}/parameters/x")).content == b"1"
    assert (await app_client.get(f"{job}/parameters/y")).content == b"2"


async def test_the_worker_gets_the_table_by_its_name_with_its_checksum(app_client, worker):
    await submit(app_client, "mine,param:up", {"up": TABLE}, REDSHIFTS="mine", PHASE="RUN")

    job = (await worker.claim()).job

    (blob,) = job.inputs
    assert job.request["inputs"] == {
        "mine": {
            "blob": blob,
            "name": "specz.vot",
            "media_type": VOTABLE,
            "sha256": hashlib.sha256(TABLE).hexdigest(),
            "size": len(TABLE),
        }
    }
    assert job.request["problems"] == []


@pytest.mark.parametrize(
    ("upload", "files", "message"),
    [
        ("mine,param:up", {}, "mine is to come in the field 'up', but no file came in it"),
        ("", {"up": TABLE}, "up: the file 'specz.vot' is used by no UPLOAD: add UPLOAD=name,param:up"),
        ("1mine,param:up", {"up": TABLE}, "a table needs a name of letters, digits and _"),
        ("mi-ne,param:up", {"up": TABLE}, "a table needs a name of letters, digits and _"),
        ("mine", {}, "say where the table is"),
        ("mine,param:", {}, "say where the table is"),
        ("a,param:x;a,param:y", {"x": b"1", "y": b"2"}, "there is already a table a"),
        ("mine,param:catalog", {"catalog": TABLE}, "catalog is also the name of a parameter"),
        ("mine,https://example.org/specz.vot", {}, "tables are not fetched from elsewhere here"),
        ("mine,file:///etc/passwd", {}, "tables are not fetched from elsewhere here"),
        ("mine,http://169.254.169.254/latest", {}, "tables are not fetched from elsewhere here"),
    ],
)
async def test_uploads_and_files_that_do_not_fit_are_refused_by_name(app_client, services, upload, files, message):
    response = await submit(app_client, upload, files)

    assert response.status_code == 400
    assert message in error_message(response)
    assert await services.jobs.list_jobs(owner="mlima", kind=None) == []
    assert await blobs_of_jobs(services) == []


@pytest.mark.parametrize("field", ["a\x01b", "x" * 129])
async def test_a_file_in_a_field_whose_name_cannot_be_kept_is_refused(app_client, field):
    body = (
        f'--limit\r\nContent-Disposition: form-data; name="UPLOAD"\r\n\r\nmine,param:{field}\r\n'
        f'--limit\r\nContent-Disposition: form-data; name="{field}"; filename="a"\r\n\r\nx\r\n--limit--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}

    response = await app_client.post(JOBS, content=body.encode(), headers=headers)

    assert response.status_code == 400
    assert "is no name of a parameter" in error_message(response)


async def test_odd_file_names_and_fields_are_kept_as_far_as_possible(app_client):
    body = (
        '--limit\r\nContent-Disposition: form-data; name="UPLOAD"\r\n\r\nmine,param:a b/ç\r\n'
        '--limit\r\nContent-Disposition: form-data; name="a b/ç"; filename="../\x00/é.vot"\r\n\r\nx\r\n--limit--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    job = job_path(await app_client.post(JOBS, content=body.encode(), headers=headers))

    response = await app_client.get((await parameters_of(app_client, job))["a b/ç"])

    assert response.content == b"x"
    assert "filename*=UTF-8''..%2F_%2F%C3%A9.vot" in response.headers["content-disposition"]


async def test_all_tables_that_do_not_fit_are_named_together(app_client):
    response = await submit(app_client, "a,param:x;b,param:y", {"z": TABLE})

    assert [word in error_message(response) for word in ("'x'", "'y'", "param:z")] == [True, True, True]


async def test_a_table_above_the_limit_is_refused_naming_limit_and_file_and_leaves_nothing(app_client, services):
    response = await submit(app_client, "mine,param:up", {"up": b"x" * (UPLOAD_LIMIT_BYTES + 1)})

    assert response.status_code == 413
    assert error_message(response) == f"the file 'specz.vot' of up has more than {UPLOAD_LIMIT_BYTES} bytes"
    assert await services.jobs.list_jobs(owner="mlima", kind=None) == []
    assert await blobs_of_jobs(services) == []


async def test_bytes_are_counted_while_they_arrive(app_client, services):
    head = b'--limit\r\nContent-Disposition: form-data; name="up"; filename="big.vot"\r\n\r\n'
    sent = 0

    async def endless():
        nonlocal sent
        yield head
        while sent < 100 * UPLOAD_LIMIT_BYTES:
            sent += 65_536
            yield b"x" * 65_536
            await asyncio.sleep(0)

    # No Content-Length: chunked, as STILTS and TOPCAT send it.
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    response = await app_client.post(JOBS, content=endless(), headers=headers)

    assert response.status_code == 413
    assert sent < 3 * UPLOAD_LIMIT_BYTES
    assert await blobs_of_jobs(services) == []


async def test_a_form_that_breaks_off_leaves_nothing(app_client, services):
    body = b'--limit\r\nContent-Disposition: form-data; name="up"; filename="a"\r\n\r\nx\r\n--limit\r\nContent-Dispo'

    response = await app_client.post(
        JOBS, content=body, headers={"Content-Type": "multipart/form-data; boundary=limit"}
    )

    assert response.status_code == 400
    assert "cut off" in error_message(response)
    assert await blobs_of_jobs(services) == []


async def test_a_table_can_be_added_to_a_pending_job(app_client):
    job = await a_job(app_client)

    response = await app_client.post(
        f"{job}/parameters", data={"UPLOAD": "mine,param:up"}, files={"up": ("specz.vot", TABLE, VOTABLE)}
    )

    assert job_path(response) == job
    assert (await app_client.get(f"{job}/parameters/up")).content == TABLE


async def test_a_new_upload_replaces_the_tables_of_the_old_one(app_client, services):
    job = job_path(await submit(app_client, "mine,param:up", {"up": b"old"}))

    await app_client.post(f"{job}/parameters", data={"UPLOAD": "mine,param:new"}, files={"new": ("b.vot", b"new")})

    assert (await app_client.get(f"{job}/parameters/up")).status_code == 404
    assert (await app_client.get(f"{job}/parameters/new")).content == b"new"


async def test_a_refused_change_leaves_the_tables_of_the_job_alone(app_client, services):
    job = job_path(await submit(app_client, "mine,param:up", {"up": b"old"}))
    before = await blobs_of_jobs(services)

    response = await app_client.post(
        f"{job}/parameters", data={"UPLOAD": "mine,param:other"}, files={"up": ("b.vot", b"new")}
    )

    assert response.status_code == 400
    assert (await app_client.get(f"{job}/parameters/up")).content == b"old"
    assert await blobs_of_jobs(services) == before


async def test_files_are_refused_where_none_are_taken(app_client):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/phase", data={"PHASE": "RUN"}, files={"up": ("a", TABLE)})

    assert response.status_code == 400
    assert "up: a file is not taken here" in error_message(response)


async def test_the_tables_of_a_deleted_job_are_gone(app_client, services):
    job = job_path(await submit(app_client, "mine,param:up", {"up": TABLE}))

    await app_client.delete(job)

    assert (await app_client.get(f"{job}/parameters/up")).status_code == 404
    assert await blobs_of_jobs(services) == []
