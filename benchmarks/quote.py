"""How far the quotes of jobs are off: cross-matches of very different sizes, one after the other, on one service.

Beside it stands what the median duration of the last jobs of whatever size would have told. ``make bench-quote`` runs
it. A new service is started, which knows no jobs.
"""

import argparse
import random
import statistics
import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import tsm
from benchmarks.contest import machine
from service.sample_sky import CATALOG, make_sample_sky
from service.service_folder import Connection, ServiceFolder
from service.stack import Stack

SIZES = (300, 3_000, 30_000, 150_000)
"""Redshifts of a job."""
REMEMBERED_JOBS = 20
LEARNING_JOBS = 5
"""Not counted: a service knows nothing before its first."""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=25)
    given = options.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        folder = ServiceFolder(Path(scratch) / "service")
        folder.root.mkdir()
        make_sample_sky(folder, say=print)
        with Stack.start(folder.root, say=print) as stack:
            report(measure(stack.connection, folder, given.jobs))


def measure(connection: Connection, folder: ServiceFolder, n_jobs: int) -> list[tuple[int, float | None, float]]:
    """Size, quoted seconds and seconds that it took, of each job."""
    draw, found = random.Random(1), []
    with tempfile.TemporaryDirectory() as scratch, tsm.TrainingSetMaker(connection.url, connection.token) as maker:
        truth = pq.read_table(folder.sky / "truth" / "sources.parquet")
        uploads = {size: maker.upload(_table(truth, size, Path(scratch))) for size in SIZES}
        for _ in range(n_jobs):
            size = draw.choice(SIZES)
            job = maker.crossmatch(catalog=CATALOG, redshifts=uploads[size], radius_arcsec=1.0)
            job.wait()
            state = maker.job(job.id).state
            assert isinstance(state.end_time, datetime)
            quoted = (state.quote - state.creation_time).total_seconds() if state.quote else None
            found.append((size, quoted, (state.end_time - state.creation_time).total_seconds()))
            print(
                f"{size:>8,} redshifts: quoted {quoted or float('nan'):6.2f} s, took {found[-1][2]:6.2f} s", flush=True
            )
    return found


def _table(truth: pa.Table, size: int, folder: Path) -> Path:
    rows = np.linspace(0, truth.num_rows - 1, size).astype(int)
    drawn = truth.take(rows)
    columns = {"ra": drawn["ra"], "dec": drawn["dec"], "z": drawn["redshift"]}
    path = folder / f"redshifts_{size}.parquet"
    pq.write_table(pa.table({"id": [f"s{row}" for row in rows], **columns}), path)
    return path


def report(found: list[tuple[int, float | None, float]]) -> None:
    """Factors by which quotes, and medians in their place, were off."""
    quotes, medians = [], []
    for number, (_, quoted, took) in enumerate(found):
        if number >= LEARNING_JOBS and quoted is not None:
            before = [earlier for _, _, earlier in found[max(0, number - REMEMBERED_JOBS) : number]]
            quotes.append(_factor(quoted, took))
            medians.append(_factor(statistics.median(before), took))
    for name, factors in (("quote", quotes), ("median of the last jobs", medians)):
        print(
            f"{name}: off by a factor of {statistics.median(factors):.2f} (median), "
            f"{np.percentile(factors, 90):.2f} (90th percentile), {len(factors)} jobs"
        )


def _factor(told: float, took: float) -> float:
    return max(told / took, took / told)


if __name__ == "__main__":
    main()
