"""A worker on real stores: what becomes of a job, whatever happens to its computation."""

import ast
import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.worker.children import until_gone, until_written
from uws.assembly import JobLife
from uws.blobs import BlobStore
from uws.config import LifeLimits, StoreSettings
from uws.errors import UnknownJobError
from uws.job import Job, NewJob
from uws.phase import FINAL_PHASES, ExecutionPhase
from uws.uploads import Upload, UploadState
from worker.config import WorkerConfig
from worker.dispatch import Dispatcher
from worker.logs import configure_logs
from worker.main import open_worker

PROGRAM = [str(Path(__file__).with_name("nonsense_child.py"))]
OWNER = "mlima"

OpenWorker = Callable[..., Any]


@pytest.fixture
def a_worker(store_settings: StoreSettings, tmp_path: Path) -> OpenWorker:
    """Opens a worker whose children do as the request says."""
    registry = tmp_path / "registry.yaml"
    registry.write_text("catalogs: []")

    @asynccontextmanager
    async def open_one(**settings: Any) -> AsyncIterator[Dispatcher]:
        defaults = {**store_settings.model_dump(), "registry_path": registry, "slots": 1, "grace_seconds": 0}
        config = WorkerConfig.model_validate({**defaults, **settings})
        async with open_worker(config, program=PROGRAM) as dispatcher:
            yield dispatcher

    return open_one


async def submit(life: JobLife, **request: Any) -> Job:
    """A job that tells the child what to do."""
    new = NewJob(kind="crossmatch", owner=OWNER, execution_duration=request.pop("execution_duration", None))
    job = await life.jobs.create(new)
    inputs = request.pop("inputs", {})
    full = {"kind": "crossmatch", "recipe": request, "problems": [], "inputs": inputs, "catalogs": []}
    return await life.jobs.run(job.id, owner=OWNER, request=full)


async def until(condition: Callable[[Job], bool], life: JobLife, job: Job, *, seconds: float = 20.0) -> Job:
    async with asyncio.timeout(seconds):
        async for state in life.jobs.watch(job.id, owner=OWNER):
            job = state
            if condition(state):
                return state
    raise AssertionError(f"the job ended as {job.phase}: {job.error}")


async def ended(life: JobLife, job: Job, *, seconds: float = 20.0) -> Job:
    return await until(lambda state: state.phase in FINAL_PHASES, life, job, seconds=seconds)


async def upload(life: JobLife, content: bytes) -> Upload:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return await life.uploads.create(OWNER, name="my.csv", media_type="text/csv", chunks=chunks())


async def inspected(life: JobLife, sent: Upload) -> Upload:
    return await life.uploads.wait(sent.id, OWNER, seconds=20)


async def test_results_are_there_with_checksum_and_record_when_the_job_is_completed(
    job_life: JobLife, a_worker: OpenWorker, blobs: BlobStore
) -> None:
    async with a_worker(public_url="https://data.example.org/tsm"):
        job = await ended(job_life, await submit(job_life, do="write", text="hello"))
    assert job.phase is ExecutionPhase.COMPLETED
    assert [(result.id, result.size) for result in job.results] == [("result", 5), ("again", 5)]
    assert await blobs.read(job.results[0].blob) == b"hello"
    assert job.notes == ("One row.",)
    assert job.request["resolved"] == {"resolved": True}
    assert job.record is not None
    assert job.record["facts"]["job_id"] == job.id
    assert job.record["facts"]["service_url"] == "https://data.example.org/tsm"
    assert " processors" in job.record["facts"]["host_class"]
    assert job.record["facts"]["start_time"] >= job.record["facts"]["creation_time"]


async def test_the_computation_reads_the_tables_that_the_request_names(
    job_life: JobLife, a_worker: OpenWorker, blobs: BlobStore
) -> None:
    sent = await upload(job_life, b"ra,dec")
    inputs = {"upload:1": {"blob": sent.blob, "name": "my.csv"}}
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="tell inputs", inputs=inputs))
    assert await blobs.read(job.results[0].blob) == b"[('upload:1', 'ra,dec')]"


async def test_a_missing_input_is_told_to_the_owner(job_life: JobLife, a_worker: OpenWorker) -> None:
    inputs = {"upload:1": {"blob": "uploads/gone/data", "name": "my.csv"}}
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="tell inputs", inputs=inputs))
    assert job.error is not None
    assert "uploads/gone/data" in job.error.message


async def test_progress_is_seen_while_the_job_runs(job_life: JobLife, a_worker: OpenWorker, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    request = {"do": "report", "then": "sleep until", "path": str(go_on), "text": "x"}
    async with a_worker():
        job = await until(lambda state: state.progress is not None, job_life, await submit(job_life, **request))
        assert job.phase is ExecutionPhase.EXECUTING
        assert job.progress is not None
        assert (job.progress.stage, job.progress.done, job.progress.total, job.progress.rows) == ("match", 3, 7, 40)
        go_on.touch()
        assert (await ended(job_life, job)).phase is ExecutionPhase.COMPLETED


async def test_all_problems_of_a_refused_recipe_are_in_message_and_detail(
    job_life: JobLife, a_worker: OpenWorker
) -> None:
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="refuse"))
    assert job.error is not None
    assert job.error.type == "fatal"
    assert job.error.message == "2 problems were found:\nRADIUS: is wrong\nWHERE: is wrong"
    assert [problem["parameter"] for problem in job.error.problems] == ["RADIUS", "WHERE"]


async def test_an_unavailable_catalog_is_transient(job_life: JobLife, a_worker: OpenWorker) -> None:
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="miss"))
    assert job.error is not None
    assert (job.error.type, job.error.message) == (
        "transient",
        "The catalog is away. The same job may succeed later.",
    )


async def test_a_disk_that_is_full_while_computing_is_transient(job_life: JobLife, a_worker: OpenWorker) -> None:
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="fill the disk"))
    assert job.error is not None
    assert (job.error.type, "No space left" in job.error.message) == ("transient", True)


async def test_results_wait_until_the_store_can_be_written_and_no_longer_than_the_operator_allows(
    job_life: JobLife, a_worker: OpenWorker, blobs: BlobStore, blob_root: str
) -> None:
    obstacle = Path(blob_root) / "jobs"  # a file where the folder should be: root may write everywhere but there
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.touch()
    async with a_worker(store_patience_seconds=0):
        refused = await ended(job_life, await submit(job_life, do="write", text="x"))
    async with a_worker():
        job = await submit(job_life, do="write", text="hello")
        await until(lambda state: state.phase is ExecutionPhase.EXECUTING, job_life, job)
        asyncio.get_running_loop().call_later(0.5, obstacle.unlink)
        job = await ended(job_life, job)
    assert refused.error is not None
    assert (refused.error.type, "cannot be stored" in refused.error.message) == ("transient", True)
    assert (job.phase, job.attempt) == (ExecutionPhase.COMPLETED, 1)
    assert await blobs.read(job.results[0].blob) == b"hello"


async def test_an_unexpected_failure_gives_the_owner_a_reference_and_the_operator_the_traceback(
    job_life: JobLife, a_worker: OpenWorker, capfd: pytest.CaptureFixture[str]
) -> None:
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="nonsense"))
    assert job.error is not None
    assert job.error.type == "fatal"
    reference = job.error.message.partition("reference ")[2][:8]
    assert "ZeroDivisionError" not in job.error.message
    captured = capfd.readouterr()
    log = captured.out + captured.err
    assert f"{reference}" in log
    assert "ZeroDivisionError" in log


async def test_a_computation_that_is_killed_twice_ends_its_job_as_transient(
    job_life: JobLife, a_worker: OpenWorker
) -> None:
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="die"))
        after = await ended(job_life, await submit(job_life, do="write", text="x"))
    assert job.error is not None
    assert job.error.type == "transient"
    assert "memory" in job.error.message
    assert after.phase is ExecutionPhase.COMPLETED


async def test_too_much_memory_is_fatal_and_names_the_limit(job_life: JobLife, a_worker: OpenWorker) -> None:
    async with a_worker(memory_bytes=300_000_000):
        job = await ended(job_life, await submit(job_life, do="grow", bytes=10**9))
    assert job.error is not None
    assert (job.error.type, "0.3 GB" in job.error.message) == ("fatal", True)


async def test_abortion_ends_the_computation_within_two_seconds(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    async with a_worker():
        job = await submit(job_life, do="sleep", pids=str(tmp_path / "pids"))
        pids = await until_written(tmp_path / "pids")
        aborted = await job_life.jobs.abort(job.id, owner=OWNER)
        await until_gone(*pids, seconds=2)
    assert aborted.phase is ExecutionPhase.ABORTED


async def test_deletion_ends_the_computation_within_two_seconds(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    async with a_worker():
        job = await submit(job_life, do="sleep", pids=str(tmp_path / "pids"))
        pids = await until_written(tmp_path / "pids")
        await job_life.jobs.delete(job.id, owner=OWNER)
        await until_gone(*pids, seconds=2)
    with pytest.raises(UnknownJobError):
        await job_life.jobs.get(job.id, owner=OWNER)


async def test_a_job_that_exceeds_its_duration_is_aborted_with_a_note(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    async with a_worker():
        job = await submit(job_life, do="sleep", pids=str(tmp_path / "pids"), execution_duration=3)
        pids = await until_written(tmp_path / "pids")
        job = await ended(job_life, job)
        await until_gone(*pids, seconds=2)
    assert job.phase is ExecutionPhase.ABORTED
    assert "3 s" in job.notes[0]


async def test_a_duration_that_is_raised_meanwhile_holds(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    request = {"do": "sleep until", "path": str(go_on), "text": "x", "execution_duration": 2}
    async with a_worker(limits=LifeLimits(lease_seconds=1)):
        job = await until(
            lambda state: state.phase is ExecutionPhase.EXECUTING, job_life, await submit(job_life, **request)
        )
        await job_life.jobs.set_execution_duration(job.id, owner=OWNER, seconds=600)
        await asyncio.sleep(2.5)
        go_on.touch()
        job = await ended(job_life, job)
    assert job.phase is ExecutionPhase.COMPLETED


async def test_a_worker_that_stops_hands_its_job_to_the_next(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    async with a_worker():
        job = await submit(job_life, do="sleep until", path=str(go_on), text="x")
        await until(lambda state: state.phase is ExecutionPhase.EXECUTING, job_life, job)
    go_on.touch()
    async with a_worker():
        job = await ended(job_life, job)
    assert (job.phase, job.attempt) == (ExecutionPhase.COMPLETED, 2)


async def test_a_worker_that_stops_lets_a_short_job_finish(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    async with a_worker(grace_seconds=20):
        job = await submit(job_life, do="sleep until", path=str(go_on), text="x")
        await until(lambda state: state.phase is ExecutionPhase.EXECUTING, job_life, job)
        asyncio.get_running_loop().call_later(0.3, go_on.touch)
    job = await job_life.jobs.get(job.id, owner=OWNER)
    assert (job.phase, job.attempt) == (ExecutionPhase.COMPLETED, 1)


async def test_never_more_jobs_run_at_once_than_there_are_slots(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    async with a_worker(slots=2):
        jobs = [await submit(job_life, do="sleep until", path=str(go_on), text="x") for _ in range(4)]
        await until(lambda state: state.phase is ExecutionPhase.EXECUTING, job_life, jobs[1])
        await asyncio.sleep(0.5)
        numbers = await job_life.jobs.queue_numbers()
        go_on.touch()
        done = [await ended(job_life, job) for job in jobs]
    assert numbers.jobs_by_phase[ExecutionPhase.EXECUTING] == 2
    assert {job.phase for job in done} == {ExecutionPhase.COMPLETED}


async def test_an_upload_is_inspected_while_every_slot_computes(
    job_life: JobLife, a_worker: OpenWorker, tmp_path: Path
) -> None:
    async with a_worker():
        await submit(job_life, do="sleep", pids=str(tmp_path / "pids"))
        await until_written(tmp_path / "pids")
        sent = await inspected(job_life, await upload(job_life, b"ra,dec"))
    assert (sent.state, sent.profile) == (UploadState.READY, {"name": "my.csv"})


@pytest.mark.parametrize(
    ("content", "told"), [(b"sleep", "longer than 1 s"), (b"die", "reader fail"), (b"grow", "more than 0.3 GB")]
)
async def test_a_table_that_harms_its_reader_is_rejected(
    job_life: JobLife, a_worker: OpenWorker, content: bytes, told: str
) -> None:
    async with a_worker(inspect_seconds=1, inspect_memory_bytes=300_000_000):
        bad = await inspected(job_life, await upload(job_life, content))
        good = await inspected(job_life, await upload(job_life, b"ra,dec"))
    assert bad.state is UploadState.REJECTED
    assert bad.error is not None
    assert told in bad.error.message
    assert good.state is UploadState.READY


async def test_jobs_run_while_the_queue_is_away(job_life: JobLife, a_worker: OpenWorker, tmp_path: Path) -> None:
    async with a_worker(queue_url=f"unix://{tmp_path}/nothing.sock"):
        job = await ended(job_life, await submit(job_life, do="write", text="x"))
    assert job.phase is ExecutionPhase.COMPLETED


async def test_how_runs_end_and_how_long_their_stages_take_is_measured(job_life: JobLife, a_worker: OpenWorker) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with a_worker(metrics_port=port), httpx.AsyncClient(trust_env=False) as client:
        await ended(job_life, await submit(job_life, do="report", then="write", text="x"))
        await ended(job_life, await submit(job_life, do="refuse"))
        # A run is counted when its folder is gone, which is after its owner is told.
        async with asyncio.timeout(10):
            while 'end="refused"' not in (text := (await client.get(f"http://127.0.0.1:{port}/metrics")).text):
                await asyncio.sleep(0.02)
    assert 'tsm_worker_runs_total{end="completed",kind="crossmatch"} 1.0' in text
    assert 'tsm_worker_runs_total{end="refused",kind="crossmatch"} 1.0' in text
    assert 'tsm_worker_run_seconds_count{kind="crossmatch"} 2.0' in text
    assert 'tsm_worker_stage_seconds_count{stage="match"} 1.0' in text
    assert "tsm_worker_slots 1.0" in text


async def test_lines_of_a_run_name_job_owner_and_run_id(
    job_life: JobLife, a_worker: OpenWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(log_format="json", level="info")
    async with a_worker():
        job = await ended(job_life, await submit(job_life, do="refuse"))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    (failed,) = [line for line in lines if line["event"] == "job failed"]
    assert (failed["job_id"], failed["owner"], failed["run_id"], failed["attempt"]) == (job.id, OWNER, None, 1)


async def test_nothing_is_left_in_the_work_folder(job_life: JobLife, a_worker: OpenWorker, tmp_path: Path) -> None:
    async with a_worker(work_folder=tmp_path / "work"):
        await ended(job_life, await submit(job_life, do="write", text="x"))
        await ended(job_life, await submit(job_life, do="die"))
        await asyncio.sleep(0.1)
        left = [path for path in (tmp_path / "work").rglob("*") if path.name != "worker.lock"]
    assert [path.name for path in left if path.parent != tmp_path / "work"] == []


async def test_an_inspection_knows_the_most_rows_of_an_upload(job_life: JobLife, a_worker: OpenWorker) -> None:
    async with a_worker(upload_limit_rows=7):
        sent = await inspected(job_life, await upload(job_life, b"tell limit"))

    assert sent.profile == {"most_rows": 7}


async def test_the_computation_knows_the_footprints_that_the_operator_named(
    job_life: JobLife, a_worker: OpenWorker, blobs: BlobStore, tmp_path: Path
) -> None:
    registry = tmp_path / "named.yaml"
    registry.write_text("footprints: [{name: deep, kind: circles, circles: [{ra: 1, dec: 2, radius_deg: 3}]}]")
    async with a_worker(registry_path=registry):
        job = await ended(job_life, await submit(job_life, do="tell footprints"))
    circle = {"ra": 1, "dec": 2, "radius_deg": 3}
    told = ast.literal_eval((await blobs.read(job.results[0].blob)).decode())
    assert told == ({"name": "deep", "kind": "circles", "circles": [circle]},)
