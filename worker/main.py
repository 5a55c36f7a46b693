"""The worker process, put together: children, claims, wake-ups by arq, and the duties that need no wake-up."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import structlog
from arq.worker import Worker, func
from redis.exceptions import RedisError

from uws.assembly import open_job_life
from uws.claims import Claims
from uws.errors import StoreUnavailableError
from uws.wakeup import WORK_FUNCTION, deserialize_message, queue_settings, serialize_message
from worker.cards import CardMaker
from worker.child import Child, child_environment
from worker.compute import ENGINE_VARIABLE, THREADS_VARIABLE
from worker.config import WorkerConfig
from worker.dispatch import Dispatcher
from worker.engines import Engine, StartedEngine
from worker.kept_cluster import kept_cluster
from worker.logs import configure_logs
from worker.metrics import WorkerMetrics
from worker.nursery import Nursery
from worker.products import ProductStore
from worker.registrar import Registrar
from worker.run import JobRunner
from worker.workplace import Workplaces

__all__ = ["open_worker", "run_worker"]

_log = structlog.get_logger("worker.main")

PROGRAM = ("-m", "worker.compute")
"""The child that loads LSDB and computes training sets."""

_POLL_SECONDS = 0.02
"""How often arq looks for wake-ups: half of it is what a small job waits on average."""
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0
"""Between attempts to reach the queue; jobs are looked for at the same pace meanwhile."""
_STEADY_SECONDS = 10.0
_REPORT_SECONDS = 5.0
_WAKEUP_SECONDS = 60
"""More than it takes to claim a job from a busy database."""


def run_worker(config: WorkerConfig | None = None, *, program: Sequence[str] = PROGRAM) -> None:
    """Run a worker until SIGTERM or SIGINT.

    Parameters
    ----------
    config
        Settings; None reads them from the environment (``TSM_...``).
    program
        What Python runs as a child.
    """
    settings = config if config is not None else WorkerConfig()
    configure_logs(log_format=settings.log_format, level=settings.log_level)
    asyncio.run(_run_until_signal(settings, program))


async def _run_until_signal(config: WorkerConfig, program: Sequence[str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_worker(config, program=program) as dispatcher:
        _log.info("worker starts", slots=config.slots)
        await stop.wait()
        _log.info("worker stops", running=dispatcher.n_running, grace_seconds=config.grace_seconds)


@asynccontextmanager
async def open_worker(config: WorkerConfig, *, program: Sequence[str] = PROGRAM) -> AsyncIterator[Dispatcher]:
    """Everything of a worker, at work until the end of the block; then its jobs finish or are handed back.

    Parameters
    ----------
    program
        What Python runs as a child; it gets one more argument, ``make`` or ``inspect``.
    """
    worker_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    async with AsyncExitStack() as parts:
        life = await parts.enter_async_context(open_job_life(config, config.limits))
        workplaces = Workplaces(config.workplaces)
        parts.callback(workplaces.close)
        engine: Engine = config.dask
        if isinstance(config.dask, StartedEngine):
            # Outlives the children that compute on it, and is ended after them.
            folder = parts.enter_context(workplaces.folder("cluster"))
            engine = await parts.enter_async_context(kept_cluster(config.dask, folder))
        makers = await parts.enter_async_context(
            _nursery(config, (*program, "make"), engine, size=config.slots + 1, memory=config.memory_bytes)
        )
        inspectors = await parts.enter_async_context(
            _nursery(config, (*program, "inspect"), engine, size=1, memory=config.inspect_memory_bytes)
        )
        metrics = WorkerMetrics()
        metrics.show_slots(config.slots)
        parts.enter_context(metrics.served(config.metrics_port))
        runner = JobRunner(
            config,
            claims=life.claims,
            feed=life.changes,
            blobs=life.blobs,
            makers=makers,
            inspectors=inspectors,
            products=ProductStore(config.pz, config.workplaces / "pz-products"),
            workplaces=workplaces,
            metrics=metrics,
        )
        dispatcher = Dispatcher(life.claims, runner, worker_id=worker_id, slots=config.slots)
        cards = CardMaker(
            config.registry_path, blobs=life.blobs, makers=makers, registry_seconds=config.registry_seconds
        )
        registrar = Registrar(
            config.pz, registrations=life.registrations, jobs=life.jobs, blobs=life.blobs, workplaces=workplaces
        )
        # Ended in the reverse order: first no wake-ups, then the running jobs, then the duties and the children.
        await parts.enter_async_context(_task(life.reconciler.run()))
        await parts.enter_async_context(_task(cards.keep()))
        await parts.enter_async_context(_task(registrar.keep()))
        await parts.enter_async_context(_reported(life.claims, worker_id, config.slots))
        parts.push_async_callback(dispatcher.close, grace_seconds=config.grace_seconds)
        await parts.enter_async_context(_task(_listen_for_wakeups(config, dispatcher)))
        yield dispatcher


def _nursery(config: WorkerConfig, program: Sequence[str], engine: Engine, *, size: int, memory: int) -> Nursery:
    environment = child_environment(memory_bytes=memory) | {
        THREADS_VARIABLE: str(config.compute_threads),
        ENGINE_VARIABLE: engine.model_dump_json(),
    }
    return Nursery(
        partial(Child.start, program, environment=environment),
        size=size,
        commands_per_child=config.commands_per_child,
        resident_bytes=config.resident_bytes,
    )


@asynccontextmanager
async def _task(duty: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do a duty in the background, until the end of the block."""
    task = asyncio.create_task(duty)
    task.add_done_callback(_report_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _report_failure(task: "asyncio.Task[None]") -> None:
    """A duty that fails ends the worker: whoever supervises it starts a new one, which is better than half of one."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("a duty of the worker failed, so it ends", exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def _reported(claims: Claims, worker_id: str, slots: int) -> AsyncIterator[None]:
    """Let the service know that this worker is there."""

    async def report() -> None:
        while True:
            try:
                await claims.report_alive(worker_id, slots=slots)
            except StoreUnavailableError as error:
                _log.warning("not reported alive", error=str(error))
            await asyncio.sleep(_REPORT_SECONDS)

    async with _task(report()):
        yield
    with contextlib.suppress(StoreUnavailableError):
        await claims.report_stopped(worker_id)


async def _listen_for_wakeups(config: WorkerConfig, dispatcher: Dispatcher) -> None:
    """Let arq wake the dispatcher; while the queue is away, look for work now and then instead."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        # What was queued while nobody listened may have lost its wake-up.
        await dispatcher.look_for_work()
        started = asyncio.get_running_loop().time()
        try:
            await _run_arq(config, dispatcher)
        except (RedisError, OSError) as error:
            was_steady = asyncio.get_running_loop().time() - started > _STEADY_SECONDS
            pause = _FIRST_PAUSE_SECONDS if was_steady else min(2 * pause, _LONGEST_PAUSE_SECONDS)
            _log.warning("the queue is away", error=str(error), retry_seconds=pause)
        await asyncio.sleep(pause)


async def _run_arq(config: WorkerConfig, dispatcher: Dispatcher) -> None:
    """Take wake-ups until the queue is lost."""

    async def work(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> None:
        await dispatcher.look_for_work()

    arq = Worker(
        functions=[func(work, name=WORK_FUNCTION)],
        redis_settings=queue_settings(config.queue_url),
        # One wake-up at a time, and none is held while its job runs: others are for other workers.
        max_jobs=1,
        job_timeout=_WAKEUP_SECONDS,
        max_tries=1,
        retry_jobs=False,
        keep_result=0,  # otherwise a wake-up could not be sent again under the same name
        poll_delay=_POLL_SECONDS,
        handle_signals=False,
        job_serializer=serialize_message,
        job_deserializer=deserialize_message,
    )
    try:
        await arq.async_run()
    finally:
        await asyncio.gather(*arq.tasks.values(), return_exceptions=True)
        if arq.pool is not None:
            with contextlib.suppress(RedisError, OSError):
                await arq.pool.aclose(close_connection_pool=True)
