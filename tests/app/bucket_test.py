"""The web process on S3: results through it or from signed addresses, and a store that is away."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from app.config import AppConfig, SignedDownloads
from tests.app.workbench import VOTABLE, Workbench
from tests.troubled_s3 import TroubledS3, refuse
from tests.uws.builders import a_new_job
from uws.assembly import JobLife, open_job_life

OWN = "/api/v1/jobs/{}/results/result"
UWS = "/crossmatch/async/{}/results/result"
BUSY = refuse(503, "SlowDown")


@pytest.fixture
def app_config(app_config: AppConfig, s3: TroubledS3, tmp_path: Path) -> AppConfig:
    options = s3.options | {"config_kwargs": {"retries": {"total_max_attempts": 1}}}
    return app_config.model_copy(update={"blob_root": f"s3://tsm/{tmp_path.name}", "blob_options": options})


@pytest.fixture
async def job_life(app_config: AppConfig) -> AsyncIterator[JobLife]:
    async with open_job_life(app_config, app_config.limits) as life:
        yield life


@pytest.fixture
async def finished(job_life: JobLife, worker: Workbench) -> str:
    """A job of ``mlima`` with a VOTable in the store."""
    job = await job_life.jobs.create(a_new_job(owner="mlima"))
    await job_life.jobs.run(job.id, owner="mlima")
    await worker.complete()
    return job.id


class TestThroughTheService:
    """As it is unless the operator says otherwise."""

    async def test_files_are_sent_whole_in_part_and_by_their_headers(
        self, app_client: httpx.AsyncClient, finished: str
    ) -> None:
        for path in (OWN.format(finished), UWS.format(finished)):
            whole, head = await app_client.get(path), await app_client.head(path)
            part = await app_client.get(path, headers={"Range": "bytes=1-4"})

            assert (whole.status_code, whole.content) == (200, VOTABLE)
            assert whole.headers["etag"] == f'"{hashlib.sha256(VOTABLE).hexdigest()}"'
            assert (part.status_code, part.content) == (206, VOTABLE[1:5])
            assert (head.status_code, head.content) == (200, b"")
            assert all(head.headers[name] == whole.headers[name] for name in ("etag", "content-length", "content-type"))

    async def test_a_store_that_is_away_is_a_503_that_says_when_to_come_back(
        self, app_client: httpx.AsyncClient, worker: Workbench, s3: TroubledS3, finished: str
    ) -> None:
        await worker.report_alive()
        assert (await app_client.get("/health/ready")).status_code == 200
        catalogs = (await app_client.get("/api/v1/catalogs")).json()

        with s3.troubled(BUSY):
            answers = [await app_client.get(path.format(finished)) for path in (OWN, UWS)]
            answers.append(await app_client.post("/api/v1/uploads", params={"name": "a.csv"}, content=b"ra,dec\n"))
            ready = await app_client.get("/health/ready")
            metrics = await app_client.get("/metrics")
            known = (await app_client.get("/api/v1/catalogs")).json()
            removed = await app_client.delete(f"/api/v1/jobs/{finished}")

        assert [(answer.status_code, "retry-after" in answer.headers) for answer in answers] == [(503, True)] * 3
        assert all("The store of files" in answer.text and "AKIASECRET" not in answer.text for answer in answers)
        assert (ready.status_code, list(ready.json()["faults"])) == (503, ["files"])
        assert "tsm_free_bytes NaN" in metrics.text.splitlines()
        assert known == catalogs
        assert removed.status_code == 204
        assert (await app_client.get(OWN.format(finished))).status_code == 404

    async def test_no_space_need_be_left_in_a_store_that_has_no_such_number(
        self, app_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shutil.disk_usage", lambda path: pytest.fail("the disk of the process was asked"))

        answer = await app_client.post("/api/v1/uploads", params={"name": "a.csv"}, content=b"ra,dec\n")

        assert answer.status_code == 201


class TestSigned:
    """With ``TSM_SIGNED_DOWNLOADS__SECONDS``."""

    @pytest.fixture
    def app_config(self, app_config: AppConfig) -> AppConfig:
        return app_config.model_copy(update={"signed_downloads": SignedDownloads(seconds=60)})

    async def test_owners_are_sent_to_the_store_which_needs_no_token(
        self, app_client: httpx.AsyncClient, finished: str
    ) -> None:
        for path in (OWN.format(finished), UWS.format(finished)):
            answer = await app_client.get(path, headers={"Range": "bytes=1-4"})
            async with httpx.AsyncClient() as anybody:
                whole = await anybody.get(answer.headers["location"])
                part = await anybody.get(answer.headers["location"], headers={"Range": "bytes=1-4"})

            assert (answer.status_code, answer.content) == (307, b"")
            assert "X-Amz-Expires=60&" in answer.headers["location"]
            assert answer.headers["cache-control"] == "private, no-store"
            assert answer.headers["etag"] == f'"{hashlib.sha256(VOTABLE).hexdigest()}"'
            assert (whole.content, part.status_code, part.content) == (VOTABLE, 206, VOTABLE[1:5])
            assert whole.headers["content-type"] == "application/x-votable+xml"
            assert whole.headers["content-disposition"].startswith("attachment; filename=")

    async def test_nobody_else_gets_an_address(
        self, other_client: httpx.AsyncClient, anonymous_client: httpx.AsyncClient, finished: str
    ) -> None:
        for client, status in ((other_client, 404), (anonymous_client, 401)):
            answers = [await client.get(path.format(finished)) for path in (OWN, UWS)]

            assert [answer.status_code for answer in answers] == [status, status]
            assert not any("location" in answer.headers for answer in answers)

    async def test_what_the_store_could_not_answer_is_answered_here(
        self, app_client: httpx.AsyncClient, finished: str
    ) -> None:
        path = OWN.format(finished)
        tag = f'"{hashlib.sha256(VOTABLE).hexdigest()}"'

        head = await app_client.head(path)
        known = await app_client.get(path, headers={"If-None-Match": tag})
        rest = await app_client.get(path, headers={"If-Range": tag, "Range": "bytes=4-"})

        assert (head.status_code, head.headers["content-length"]) == (200, str(len(VOTABLE)))
        assert known.status_code == 304
        assert (rest.status_code, rest.content) == (206, VOTABLE[4:])


def test_a_folder_cannot_sign(app_config: AppConfig) -> None:
    settings = app_config.model_dump() | {"blob_root": "/srv/tsm", "signed_downloads": {"seconds": 60}}

    with pytest.raises(ValidationError, match="needs a TSM_BLOB_ROOT in S3"):
        AppConfig.model_validate(settings)
