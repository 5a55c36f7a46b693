"""Products of a PZ Server as a source of jobs: who may use them, and what a worker is told."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.config import AppConfig
from app.main import create_app
from pz.config import PzAccess, PzServerConfig
from pz.sealing import TokenSeal
from tests.app.catalogs import OPEN_CATALOG
from tests.pz.fake_server import FakePzServer
from uws.assembly import JobLife
from uws.job import JobId

JOBS = "/api/v1/jobs"
KEY = "k" * 32


@pytest.fixture
def app_config(app_config: AppConfig, pz_config: PzServerConfig) -> AppConfig:
    """With a PZ Server, of whose releases one is known here."""
    rights = {"DP1": "dp1", "DP2": "dp2"}
    return app_config.model_copy(update={"pz": pz_config.model_copy(update={"rights_by_release": rights})})


def a_job(source: str, **recipe: Any) -> dict[str, Any]:
    return {"recipe": {"catalog": OPEN_CATALOG, "redshifts": source, **recipe}}


async def refusal(client: httpx.AsyncClient, source: str, **headers: str) -> str:
    answer = await client.post(JOBS, json=a_job(source), headers=headers)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["problems"]
    assert problem["parameter"] == "REDSHIFTS"
    return str(problem["message"])


async def kept_request(life: JobLife, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return (await life.jobs.get(JobId(answer.json()["id"]), owner="mlima")).request


async def test_a_product_is_named_by_id_or_internal_name_and_pinned_by_id(
    pz: FakePzServer, app_client: httpx.AsyncClient, job_life: JobLife
) -> None:
    product = pz.add_product(b"x")
    expected = {"id": product.id, "internal_name": product.internal_name, "sealed_token": None}
    for source in (f"pz:{product.id}", f"pz:{product.internal_name}"):
        request = await kept_request(job_life, await app_client.post(JOBS, json=a_job(source)))
        assert request["products"] == {source: expected}
        assert request["inputs"] == {}
        assert pz.service_token not in str(request)


async def test_a_combination_takes_products(pz: FakePzServer, app_client: httpx.AsyncClient, job_life: JobLife) -> None:
    sources = [f"pz:{pz.add_product(b'x', name=name).id}" for name in ("a", "b")]
    recipe = {"kind": "combine", "inputs": [{"source": source} for source in sources]}
    request = await kept_request(job_life, await app_client.post(JOBS, json={"recipe": recipe}))
    assert list(request["products"]) == sources


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": 2}, "was deleted"),
        ({"status": 0}, "is a draft"),
        ({"type": "training_set"}, "is of type training_set"),
    ],
)
async def test_what_cannot_be_used_is_refused_before_there_is_a_job(
    pz: FakePzServer, app_client: httpx.AsyncClient, changes: dict[str, Any], said: str
) -> None:
    product = pz.add_product(b"x", **changes)
    assert said in await refusal(app_client, f"pz:{product.id}")
    assert (await app_client.get(JOBS)).json() == []


async def test_a_product_that_does_not_exist_and_a_name_with_spaces_are_refused(
    pz: FakePzServer, app_client: httpx.AsyncClient
) -> None:
    assert "has no product '99'" in await refusal(app_client, "pz:99")
    assert "its id (pz:42) or its internal name" in await refusal(app_client, "pz:ECDFS spec-z")


async def test_of_a_release_only_those_with_its_right_may_use_products(
    pz: FakePzServer, app_client: httpx.AsyncClient, job_life: JobLife
) -> None:
    one, two, other = (pz.add_product(b"x", release=pz.add_release(name).id) for name in ("DP1", "DP2", "unknown here"))
    request = await kept_request(job_life, await app_client.post(JOBS, json=a_job(f"pz:{one.id}")))
    assert request["required_rights"] == ["dp1"]
    for closed in (two, other):
        assert "which is not open to you here" in await refusal(app_client, f"pz:{closed.id}")


async def test_a_server_that_is_away_is_said_so_and_nothing_is_made(
    pz: FakePzServer, app_client: httpx.AsyncClient
) -> None:
    pz.faults.gateway = 1000
    answer = await app_client.post(JOBS, json=a_job("pz:42"))
    assert (answer.status_code, "502" in answer.json()["detail"]) == (503, True)
    assert (await app_client.get(JOBS)).json() == []


async def test_a_token_of_the_service_that_is_not_known_is_told_to_operators(
    pz: FakePzServer, app_client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    pz.users.clear()
    answer = await app_client.post(JOBS, json=a_job("pz:42"))
    assert (answer.status_code, "its operators know" in answer.json()["detail"]) == (503, True)
    captured = capfd.readouterr()
    assert "does not know the token of this service" in captured.out + captured.err
    assert pz.service_token not in captured.out + captured.err


@pytest.fixture
async def by_users(app_config: AppConfig, app: FastAPI, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application where users fetch with tokens of their own."""
    assert app_config.pz is not None
    pz_config = PzServerConfig(url=app_config.pz.url, access=PzAccess.USER, seal_keys=(SecretStr(KEY),))
    own = create_app(app_config.model_copy(update={"pz": pz_config}))
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        own.router.lifespan_context(own),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(own), base_url="http://tsm.example/tsm", headers=headers
        ) as client,
    ):
        yield client


async def test_with_tokens_of_users_the_pz_server_decides_and_the_job_keeps_the_token_sealed(
    pz: FakePzServer, by_users: httpx.AsyncClient, job_life: JobLife
) -> None:
    product = pz.add_product(b"x", release=pz.add_release("closed", "friends").id)
    friend, stranger = pz.issue("friend", groups=frozenset({"friends"})), pz.issue("stranger")
    answer = await by_users.post(JOBS, json=a_job(f"pz:{product.id}"), headers={"X-PZ-Token": friend})
    request = await kept_request(job_life, answer)
    (kept,) = request["products"].values()
    assert friend not in str(request) + answer.text
    assert TokenSeal([KEY]).open(kept["sealed_token"], owner="mlima") == friend
    assert "has no product" in await refusal(by_users, f"pz:{product.id}", **{"X-PZ-Token": stranger})
    assert "with your own token" in await refusal(by_users, f"pz:{product.id}")
    assert "with your own token" in await refusal(by_users, f"pz:{product.id}", **{"X-PZ-Token": "nonsense"})
    assert "does not know the token" in await refusal(by_users, f"pz:{product.id}", **{"X-PZ-Token": "0" * 40})


async def test_a_uws_job_ends_with_the_problem_of_its_product(
    pz: FakePzServer, app_client: httpx.AsyncClient, job_life: JobLife
) -> None:
    form = {"CATALOG": OPEN_CATALOG, "REDSHIFTS": "pz:99", "PHASE": "RUN"}
    answer = await app_client.post("/crossmatch/async", data=form)
    job_id = JobId(answer.headers["location"].rsplit("/", 1)[1])
    request = (await job_life.jobs.get(job_id, owner="mlima")).request
    (problem,) = request["problems"]
    assert "has no product '99'" in problem["message"]
