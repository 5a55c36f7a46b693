"""Results become products of a PZ Server, once, whatever breaks; and the result itself is never touched."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from pz.config import PzAccess, PzServerConfig
from pz.credentials import sealed_token
from tests.app.workbench import Workbench
from tests.pz.fake_server import FakePzServer
from tests.trainingset.provenance_test import a_record
from uws.assembly import JobLife
from uws.job import Job, NewJob
from uws.registrations import Registration, RegistrationService, RegistrationState
from worker.registrar import Registrar
from worker.workplace import Workplaces

TABLE = pa.table({"objectId": [1, 2], "ra": [150.1, 150.2], "dec": [2.1, 2.2], "redshift": [0.5, 0.7]})
WANTED = {"description": "Made by a test.", "product_type": "training_set", "release": None}
RECORD = {**json.loads(a_record().to_json()), "citations": [{"text": "Scodeggio et al. 2018, A&A 609, A84"}]}
ARegistrar = Callable[..., Registrar]


def as_parquet() -> bytes:
    sink = io.BytesIO()
    z = pa.field("redshift", pa.float64(), metadata={b"ucd": b"src.redshift;meta.main"})
    pq.write_table(TABLE.cast(pa.schema([*list(TABLE.schema)[:3], z])), sink)
    return sink.getvalue()


@pytest.fixture
async def job(job_life: JobLife) -> Job:
    """A COMPLETED job with a table."""
    made = await job_life.jobs.create(NewJob(kind="crossmatch", owner="mlima"))
    await job_life.jobs.run(made.id, owner="mlima")
    workbench = Workbench(job_life)
    claim = await workbench.claim()
    content = as_parquet()
    result = await workbench.store(claim, "parquet", "set.parquet", "application/vnd.apache.parquet", content)
    report = await workbench.store(claim, "report", "report.html", "text/html", b"<html>report</html>")
    await job_life.claims.publish(claim, results=(result, report), record=RECORD)
    return await job_life.jobs.get(made.id, owner="mlima")


@pytest.fixture
def a_registrar(job_life: JobLife, pz_config: PzServerConfig, tmp_path: Path) -> ARegistrar:
    def make(**settings: Any) -> Registrar:
        return Registrar(
            pz_config.model_copy(update=settings),
            registrations=job_life.registrations,
            jobs=job_life.jobs,
            blobs=job_life.blobs,
            workplaces=Workplaces(tmp_path / "work"),
        )

    return make


async def ask(life: JobLife, job: Job, token: str | None = None) -> None:
    name = f"TSM [job {job.id}]"
    await life.registrations.ask(job.id, job.owner, name=name, wanted=WANTED, sealed_token=token)


async def found(life: JobLife, job: Job) -> Registration:
    registration = await life.registrations.find(job.id, job.owner)
    assert registration is not None
    return registration


def living(pz: FakePzServer) -> list[int]:
    return [product.status for product in pz.products.values() if product.status != 2]


async def test_a_result_is_published_with_what_tells_of_it(
    pz: FakePzServer, job_life: JobLife, job: Job, a_registrar: ARegistrar
) -> None:
    registrar = a_registrar()
    assert not await registrar.look()
    await ask(job_life, job)
    assert await registrar.look()
    registration = await found(job_life, job)
    assert registration.state is RegistrationState.REGISTERED, registration.error
    assert registration.outcome is not None
    product = pz.products[registration.outcome["id"]]
    assert (product.status, product.type) == (1, "training_set")
    assert product.display_name == f"TSM [job {job.id}]"
    files = {file.name: file for file in product.files}
    assert {name: file.role for name, file in files.items()} == {
        f"tsm_{job.id}.parquet": 0,
        "provenance.json": 2,
        "quality_report.html": 2,
        "how_it_was_made.html": 1,
        "citations.txt": 2,
    }
    assert pq.read_table(io.BytesIO(files[f"tsm_{job.id}.parquet"].content)).equals(TABLE)
    assert files["quality_report.html"].content == b"<html>report</html>"
    assert files["citations.txt"].content == b"Scodeggio et al. 2018, A&A 609, A84\n"
    assert json.loads(files["provenance.json"].content) == job.record == RECORD
    aliases = {column.alias: column.column_name for column in product.columns if column.alias}
    assert aliases == {"ID": "objectId", "RA": "ra", "Dec": "dec", "z": "redshift"}
    assert f"product {product.id}" in (await job_life.jobs.get(job.id, owner="mlima")).notes[-1]


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"fail_at": {"registry": 500}}, "500"),
        ({"fail_at": {"POST /api/product-files/": 502}}, "502"),
        ({"fail_at": {"POST /api/products/": 504}}, "504"),
        ({"lost_at": {"POST /api/products/": 504}}, "504"),
        ({"lost_at": {"POST /api/product-files/": 502}}, "502"),
        ({"lost_at": {f"PATCH /api/products/{number}/": 504 for number in range(99)}}, "504"),
        ({"gateway": 1000, "gateway_status": 503}, "503"),
        ({"html_for_json": True}, "not the document of its API"),
        ({"most_body_bytes": 10}, "413"),
        ({"revoke_after": 4}, "does not know the token"),
    ],
    ids=[
        "registry",
        "upload",
        "create",
        "created unheard",
        "sent unheard",
        "published unheard",
        "down",
        "html",
        "too large",
        "token replaced",
    ],
)
async def test_what_fails_is_told_leaves_the_result_and_can_be_repeated(
    pz: FakePzServer, job_life: JobLife, job: Job, a_registrar: ARegistrar, faults: dict[str, Any], said: str
) -> None:
    registrar = a_registrar(attempts=1)
    for name, value in faults.items():
        setattr(pz.faults, name, value)
    await ask(job_life, job)
    assert await registrar.look()
    failed = await found(job_life, job)
    assert failed.state is RegistrationState.FAILED
    assert said in (failed.error or "")
    assert pz.service_token not in (failed.error or "")
    assert 1 not in living(pz)
    result, _ = (await job_life.jobs.get(job.id, owner="mlima")).results
    assert await job_life.blobs.read(result.blob) == as_parquet()
    pz.faults = type(pz.faults)()
    pz.calls.clear()
    await ask(job_life, job)
    assert await registrar.look()
    assert (await found(job_life, job)).state is RegistrationState.REGISTERED
    assert living(pz) == [1]


async def test_a_repetition_finds_the_product_and_makes_one_that_was_deleted_anew(
    pz: FakePzServer, job_life: JobLife, job: Job, a_registrar: ARegistrar
) -> None:
    registrar = a_registrar()
    numbers = []
    for _ in range(3):
        await ask(job_life, job)
        assert await registrar.look()
        outcome = (await found(job_life, job)).outcome
        assert outcome is not None
        numbers.append(outcome["id"])
        assert living(pz) == [1]
        if len(numbers) == 2:
            pz.products[numbers[1]].status = 2
    assert numbers[0] == numbers[1] != numbers[2]
    assert len((await job_life.jobs.get(job.id, owner="mlima")).notes) == 2


async def test_the_token_of_a_user_is_used_and_forgotten(
    pz: FakePzServer, job_life: JobLife, job: Job, pz_config: PzServerConfig, a_registrar: ARegistrar
) -> None:
    changes = {"access": PzAccess.USER, "token": None, "seal_keys": (SecretStr("k" * 32),)}
    registrar = a_registrar(**changes)
    token = pz.issue("mlima")
    config = pz_config.model_copy(update=changes)
    await ask(job_life, job, sealed_token(config, token, owner="somebody else"))
    await registrar.look()
    assert "can no longer be read" in ((await found(job_life, job)).error or "")
    await ask(job_life, job, sealed_token(config, token, owner="mlima"))
    await registrar.look()
    assert [product.owner for product in pz.products.values()] == ["mlima"]


async def test_a_job_without_its_files_is_said_so(
    pz: FakePzServer, job_life: JobLife, job: Job, a_registrar: ARegistrar
) -> None:
    await job_life.blobs.delete(job.results[0].blob)
    await ask(job_life, job)
    assert await a_registrar().look()
    assert "are gone" in ((await found(job_life, job)).error or "")
    assert living(pz) == []


async def test_who_loses_a_registration_stops_and_publishes_nothing(
    pz: FakePzServer, job_life: JobLife, job: Job, pz_config: PzServerConfig, tmp_path: Path
) -> None:
    service = RegistrationService(job_life.database, lease_seconds=0.6)
    parts: dict[str, Any] = {
        "jobs": job_life.jobs,
        "blobs": job_life.blobs,
        "workplaces": Workplaces(tmp_path / "work"),
    }
    registrar = Registrar(pz_config, registrations=service, **parts)
    pz.faults.slow_seconds = 0.5
    await ask(job_life, job)
    working = asyncio.create_task(registrar.look())
    while not any(product.status == 0 for product in pz.products.values()):
        await asyncio.sleep(0.02)
    async with job_life.database.transaction() as session:
        await session.execute(text("UPDATE registrations SET attempt = attempt + 1"))
    assert await working
    assert living(pz) == []
    assert pz.calls[f"PATCH /api/products/{max(pz.products)}/"] == 0
    assert (await found(job_life, job)).state is RegistrationState.RUNNING
