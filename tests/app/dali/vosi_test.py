"""VOSI and signing in (UWS and DALI checklist, §9.4 to 9.13)."""

from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest
from lxml import etree

from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.votables import error_message, tree
from tests.shared_data import xml_schema
from uws.errors import StoreUnavailableError

PARENTS = ["", "/crossmatch", "/combine"]


def names(root: etree._Element) -> set[str]:
    return {element.findtext("name") for element in root.iter("table")}


@pytest.mark.parametrize("parent", PARENTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_capabilities_are_open_to_all_and_carry_the_challenge(anonymous_client, parent, method):
    response = await anonymous_client.request(method, f"{parent}/capabilities")

    assert response.status_code == 200
    assert response.headers["www-authenticate"].startswith('Basic realm="')
    assert parsedate_to_datetime(response.headers["last-modified"])


@pytest.mark.parametrize("parent", PARENTS)
async def test_capabilities_are_valid_and_list_themselves(anonymous_client, parent):
    root = tree(await anonymous_client.get(f"{parent}/capabilities"))

    schema = xml_schema("VOSICapabilities-v1.0.xsd", "VODataService-v1.2.xsd", "TAPRegExt-v1.0-Erratum1.xsd")
    schema.assertValid(root)
    itself = root.find("capability[@standardID='ivo://ivoa.net/std/VOSI#capabilities']")
    assert itself.findtext("interface/accessURL") == f"http://tsm.example/tsm{parent}/capabilities"


@pytest.mark.parametrize("parent", PARENTS)
async def test_every_address_in_the_capabilities_answers(app_client, parent):
    root = tree(await app_client.get(f"{parent}/capabilities"))

    full = [element.text for element in root.iter("accessURL") if element.get("use") == "full"]
    job_lists = root.findall("capability[@standardID='ivo://ivoa.net/std/UWS#rest-1.1']")
    addresses = [*full, *(job_list.findtext("interface/accessURL") for job_list in job_lists)]
    assert [(await app_client.get(address)).status_code for address in addresses] == [200] * 6


@pytest.mark.parametrize(
    ("parent", "first"), [("", "crossmatch"), ("/crossmatch", "crossmatch"), ("/combine", "combine")]
)
async def test_capabilities_name_every_job_list_and_first_the_one_beside_them(anonymous_client, parent, first):
    root = tree(await anonymous_client.get(f"{parent}/capabilities"))

    job_lists = root.findall("capability[@standardID='ivo://ivoa.net/std/UWS#rest-1.1']")
    kinds = [job_list.findtext("interface/accessURL").split("/")[-2] for job_list in job_lists]
    assert (kinds[0], sorted(kinds)) == (first, ["combine", "crossmatch"])


async def test_a_signed_in_user_is_named_and_not_challenged(app_client):
    response = await app_client.get("/crossmatch/capabilities")

    assert response.headers["x-vo-authenticated"] == "mlima"
    assert "www-authenticate" not in response.headers


async def test_wrong_credentials_for_the_capabilities_are_told(anonymous_client):
    headers = {"Authorization": "Bearer gt-" + "a" * 22 + "." + "b" * 22}

    assert (await anonymous_client.get("/crossmatch/capabilities", headers=headers)).status_code == 401


@pytest.mark.parametrize("parent", PARENTS)
async def test_availability_is_valid_and_open_to_all(anonymous_client, worker, parent):
    await worker.report_alive()

    root = tree(await anonymous_client.get(f"{parent}/availability"))

    xml_schema("VOSIAvailability-v1.0.xsd").assertValid(root)
    assert root.findtext("{*}available") == "true"


async def test_without_a_worker_the_service_is_not_available(anonymous_client):
    response = await anonymous_client.get("/availability")

    assert response.status_code == 200
    assert tree(response).findtext("{*}available") == "false"
    assert "worker" in tree(response).findtext("{*}note")


async def test_without_its_store_the_service_is_not_available_and_says_so_with_200(app, anonymous_client, services):
    class AwayJobs:
        async def queue_numbers(self):
            raise StoreUnavailableError("The store is away.")

    app.state.services = replace(services, jobs=AwayJobs())

    response = await anonymous_client.get("/availability")

    assert response.status_code == 200
    xml_schema("VOSIAvailability-v1.0.xsd").assertValid(tree(response))
    assert tree(response).findtext("{*}available") == "false"


@pytest.mark.parametrize("parent", PARENTS)
async def test_tables_are_valid_and_show_open_catalogs_to_all(anonymous_client, parent):
    root = tree(await anonymous_client.get(f"{parent}/tables"))

    xml_schema("VOSITables-v1.1.xsd").assertValid(root)
    # No catalog of redshifts is registered, which is what can be combined; queries have their own tables besides.
    described = {f"TAP_SCHEMA.{table}" for table in ("schemas", "tables", "columns", "keys", "key_columns")}
    assert names(root) == {"/combine": set(), "/crossmatch": {OPEN_CATALOG} | described}.get(parent, {OPEN_CATALOG})


async def test_tables_show_further_catalogs_to_those_with_the_right(app_client, other_client):
    assert names(tree(await app_client.get("/tables"))) == {OPEN_CATALOG}
    assert names(tree(await other_client.get("/tables"))) == {OPEN_CATALOG, RESTRICTED_CATALOG}


@pytest.mark.parametrize(("query", "has_columns"), [("", True), ("?detail=max", True), ("?DETAIL=min", False)])
async def test_detail_decides_about_columns(anonymous_client, query, has_columns):
    root = tree(await anonymous_client.get(f"/crossmatch/tables{query}"))

    xml_schema("VOSITables-v1.1.xsd").assertValid(root)
    assert (root.find(".//column") is not None) == has_columns


async def test_another_detail_is_refused(anonymous_client):
    response = await anonymous_client.get("/tables?detail=some")

    assert response.status_code == 400
    assert error_message(response) == "DETAIL: 'some' is neither min nor max"


@pytest.mark.parametrize("parent", PARENTS)
async def test_one_table_is_valid_and_has_its_columns(anonymous_client, parent):
    root = tree(await anonymous_client.get(f"{parent}/tables/{OPEN_CATALOG}"))

    xml_schema("VOSITables-v1.1.xsd").assertValid(root)
    assert root.findtext("name") == OPEN_CATALOG
    assert root.find("column") is not None


async def test_a_table_is_not_found_without_the_right_to_it(anonymous_client, app_client, other_client):
    path = f"/tables/{RESTRICTED_CATALOG}"

    statuses = [(await client.get(path)).status_code for client in (anonymous_client, app_client, other_client)]

    assert statuses == [404, 404, 200]


async def test_the_examples_are_queries_that_run(app_client, worker):
    root = tree(await app_client.get("/crossmatch/examples"))

    examples = root.findall(".//{*}div[@typeof='example']")
    queries = [example.findtext("{*}pre[@property='query']") for example in examples]
    assert f"Match an upload with {OPEN_CATALOG}" in {
        example.findtext("{*}h2[@property='name']") for example in examples
    }
    for query in queries:
        form = {"QUERY": query, "PHASE": "RUN", "UPLOAD": "t1,param:t1"}
        await app_client.post("/crossmatch/async", data=form, files={"t1": b"a table"})
        assert (await worker.claim_next()).job.request["problems"] == []
