"""The job list and its filters (UWS and DALI checklist, §4)."""

import asyncio

import pytest
import pytest_asyncio

from app.instants import read_instant
from tests.app.dali.documents import JOBS, UWS, a_job, listed_ids, text_of
from tests.app.votables import error_message, tree
from tests.shared_data import xml_schema
from uws.phase import ExecutionPhase


def id_of(job: str) -> str:
    return job.rpartition("/")[2]


@pytest_asyncio.fixture(loop_scope="session")
async def jobs(app_client) -> dict[str, str]:
    """Ids of a pending, a queued and an aborted job, created in this order at different times."""
    found = {}
    for phase, wish in (("PENDING", None), ("QUEUED", "RUN"), ("ABORTED", "ABORT")):
        job = await a_job(app_client, RUNID=phase.lower())
        if wish is not None:
            await app_client.post(f"{job}/phase", data={"PHASE": wish})
        found[phase] = id_of(job)
        await asyncio.sleep(0.005)
    return found


async def test_all_jobs_of_the_user_are_listed(app_client, other_client, jobs):
    await a_job(other_client)

    response = await app_client.get(JOBS)

    xml_schema("UWS-v1.1.xsd").assertValid(tree(response))
    assert set(listed_ids(response)) == set(jobs.values())


async def test_a_reference_leads_to_the_job(app_client, jobs):
    (reference,) = tree(await app_client.get(JOBS, params={"PHASE": "QUEUED"}))

    href = reference.get("{http://www.w3.org/1999/xlink}href")
    assert reference.findtext("uws:runId", namespaces=UWS) == "queued"
    assert href == f"http://tsm.example/tsm{JOBS}/{jobs['QUEUED']}"
    assert (await app_client.get(href)).status_code == 200


@pytest.mark.parametrize("phase", list(ExecutionPhase))
async def test_the_phase_filter_shows_only_that_phase(app_client, jobs, phase):
    listed = listed_ids(await app_client.get(JOBS, params={"PHASE": phase}))

    assert listed == [job for name, job in jobs.items() if name == phase]


async def test_several_phases_are_a_union(app_client, jobs):
    query = [("PHASE", "PENDING"), ("phase", "ABORTED"), ("PHASE", "ERROR")]

    listed = listed_ids(await app_client.get(JOBS, params=query))

    assert set(listed) == {jobs["PENDING"], jobs["ABORTED"]}


@pytest.mark.parametrize("phase", ["SUCCESS", "pendinggg", "somenonsense", "1345"])
async def test_an_unknown_phase_is_refused(app_client, phase):
    response = await app_client.get(JOBS, params={"PHASE": phase})

    assert response.status_code == 400
    assert error_message(response).startswith(f"PHASE: '{phase}' is no phase")


async def test_archived_jobs_are_seen_only_when_asked_for(app_client, worker, jobs):
    await app_client.post(f"{JOBS}/{jobs['ABORTED']}/destruction", data={"DESTRUCTION": "2020-01-01T00:00:00"})
    await worker.destroy_expired()

    assert set(listed_ids(await app_client.get(JOBS))) == {jobs["PENDING"], jobs["QUEUED"]}
    assert listed_ids(await app_client.get(JOBS, params={"PHASE": "ARCHIVED"})) == [jobs["ABORTED"]]


@pytest.mark.parametrize("last", [1, 2, 3, 254])
async def test_last_shows_the_most_recent_jobs_newest_first(app_client, jobs, last):
    listed = listed_ids(await app_client.get(JOBS, params={"LAST": last}))

    assert listed == [jobs["ABORTED"], jobs["QUEUED"], jobs["PENDING"]][:last]


@pytest.mark.parametrize("last", ["0", "-1", "-254", "text"])
async def test_an_impossible_last_is_refused(app_client, last):
    response = await app_client.get(JOBS, params={"LAST": last})

    assert response.status_code == 400
    assert error_message(response).startswith("LAST: ")


async def test_after_shows_jobs_strictly_later_than_a_published_creation_time(app_client, jobs):
    published = await text_of(app_client, f"{JOBS}/{jobs['QUEUED']}", "creationTime")

    listed = listed_ids(await app_client.get(JOBS, params={"AFTER": published}))

    assert listed == [jobs["ABORTED"]]
    assert read_instant(await text_of(app_client, f"{JOBS}/{listed[0]}", "creationTime")) > read_instant(published)


@pytest.mark.parametrize(
    "after",
    ["2015-10-26T09:15:35.123", "2015-10-26T09:15:35Z", "2015-10-26T09:00", "2015-10-26 09:00", "20151026", "2015"],
)
async def test_after_is_read_in_all_notations(app_client, jobs, after):
    assert len(listed_ids(await app_client.get(JOBS, params={"AFTER": after}))) == 3


@pytest.mark.parametrize("after", ["2015-26-10", "text", "2015-10-26T09:00:00+01:00"])
async def test_an_impossible_after_is_refused(app_client, after):
    response = await app_client.get(JOBS, params={"AFTER": after})

    assert response.status_code == 400
    assert error_message(response).startswith("AFTER: ")


async def test_filters_apply_together_and_last_after_the_others(app_client, jobs):
    later = await a_job(app_client)

    query = {"PHASE": "PENDING", "LAST": 1, "AFTER": "2015"}
    listed = listed_ids(await app_client.get(JOBS, params=query))

    assert listed == [id_of(later)]


async def test_filters_that_leave_nothing_give_an_empty_list(app_client, jobs):
    response = await app_client.get(JOBS, params={"AFTER": "2999-01-01"})

    xml_schema("UWS-v1.1.xsd").assertValid(tree(response))
    assert listed_ids(response) == []
