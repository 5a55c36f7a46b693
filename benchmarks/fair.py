"""How long a small job takes behind large ones, beside the same alone, through the whole service.

python -m benchmarks.fair                          # behind 100 000 redshifts and 5 million objects
python -m benchmarks.fair --objects 20000000       # the full size
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

import tsm
from benchmarks.contest import machine
from benchmarks.match_sky import SkySpec, field_redshifts, make_sky, spread_redshifts
from service.service_folder import ServiceFolder
from service.stack import Stack
from trainingset.crossmatch.sky_positions import SkyPositions

N_SMALL = 1_000
N_LARGE_JOBS = 2
"""As many as the worker has places."""
RADIUS_ARCSEC = 1.0


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, default=5_000_000)
    options.add_argument("--redshifts", type=int, default=100_000)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalog for the next run")
    given = options.parse_args()
    spec = SkySpec(given.objects)
    entry = make_sky(given.folder, spec)
    with tempfile.TemporaryDirectory() as scratch:
        folder = ServiceFolder(Path(scratch) / "service")
        folder.root.mkdir()
        content = entry.model_dump(mode="json", exclude_defaults=True) | {"path": str(Path(str(entry.path)).resolve())}
        folder.registry.write_text(yaml.safe_dump({"catalogs": [content]}))
        small = write(field_redshifts(spec, N_SMALL), Path(scratch) / "small.parquet")
        large = write(spread_redshifts(spec, given.redshifts), Path(scratch) / "large.parquet")
        print(f"{N_SMALL:,} redshifts behind {N_LARGE_JOBS} x {given.redshifts:,}, {given.objects:,} objects")
        print(machine())
        with Stack.start(folder.root, port=0) as stack:
            measure(stack, entry.id, small, large, given.repeat)


def measure(stack: Stack, catalog: str, small: Path, large: Path, repeat: int) -> None:
    """Alone first, after jobs that warm the service; then while large jobs have all places."""
    with tsm.TrainingSetMaker(stack.url, stack.connection.token) as maker:
        few, many = maker.upload(small), maker.upload(large)

        def submit(redshifts: object) -> tsm.Job:
            return maker.crossmatch(catalog=catalog, redshifts=redshifts, radius_arcsec=RADIUS_ARCSEC)

        def seconds() -> float:
            started = time.perf_counter()
            job = submit(few)
            job.wait()
            job.delete()
            return time.perf_counter() - started

        for _ in range(3):
            seconds()
        alone = [seconds() for _ in range(repeat)]
        started = time.perf_counter()
        submit(many).wait()
        large_alone = time.perf_counter() - started
        behind: list[float] = []
        while len(behind) < repeat:
            ahead = [submit(many) for _ in range(N_LARGE_JOBS)]
            wait_until_executing(ahead)
            while all(job.refresh().phase == "EXECUTING" for job in ahead) and len(behind) < repeat:
                took = seconds()
                # What ended after a large job did was not behind it all the time.
                if all(job.refresh().phase == "EXECUTING" for job in ahead):
                    behind.append(took)
            for job in ahead:
                job.delete()
    print(f"large job alone        {large_alone:8.2f} s")
    print(f"small job alone        {statistics.median(alone):8.2f} s")
    print(f"small job behind them  {statistics.median(behind):8.2f} s")
    print(f"ratio to alone: {statistics.median(behind) / statistics.median(alone):.2f}")


def wait_until_executing(jobs: list[tsm.Job]) -> None:
    """Wait until all have a place."""
    while any(job.refresh().phase != "EXECUTING" for job in jobs):
        time.sleep(0.05)


def write(positions: SkyPositions, target: Path) -> Path:
    """Write positions as a table of redshifts."""
    n_rows = len(positions.ra)
    table = {"id": pa.array(range(n_rows)), "ra": positions.ra, "dec": positions.dec, "z": pa.array([0.5] * n_rows)}
    pq.write_table(pa.table(table), target)
    return target


if __name__ == "__main__":
    main()
