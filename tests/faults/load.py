"""A hundred jobs and more, sent while something breaks, and the audit of what became of them."""

import asyncio
import hashlib
import json
import threading
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from service.settings import DEMO_GROUP
from tests.faults import light_child
from tests.faults.cluster import Cluster, until
from tests.system.sky_files import CATALOG, write_redshifts
from trainingset.mock.place import MockSky
from uws.assembly import JobLife, open_job_life
from uws.config import LifeLimits, StoreSettings
from uws.errors import JobPhaseError, UnknownJobError, UwsError
from uws.file_folder import PARTIAL_FOLDER
from uws.job import JobId, NewJob, new_job_id

__all__ = ["Audit", "LightSender", "Load", "RealSender", "Sender"]

STUCK_SECONDS = 60.0
"""A job is stuck if for so long no job at all has ended."""
FINAL = {"COMPLETED", "ERROR", "ABORTED"}
OWNERS = ("ada", "ines", "joao", "mlima")


class Sender(Protocol):
    """Sends jobs again and again until they are accepted."""

    def send(self, number: int) -> str:
        """Send the job of this number; its id."""

    def checksum_of(self, number: int) -> str:
        """Checksum of the rows that it must make."""

    def close(self) -> None:
        """Close all connections."""


class LightSender:
    """Sends jobs for the child that computes next to nothing, as the web process would."""

    def __init__(self, cluster: Cluster, *, seconds: float = 0.05) -> None:
        self._settings = StoreSettings(
            database_url=cluster.app.database_url,
            queue_url=cluster.app.queue_url,
            blob_root=str(cluster.folder.blobs),
        )
        self._seconds = seconds
        self._runner = asyncio.Runner()
        self._closing = AsyncExitStack()
        self._life: JobLife | None = None

    def send(self, number: int) -> str:
        return self._runner.run(self._send(number))

    async def _send(self, number: int) -> str:
        if self._life is None:
            self._life = await self._closing.enter_async_context(open_job_life(self._settings, LifeLimits()))
        job_id = new_job_id()  # made once, so that a repetition finds what the first attempt left
        while True:
            try:
                await self._try(self._life, number, job_id)
            except JobPhaseError:
                return job_id  # an earlier attempt came through, and only its answer was lost
            except (UwsError, OSError):
                await asyncio.sleep(0.2)
            else:
                return job_id

    async def _try(self, life: JobLife, number: int, job_id: JobId) -> None:
        owner = OWNERS[number % len(OWNERS)]
        recipe = {"number": number, "seconds": self._seconds}
        request = {"kind": "crossmatch", "recipe": recipe, "problems": [], "inputs": {}, "catalogs": []}
        try:
            await life.jobs.get(job_id, owner=owner)
        except UnknownJobError:
            await life.jobs.create(NewJob(kind="crossmatch", owner=owner, id=job_id))
        await life.jobs.run(job_id, owner=owner, request=request)

    def checksum_of(self, number: int) -> str:
        return light_child.checksum_of(number)

    def close(self) -> None:
        self._runner.run(self._closing.aclose())
        self._runner.close()


class RealSender:
    """Sends small cross-matches and combinations over HTTP."""

    def __init__(self, cluster: Cluster, sky: MockSky) -> None:
        token = cluster.folder.tokens.create("ada", groups=(DEMO_GROUP,), lifetime_seconds=86_400, name="faults")
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{cluster.url}/api/v1", headers=headers, timeout=20)
        table = write_redshifts(sky, cluster.folder.root / "redshifts.parquet", n_rows=60)
        flagged = pq.read_table(table)
        flagged = flagged.append_column("z_flag_homogenized", pa.array([4.0] * flagged.num_rows))
        pq.write_table(flagged, table)
        self._recipes = self._make_recipes(self._upload(table))
        self._checksums = [self._answer(recipe) for recipe in self._recipes]

    def _make_recipes(self, source: str) -> list[dict[str, Any]]:
        combine = {"kind": "combine", "inputs": [{"source": source}], "preset": "complete", "responseformat": "parquet"}
        crossmatch = {"kind": "crossmatch", "catalog": CATALOG, "redshifts": source, "responseformat": "parquet"}
        return [
            {**crossmatch, "radius_arcsec": 1.0},
            *({**combine, "mode": mode} for mode in ("remove", "mark", "concatenate")),
        ]

    def _upload(self, table: Path) -> str:
        answer = self._insist("POST", "/uploads", params={"name": table.name}, content=table.read_bytes())
        return f"upload:{answer.json()['id']}"

    def _answer(self, recipe: dict[str, Any]) -> str:
        """The checksum of a recipe's rows, computed while nothing is broken."""
        job = self._insist("POST", "/jobs", json={"recipe": recipe}).json()
        while (job := self._http.get(f"/jobs/{job['id']}", params={"wait": 10}).json())["phase"] not in FINAL:
            pass
        assert job["phase"] == "COMPLETED", job
        url = next(result["url"] for result in job["results"] if result["id"] == "provenance")
        checksum: str = self._http.get(url).json()["row_checksum"]
        return checksum

    def send(self, number: int) -> str:
        recipe = self._recipes[number % len(self._recipes)]
        job_id: str = self._insist("POST", "/jobs", json={"recipe": recipe, "run_id": f"fault {number}"}).json()["id"]
        return job_id

    def _insist(self, method: str, path: str, **values: Any) -> httpx.Response:
        """Ask until the service answers, as clients are told to: nobody answers while it is away, or a 503."""
        while True:
            try:
                answer = self._http.request(method, path, **values)
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.is_success:
                return answer
            assert answer.status_code in {429, 503}, (answer.status_code, answer.text)
            time.sleep(0.2)

    def checksum_of(self, number: int) -> str:
        return self._checksums[number % len(self._recipes)]

    def close(self) -> None:
        self._http.close()


@dataclass
class Audit:
    """What became of the jobs of one load."""

    jobs: int = 0
    """Accepted by the service."""
    faults: int = 0
    """Injected."""
    repeated: int = 0
    """Runs beyond the first of a job: what the fault cost."""
    lost: list[str] = field(default_factory=list)
    """Jobs that are gone, or ended otherwise than COMPLETED with the right rows and whole files."""
    duplicated: list[str] = field(default_factory=list)
    """Jobs of which two runs were published."""
    stuck: list[str] = field(default_factory=list)
    """Jobs that did not end."""
    orphans: list[str] = field(default_factory=list)
    """Files that belong to nothing, after a sweep."""
    seconds: float = 0.0
    """From the first job sent to the last ended."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.stuck or self.orphans)

    def numbers(self) -> dict[str, int | float]:
        return {
            name: len(value) if isinstance(value, list) else round(value, 1) for name, value in asdict(self).items()
        }


class Load:
    """Jobs that are sent in the background, and followed to their ends.

    Parameters
    ----------
    n_jobs
        How many are sent.
    """

    def __init__(self, cluster: Cluster, sender: Sender, *, n_jobs: int) -> None:
        self._cluster = cluster
        self._sender = sender
        self._started = time.monotonic()
        self._before = set(self._rows())
        self._sent: dict[str, int] = {}
        self._failure: BaseException | None = None
        self.n_jobs = n_jobs
        self.n_faults = 0
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        try:
            for number in range(self.n_jobs):
                self._sent[self._sender.send(number)] = number
        except BaseException as error:
            self._failure = error
            raise

    def until_ended(self, share: float) -> None:
        """Wait until so large a part of the jobs has ended."""
        wanted = share * self.n_jobs
        until(lambda: self._count_ended() >= wanted, seconds=120, what=f"{wanted:g} jobs have ended")

    def count_fault(self) -> None:
        """One more fault was injected."""
        self.n_faults += 1

    def finish(self) -> Audit:
        """Wait until every job has ended or none ends any more, and look at all of them."""
        stuck = self._follow()
        seconds = time.monotonic() - self._started
        self._until_idle()
        rows = {job_id: row for job_id, row in self._rows().items() if job_id not in self._before}
        audit = Audit(jobs=len(self._sent), faults=self.n_faults, seconds=seconds, stuck=stuck)
        audit.repeated = sum(max(row["attempt"] - 1, 0) for row in rows.values())
        audit.lost = [told for job_id, number in self._sent.items() if (told := self._loss(rows.get(job_id), number))]
        published = Counter(job_id for job_id in self._published() if job_id in rows)
        audit.duplicated = [job_id for job_id, count in published.items() if count > 1]
        audit.orphans = self._orphans()
        return audit

    def _follow(self) -> list[str]:
        ended, since = -1, time.monotonic()
        while True:
            assert self._failure is None, self._failure
            is_sending = self._thread.is_alive()
            sent = list(self._sent)  # at once: more are sent meanwhile
            rows = self._rows()
            waiting = [job_id for job_id in sent if job_id in rows and rows[job_id]["phase"] not in FINAL]
            if not waiting and not is_sending:
                return []
            n_ended = len(sent) - len(waiting)
            if n_ended > ended:
                ended, since = n_ended, time.monotonic()
            if time.monotonic() - since > STUCK_SECONDS:
                return [f"{job_id}: {rows[job_id]['phase']}" for job_id in waiting] or ["jobs cannot be sent"]
            time.sleep(0.2)

    def _loss(self, row: dict[str, Any] | None, number: int) -> str | None:
        """What is wrong with a job that should be COMPLETED; None if nothing is."""
        if row is None:
            return f"job {number} is gone"
        if row["phase"] != "COMPLETED":
            return f"job {row['id']} is {row['phase']}: {row['error']} {row['notes']}"
        if json.loads(row["record"])["row_checksum"] != self._sender.checksum_of(number):
            return f"job {row['id']} has other rows than it should"
        for result in json.loads(row["results"]):
            path = self._cluster.folder.blobs / result["blob"]
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != result["sha256"]:
                return f"result {result['id']} of job {row['id']} is missing or damaged"
        return None

    def _orphans(self) -> list[str]:
        """Files that nothing names, once the service's own sweep has been through; and abandoned folders of runs."""
        asyncio.run(self._sweep())
        needed = {result["blob"] for row in self._rows().values() for result in json.loads(row["results"])}
        root = self._cluster.folder.blobs
        stored = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        # Unfinished files of killed processes stay for six hours, out of everybody's sight: they might be at work.
        left = [key for key in stored - needed if not key.startswith(("uploads/", "cards/", f"{PARTIAL_FOLDER}/"))]
        work = root.with_name(f"{root.name}-work")
        return sorted([*left, *(str(path) for path in work.glob("worker-*/*") if path.is_dir())])

    async def _sweep(self) -> None:
        cluster = self._cluster
        settings = StoreSettings(
            database_url=cluster.database_url,
            queue_url=cluster.direct_queue_url,
            blob_root=str(cluster.folder.blobs),
        )
        async with open_job_life(settings) as life:
            await life.disposal.sweep()

    def _until_idle(self) -> None:
        """Until no worker is busy with a job that is no longer its own."""
        work = self._cluster.folder.blobs.with_name(f"{self._cluster.folder.blobs.name}-work")
        deadline = time.monotonic() + 20
        while any(path.is_dir() for path in work.glob("worker-*/*")) and time.monotonic() < deadline:
            time.sleep(0.1)

    def _count_ended(self) -> int:
        rows = self._rows()
        return sum(job_id in rows and rows[job_id]["phase"] in FINAL for job_id in list(self._sent))

    def _rows(self) -> dict[str, dict[str, Any]]:
        columns = "id, phase, attempt, results::text, record::text, error::text, notes::text"
        return {row["id"]: row for row in self._select(f"SELECT {columns} FROM jobs WHERE kind <> 'inspect'")}

    def _published(self) -> list[str]:
        return [row["job_id"] for row in self._select("SELECT job_id FROM fault_publications")]

    def _select(self, query: str) -> list[dict[str, Any]]:
        """What the store knows; nothing while it is away."""

        async def select() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(self._cluster.database_url.replace("+asyncpg", ""))
            try:
                return [dict(row) for row in await connection.fetch(query)]
            finally:
                await connection.close()

        if self._cluster.postgres is None:
            return []
        return asyncio.run(select())
