"""``tsm-service compilation``: what an operator publishes is in the stores that the environment names."""

import asyncio
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from service.cli import cli
from tests.uws.builders import pieces, take
from trainingset.published import PublishedCompilation
from uws.assembly import JobLife
from uws.config import StoreSettings
from uws.job import NewJob
from uws.job import Result as JobResult

PUBLISH = ["compilation", "publish"]
TOLD = ["--name", "specz", "--release", "dp2", "--title", "All redshifts"]


@pytest.fixture
def environment(store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stores of the test, as an operator's shell has them."""
    for name in ("database_url", "queue_url", "blob_root"):
        monkeypatch.setenv(f"TSM_{name.upper()}", getattr(store_settings, name))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "compilation.parquet"
    columns = {"ra": [10.0, 11.0], "dec": [-1.0, 1.0], "z": [0.5, 0.7], "survey": ["VVDS", "VIPERS_PDR2"]}
    pq.write_table(pa.table(columns), path)
    return path


async def run(*arguments: str) -> Result:
    """The command, in a thread of its own as its event loop is."""
    return await asyncio.to_thread(CliRunner().invoke, cli, [*arguments])


@pytest.mark.usefixtures("environment")
async def test_a_file_is_published_with_what_is_in_it(table: Path, job_life: JobLife) -> None:
    told = [*TOLD, "--doi", "10.5281/x", "--notes", "Mind the gap.", "--citation", "We 2026", "--latest"]

    done = await run(*PUBLISH, str(table), "--version", "1", *told)

    assert done.exit_code == 0, done.output
    assert "compilation:specz@1 for dp2, the latest for dp2: 2 rows" in done.output
    found = await job_life.publications.get_latest("specz")
    details = PublishedCompilation.model_validate(found.details)
    assert found.sha256 == hashlib.sha256(table.read_bytes()).hexdigest()
    assert (details.doi, details.notes, details.profile.n_rows) == ("10.5281/x", "Mind the gap.", 2)
    assert details.surveys == ("VIPERS_PDR2", "VVDS")
    assert details.citations[0].text == "We 2026"
    assert "2018A&A...609A..84S" in {citation.bibcode for citation in details.citations}


@pytest.mark.usefixtures("environment")
async def test_versions_are_listed_tagged_and_retired(table: Path) -> None:
    for version in ("1", "2"):
        assert (await run(*PUBLISH, str(table), "--version", version, *TOLD, "--latest")).exit_code == 0

    tagged = await run("compilation", "tag", "specz", "1", "--release", "dp2")
    kept = await run("compilation", "retire", "specz", "1")
    retired = await run("compilation", "retire", "specz", "2")
    listed = await run("compilation", "list")
    every = await run("compilation", "list", "--retired")

    assert "specz@1 for dp2, the latest for dp2" in tagged.output
    assert (kept.exit_code, "tag another one first" in kept.output) == (1, True)
    assert retired.exit_code == 0
    assert "specz@1" in listed.output
    assert "specz@2" not in listed.output
    assert "specz@2 (retired)" in every.output


@pytest.mark.usefixtures("environment")
async def test_a_version_is_not_published_twice(table: Path) -> None:
    await run(*PUBLISH, str(table), "--version", "1", *TOLD)

    again = await run(*PUBLISH, str(table), "--version", "1", *TOLD)

    assert again.exit_code == 1
    assert "published already" in again.output


@pytest.mark.usefixtures("environment")
async def test_a_table_that_could_not_be_matched_is_refused(tmp_path: Path, job_life: JobLife) -> None:
    path = tmp_path / "objects.parquet"
    pq.write_table(pa.table({"ra": [1.0], "dec": [1.0]}), path)

    done = await run(*PUBLISH, str(path), "--version", "1", *TOLD)

    assert done.exit_code == 1
    assert "redshift" in done.output
    assert await job_life.publications.list() == []


@pytest.mark.usefixtures("environment")
async def test_the_result_of_a_job_is_published_with_its_provenance(table: Path, job_life: JobLife) -> None:
    job = await job_life.jobs.create(NewJob(kind="combine", owner="ada"))
    await job_life.jobs.run(job.id, owner="ada")
    claim = await take(job_life)
    blob = await job_life.blobs.write(f"{claim.blob_prefix}/compilation.parquet", pieces(table.read_bytes()))
    media_type = "application/vnd.apache.parquet"
    result = JobResult("parquet", blob.key, "compilation.parquet", media_type, blob.size, blob.sha256)
    record = {"kind": "combine", "citations": [{"text": "A survey"}]}
    await job_life.claims.publish(claim, results=(result,), record=record)

    done = await run(*PUBLISH, job.id, "--version", "2026.1", *TOLD)
    await job_life.jobs.delete(job.id, owner="ada")

    assert done.exit_code == 0, done.output
    found = await job_life.publications.get("specz", "2026.1")
    assert await job_life.blobs.read(found.blob) == table.read_bytes()
    assert (found.filename, found.record) == ("specz_2026.1.parquet", record)
    assert [citation["text"] for citation in found.details["citations"]] == ["A survey"]


@pytest.mark.usefixtures("environment")
async def test_what_is_neither_file_nor_job_is_told() -> None:
    done = await run(*PUBLISH, "nothing.parquet", "--version", "1", *TOLD)

    assert done.exit_code == 1
    assert "no job 'nothing.parquet', and no such file" in done.output


async def test_without_a_service_the_command_says_how_to_name_one(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TSM_DATABASE_URL", raising=False)

    done = await run(*PUBLISH, str(table), "--version", "1", *TOLD, "--folder", str(tmp_path / "none"))

    assert done.exit_code == 1
    assert "tsm-service up" in done.output


@pytest.mark.usefixtures("environment")
async def test_provenance_may_lie_beside_a_file(table: Path, tmp_path: Path, job_life: JobLife) -> None:
    record = tmp_path / "provenance.json"
    record.write_text(json.dumps({"kind": "combine"}))

    await run(*PUBLISH, str(table), "--version", "1", *TOLD, "--provenance", str(record))

    assert (await job_life.publications.get("specz", "1")).record == {"kind": "combine"}
