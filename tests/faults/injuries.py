"""What can go wrong with a service, one function each: it injects the fault under a load and ends it again."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psutil
import redis

from tests.conftest import CUT_OTHERS
from tests.faults.cluster import GRACE_SECONDS, LEASE_SECONDS, Cluster, Member, until
from tests.faults.load import Load
from uws.wakeup import Wakeups

__all__ = ["INJURIES", "Injury"]

Injury = Callable[[Cluster, Load], None]

N_DUPLICATES = 300
AWAY_SECONDS = 5.0
LONG_AWAY_SECONDS = 60.0


def worker_killed(cluster: Cluster, load: Load) -> None:
    for share, worker in zip((0.1, 0.3), cluster.workers, strict=True):
        load.until_ended(share)
        worker.kill()
        load.count_fault()


def worker_stopped(cluster: Cluster, load: Load) -> None:
    """SIGTERM: what runs is finished or handed back, and the process ends within its grace period."""
    for share, worker in zip((0.1, 0.3), cluster.workers, strict=True):
        load.until_ended(share)
        process = psutil.Process(worker.kill(signal.SIGTERM))
        load.count_fault()
        until_gone(process, seconds=GRACE_SECONDS + 5)


def child_killed(cluster: Cluster, load: Load) -> None:
    """The kernel takes a computation when memory runs out; one that is killed again is given up, so not twice."""
    for share, worker in zip((0.1, 0.2, 0.3, 0.4), 2 * cluster.workers, strict=True):
        load.until_ended(share)
        until(partial(kill_busy_child, worker), seconds=60, what="a child computes")
        load.count_fault()


def app_killed(cluster: Cluster, load: Load) -> None:
    for share in (0.05, 0.15):
        load.until_ended(share)
        cluster.app.kill()
        load.count_fault()


def valkey_killed(cluster: Cluster, load: Load) -> None:
    load.until_ended(0.1)
    cluster.kill_valkey()
    load.count_fault()
    time.sleep(AWAY_SECONDS)
    cluster.start_valkey()


def valkey_emptied(cluster: Cluster, load: Load) -> None:
    for share in (0.05, 0.1, 0.2, 0.3, 0.5):
        load.until_ended(share)
        with redis.from_url(cluster.direct_queue_url) as queue:
            queue.flushall()
        load.count_fault()


def wakeups_repeated(cluster: Cluster, load: Load) -> None:
    """Every job is waked for many times, and old messages wake for nothing."""

    async def send() -> None:
        wakeups = Wakeups(cluster.direct_queue_url)
        # One by one: each may take as long as the service gives a queue, however busy the machine is.
        for _ in range(N_DUPLICATES):
            await wakeups.send()
        await wakeups.close()

    for share in (0.05, 0.5):
        load.until_ended(share)
        asyncio.run(send())
        load.count_fault()


def postgres_killed(cluster: Cluster, load: Load, *, away_seconds: float = AWAY_SECONDS) -> None:
    load.until_ended(0.1)
    cluster.kill_postgres()
    load.count_fault()
    time.sleep(away_seconds)
    cluster.start_postgres()


def postgres_killed_for_long(cluster: Cluster, load: Load) -> None:
    postgres_killed(cluster, load, away_seconds=LONG_AWAY_SECONDS)


def transactions_cut(cluster: Cluster, load: Load) -> None:
    """Connections break on their way and in the server, in the middle of whatever they carry."""
    for step in range(20):
        load.until_ended(step / 50)
        for member in (cluster.app, *cluster.workers):
            member.to_postgres.cut()
            load.count_fault()
        if step % 4 == 0:
            cluster.execute(CUT_OTHERS)
            load.count_fault()


def network_paused(cluster: Cluster, load: Load) -> None:
    """A worker is cut off from the job store for longer than its lease, while the other one goes on."""
    load.until_ended(0.1)
    paused = cluster.workers[0].to_postgres
    paused.pause()
    load.count_fault()
    time.sleep(2 * LEASE_SECONDS + 2)
    paused.resume()


def connections_forgotten(cluster: Cluster, load: Load) -> None:
    """What is between a worker and the job store forgets its connections; nobody is told."""
    for share, worker in zip((0.1, 0.3), cluster.workers, strict=True):
        load.until_ended(share)
        worker.to_postgres.forget()
        load.count_fault()


def worker_frozen(cluster: Cluster, load: Load) -> None:
    """A worker with its children stands still for longer than its lease, and goes on as if nothing had been."""
    load.until_ended(0.1)
    worker = psutil.Process(cluster.workers[0].pid)
    family = [worker, *worker.children(recursive=True)]
    for process in family:
        process.suspend()
    load.count_fault()
    time.sleep(2 * LEASE_SECONDS + 2)
    for process in family:
        process.resume()


def store_read_only(cluster: Cluster, load: Load) -> None:
    """A file stands where the folder of results was: root may write everywhere but there."""
    load.until_ended(0.1)
    results = cluster.folder.blobs / "jobs"
    away = cluster.folder.root / "jobs.away"
    results.rename(away)
    results.touch()
    load.count_fault()
    time.sleep(AWAY_SECONDS)
    results.unlink()
    away.rename(results)


def store_full(cluster: Cluster, load: Load) -> None:
    """Writing finds no space, from the next flush to disk on."""
    load.until_ended(0.1)
    with injected(cluster, "full", ""):
        load.count_fault()
        time.sleep(AWAY_SECONDS)


def store_slow(cluster: Cluster, load: Load) -> None:
    """Each flush to disk takes longer than a lease."""
    load.until_ended(0.1)
    with injected(cluster, "slow", str(LEASE_SECONDS * 1.5)):
        load.count_fault()
        time.sleep(4 * LEASE_SECONDS)


def clock_set(cluster: Cluster, load: Load) -> None:
    """The database's clock jumps an hour ahead, two hours back, and home again."""
    for share, shift in ((0.1, "1 hour"), (0.3, "-1 hour"), (0.5, "0")):
        load.until_ended(share)
        cluster.turn_clock(shift)
        load.count_fault()


def everything_at_once(cluster: Cluster, load: Load) -> None:
    """A worker dies while the queue is emptied, and then all connections break again and again."""
    load.until_ended(0.1)
    cluster.workers[0].kill()
    with redis.from_url(cluster.direct_queue_url) as queue:
        queue.flushall()
    load.count_fault()
    load.count_fault()
    transactions_cut(cluster, load)


INJURIES: tuple[Injury, ...] = (
    worker_killed,
    worker_stopped,
    child_killed,
    app_killed,
    valkey_killed,
    valkey_emptied,
    wakeups_repeated,
    postgres_killed,
    postgres_killed_for_long,
    transactions_cut,
    network_paused,
    connections_forgotten,
    worker_frozen,
    store_read_only,
    store_full,
    store_slow,
    clock_set,
    everything_at_once,
)


def kill_busy_child(worker: Member) -> bool:
    """Kill one that uses the processor, which those that wait for a command do not; False if there is none."""
    for child in worker.computing_children():
        with contextlib.suppress(psutil.NoSuchProcess):
            before = sum(child.cpu_times()[:2])
            time.sleep(0.05)
            if sum(child.cpu_times()[:2]) > before:
                child.kill()
                return True
    return False


def until_gone(process: psutil.Process, *, seconds: float) -> None:
    def is_gone() -> bool:
        try:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    until(is_gone, seconds=seconds, what=f"process {process.pid} has ended")


@contextmanager
def injected(cluster: Cluster, name: str, content: str) -> Iterator[None]:
    """Let the disk of all processes misbehave."""
    path = cluster.injected / name
    fresh = path.with_suffix(".new")
    fresh.write_text(content)
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink()
