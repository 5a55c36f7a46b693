"""STILTS itself, where it is installed: its conformance test, and a query from its command line."""

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from astropy.table import Table

from app.documents.job import JOB_INFO_NAMESPACE
from tests.app.dali.documents import JOBS, listed_ids

OUR_NAMESPACES = ("urn:uwscustom", JOB_INFO_NAMESPACE)

NO_UPLOADS_FROM_ELSEWHERE = (
    "Mandatory upload method ivo://ivoa.net/std/TAPRegExt#upload-http not declared, though uploads are apparently "
    "supported"
)
"""Tables are fetched only from hosts that the operator names, and without any the method is not declared."""

EXECUTING_SECONDS = 2.0
"""taplint wants to see a job on its way."""


@pytest.fixture(scope="module")
def stilts() -> str:
    path = shutil.which("stilts")
    if path is None:
        pytest.skip("STILTS is not installed")
    return path


@pytest_asyncio.fixture(loop_scope="session")
async def busy_worker(worker) -> AsyncIterator[list[dict[str, object]]]:
    """A worker that completes every job with the same table; what it was asked for is kept."""
    content = io.BytesIO()
    Table({"objectId": [1, 2], "z": [0.1, 0.2]}).write(content, format="votable")
    recipes: list[dict[str, object]] = []

    async def work() -> None:
        while True:
            claim = await worker.claim_next()
            recipes.append(claim.job.request["recipe"])
            await asyncio.sleep(EXECUTING_SECONDS)
            await worker.complete(claim, content=content.getvalue())

    working = asyncio.create_task(work())
    yield recipes
    working.cancel()


async def run_stilts(stilts: str, token: str, *arguments: str) -> str:
    """Run a command with the token as the password of HTTP Basic; what it prints."""
    properties = ("-Dstar.basicauth.user=x-oauth-basic", f"-Dstar.basicauth.password={token}")
    process = await asyncio.create_subprocess_exec(
        stilts, *properties, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()
    return output.decode()


async def test_taplint_finds_no_error(stilts, base, token, busy_worker):
    report = await run_stilts(
        stilts,
        token,
        *("taplint", "stages=UWS CPV AVV TMV TME CAP EXA", "format=json", "report=EWF"),
        *(f"tapurl={base}", f"asyncurl={base}/async?CATALOG=mock.object&REDSHIFTS=upload:x"),
    )

    sections = json.loads(report)["sections"]
    complaints = {message["text"] for section in sections for message in section["reports"]}
    assert [section["code"] for section in sections] == ["TMV", "TME", "CPV", "CAP", "AVV", "UWS", "EXA"]
    # It has no schema for what we may add in namespaces of our own, and says so.
    explained = {f"Schema from unknown namespace during validation: {name}" for name in OUR_NAMESPACES}
    assert complaints <= explained | {NO_UPLOADS_FROM_ELSEWHERE}


async def test_tapquery_submits_our_parameters_and_reads_the_result(
    stilts, base, token, busy_worker, app_client, tmp_path: Path
):
    target = tmp_path / "train.csv"

    await run_stilts(
        stilts,
        token,
        *("tapquery", f"tapurl={base}", "sync=false", "adql=-", "maxrec=100", "executionduration=600"),
        f"asyncurl={base}/async?CATALOG=mock.object&REDSHIFTS=upload:x&RADIUS=1.0",
        *("destruction=2030-01-01T00:00:00", "poll=1000", "delete=never", f"out={target}", "ofmt=csv"),
    )

    assert target.read_text().splitlines()[1:] == ["1,0.1", "2,0.2"]
    expected = {"catalog": "mock.object", "redshifts": "upload:x", "radius_arcsec": "1.0", "maxrec": "100"}
    assert busy_worker == [expected]
    assert len(listed_ids(await app_client.get(JOBS))) == 1
