"""Whether a thousand clients that wait (``WAIT=-1``, as pyvo does), each on its own connection, slow submission.

``make bench-waits`` runs it. Small queries are submitted one behind the other, in rounds without and with the
waiting clients in turn, which have a process of their own; the ratio of the medians is what counts.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from service.sample_sky import CATALOG, make_sample_sky
from service.service_folder import Connection, ServiceFolder
from service.settings import DEMO_GROUP
from service.stack import Stack

RESULTS = Path(__file__).parent / "results"
QUERY = f"SELECT TOP 1 objectId FROM {CATALOG}"
WARM_UP = 3
"""Submissions of the first round that are not counted."""
WAITS_OF_ONE_USER = 125
"""Fewer than one user may have."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".tsm"))
    parser.add_argument("--waits", type=int, default=1000)
    parser.add_argument("--submissions", type=int, default=50, help="of each round")
    parser.add_argument("--rounds", type=int, default=3, help="of each kind")
    parser.add_argument("--wait", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.wait:
        asyncio.run(wait_for(json.loads(sys.stdin.readline()), arguments.waits))
        return
    folder = ServiceFolder(arguments.folder.absolute())
    make_sample_sky(folder, say=print)
    running = folder.running_service()
    if running is not None:
        report(measure(running, folder, arguments), arguments)
        return
    with Stack.start(folder.root, port=0, say=print) as stack:
        report(measure(stack.connection, folder, arguments), arguments)


def measure(connection: Connection, folder: ServiceFolder, arguments: argparse.Namespace) -> dict[str, list[float]]:
    """Seconds of each submission, without and with clients that wait."""
    seconds: dict[str, list[float]] = {"without": [], "with": []}
    with httpx.Client(base_url=f"{connection.url}/crossmatch", headers=signed(connection.token), timeout=120) as client:
        for _ in range(WARM_UP):
            submit(client)
        jobs = [pending_job(connection, folder, number) for number in range(-(-arguments.waits // WAITS_OF_ONE_USER))]
        for _ in range(arguments.rounds):
            seconds["without"] += [submit(client) for _ in range(arguments.submissions)]
            with waiting(jobs, arguments.waits):
                seconds["with"] += [submit(client) for _ in range(arguments.submissions)]
        for job, token in jobs:
            client.delete(job, headers=signed(token))
    return seconds


def pending_job(connection: Connection, folder: ServiceFolder, number: int) -> tuple[str, str]:
    """A job of a user of its own, and their token.

    It never starts, so nobody's wait ends but by the service's own limit, when pyvo asks again.
    """
    token = folder.tokens.create(f"waits{number}", groups=(DEMO_GROUP,), lifetime_seconds=3600, name="benchmark")
    url = f"{connection.url}/crossmatch/async"
    return httpx.post(url, data={"QUERY": QUERY}, headers=signed(token)).headers["Location"], token


def submit(client: httpx.Client) -> float:
    """Seconds until a job is accepted and queued; its end is waited for afterwards."""
    started = time.perf_counter()
    answer = client.post("async", data={"QUERY": QUERY, "LANG": "ADQL", "PHASE": "RUN"})
    took = time.perf_counter() - started
    assert answer.status_code == 303, answer.text
    job = answer.headers["Location"]
    while (phase := client.get(f"{job}/phase").text) in {"QUEUED", "EXECUTING"}:
        client.get(job, params={"WAIT": "20", "PHASE": phase})
    assert phase == "COMPLETED", phase
    client.delete(job)
    return took


@contextmanager
def waiting(jobs: Sequence[tuple[str, str]], n_waits: int) -> Iterator[None]:
    """Let clients wait for jobs; when the block begins all of them do."""
    command = [sys.executable, "-m", "benchmarks.waits", "--wait", "--waits", str(n_waits)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as waiters:
        assert waiters.stdin is not None
        assert waiters.stdout is not None
        try:
            # Tokens go by a pipe and not as arguments, which everybody on the machine can read.
            waiters.stdin.write(f"{json.dumps(jobs)}\n")
            waiters.stdin.flush()
            assert waiters.stdout.readline() == "waiting\n"
            yield
            waiters.stdin.close()
            told = json.loads(waiters.stdout.readline())
            assert told["blocked"] == n_waits, told
            assert told["statuses"].keys() <= {"200"}, told
        finally:
            waiters.terminate()


async def wait_for(jobs: Sequence[tuple[str, str]], n_waits: int) -> None:
    """Wait with many clients until the input ends; tells when they do, and how many still did at the end."""
    statuses: Counter[int] = Counter()
    blocked = 0

    async def wait(client: httpx.AsyncClient, job: str, token: str) -> None:
        nonlocal blocked
        await client.get(job, headers=signed(token))
        while True:
            blocked += 1
            answer = await client.get(job, params={"WAIT": "-1"}, headers=signed(token))
            blocked -= 1
            statuses[answer.status_code] += 1

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=1.5)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:
        waits = [asyncio.create_task(wait(client, *jobs[n % len(jobs)])) for n in range(n_waits)]
        while blocked < n_waits:  # noqa: ASYNC110 (told to another process, once)
            await asyncio.sleep(0.1)
        # The last of them are on their way still.
        await asyncio.sleep(2)
        print("waiting", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        # Those whose wait has just ended ask again.
        for _ in range(50):
            if blocked == n_waits:
                break
            await asyncio.sleep(0.1)
        print(json.dumps({"blocked": blocked, "statuses": statuses}), flush=True)
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


def signed(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def report(seconds: dict[str, list[float]], arguments: argparse.Namespace) -> None:
    """Medians and their ratio, for people and as a file."""
    without, beside = (statistics.median(values) for values in (seconds["without"], seconds["with"]))
    p95 = {name: statistics.quantiles(values, n=20)[-1] for name, values in seconds.items()}
    print(f"{len(seconds['with'])} submissions of each kind, in {arguments.rounds} rounds:")
    print(f"  nobody waits         median {without * 1e3:6.1f} ms   p95 {p95['without'] * 1e3:6.1f} ms")
    print(f"  {arguments.waits} clients wait    median {beside * 1e3:6.1f} ms   p95 {p95['with'] * 1e3:6.1f} ms")
    print(f"  ratio of the medians {beside / without:.2f}")
    numbers = {"waits": arguments.waits, "without": without, "with": beside, "ratio": beside / without, "p95": p95}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "waits.json").write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
