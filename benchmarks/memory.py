"""Peak memory and time of whole training sets as the object catalog grows, and as the redshifts do.

python -m benchmarks.memory                                             # 1 and 5 million objects
python -m benchmarks.memory --objects 1000000 5000000 20000000 100000000

Each is made in a process of its own with two threads, from a table of redshifts to files, and beside it stands what the
plan expects. The first set of each process is a small one that is not counted: it loads what is loaded once.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.contest import machine
from benchmarks.match_sky import SkySpec, make_sky, spread_redshifts
from trainingset.registry import CatalogEntry

ROW_GROUP_ROWS = 100_000
N_WORKERS = 2
RADIUS_ARCSEC = 1.0
WARM_REDSHIFTS = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """One training set."""

    rows: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    warm_mb: float
    """Peak of the process before."""
    planned_partitions: int
    planned_groups: int
    planned_seconds: float
    planned_mb: float


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, nargs="+", default=[1_000_000, 5_000_000])
    options.add_argument("--redshifts", type=int, nargs="+", default=[20_000])
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalogs for the next run")
    given = options.parse_args()
    print(machine())
    print(f"row groups of {ROW_GROUP_ROWS:,} rows, {N_WORKERS} threads, {RADIUS_ARCSEC:g} arcsec")
    heads = (
        "objects",
        "redshifts",
        "rows",
        "s",
        "CPU s",
        "peak MB",
        "warm MB",
        "plan: s",
        "MB",
        "partitions",
        "groups",
    )
    print("".join(f"{head:>12}" for head in heads))
    peaks: dict[int, list[float]] = {}
    for n_objects in given.objects:
        for n_redshifts in given.redshifts:
            found = _alone(given.folder, n_objects, n_redshifts)
            peaks.setdefault(n_redshifts, []).append(found.peak_mb)
            values = (found.seconds, found.cpu_seconds, found.peak_mb, found.warm_mb, found.planned_seconds)
            counts = f"{n_objects:>12,}{n_redshifts:>12,}{found.rows:>12,}" + "".join(f"{x:>12.1f}" for x in values)
            print(f"{counts}{found.planned_mb:>12.0f}{found.planned_partitions:>12,}{found.planned_groups:>12,}")
    for n_redshifts, of_sizes in peaks.items():
        print(f"peak of {n_redshifts:,} redshifts, largest to smallest: {max(of_sizes) / min(of_sizes):.2f}")


def _alone(folder: Path, n_objects: int, n_redshifts: int) -> Measured:
    spec = SkySpec(n_objects, row_group_rows=ROW_GROUP_ROWS)
    entry = make_sky(folder, spec)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    os.environ["NUMBA_DISABLE_JIT"] = "1"  # as in the service
    process = context.Process(target=_measure, args=(there, entry, spec, n_redshifts))
    process.start()
    there.close()
    measured: Measured = here.recv()
    process.join()
    return measured


def _measure(connection: Any, entry: CatalogEntry, spec: SkySpec, n_redshifts: int) -> None:
    import dask

    from trainingset.catalog_inspection import inspect_catalog
    from trainingset.inspection import inspect_file
    from trainingset.plan import plan_match

    dask.config.set(num_workers=N_WORKERS)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        few, many = (_redshifts(folder, spec, number) for number in (WARM_REDSHIFTS, n_redshifts))
        card, profile = inspect_catalog(entry), inspect_file(many, name="mine")
        _make(entry, few, folder / "few", spec)
        warm, start, cpu = _peak_mb(), time.perf_counter(), time.process_time()
        made = _make(entry, many, folder / "many", spec)
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
        plan = plan_match(made[1], card, profile)
        connection.send(
            Measured(
                rows=made[0],
                seconds=seconds,
                cpu_seconds=cpu_seconds,
                peak_mb=_peak_mb(),
                warm_mb=warm,
                planned_partitions=plan.n_partitions or 0,
                planned_groups=plan.n_row_groups or 0,
                planned_seconds=plan.seconds or 0.0,
                planned_mb=(plan.memory_bytes or 0) / 1e6,
            )
        )


def _make(entry: CatalogEntry, redshifts: Path, folder: Path, spec: SkySpec) -> tuple[int, Any]:
    from trainingset.make import make_training_set
    from trainingset.order import InputFile, Order
    from trainingset.recipe import CrossmatchRecipe

    folder.mkdir()
    request = {
        "catalog": entry.id,
        "redshifts": "mine",
        "radius_arcsec": RADIUS_ARCSEC,
        "columns": list(spec.columns),
    }
    order = Order(
        request=request,
        catalogs=(entry,),
        inputs={"mine": InputFile(name=redshifts.name, path=str(redshifts))},
        folder=str(folder),
    )
    made = make_training_set(order)
    return made.rows, CrossmatchRecipe.model_validate(made.recipe)


def _redshifts(folder: Path, spec: SkySpec, number: int) -> Path:
    sites = spread_redshifts(spec, number)
    path = folder / f"redshifts_{number}.parquet"
    pq.write_table(pa.table({"ra": sites.ra, "dec": sites.dec, "z": sites.dec % 1.0 + 0.01}), path)
    return path


def _peak_mb() -> float:
    # Not ru_maxrss, which a process takes over from the one that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
