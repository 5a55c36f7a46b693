"""Thousands of small jobs one after the other: does the memory of web process and worker stay flat?

``python -m benchmarks.soak`` starts a service of its own, sends small combinations, of which some are always waiting,
and samples the resident memory of each process. The slope is fitted to the second half, when everything is warm.
"""

import argparse
import json
import tempfile
import time
from collections import deque
from pathlib import Path

import httpx
import matplotlib as mpl
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib import pyplot as plt

from service.stack import Stack

RESULTS = Path(__file__).parent / "results"
WAITING = 8
"""Jobs in the queue at any time."""
SAMPLE_SECONDS = 2.0
MIB = 2**20

Sample = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, Stack.start(Path(scratch) / "service", port=0, say=print) as stack:
        started = time.monotonic()
        samples = soak(stack, arguments.jobs)
        seconds = time.monotonic() - started
    report(samples, arguments.jobs, seconds)


def soak(stack: Stack, n_jobs: int) -> list[Sample]:
    """Send all jobs and wait for them; memory by the number of jobs that were done."""
    samples: list[Sample] = []
    headers = {"Authorization": f"Bearer {stack.connection.token}"}
    with httpx.Client(base_url=f"{stack.url}/api/v1", headers=headers, timeout=60) as http:
        recipe = {"kind": "combine", "inputs": [{"source": upload(http)}], "preset": "complete", "mode": "remove"}
        waiting: deque[str] = deque()
        next_sample = 0.0
        for number in range(n_jobs):
            waiting.append(send(http, recipe))
            if len(waiting) >= WAITING:
                finish(http, waiting.popleft())
            if time.monotonic() >= next_sample:
                samples.append({"jobs": number + 1 - len(waiting), **memory(stack)})
                next_sample = time.monotonic() + SAMPLE_SECONDS
        while waiting:
            finish(http, waiting.popleft())
        samples.append({"jobs": n_jobs, **memory(stack)})
    return samples


def upload(http: httpx.Client) -> str:
    """Fifty redshifts."""
    rng = np.random.default_rng(3)
    n_rows = 50
    columns = {
        "id": np.arange(n_rows),
        "ra": rng.uniform(10, 11, n_rows),
        "dec": rng.uniform(-1, 0, n_rows),
        "z": rng.uniform(0.1, 1.5, n_rows),
        "z_flag_homogenized": np.full(n_rows, 4.0),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    answer = http.post("/uploads", params={"name": "redshifts.parquet"}, content=sink.getvalue().to_pybytes())
    answer.raise_for_status()
    return f"upload:{answer.json()['id']}"


def send(http: httpx.Client, recipe: dict[str, object]) -> str:
    """Start one job; an upload that is still being inspected, or a full queue, is waited for."""
    while (answer := http.post("/jobs", json={"recipe": recipe})).status_code in {429, 503}:
        time.sleep(0.2)
    answer.raise_for_status()
    job_id: str = answer.json()["id"]
    return job_id


def finish(http: httpx.Client, job_id: str) -> None:
    """Wait for a job, and delete it as tidy users do."""
    while (job := http.get(f"/jobs/{job_id}", params={"wait": 20}).json())["phase"] in {"QUEUED", "EXECUTING"}:
        pass
    assert job["phase"] == "COMPLETED", job
    http.delete(f"/jobs/{job_id}").raise_for_status()


def memory(stack: Stack) -> Sample:
    """Resident MiB of the web process, the worker and all its children."""
    web = next(child for child in psutil.Process().children() if "serve" in child.cmdline())
    worker = psutil.Process(stack.worker_pid)
    children = worker.children(recursive=True)
    return {
        "app": web.memory_info().rss / MIB,
        "worker": worker.memory_info().rss / MIB,
        "children": sum(child.memory_info().rss for child in children) / MIB,
    }


def report(samples: list[Sample], n_jobs: int, seconds: float) -> None:
    """Slopes for people and as a file, and the curve."""
    jobs = np.array([sample["jobs"] for sample in samples])
    warm = jobs >= n_jobs / 2
    numbers: dict[str, float] = {"jobs": n_jobs, "jobs_per_second": n_jobs / seconds}
    print(f"{n_jobs} jobs in {seconds:.0f} s")
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for name in ("app", "worker", "children"):
        sizes = np.array([sample[name] for sample in samples])
        slope = float(np.polyfit(jobs[warm], sizes[warm], 1)[0]) * 1000
        numbers |= {f"{name}_mib_at_half": float(sizes[warm][0]), f"{name}_mib_at_end": float(sizes[-1])}
        numbers[f"{name}_mib_per_1000_jobs"] = slope
        print(
            f"  {name:<9} {sizes[warm][0]:7.1f} MiB at half, {sizes[-1]:7.1f} at the end; {slope:+.2f} MiB in 1000 jobs"
        )
        axes.plot(jobs, sizes, label=name)
    axes.set(xlabel="jobs done", ylabel="resident memory (MiB)", ylim=(0, None))
    axes.legend()
    RESULTS.mkdir(exist_ok=True)
    figure.savefig(RESULTS / "soak.png", dpi=150)
    (RESULTS / "soak.json").write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main()
