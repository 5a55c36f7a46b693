"""Published compilations: listed, fetched and named as a source."""

from typing import Any

import httpx
import pytest

from tests.app.catalogs import OPEN_CATALOG
from tests.app.workbench import Workbench, a_profile, in_chunks
from trainingset.published import PublishedCompilation
from uws.assembly import JobLife
from uws.publications import NewPublication

REDSHIFTS = "/api/v1/redshifts"
SPECZ = f"{REDSHIFTS}/compilations/specz"
CONTENT = b"PAR1 and a hundred rows"


async def publish(life: JobLife, version: str, *, latest: bool = False, **changes: Any) -> None:
    details = PublishedCompilation(
        title=f"Redshifts {version}",
        description="All of them",
        doi="10.5281/zenodo.1",
        surveys=("VVDS", "VIPERS_PDR2"),
        profile=a_profile(name="specz.parquet", n_rows=100),
    )
    fields: dict[str, Any] = {
        "name": "specz",
        "version": version,
        "release": "dp1",
        "filename": f"specz_{version}.parquet",
        "media_type": "application/vnd.apache.parquet",
        "details": details.model_dump(mode="json"),
    }
    await life.publications.publish(NewPublication(**fields | changes), in_chunks(CONTENT), latest=latest)


@pytest.fixture
async def published(job_life: JobLife) -> None:
    """Two versions for dp1, the second its latest, and one for dp2 that is also its latest."""
    await publish(job_life, "1", record={"kind": "combine", "seed": 2**60})
    await publish(job_life, "2", latest=True)
    await publish(job_life, "3", latest=True, release="dp2", required_right="dp2")


async def listed(client: httpx.AsyncClient, **filters: Any) -> list[str]:
    return [shown["source"] for shown in (await client.get(REDSHIFTS, params=filters)).json()]


@pytest.mark.usefixtures("published")
async def test_versions_are_listed_and_filtered(app_client: httpx.AsyncClient, other_client: httpx.AsyncClient) -> None:
    one, two, three = (f"compilation:specz@{version}" for version in "123")

    assert await listed(app_client) == [two, one]
    assert await listed(other_client) == [three, two, one]
    assert await listed(other_client, latest=True) == [three, two]
    assert await listed(other_client, latest=True, release="dp2") == [three]
    assert await listed(other_client, release="dp1") == [two, one]
    assert await listed(app_client, survey="vvds") == [two, one]
    assert await listed(app_client, survey="DESI") == []
    assert await listed(app_client, name="specz") == [two, one]
    assert await listed(app_client, name="other") == []


@pytest.mark.usefixtures("published")
async def test_the_name_alone_shows_the_latest(app_client: httpx.AsyncClient, other_client: httpx.AsyncClient) -> None:
    shown = (await app_client.get(SPECZ, params={"release": "dp1"})).json()

    assert (shown["id"], shown["title"], shown["n_rows"], shown["ready"]) == ("specz@2", "Redshifts 2", 100, True)
    assert (shown["compilation"]["doi"], shown["compilation"]["latest_for"]) == ("10.5281/zenodo.1", ["dp1"])
    assert shown["compilation"]["url"] == f"http://tsm.example/tsm{SPECZ}/2/file"
    assert (await other_client.get(SPECZ)).json()["id"] == "specz@3"
    assert (await other_client.get(SPECZ, params={"release": "dp9"})).status_code == 404


@pytest.mark.usefixtures("published")
async def test_an_old_version_is_fetched_whole_in_part_and_by_its_tag(app_client: httpx.AsyncClient) -> None:
    whole = await app_client.get(f"{SPECZ}/1/file")
    part = await app_client.get(f"{SPECZ}/1/file", headers={"Range": "bytes=5-7"})
    known = await app_client.get(f"{SPECZ}/1/file", headers={"If-None-Match": whole.headers["ETag"]})
    head = await app_client.head(f"{SPECZ}/1/file")

    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert (part.status_code, part.content) == (206, b"and")
    assert known.status_code == 304
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(CONTENT)))
    assert 'filename="specz_1.parquet"' in whole.headers["Content-Disposition"]


@pytest.mark.usefixtures("published")
async def test_provenance_is_shown_where_there_is_one(app_client: httpx.AsyncClient) -> None:
    with_record = (await app_client.get(f"{SPECZ}/1")).json()["compilation"]

    answer = await app_client.get(with_record["provenance_url"])

    assert answer.json() == {"kind": "combine", "seed": str(2**60)}
    assert (await app_client.get(f"{SPECZ}/2")).json()["compilation"]["provenance_url"] is None
    assert (await app_client.get(f"{SPECZ}/2/provenance")).status_code == 404


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("path", ["", "/file", "/provenance"])
async def test_a_version_that_needs_a_right_is_hidden_without_it(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, path: str
) -> None:
    assert (await app_client.get(f"{SPECZ}/3{path}")).status_code == 404
    assert (await other_client.get(f"{SPECZ}/3/file")).content == CONTENT


@pytest.mark.usefixtures("published")
async def test_nobody_gets_in_without_signing_in(anonymous_client: httpx.AsyncClient) -> None:
    assert (await anonymous_client.get(f"{SPECZ}/1/file")).status_code == 401


@pytest.mark.usefixtures("published")
async def test_a_compilation_is_a_source_and_its_file_is_pinned(
    app_client: httpx.AsyncClient, worker: Workbench, job_life: JobLife
) -> None:
    recipe = {"catalog": OPEN_CATALOG, "redshifts": "compilation:specz@1"}

    answer = await app_client.post("/api/v1/jobs", json={"recipe": recipe})

    assert answer.status_code == 201
    job = (await worker.claim()).job
    stored = await job_life.publications.get("specz", "1")
    assert job.inputs == (stored.blob,)
    assert job.request["inputs"]["compilation:specz@1"]["name"] == "specz@1"
    assert job.request["inputs"]["compilation:specz@1"]["sha256"] == stored.sha256


@pytest.mark.usefixtures("published")
async def test_the_name_alone_means_the_latest_version_that_the_user_may_use(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    names = []
    for client in (app_client, other_client):
        recipe = {"kind": "combine", "inputs": [{"source": "compilation:specz"}]}
        answer = await client.post("/api/v1/jobs", json={"recipe": recipe})
        assert answer.status_code == 201, answer.text
        names.append((await worker.claim()).job.request["inputs"]["compilation:specz"]["name"])

    assert names == ["specz@2", "specz@3"]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("source", "told"),
    [("specz@9", "no version '9'"), ("specz@3", "no version '3'"), ("other", "no compilation 'other'")],
)
async def test_a_compilation_that_is_not_there_is_told(app_client: httpx.AsyncClient, source: str, told: str) -> None:
    recipe = {"catalog": OPEN_CATALOG, "redshifts": f"compilation:{source}"}

    answer = await app_client.post("/api/v1/jobs", json={"recipe": recipe})

    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["parameter"] == "REDSHIFTS"
    assert told in problem["message"]


async def test_a_retired_version_is_not_listed_and_still_fetched(
    app_client: httpx.AsyncClient, job_life: JobLife
) -> None:
    await publish(job_life, "1")
    await job_life.publications.retire("specz", "1")

    assert await listed(app_client) == []
    assert (await app_client.get(f"{SPECZ}/1/file")).content == CONTENT
    assert (await app_client.get(f"{SPECZ}/1")).json()["compilation"]["retirement_time"] is not None


async def test_surveys_show_their_rules(app_client: httpx.AsyncClient) -> None:
    surveys = {survey["name"]: survey for survey in (await app_client.get("/api/v1/surveys")).json()}

    rules = surveys["VIPERS_PDR2"]["rules"]
    assert rules["flags"]["3, 4"] == "secure, above 99 %"
    assert (rules["columns"]["z"], rules["columns"]["needed"]) == ("zspec", ["classFlag"])
    assert surveys["VIPERS_PDR2"]["family"] == "VIPERS"
    assert all(survey["rules"] and survey["rules"]["version"] >= 1 for survey in surveys.values())
