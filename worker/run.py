"""Runs one claimed job: inputs in, a child's computation under supervision, results or an error out."""

import asyncio
import contextlib
import os
import platform
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import closing
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import TypeVar, assert_never

import structlog
from pydantic import ValidationError

from pz.errors import PzUnavailableError
from trainingset.errors import Problem
from trainingset.order import InputFile, Order, RecordedRows, StageProgress, TrainingSetFiles
from trainingset.registry import Registry, RegistryError
from uws.blobs import BlobStore
from uws.changes import ChangeFeed
from uws.claims import Claim, Claims
from uws.errors import ClaimLostError, FilesUnavailableError, StoreUnavailableError, UnknownBlobError
from uws.job import ErrorSummary, ErrorType, Result
from worker.child import ChildDiedError
from worker.config import WorkerConfig
from worker.giving_way import niceness
from worker.keeper import ClaimKeeper
from worker.messages import Done, Exhausted, Failed, InspectTable, MakeTrainingSet, Outcome, Refused, Unavailable
from worker.metrics import RunEnd, StageClock, WorkerMetrics
from worker.nursery import Nursery
from worker.products import ProductStore
from worker.publication import exhausted, internal_error, publish, refused, store_results, unavailable
from worker.request import InspectRequest, RecipeRequest, StoredInput, read_request
from worker.workplace import Workplaces

__all__ = ["JobRunner"]

_log = structlog.get_logger("worker.run")

_AGAIN_SECONDS = 1.0
"""Between attempts to store results or to end a job: a store that was away is used as soon as it is back."""

Answer = TypeVar("Answer")


class _Ending(Enum):
    """Why a computation was ended before it answered."""

    LOST = auto()
    OUT_OF_TIME = auto()
    STOPPING = auto()


class JobRunner:
    """Runs claimed jobs, several at once.

    Parameters
    ----------
    makers, inspectors
        Children that compute, and lighter ones that read tables which users sent.
    """

    def __init__(
        self,
        config: WorkerConfig,
        *,
        claims: Claims,
        feed: ChangeFeed,
        blobs: BlobStore,
        makers: Nursery,
        inspectors: Nursery,
        products: ProductStore,
        workplaces: Workplaces,
        metrics: WorkerMetrics,
    ) -> None:
        self._config = config
        self._claims = claims
        self._feed = feed
        self._blobs = blobs
        self._makers = makers
        self._inspectors = inspectors
        self._products = products
        self._workplaces = workplaces
        self._metrics = metrics
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End all computations now and hand their jobs to other workers."""
        self._stopping.set()

    async def run(self, claim: Claim) -> None:
        """Run a job to its end, or to the end of the claim; what goes wrong with the job is told to its owner."""
        job = claim.job
        with structlog.contextvars.bound_contextvars(
            job_id=job.id, owner=job.owner, run_id=job.run_id, kind=job.kind, attempt=claim.attempt
        ):
            _log.info("job starts")
            started = time.monotonic()
            with self._metrics.running():
                end = await self._run_to_an_end(claim)
            self._metrics.count_run(job.kind, end, seconds=time.monotonic() - started)

    async def _run_to_an_end(self, claim: Claim) -> RunEnd:
        try:
            return await self._run(claim)
        except ClaimLostError:
            _log.info("job was taken away")
            return RunEnd.LOST
        except StoreUnavailableError as error:
            # The lease runs out, and a worker that reaches the store takes the job up again.
            _log.error("job cannot be ended", error=str(error))
            return RunEnd.UNTOLD
        except FilesUnavailableError as error:
            _log.error("the store of files cannot be used", error=str(error), reason=repr(error.__cause__))
            return await self._fail(claim, unavailable("The tables of the job cannot be read from the store of files."))
        except OSError as error:
            _log.error("disk cannot be used", error=repr(error))
            return await self._fail(claim, unavailable("The disk of the service is full or cannot be used."))
        except Exception:
            # A fault in the worker itself: tried again it would only fail again, so its owner is told at once.
            return await self._fail(claim, internal_error(traceback.format_exc()))

    async def _fail(self, claim: Claim, error_summary: ErrorSummary) -> RunEnd:
        try:
            await self._claims.fail(claim, error_summary)
        except (ClaimLostError, StoreUnavailableError) as error:
            _log.error("job cannot be ended", error=str(error))
            return RunEnd.UNTOLD
        return _end_of(error_summary)

    async def _run(self, claim: Claim) -> RunEnd:
        name = f"{claim.job.id}-{claim.attempt}"
        lease = self._config.limits.lease_seconds
        async with ClaimKeeper(self._claims, self._feed, claim, lease_seconds=lease) as keeper:
            with self._workplaces.folder(name) as folder:
                answer = await self._supervise(keeper, self._compute(claim, keeper, folder))
                match answer:
                    case _Ending.LOST:
                        raise ClaimLostError(f"job {claim.job.id} is no longer ours")
                    case _Ending.OUT_OF_TIME:
                        await self._end(keeper, partial(self._claims.exceed_duration, claim))
                        _log.info("job exceeded its duration")
                        return RunEnd.OUT_OF_TIME
                    case _Ending.STOPPING:
                        await self._claims.hand_back(claim)
                        _log.info("job handed back")
                        return RunEnd.HANDED_BACK
                    case ErrorSummary():
                        await self._end(keeper, partial(self._claims.fail, claim, answer))
                        _log.info("job failed", type=answer.type.value, message=answer.message)
                        return _end_of(answer)
                    case dict():
                        await self._end(keeper, partial(self._claims.publish, claim, results=(), record=answer))
                        _log.info("table inspected")
                        return RunEnd.COMPLETED
                    case TrainingSetFiles():
                        return await self._publish(claim, keeper, answer, folder)
                    case _:
                        assert_never(answer)

    async def _publish(self, claim: Claim, keeper: ClaimKeeper, made: TrainingSetFiles, folder: Path) -> RunEnd:
        try:
            results = await self._store(claim, keeper, made, folder)
            if results is None and self._stopping.is_set():
                await self._end(keeper, partial(self._claims.hand_back, claim))
                return RunEnd.HANDED_BACK
            if results is None:
                error = unavailable("The results cannot be stored at the moment.")
                await self._end(keeper, partial(self._claims.fail, claim, error))
                return RunEnd.UNAVAILABLE
            await self._end(keeper, partial(publish, self._claims, claim, made, results))
        except ClaimLostError:
            with contextlib.suppress(OSError):  # what cannot be removed now is swept
                await self._blobs.delete_prefix(claim.blob_prefix)
            raise
        _log.info("job completed", rows=made.rows, bytes=sum(result.size for result in results))
        return RunEnd.COMPLETED

    async def _store(
        self, claim: Claim, keeper: ClaimKeeper, made: TrainingSetFiles, folder: Path
    ) -> tuple[Result, ...] | None:
        """Store the results, again and again while the disk is full or away; None if it stays so."""
        deadline = asyncio.get_running_loop().time() + self._config.store_patience_seconds
        while True:
            try:
                return await store_results(claim, made, folder, self._blobs)
            except OSError as error:
                _log.warning("results cannot be stored", error=repr(error))
            if self._stopping.is_set() or asyncio.get_running_loop().time() > deadline:
                return None
            if await _is_lost_within(_AGAIN_SECONDS, keeper):
                raise ClaimLostError(f"job {claim.job.id} is no longer ours")

    async def _end(self, keeper: ClaimKeeper, end: Callable[[], Awaitable[None]]) -> None:
        """End a job, again and again while the job store is away: what was computed is not thrown away for that."""
        while True:
            try:
                return await end()
            except StoreUnavailableError as error:
                if self._stopping.is_set():
                    raise
                _log.warning("job cannot be ended yet", error=str(error))
            # A job that is no longer ours may be so because it was ended, and only the answer was lost: the store says.
            await _is_lost_within(_AGAIN_SECONDS, keeper)

    async def _supervise(self, keeper: ClaimKeeper, computing: Awaitable[Answer]) -> Answer | _Ending:
        """Wait for a computation, and end it when it may not go on; publishing is never interrupted."""
        work = asyncio.ensure_future(computing)
        endings = {
            asyncio.create_task(keeper.lost()): _Ending.LOST,
            asyncio.create_task(self._stopping.wait()): _Ending.STOPPING,
            asyncio.create_task(keeper.out_of_time()): _Ending.OUT_OF_TIME,
        }
        try:
            await asyncio.wait({work, *endings}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            return next(ending for task, ending in endings.items() if task.done())
        finally:
            for task in (work, *endings):
                task.cancel()
            await asyncio.gather(work, *endings, return_exceptions=True)

    async def _compute(
        self, claim: Claim, keeper: ClaimKeeper, folder: Path
    ) -> TrainingSetFiles | dict[str, object] | ErrorSummary:
        """What the job makes, or why it cannot."""
        parameter = "REDSHIFTS"
        try:
            request = read_request(claim.job.request)
            match request:
                case RecipeRequest():
                    parameter = request.source_parameter
                    return await self._make(claim, request, keeper, folder)
                case InspectRequest():
                    return await self._inspect(request, folder)
                case _:
                    assert_never(request)
        except UnknownBlobError as error:
            return refused([Problem(parameter=parameter, message=f"{error} Send the table again.")])
        except RegistryError as error:
            _log.error("registry cannot be read", error=str(error))
            return unavailable("The list of object catalogs cannot be read at the moment.")
        except PzUnavailableError as error:
            _log.warning("the PZ Server cannot be used", error=str(error))
            return unavailable(str(error))
        except ValidationError as error:
            return internal_error(repr(error))

    async def _make(
        self, claim: Claim, request: RecipeRequest, keeper: ClaimKeeper, folder: Path
    ) -> TrainingSetFiles | ErrorSummary:
        try:
            try:
                outcome = await self._make_once(claim, request, keeper, folder / "work")
            except ChildDiedError as error:
                if not error.was_killed:
                    raise
                # Perhaps for what others took of the memory; if it was the job's own hunger, it is killed again.
                _log.warning("computation was killed and is tried once more")
                outcome = await self._make_once(claim, request, keeper, folder / "work-again")
        except ChildDiedError as error:
            if error.was_killed:
                return unavailable("The computation was ended from outside twice, most likely because memory ran out.")
            return internal_error(str(error))
        return _read(outcome, TrainingSetFiles.model_validate, self._config.memory_bytes)

    async def _make_once(self, claim: Claim, request: RecipeRequest, keeper: ClaimKeeper, place: Path) -> Outcome:
        if request.products:
            keeper.report(StageProgress(stage="fetching"))
        order = await self._order(claim, request, place)
        async with self._makers.lend() as child:
            with closing(StageClock(self._metrics, keeper.report)) as report:
                return await child.run(
                    MakeTrainingSet(order=order, niceness=niceness(claim.job.expected_seconds)), report
                )

    async def _order(self, claim: Claim, request: RecipeRequest, place: Path) -> Order:
        job = claim.job
        await asyncio.to_thread(place.mkdir)
        registry = await asyncio.to_thread(Registry.load, self._config.registry_path)
        facts = {
            "job_id": job.id,
            "owner": job.owner,
            "run_id": job.run_id,
            "creation_time": job.creation_time.isoformat(),
            "start_time": None if job.start_time is None else job.start_time.isoformat(),
            "service_url": self._config.public_url,
            "host_class": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        }
        products = await self._products.bring(
            request.products,
            owner=job.owner,
            parameter=request.source_parameter,
            place=place.with_name(f"{place.name}-product"),
        )
        return Order(
            request=request.fields,
            problems=(*request.problems, *products.problems),
            catalogs=tuple(entry for entry in registry if entry.id in request.catalogs),
            inputs={
                source: await self._fetch(stored, place.with_name(f"input-{number}"))
                for number, (source, stored) in enumerate(request.inputs.items())
            }
            | dict(products.inputs),
            footprints=tuple(footprint.model_dump(mode="json") for footprint in registry.footprints),
            compilations=request.compilations,
            folder=str(place),
            recorded=await self._recorded(request, place),
            most_bytes=self._config.query_limit_bytes,
            most_rows=self._config.upload_limit_rows,
            facts={name: fact for name, fact in facts.items() if fact is not None},
        )

    async def _recorded(self, request: RecipeRequest, place: Path) -> RecordedRows | None:
        """The rows that a repetition is compared with; without them it is still made."""
        reproduces = request.reproduces
        if reproduces is None or reproduces.rows is None:
            return None
        try:
            file = await self._fetch(reproduces.rows, place.with_name(f"{place.name}-recorded"))
        except UnknownBlobError:
            return None
        return RecordedRows(row_checksum=str(reproduces.record.get("row_checksum")), path=file.path)

    async def _inspect(self, request: InspectRequest, folder: Path) -> dict[str, object] | ErrorSummary:
        table = await self._fetch(request.input, folder / "input")
        seconds, limit = self._config.inspect_seconds, self._config.inspect_memory_bytes
        try:
            async with self._inspectors.lend() as child, asyncio.timeout(seconds):
                outcome = await child.run(
                    InspectTable(table=table, most_rows=self._config.upload_limit_rows, folder=str(folder))
                )
        except TimeoutError:
            return _unreadable(table, f"took longer than {seconds:g} s", f"{seconds:g} s")
        except ChildDiedError as error:
            _log.warning("inspection ended its process", reason=str(error))
            return _unreadable(table, "made the reader fail", None)
        if isinstance(outcome, Exhausted):
            return _unreadable(table, f"needed more than {limit / 1e9:.1f} GB of memory", f"{limit / 1e9:.1f} GB")
        return _read(outcome, dict, limit)

    async def _fetch(self, stored: StoredInput, target: Path) -> InputFile:
        """A local file with the table: the stored one itself where the store is a folder."""
        path = await self._patiently(partial(self._bring, stored.blob, target))
        return InputFile(
            name=stored.name, path=str(path), media_type=stored.media_type, sha256=stored.sha256, size=stored.size
        )

    async def _patiently(self, bring: Callable[[], Awaitable[Path]]) -> Path:
        """Do something again and again while the store of files is away."""
        deadline = asyncio.get_running_loop().time() + self._config.store_patience_seconds
        while True:
            try:
                return await bring()
            except FilesUnavailableError as error:
                _log.warning("input cannot be read", error=str(error))
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _bring(self, key: str, target: Path) -> Path:
        path = self._blobs.local_path(key)
        if path is not None:
            await self._blobs.info(key)
            return path
        await self._blobs.fetch(key, target)
        return target


def _end_of(error: ErrorSummary) -> RunEnd:
    if error.type is ErrorType.TRANSIENT:
        return RunEnd.UNAVAILABLE
    return RunEnd.REFUSED if error.problems else RunEnd.FAILED


async def _is_lost_within(seconds: float, keeper: ClaimKeeper) -> bool:
    """Wait; no longer than until the job is taken away."""
    try:
        async with asyncio.timeout(seconds):
            await keeper.lost()
    except TimeoutError:
        return False
    return True


def _read(
    outcome: Outcome, read_value: Callable[[dict[str, object]], Answer], memory_bytes: int
) -> Answer | ErrorSummary:
    match outcome:
        case Done(value=value):
            return read_value(value)
        case Refused(problems=problems):
            return refused(problems)
        case Unavailable(message=message):
            return unavailable(message)
        case Exhausted():
            return exhausted(memory_bytes)
        case Failed():
            return internal_error(outcome.traceback)
        case _:
            assert_never(outcome)


def _unreadable(table: InputFile, what_happened: str, limit: str | None) -> ErrorSummary:
    message = (
        f"reading {table.name} {what_happened}. Send a smaller table, or the same one as Parquet or FITS, or ask the "
        "operator to register it as a catalog of redshifts."
    )
    return refused([Problem(parameter=f"UPLOAD {table.name}", message=message, limit=limit)])
