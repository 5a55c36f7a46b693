"""How a match speeds up with threads and workers, and what that foretells for surveys on a hundred nodes.

python -m benchmarks.scale                                   # some minutes
python -m benchmarks.scale --objects 20000000 --repeat 7

First the same matches in one and two threads, and on a Dask cluster of one or two workers with one or two threads
each. Then matches of different sizes in one thread, to which prices of partitions, bytes and redshifts are fitted; one
that is larger than all of them is foretold and then run. What is foretold for DP2 and for 40 billion objects is an
extrapolation by some thousand times: the parallel part is divided by threads and the measured efficiency, the serial
part (the process that lays out, schedules and collects) is not. Storage must bring what is read as fast as the page
cache does here; what it has to bring is printed.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.contest import Contender, Run, Times, machine, print_times, run_contest
from benchmarks.match_sky import SkySpec, make_sky, partition_files, spread_redshifts
from benchmarks.scale_model import Cost, Work, fit_cost, mean_error
from trainingset.crossmatch.sky_positions import SkyPositions
from trainingset.registry import CatalogEntry

N_COLUMNS_READ = 15
RADIUS_ARCSEC = 1.0
SURVEY_ROWS = 7_200
"""Of a partition: DP2 has 786 million objects in 108 825."""
SURVEY_PARTITIONS = 400
SHARES = (0.1, 0.3, 0.6)
"""Of the partitions, for matches that are fitted; the whole is foretold."""
DENSITIES = (2, 10, 40)
"""Redshifts in each partition."""
QUIET = {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
SETTINGS = {
    "1 thread": (0, 1),
    "2 threads": (0, 2),
    "1 worker": (1, 1),
    "1 worker, 2 threads": (1, 2),
    "2 workers": (2, 1),
}
"""Workers of a cluster, 0 for none, and threads of each."""
NODES, THREADS_OF_NODE = 100, 2
SURVEYS = {
    "DP2": (108_825, SURVEY_ROWS, 1_000_000),
    "40 billion": (40_000_000_000 // 400_000, 400_000, 10_000_000),
}
"""Partitions, rows of each, redshifts all over them."""

Match = tuple[SkyPositions, CatalogEntry, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sky:
    """A catalog and how many bytes of it are read."""

    spec: SkySpec
    entry: CatalogEntry
    columns: tuple[str, ...]
    bytes_of_partition: float

    @classmethod
    def make(cls, folder: Path, spec: SkySpec) -> "Sky":
        """Write the catalog if it is not there, and look into one of its files."""
        entry, columns = make_sky(folder, spec), spec.columns[:N_COLUMNS_READ]
        _, path = next(partition_files(entry))
        chunks = pq.read_metadata(path).row_group(0)
        read = [chunks.column(number) for number in range(chunks.num_columns)]
        size = sum(c.total_compressed_size for c in read if c.path_in_schema in {"_healpix_29", *columns})
        return cls(spec, entry, columns, float(size))

    def redshifts(self, n_partitions: int, n_redshifts: int) -> SkyPositions:
        """Redshifts all over the first partitions."""
        part = SkySpec(n_partitions * self.spec.partition_rows, partition_rows=self.spec.partition_rows)
        return spread_redshifts(part, n_redshifts)

    def work(self, n_partitions: int, n_redshifts: int) -> Work:
        """What a match with them is to do."""
        return Work(n_partitions, n_partitions * self.bytes_of_partition, n_redshifts)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, default=5_000_000, help="of the catalog with large partitions")
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalogs for the next run")
    given = options.parse_args()
    print(machine())
    large = Sky.make(given.folder, SkySpec(given.objects))
    survey = Sky.make(given.folder, SkySpec(SURVEY_PARTITIONS * SURVEY_ROWS, partition_rows=SURVEY_ROWS))
    efficiency = []
    for name, sky, n_redshifts in (
        (f"{large.spec.n_partitions} large partitions", large, given.objects // 200),
        (f"{SURVEY_PARTITIONS} partitions of {SURVEY_ROWS:,} rows", survey, 10 * SURVEY_PARTITIONS),
    ):
        sites = sky.redshifts(sky.spec.n_partitions, n_redshifts)
        print(f"\n{name}, {n_redshifts:,} redshifts, medians of {given.repeat}")
        efficiency.append(compare(sites, sky, given.repeat))
    foretell(large, survey, given.repeat, efficiency=min(efficiency))


def compare(sites: SkyPositions, sky: Sky, repeat: int) -> float:
    """Measure one match in each setting; gives the efficiency of two threads."""
    match = (sites, sky.entry, sky.columns)
    contenders = [Contender(name, _prepare, (match, *setting), QUIET) for name, setting in SETTINGS.items()]
    times = run_contest(contenders, repeat=repeat)
    print_times(times)
    for one, two in (("1 thread", "2 threads"), ("1 worker", "1 worker, 2 threads"), ("1 worker", "2 workers")):
        print(f"efficiency of {two}: {_efficiency(times, one, two):.2f}")
    return _efficiency(times, "1 thread", "2 threads")


def _efficiency(times: dict[str, Times], one: str, two: str) -> float:
    return times[one].median / times[two].median / 2


def foretell(large: Sky, survey: Sky, repeat: int, *, efficiency: float) -> None:
    """Fit prices to small matches, try them on a larger one, and say what they tell of surveys."""
    tried = [(survey, round(share * SURVEY_PARTITIONS), density) for share in SHARES for density in DENSITIES]
    tried += [(large, number, 2_000) for number in (2, large.spec.n_partitions // 2)]
    works = [sky.work(number, number * density) for sky, number, density in tried]
    seconds = [_processor_seconds(sky, work, repeat) for (sky, _, _), work in zip(tried, works, strict=True)]
    parallel = fit_cost(works, [whole for whole, _ in seconds])
    serial = fit_cost(works, [of_client for _, of_client in seconds])
    print("\nprocessor seconds           at start    partition         MB     redshift    error of a match left out")
    for name, cost, column in (("all", parallel, 0), ("laying out, collecting", serial, 1)):
        prices = f"{cost.start:>12.3f}{cost.partition:>13.2e}{cost.byte * 1e6:>11.2e}{cost.redshift:>13.2e}"
        print(f"{name:<24}{prices}{mean_error(works, [pair[column] for pair in seconds]):>14.0%}")
    for sky, density in ((survey, 20), (large, 4_000)):
        whole = sky.work(sky.spec.n_partitions, sky.spec.n_partitions * density)
        told, (took, _) = parallel.seconds(whole), _processor_seconds(sky, whole, repeat)
        print(
            f"{whole.n_partitions} partitions of {sky.spec.partition_rows:,} rows, larger than any fitted: foretold "
            f"{told:.2f} s, took {took:.2f} s, error {told / took - 1:+.0%}"
        )
    for name, (n_partitions, rows, n_redshifts) in SURVEYS.items():
        bytes_of_row = large.bytes_of_partition / large.spec.partition_rows
        work = Work(n_partitions, n_partitions * rows * bytes_of_row, n_redshifts)
        _print_survey(name, work, parallel, serial, efficiency)


def _print_survey(name: str, work: Work, parallel: Cost, serial: Cost, efficiency: float) -> None:
    alone, n_threads = serial.seconds(work), NODES * THREADS_OF_NODE
    shared = max(parallel.seconds(work) - alone, 0.0)
    for nodes, threads, share in ((1, THREADS_OF_NODE, 1), (NODES, n_threads, NODES)):
        wall = alone + shared / threads / efficiency
        rate = work.bytes_to_read / share / wall
        print(
            f"{name} ({work.n_partitions:,} partitions, {work.n_redshifts:,} redshifts), nodes: {nodes}: "
            f"{wall:.0f} s, of which {alone:.0f} s serial; each node reads {rate / 1e6:.0f} MB/s"
        )


def _processor_seconds(sky: Sky, work: Work, repeat: int) -> tuple[float, float]:
    """Of one match in one thread: in all, and outside of its tasks; medians."""
    sites = sky.redshifts(work.n_partitions, work.n_redshifts)
    contender = Contender("ours", _prepare_split, ((sites, sky.entry, sky.columns),), QUIET)
    # What a run gives as its number of rows is the time outside of tasks, in microseconds.
    times = run_contest([contender], repeat=repeat)["ours"]
    return float(np.median(times.cpu_seconds)), times.rows / 1e6


def _prepare(match: Match, n_workers: int, n_threads: int) -> Run:
    import dask

    if n_workers:
        from dask.distributed import Client

        Client(n_workers=n_workers, threads_per_worker=n_threads, dashboard_address=None)
    else:
        dask.config.set(num_workers=n_threads)
    return _matching(match)


def _prepare_split(match: Match) -> Run:
    """One thread, and in place of rows the microseconds outside of tasks."""
    import dask

    from trainingset.crossmatch.algorithm import ObjectCrossmatch

    dask.config.set(scheduler="synchronous")
    run, inside = _matching(match), [0.0]
    matched = ObjectCrossmatch.crossmatch

    def measured(*args: object, **kwargs: object) -> object:
        start = time.process_time()
        try:
            return matched(*args, **kwargs)  # type: ignore[arg-type]
        finally:
            inside[0] += time.process_time() - start

    ObjectCrossmatch.crossmatch = measured  # type: ignore[method-assign, assignment]

    def split() -> int:
        inside[0], start = 0.0, time.process_time()
        run()
        return round(1e6 * (time.process_time() - start - inside[0]))

    return split


def _matching(match: Match) -> Callable[[], int]:
    from trainingset.catalogs import open_objects
    from trainingset.columns import ColumnType
    from trainingset.crossmatch.match import match_sites
    from trainingset.crossmatch.matching import Matching
    from trainingset.crossmatch.object_files import ObjectFiles

    sites, entry, columns = match
    objects = open_objects(entry, fingerprint="benchmark", radius_arcsec=RADIUS_ARCSEC)
    matching = Matching(
        radius_arcsec=RADIUS_ARCSEC,
        n_neighbors=1,
        object_id=entry.object_id_column,
        object_id_type=ColumnType.INT64,
        columns=columns,
    )

    def run() -> int:
        with tempfile.TemporaryDirectory() as folder:
            return len(match_sites(sites, objects, matching, ObjectFiles(folder), lambda *_: None))

    return run


if __name__ == "__main__":
    main()
