"""Resources and methods (UWS and DALI checklist, §1)."""

from dataclasses import replace

import pytest
from lxml import etree

from tests.app.dali.documents import JOBS, UWS, a_job, listed_ids, phase_of, text_of
from tests.app.votables import error_message, job_path, tree
from tests.shared_data import xml_schema

CHILDREN = [
    *("phase", "executionduration", "destruction", "quote", "owner"),
    *("parameters", "results"),
]


async def test_job_list_is_an_xml_document(app_client):
    response = await app_client.get(JOBS)

    xml_schema("UWS-v1.1.xsd").assertValid(tree(response))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/xml"
    assert etree.QName(tree(response)).localname == "jobs"


async def test_creation_redirects_to_the_job_by_an_absolute_address(app_client):
    response = await app_client.post(JOBS, data={"CATALOG": "mock.object"})

    assert response.status_code == 303
    assert response.headers["location"].startswith("http://tsm.example/tsm/crossmatch/async/")


async def test_job_is_a_valid_document_with_its_id(app_client):
    job = await a_job(app_client)

    root = tree(await app_client.get(job))

    xml_schema("UWS-v1.1.xsd").assertValid(root)
    assert root.findtext("uws:jobId", namespaces=UWS) == job.rpartition("/")[2]
    assert root.findtext("uws:ownerId", namespaces=UWS) == "mlima"


async def test_delete_removes_the_job_and_redirects_to_the_list(app_client):
    job = await a_job(app_client)

    response = await app_client.delete(job)

    assert job_path(response) == JOBS
    assert (await app_client.get(job)).status_code == 404


@pytest.mark.parametrize("fields", [{"ACTION": "DELETE"}, {"action": "DELETE"}])
async def test_post_of_action_delete_removes_the_job(app_client, fields):
    job = await a_job(app_client)

    response = await app_client.post(job, data=fields)

    assert job_path(response) == JOBS
    assert (await app_client.get(job)).status_code == 404


@pytest.mark.parametrize("fields", [{}, {"ACTION": "delete"}, {"ACTION": "RUN"}, {"RADIUS": "2"}, {"PHASE": "RUN"}])
async def test_any_other_post_to_the_job_is_refused_without_effect(app_client, fields):
    job = await a_job(app_client)
    before = (await app_client.get(job)).content

    response = await app_client.post(job, data=fields)

    assert response.status_code == 400
    assert "only ACTION=DELETE is possible here" in error_message(response)
    assert (await app_client.get(job)).content == before


@pytest.mark.parametrize("child", ["phase", "executionduration", "destruction", "quote", "owner"])
async def test_child_is_plain_text_and_says_what_the_document_says(app_client, child):
    job = await a_job(app_client)
    element = {"executionduration": "executionDuration", "owner": "ownerId"}.get(child, child)

    response = await app_client.get(f"{job}/{child}")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == (await text_of(app_client, job, element) or "")


async def test_unknown_quote_is_an_empty_text(app_client):
    job = await a_job(app_client)

    response = await app_client.get(f"{job}/quote")

    assert (response.status_code, response.text) == (200, "")


async def test_parameters_are_a_valid_document(app_client):
    job = await a_job(app_client)

    root = tree(await app_client.get(f"{job}/parameters"))

    xml_schema("UWS-v1.1.xsd").assertValid(root)
    assert etree.QName(root).localname == "parameters"


async def test_results_are_an_empty_list_before_completion(app_client):
    job = await a_job(app_client)

    response = await app_client.get(f"{job}/results")

    xml_schema("UWS-v1.1.xsd").assertValid(tree(response))
    assert response.status_code == 200
    assert len(tree(response)) == 0


@pytest.mark.parametrize("child", CHILDREN)
async def test_children_cannot_be_deleted(app_client, child):
    job = await a_job(app_client)

    response = await app_client.delete(f"{job}/{child}")

    assert response.status_code == 405
    assert error_message(response) == f"DELETE is not possible at /tsm{job}/{child}."


@pytest.mark.parametrize("child", ["quote", "owner", "results", "results/result", "error"])
async def test_read_only_children_take_no_post(app_client, child):
    job = await a_job(app_client)

    assert (await app_client.post(f"{job}/{child}", data={"a": "b"})).status_code == 405


async def test_inline_parameters_take_no_put(app_client):
    job = await a_job(app_client)

    assert (await app_client.put(f"{job}/parameters/mine", content=b"x")).status_code == 405


async def test_the_job_list_cannot_be_deleted(app_client):
    job = await a_job(app_client)

    response = await app_client.delete(JOBS)

    assert response.status_code == 405
    assert listed_ids(await app_client.get(JOBS)) == [job.rpartition("/")[2]]


@pytest.mark.parametrize("child", ["", *(f"/{child}" for child in CHILDREN)])
async def test_head_answers_the_headers_of_get_without_a_body(app_client, child):
    job = await a_job(app_client)
    changing = {"x-request-id"}

    head = await app_client.head(f"{job}{child}")

    get = await app_client.get(f"{job}{child}")
    assert (head.status_code, head.content) == (200, b"")
    assert [pair for pair in head.headers.items() if pair[0] not in changing] == [
        pair for pair in get.headers.items() if pair[0] not in changing
    ]


async def test_head_of_the_job_list_and_of_nothing(app_client):
    assert (await app_client.head(JOBS)).status_code == 200
    assert (await app_client.head(f"{JOBS}/none")).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/none", "/none/phase", "/none/results/result", "/none/error", "/%00", "/a%2Fb", "/..%2F..", "/" + "x" * 999],
)
async def test_an_unknown_job_is_not_found(app_client, path):
    response = await app_client.get(f"{JOBS}{path}")

    assert response.status_code == 404
    assert error_message(response)


@pytest.mark.parametrize("child", ["nothing", "phase/nothing", "results/nothing", "parameters/nothing", "error"])
async def test_an_unknown_child_is_not_found(app_client, child):
    job = await a_job(app_client)

    response = await app_client.get(f"{job}/{child}")

    assert response.status_code == 404
    assert error_message(response)


@pytest.mark.parametrize(
    ("method", "child"), [("GET", ""), ("POST", ""), ("DELETE", ""), ("GET", "/phase"), ("POST", "/phase")]
)
async def test_a_job_of_somebody_else_is_not_found(app_client, other_client, method, child):
    job = await a_job(app_client)

    response = await other_client.request(method, f"{job}{child}", params={"ACTION": "DELETE", "PHASE": "ABORT"})

    assert response.status_code == 404
    assert await phase_of(app_client, job) == "PENDING"


async def test_an_internal_job_is_not_found(app_client, services, worker):
    upload = await app_client.post("/api/v1/uploads", params={"name": "z.csv"}, content=b"ra,dec,z\n")
    assert upload.status_code < 300, upload.text
    claim = await worker.claim()

    assert (await app_client.get(f"{JOBS}/{claim.job.id}")).status_code == 404
    assert listed_ids(await app_client.get(JOBS)) == []


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/phase", "/{id}/results"])
async def test_a_slash_at_the_end_means_nothing(app_client, path):
    job = await a_job(app_client)
    address = JOBS + path.format(id=job.rpartition("/")[2])

    assert (await app_client.get(f"{address}/")).content == (await app_client.get(address)).content


async def test_a_post_with_a_slash_at_the_end_is_no_redirect_of_the_post(app_client):
    response = await app_client.post(f"{JOBS}/", data={"CATALOG": "mock.object"})

    assert (await app_client.get(job_path(response))).status_code == 200


async def test_creation_honors_the_configured_public_address(app, app_client, services):
    config = services.config.model_copy(update={"public_url": "https://data.example.org/outside/tsm"})
    app.state.services = replace(services, config=config)

    response = await app_client.post(JOBS, data={"CATALOG": "mock.object"})

    assert response.headers["location"].startswith("https://data.example.org/outside/tsm/crossmatch/async/")


async def test_forwarded_headers_are_not_believed_from_anybody(app_client):
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}

    response = await app_client.post(JOBS, data={"CATALOG": "mock.object"}, headers=headers)

    assert response.headers["location"].startswith("http://tsm.example/tsm/")
