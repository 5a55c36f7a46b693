"""No route tells one user of another's jobs, uploads and results, nor changes them: all routes by all identities."""

import asyncio
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.health import health_router
from app.sync import sync_router
from app.uws_routes import uws_router
from app.vosi import vosi_router
from app.xmatch import xmatch_router
from tests.app.catalogs import OPEN_CATALOG
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.workbench import Workbench

CSV = b"ra,dec,z\n150.1,2.2,0.5\n"
OWNED = {"job_id", "upload_id"}
PREFIX = "/tsm"
LISTS = ("jobs", "uploads", "redshifts", "me")


@dataclass(frozen=True)
class Belongings:
    """Of the user ``mlima``."""

    jobs: tuple[str, ...]
    """One in each of PENDING, QUEUED and COMPLETED, then the inspection of the upload."""
    upload: str


NOBODYS = Belongings(jobs=("nobodys-job",) * 4, upload="nobodys-upload")


@pytest.fixture
async def belongings(app_client: httpx.AsyncClient, worker: Workbench) -> Belongings:
    upload = (await app_client.post("/api/v1/uploads", content=CSV)).json()
    claim = await worker.claim()
    inspection = claim.job.id
    await worker.fail(claim)
    jobs = []
    for phase in ({"PHASE": "RUN"}, {}, {"PHASE": "RUN"}):
        form = {"CATALOG": OPEN_CATALOG, "REDSHIFTS": "upload:none", "UPLOAD": "mine,param:table", **phase}
        made = await app_client.post("/crossmatch/async", data=form, files={"table": ("z.csv", CSV)})
        assert made.status_code == 303, made.text
        jobs.append(made.headers["Location"].rsplit("/", 1)[1])
        if len(jobs) == 1:
            await worker.complete()
    return Belongings((*jobs, inspection), upload["id"])


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of each route that names something a user owns: the JSON face tells its own, others are told."""
    documented = [(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item]
    routers = (uws_router, sync_router, xmatch_router, vosi_router, health_router)
    others = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    found = [*documented, *((method, f"{PREFIX}{route.path}") for route in others for method in route.methods or ())]
    return sorted((method, path) for method, path in found if OWNED & set(re.findall(r"{(\w+)", path)))


def addresses(path: str, mine: Belongings) -> list[str]:
    """The path with everything of the owner's in it."""
    texts = [path.removeprefix(PREFIX)]
    choices: dict[str, tuple[str, ...]] = {
        "job_id": mine.jobs,
        "upload_id": (mine.upload,),
        "result_id": ("result", "parquet"),
        "name": ("mine", "table"),
        "kind": ("crossmatch",),
    }
    for name in dict.fromkeys(re.findall(r"{(\w+)(?::\w+)?}", path)):
        values = choices.get(name, ("result",))
        texts = [re.sub(rf"{{{name}(:\w+)?}}", value, text) for text in texts for value in values]
    return texts


async def everything(client: httpx.AsyncClient, mine: Belongings) -> list[Any]:
    """What the owner sees."""
    jobs = [(await client.get(f"/api/v1/jobs/{job_id}")).json() for job_id in mine.jobs[:3]]
    result = (await client.get(f"/api/v1/jobs/{mine.jobs[0]}/results/result")).content
    return [*jobs, (await client.get(f"/api/v1/uploads/{mine.upload}")).json(), result]


BODIES: list[dict[str, Any]] = [
    {},
    {"json": {"run_id": "stolen", "execution_duration": 1}},
    {"data": {"PHASE": "ABORT", "ACTION": "DELETE", "DESTRUCTION": "2026-01-01T00:00:00Z", "RUNID": "stolen"}},
    {"json": {}},
    {"json": {"reader": "everyone"}},
]


@pytest.mark.parametrize(
    "properties",
    [
        {"username": "other", "groups": ["g_users", "g_rubin"]},
        {"username": "mlima2", "groups": ["mlima", "g_admins", "admin"]},
    ],
    ids=["data rights", "groups named like the owner"],
)
async def test_no_route_of_anothers_belongings_answers_anything_but_404(
    properties: dict[str, Any],
    app: FastAPI,
    app_client: httpx.AsyncClient,
    anonymous_client: httpx.AsyncClient,
    gafaelfawr: FakeGafaelfawr,
    belongings: Belongings,
) -> None:
    before = await everything(app_client, belongings)
    headers = {"Authorization": f"Bearer {gafaelfawr.issue(**properties)}"}
    asked, refused = 0, set[tuple[str, str]]()
    for method, path in routes_of(app):
        for address in addresses(path, belongings):
            for body in BODIES if method in ("POST", "PATCH", "PUT") else BODIES[:1]:
                answer = await anonymous_client.request(method, address, headers=headers, **body)
                asked += 1
                if answer.status_code in (400, 415, 422):
                    # A body that could be no job's may be refused before anybody looks for the job, whose ever it is.
                    (nobodys, *_) = addresses(path, NOBODYS)
                    unknown = await anonymous_client.request(method, nobodys, headers=headers, **body)
                    assert (answer.status_code, answer.text) == (unknown.status_code, unknown.text), (method, address)
                else:
                    assert answer.status_code == 404, (method, address, answer.status_code, answer.text)
                    refused.add((method, path))
                assert not [name for name in ("CATALOG", "150.1", "COMPLETED", "mock.object") if name in answer.text]
    assert refused == set(routes_of(app)), "some body reaches every route"
    assert asked > 60
    assert await everything(app_client, belongings) == before


async def test_a_stranger_is_asked_to_sign_in_at_each_of_them(
    app: FastAPI, anonymous_client: httpx.AsyncClient, belongings: Belongings
) -> None:
    for method, path in routes_of(app):
        answer = await anonymous_client.request(method, addresses(path, belongings)[0])
        assert answer.status_code == 401, (method, path, answer.status_code)


async def test_lists_hold_nothing_of_others(
    app: FastAPI, other_client: httpx.AsyncClient, belongings: Belongings
) -> None:
    lists = [
        "/crossmatch/async",
        "/combine/async",
        "/api/v1/jobs",
        "/api/v1/uploads",
        "/api/v1/redshifts",
        "/api/v1/me",
    ]
    for address in lists:
        answer = await other_client.get(address)
        assert answer.status_code == 200
        assert not [name for name in (*belongings.jobs, belongings.upload) if name in answer.text]


async def test_anothers_results_and_uploads_are_no_sources(
    other_client: httpx.AsyncClient, belongings: Belongings
) -> None:
    for source in (f"job:{belongings.jobs[0]}", f"upload:{belongings.upload}"):
        for recipe in (
            {"catalog": OPEN_CATALOG, "redshifts": source},
            {"kind": "combine", "inputs": [source]},
        ):
            answer = await other_client.post("/api/v1/jobs", json={"recipe": recipe})
            assert answer.status_code == 422
            assert "you have no" in answer.text


def asking(app: FastAPI) -> list[str]:
    """Path of each route that answers GET, owned or not, those of operators among them."""
    routers = (uws_router, sync_router, xmatch_router, vosi_router, health_router)
    others = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    found = {f"{PREFIX}{route.path}" for route in others if "GET" in (route.methods or ())}
    return sorted(found | {path for path, item in app.openapi()["paths"].items() if "get" in item})


async def test_no_route_gives_out_what_was_logged_of_another_user(
    app: FastAPI,
    app_client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    anonymous_client: httpx.AsyncClient,
    belongings: Belongings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # No worker is there: a sync request would wait for as long as it may.
    services = app.state.services
    app.state.services = replace(services, config=services.config.model_copy(update={"sync_seconds": 0.5}))
    capsys.readouterr()
    await app_client.get("/api/v1/jobs/unknown-of-mine", headers={"X-Request-ID": "request-of-mlima"})
    await app_client.post("/crossmatch/async", data={"CATALOG": "mistaken-by-mlima", "PHASE": "RUN"})
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "request-of-mlima" in line]
    logged = json.loads(line)
    told = [str(logged[name]) for name in ("owner", "job_id", "request_id", "token_key")]
    private = (*told, *belongings.jobs, belongings.upload, "mistaken-by-mlima")

    paths = asking(app)
    for client in (other_client, anonymous_client):
        for path in paths:
            # Of nobody: what the question itself names may be in the answer.
            for address in addresses(path, NOBODYS)[:1]:
                answer = await client.get(address)
                shown = f"{answer.headers}{answer.text}"
                assert not [name for name in private if name in shown], (address, answer.status_code)
    assert not [path for path in paths if re.search(r"/logs?(/|$)", path)]
    assert len(paths) > 30


async def test_log_lines_of_users_who_ask_at_the_same_time_name_their_own_jobs_alone(
    app_client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    belongings: Belongings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = await other_client.post("/crossmatch/async", data={"CATALOG": OPEN_CATALOG})
    others = made.headers["Location"].rsplit("/", 1)[1]
    capsys.readouterr()

    asked = [(app_client, job_id) for job_id in belongings.jobs[:3] * 5] + [(other_client, others)] * 15
    await asyncio.gather(*(client.get(f"/api/v1/jobs/{job_id}") for client, job_id in asked))

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"request"' in line]
    found = {(line["owner"], line["job_id"]) for line in lines}
    assert found == {("other", others), *(("mlima", job_id) for job_id in belongings.jobs[:3])}
    assert len(lines) == 30


async def test_refusals_do_not_name_another_user(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, belongings: Belongings
) -> None:
    refusals = [
        await other_client.get(f"/api/v1/jobs/{belongings.jobs[0]}"),
        await other_client.get(f"/crossmatch/async/{belongings.jobs[0]}/results/result"),
        await other_client.delete(f"/api/v1/uploads/{belongings.upload}"),
        await other_client.post(
            "/api/v1/jobs", json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": f"job:{belongings.jobs[0]}"}}
        ),
    ]

    assert [answer.status_code for answer in refusals] == [404, 404, 404, 422]
    assert not [answer.text for answer in refusals if "mlima" in f"{answer.headers}{answer.text}"]
