"""Parameters (UWS and DALI checklist, §2); what a form is made of is tested beside `app.forms` and `app.parameters`."""

from datetime import UTC, datetime, timedelta

import pytest

from app.instants import read_instant
from tests.app.dali.documents import JOBS, a_job, parameters_of, phase_of, text_of
from tests.app.votables import error_message, job_path
from uws.phase import ExecutionPhase

TOLERATED = [
    *("REQUEST", "LANG", "QUERY", "FORMAT", "RESPONSEFORMAT", "MAXREC", "RUNID", "PHASE", "UPLOAD"),
    *("tapclient", "jobname", "max_retries"),
]


async def test_query_and_body_are_merged(app_client):
    response = await app_client.post(f"{JOBS}?catalog=mock.object&Radius=1.0", data={"redshifts": "mine"})

    assert await parameters_of(app_client, job_path(response)) == {
        "CATALOG": "mock.object",
        "RADIUS": "1.0",
        "REDSHIFTS": "mine",
    }


async def test_query_and_multipart_body_are_merged(app_client):
    response = await app_client.post(f"{JOBS}?catalog=mock.object", files={"redshifts": (None, "mine")})

    assert await parameters_of(app_client, job_path(response)) == {"CATALOG": "mock.object", "REDSHIFTS": "mine"}


async def test_different_values_for_one_single_valued_name_are_refused_and_leave_no_job(app_client, services):
    response = await app_client.post(f"{JOBS}?RADIUS=1.0&MATCH=all", data={"radius": "2.0", "match": "nearest"})

    assert response.status_code == 400
    assert error_message(response) == (
        "RADIUS: is given as '1.0' and '2.0'; give it once; MATCH: is given as 'all' and 'nearest'; give it once"
    )
    assert await services.jobs.list_jobs(owner="mlima", kind=None) == []


async def test_equal_repetitions_are_one_value(app_client):
    response = await app_client.post(f"{JOBS}?FORMAT=votable", data={"format": "votable"})

    assert await parameters_of(app_client, job_path(response)) == {"FORMAT": "votable"}


@pytest.mark.parametrize("name", TOLERATED)
async def test_names_that_only_other_clients_need_are_kept_and_echoed(app_client, name):
    value = {"PHASE": "RUN", "UPLOAD": ""}.get(name, "x")

    response = await app_client.post(JOBS, data={name: value})

    assert (await parameters_of(app_client, job_path(response)))[name] == (value or None)


async def test_values_that_are_wrong_are_accepted_until_the_job_is_run(app_client):
    job = await a_job(app_client, RADIUS="far", NONSENSE="x")

    assert await parameters_of(app_client, job) == {
        "CATALOG": "mock.object",
        "REDSHIFTS": "mine",
        "RADIUS": "far",
        "NONSENSE": "x",
    }


async def test_run_id_is_shown_and_listed(app_client):
    job = await a_job(app_client, RUNID="TAPLINT-001")

    assert await text_of(app_client, job, "runId") == "TAPLINT-001"
    assert (await parameters_of(app_client, job))["RUNID"] == "TAPLINT-001"


async def test_run_id_can_be_changed_before_the_job_runs_and_is_listed_as_it_is_now(app_client):
    job = await a_job(app_client, RUNID="first")

    response = await app_client.post(f"{job}/parameters", data={"runId": "second"})

    assert job_path(response) == job
    assert await text_of(app_client, job, "runId") == "second"
    assert (await parameters_of(app_client, job))["RUNID"] == "second"


@pytest.mark.parametrize("run_id", ["x" * 65, "a\nb"])
async def test_an_impossible_run_id_is_refused(app_client, run_id):
    response = await app_client.post(JOBS, data={"RUNID": run_id})

    assert response.status_code == 400
    assert "RUNID: may have 64 characters" in error_message(response)


async def test_posted_parameters_replace_those_of_their_name_and_leave_the_others(app_client):
    job = await a_job(app_client, RADIUS="1.0", tapclient="stilts")

    response = await app_client.post(f"{job}/parameters?radius=2.0", data={"TAPCLIENT": "topcat", "MATCH": "all"})

    assert job_path(response) == job
    assert await parameters_of(app_client, job) == {
        "CATALOG": "mock.object",
        "REDSHIFTS": "mine",
        "RADIUS": "2.0",
        "tapclient": "topcat",
        "MATCH": "all",
    }


async def test_parameters_are_refused_once_the_job_was_started(app_client):
    job = await a_job(app_client, PHASE="RUN")

    response = await app_client.post(f"{job}/parameters", data={"RADIUS": "2.0", "RUNID": "late"})

    assert response.status_code == 403
    assert "QUEUED" in error_message(response)
    assert "RADIUS" not in await parameters_of(app_client, job)


@pytest.mark.parametrize(("name", "value"), [("PHASE", "RUN"), ("EXECUTIONDURATION", "60"), ("DESTRUCTION", "2030")])
async def test_controls_with_a_child_of_their_own_are_no_parameters_to_change(app_client, name, value):
    job = await a_job(app_client)
    before = (await app_client.get(job)).content

    response = await app_client.post(f"{job}/parameters", data={name: value, "RADIUS": "2"})

    assert response.status_code == 400
    assert error_message(response).startswith(f"{name}: is no parameter to change: POST it to ")
    assert (await app_client.get(job)).content == before


@pytest.mark.parametrize("where", ["query", "body"])
async def test_phase_run_at_creation_starts_at_once(app_client, where):
    fields = {"CATALOG": "mock.object", "phase": "RUN"}

    response = await app_client.post(JOBS, **({"params": fields} if where == "query" else {"data": fields}))

    assert await phase_of(app_client, job_path(response)) == "QUEUED"


@pytest.mark.parametrize("phase", ["ABORT", "run", "EXECUTING", ""])
async def test_any_other_phase_at_creation_is_refused(app_client, phase):
    response = await app_client.post(JOBS, data={"PHASE": phase})

    assert response.status_code == 400
    assert error_message(response).startswith("PHASE: ")


async def test_duration_and_destruction_can_be_given_at_creation(app_client):
    when = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    job = await a_job(app_client, EXECUTIONDURATION="600", DESTRUCTION=when)

    assert await text_of(app_client, job, "executionDuration") == "600"
    assert await text_of(app_client, job, "destruction") == when


async def test_all_problems_of_a_form_are_told_together(app_client):
    fields = {"EXECUTIONDURATION": "long", "DESTRUCTION": "never", "PHASE": "STOP", "UPLOAD": "1,param:x"}

    response = await app_client.post(JOBS, data=fields)

    assert response.status_code == 400
    message = error_message(response)
    assert [name for name in fields if f"{name}: " in message] == list(fields)


@pytest.mark.parametrize(
    ("asked", "granted"), [("600", "600"), ("0", "86400"), ("86400", "86400"), ("99999999", "86400")]
)
async def test_duration_is_clamped_and_the_job_shows_what_holds(app_client, asked, granted):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/executionduration", data={"EXECUTIONDURATION": asked})

    assert job_path(response) == job
    assert (await app_client.get(f"{job}/executionduration")).text == granted
    assert await text_of(app_client, job, "executionDuration") == granted


@pytest.mark.parametrize("asked", ["-1", "1.5", "long", "", "1e3", "99999999999"])
async def test_an_impossible_duration_is_refused(app_client, asked):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/executionduration", data={"EXECUTIONDURATION": asked})

    assert response.status_code == 400
    assert "EXECUTIONDURATION: " in error_message(response)


@pytest.mark.parametrize("ending", ["", "Z", ".123456", ".123456Z"])
async def test_destruction_is_read_with_and_without_z_and_fractions(app_client, ending):
    job = await a_job(app_client)
    when = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S")

    response = await app_client.post(f"{job}/destruction", data={"DESTRUCTION": when + ending})

    assert job_path(response) == job
    fraction = ".123Z" if "123" in ending else ".000Z"
    assert (await app_client.get(f"{job}/destruction")).text == when + fraction
    assert await text_of(app_client, job, "destruction") == when + fraction


async def test_a_late_destruction_is_clamped_and_the_job_shows_what_holds(app_client):
    job = await a_job(app_client)

    await app_client.post(f"{job}/destruction", data={"DESTRUCTION": "2999-01-01T00:00:00"})

    granted = read_instant((await app_client.get(f"{job}/destruction")).text)
    assert abs(granted - datetime.now(UTC) - timedelta(days=365)) < timedelta(minutes=5)


@pytest.mark.parametrize("asked", ["2030-01-01T00:00:00+01:00", "2030-01-01T00:00:00-03:00", "never", ""])
async def test_an_impossible_destruction_is_refused(app_client, asked):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/destruction", data={"DESTRUCTION": asked})

    assert response.status_code == 400
    assert "DESTRUCTION: " in error_message(response)


@pytest.mark.parametrize("child", ["phase", "executionduration", "destruction"])
async def test_a_control_without_its_value_is_refused(app_client, child):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/{child}", data={"SOMETHING": "else"})

    assert response.status_code == 400


async def test_controls_are_read_from_the_query_of_a_post_too(app_client):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/executionduration?executionDuration=60")

    assert job_path(response) == job
    assert (await app_client.get(f"{job}/executionduration")).text == "60"


async def test_text_that_xml_cannot_hold_is_served_by_reference(app_client):
    job = await a_job(app_client, WHERE="a\x01b")

    address = (await parameters_of(app_client, job))["WHERE"]

    assert address.endswith(f"{job}/parameters/WHERE")
    assert (await app_client.get(address)).text == "a\x01b"


async def test_text_that_cannot_be_stored_is_refused(app_client):
    response = await app_client.post(JOBS, data={"WHERE": "a\0b"})

    assert response.status_code == 400
    assert "WHERE: holds the character U+0000" in error_message(response)


async def test_other_bodies_than_forms_are_refused(app_client):
    response = await app_client.post(JOBS, json={"CATALOG": "mock.object"})

    assert response.status_code == 415
    assert "application/json is not understood" in error_message(response)


async def test_a_request_that_runs_carries_what_was_given_and_what_is_wrong(app_client, services, worker):
    await a_job(app_client, RADIUS="far", RADUIS="2", PHASE="RUN")

    job = (await worker.claim()).job

    assert job.phase is ExecutionPhase.EXECUTING
    assert job.request["recipe"] == {"catalog": "mock.object", "redshifts": "mine", "radius_arcsec": "far"}
    assert [problem["parameter"] for problem in job.request["problems"]] == ["RADUIS", "REDSHIFTS"]
