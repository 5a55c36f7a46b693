"""Many clients at once: 200 poll job documents once a second while 20 submit jobs and fetch their results.

Counts answers of 5xx and jobs that were lost, and compares `GET job` with a bare FastAPI route, which the same
clients ask in turn: load generator, service and computations share the machine, so the ratio is what counts.
"""

import argparse
import asyncio
import json
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

import tsm
from benchmarks.small_job import redshift_table
from service.sample_sky import CATALOG, make_sample_sky
from service.service_folder import ServiceFolder
from service.settings import DEMO_GROUP
from service.stack import Stack

RESULTS = Path(__file__).parent / "results"
SHORT_LIVED = httpx.Limits(keepalive_expiry=1.5)
"""The service closes connections that were idle for 5 s; ours are given up well before."""
NO_TLS = ssl.create_default_context()
"""Not used for plain HTTP, but each client would otherwise load the certificates anew."""
POLL_SECONDS = 1.0
BARE = """
import sys, socket, uvicorn
from fastapi import FastAPI, Response
app = FastAPI()
@app.get("/job")
async def job() -> Response:
    return Response(b"<job/>" * 300, media_type="application/xml")
listening = socket.socket(fileno=int(sys.argv[1]))
uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run([listening])
"""


@dataclass
class Tally:
    """What was seen."""

    job_seconds: list[float] = field(default_factory=list)
    bare_seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    submitted: list[str] = field(default_factory=list)
    completed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".tsm"))
    parser.add_argument("--pollers", type=int, default=200)
    parser.add_argument("--submitters", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    folder = ServiceFolder(arguments.folder.absolute())
    make_sample_sky(folder, say=print)
    running = folder.running_service()
    if running is not None:
        run(running.url, folder, arguments)
        return
    with Stack.start(folder.root, port=0, say=print) as stack:
        run(stack.url, folder, arguments)


def run(url: str, folder: ServiceFolder, arguments: argparse.Namespace) -> None:
    """Load one service and say how it did."""
    tokens = [
        folder.tokens.create(f"load{number}", groups=(DEMO_GROUP,), lifetime_seconds=3600, name="benchmark")
        for number in range(arguments.submitters)
    ]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        program = [sys.executable, "-c", BARE, str(listening.fileno())]
        bare = subprocess.Popen(program, pass_fds=[listening.fileno()])
        bare_url = f"http://127.0.0.1:{listening.getsockname()[1]}/job"
        try:
            tally = asyncio.run(load(url, bare_url, tokens, folder, arguments))
        finally:
            bare.terminate()
            bare.wait()
    report(tally, arguments)


async def load(
    url: str, bare_url: str, tokens: list[str], folder: ServiceFolder, arguments: argparse.Namespace
) -> Tally:
    """All clients until the time is over and every job has ended."""
    tally = Tally()
    sources = await asyncio.to_thread(upload_for_all, url, tokens, folder)
    over = asyncio.Event()
    async with AsyncExitStack() as clients:

        async def client() -> httpx.AsyncClient:
            # One for each user: a pool that all share takes longer to look through than the service to answer.
            return await clients.enter_async_context(httpx.AsyncClient(timeout=60, verify=NO_TLS, limits=SHORT_LIVED))

        first = await client()
        users = list(zip(tokens, sources, strict=True))
        jobs = [await submit(first, url, token, source, tally) for token, source in users]
        pollers = [
            asyncio.create_task(poll(await client(), jobs[n % len(jobs)], tokens[n % len(jobs)], bare_url, over, tally))
            for n in range(arguments.pollers)
        ]
        submitters = [
            asyncio.create_task(submit_again(await client(), url, job, token, source, over, tally))
            for job, (token, source) in zip(jobs, users, strict=True)
        ]
        await asyncio.sleep(arguments.seconds)
        over.set()
        await asyncio.gather(*pollers, *submitters)
    return tally


def upload_for_all(url: str, tokens: list[str], folder: ServiceFolder) -> list[str]:
    """Each user's own copy of the redshifts."""
    sources = []
    with tempfile.TemporaryDirectory() as scratch:
        table = redshift_table(folder.sky / "truth" / "sources.parquet", Path(scratch) / "redshifts.parquet")
        for token in tokens:
            with tsm.TrainingSetMaker(url, token) as maker:
                sources.append(maker.upload(table).source)
    return sources


async def submit(client: httpx.AsyncClient, url: str, token: str, source: str, tally: Tally) -> str:
    """Start one job by a form and return its URL."""
    form = {"CATALOG": CATALOG, "REDSHIFTS": source, "RADIUS": "1", "PHASE": "RUN"}
    answer = await client.post(f"{url}/crossmatch/async", data=form, headers=signed(token))
    tally.statuses[answer.status_code] += 1
    tally.submitted.append(answer.headers["Location"])
    return tally.submitted[-1]


async def submit_again(
    client: httpx.AsyncClient, url: str, job: str, token: str, source: str, over: asyncio.Event, tally: Tally
) -> None:
    """Follow a job, fetch its result, start the next."""
    while True:
        phase = "QUEUED"
        while phase in {"QUEUED", "EXECUTING"}:
            waited = await client.get(job, params={"WAIT": "20", "PHASE": phase}, headers=signed(token))
            tally.statuses[waited.status_code] += 1
            phase = (await client.get(f"{job}/phase", headers=signed(token))).text
        result = await client.get(f"{job}/results/result", headers=signed(token))
        tally.statuses[result.status_code] += 1
        tally.completed += int(phase == "COMPLETED" and len(result.content) > 100_000)
        if over.is_set():
            return
        job = await submit(client, url, token, source, tally)


async def poll(
    client: httpx.AsyncClient, job: str, token: str, bare_url: str, over: asyncio.Event, tally: Tally
) -> None:
    """Ask for a job document and for the bare route, once a second each."""
    await asyncio.sleep(random.uniform(0, POLL_SECONDS))
    while not over.is_set():
        started = time.perf_counter()
        answer = await client.get(job, headers=signed(token))
        between = time.perf_counter()
        await client.get(bare_url)
        ended = time.perf_counter()
        tally.statuses[answer.status_code] += 1
        tally.job_seconds.append(between - started)
        tally.bare_seconds.append(ended - between)
        await asyncio.sleep(max(0.0, POLL_SECONDS - (ended - started)))


def signed(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def report(tally: Tally, arguments: argparse.Namespace) -> None:
    """What was seen, for people and as a file."""
    job, bare = (np.percentile(seconds, [50, 95]) for seconds in (tally.job_seconds, tally.bare_seconds))
    faults = sum(count for status, count in tally.statuses.items() if status >= 500)
    numbers = {
        "pollers": arguments.pollers,
        "submitters": arguments.submitters,
        "requests": sum(tally.statuses.values()),
        "get_job_seconds": {"median": job[0], "p95": job[1]},
        "bare_route_seconds": {"median": bare[0], "p95": bare[1]},
        "ratio": {"median": job[0] / bare[0], "p95": job[1] / bare[1]},
        "answers_5xx": faults,
        "jobs_submitted": len(tally.submitted),
        "jobs_lost": len(tally.submitted) - tally.completed,
    }
    print(f"{arguments.pollers} polling and {arguments.submitters} submitting clients, {numbers['requests']} requests")
    print(f"  GET job     median {job[0] * 1e3:7.1f} ms   p95 {job[1] * 1e3:7.1f} ms")
    print(f"  bare route  median {bare[0] * 1e3:7.1f} ms   p95 {bare[1] * 1e3:7.1f} ms")
    print(f"  ratio       median {job[0] / bare[0]:7.1f}      p95 {job[1] / bare[1]:7.1f}")
    print(f"  answers of 5xx: {faults}; jobs: {len(tally.submitted)} submitted, {numbers['jobs_lost']} lost")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "uws_load.json").write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
