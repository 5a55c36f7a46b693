"""Results (UWS and DALI checklist, §8); ranges and conditions are tested beside `app.downloads`."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from tests.app.dali.documents import UWS, a_job
from tests.app.votables import error_message, tree
from uws.job import JobId

CONTENT = b"<VOTABLE>" + b"x" * 100_000 + b"</VOTABLE>"


async def a_finished_job(client, worker, **parameters: str) -> str:
    job = await a_job(client, PHASE="RUN", **parameters)
    await worker.complete(content=CONTENT)
    return job


async def test_results_are_listed_with_address_type_and_size(app_client, worker):
    job = await a_finished_job(app_client, worker)

    for document in (job, f"{job}/results"):
        found = tree(await app_client.get(document)).findall(".//uws:result", UWS)
        assert [result.get("id") for result in found] == ["result", "parquet"]
        assert found[0].get("{http://www.w3.org/1999/xlink}href") == f"http://tsm.example/tsm{job}/results/result"
        assert (found[0].get("mime-type"), found[0].get("size")) == ("application/x-votable+xml", str(len(CONTENT)))


async def test_the_primary_result_is_at_results_result_without_a_redirect(app_client, worker):
    job = await a_finished_job(app_client, worker)

    response = await app_client.get(f"{job}/results/result")

    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["content-type"] == "application/x-votable+xml"
    assert response.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert response.headers["content-disposition"].startswith("attachment; ")


async def test_a_part_of_a_result_can_be_fetched(app_client, worker):
    job = await a_finished_job(app_client, worker)

    response = await app_client.get(f"{job}/results/result", headers={"Range": "bytes=5-9"})

    assert (response.status_code, response.content) == (206, CONTENT[5:10])


async def test_head_of_a_result_tells_its_length(app_client, worker):
    job = await a_finished_job(app_client, worker)

    response = await app_client.head(f"{job}/results/result")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(len(CONTENT))


@pytest.mark.parametrize("wanted", ["text/xml", "application/x-votable+xml;serialization=binary2"])
async def test_a_format_asked_for_by_media_type_comes_with_exactly_that_type(app_client, worker, wanted):
    job = await a_finished_job(app_client, worker, RESPONSEFORMAT=wanted)

    result = tree(await app_client.get(job)).find(".//uws:result[@id='result']", UWS)

    assert result.get("mime-type") == wanted
    assert (await app_client.get(f"{job}/results/result")).headers["content-type"] == wanted


async def test_results_belong_to_their_owner(app_client, other_client, worker):
    job = await a_finished_job(app_client, worker)

    assert (await other_client.get(f"{job}/results/result")).status_code == 404


async def test_an_unfinished_job_has_no_results(app_client, worker, services):
    job = await a_job(app_client, PHASE="RUN")
    claim = await worker.claim()
    await worker.store(claim, "result", "result.vot", "application/x-votable+xml", CONTENT)

    response = await app_client.get(f"{job}/results/result")

    assert response.status_code == 404
    assert "it is EXECUTING" in error_message(response)
    assert len(tree(await app_client.get(f"{job}/results"))) == 0


async def test_results_of_a_deleted_job_are_not_found(app_client, worker):
    job = await a_finished_job(app_client, worker)

    await app_client.delete(job)

    assert (await app_client.get(f"{job}/results/result")).status_code == 404


async def test_results_of_a_destroyed_job_are_not_found(app_client, worker, services):
    job = await a_finished_job(app_client, worker)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await services.jobs.set_destruction(JobId(job.rpartition("/")[2]), owner="mlima", when=past)

    await worker.destroy_expired()

    assert (await app_client.get(f"{job}/results/result")).status_code == 404
