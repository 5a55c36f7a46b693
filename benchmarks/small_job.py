"""How long a small job takes: 1 000 redshifts against 300 000 objects, sent, computed and downloaded.

Beside it stands the same match by a script with stock LSDB, in a new process as a batch script is, while the service is
idle. ``make bench-small-job`` runs it. A service that runs on the folder is used, otherwise one is started for it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import tsm
from service.sample_sky import CATALOG, make_sample_sky
from service.service_folder import Connection, ServiceFolder
from service.stack import Stack
from trainingset.registry import Registry

N_REDSHIFTS = 1_000
TARGET_SECONDS = 1.0
"""Median from submission to the downloaded result."""
N_SCRIPTS = 5
SCRIPT = """
import sys
import lsdb
import pandas

catalog, redshifts, target = sys.argv[1:]
left = lsdb.from_dataframe(pandas.read_parquet(redshifts), ra_column="ra", dec_column="dec", margin_threshold=None)
matched = left.crossmatch(lsdb.open_catalog(catalog, columns="all"), radius_arcsec=1.0, suffixes=("_z", ""))
matched.compute(progress_bar=False).to_parquet(target)
"""
"""What a person would write: all columns, as the service's result has them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".tsm"))
    parser.add_argument("--repeat", type=int, default=20)
    arguments = parser.parse_args()
    folder = ServiceFolder(arguments.folder.absolute())
    make_sample_sky(folder, say=print)
    running = folder.running_service()
    if running is not None:
        report(measure(running, folder, arguments.repeat))
        return
    with Stack.start(folder.root, say=print) as stack:
        report(measure(stack.connection, folder, arguments.repeat))


def measure(connection: Connection, folder: ServiceFolder, repeat: int) -> dict[str, list[float]]:
    """Seconds of each part of each job; the first jobs, which warm the service, are not counted."""
    seconds: dict[str, list[float]] = {"submit": [], "to COMPLETED": [], "download": [], "total": []}
    with tempfile.TemporaryDirectory() as scratch, tsm.TrainingSetMaker(connection.url, connection.token) as maker:
        table = redshift_table(folder.sky / "truth" / "sources.parquet", Path(scratch) / "redshifts.parquet")
        redshifts = maker.upload(table)
        for number in range(repeat + 3):
            started = time.perf_counter()
            job = maker.crossmatch(catalog=CATALOG, redshifts=redshifts, radius_arcsec=1.0)
            submitted = time.perf_counter()
            job.wait()
            completed = time.perf_counter()
            path = job.download("result", scratch, overwrite=True)
            ended = time.perf_counter()
            assert path.stat().st_size > 100_000
            if number >= 3:
                parts = (submitted - started, completed - submitted, ended - completed, ended - started)
                for values, part in zip(seconds.values(), parts, strict=True):
                    values.append(part)
            job.delete()
        targets = [Path(scratch) / f"matched_{number}.parquet" for number in range(N_SCRIPTS)]
        seconds["cold script"] = [script_seconds(folder, table, target) for target in targets]
    return seconds


def script_seconds(folder: ServiceFolder, redshifts: Path, target: Path) -> float:
    """Of a new process that matches by stock LSDB and writes what it found."""
    catalog = Registry.load(folder.registry).get(CATALOG)
    assert catalog is not None
    started = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(catalog.path), str(redshifts), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    took = time.perf_counter() - started
    assert pq.read_metadata(target).num_rows > N_REDSHIFTS / 10
    return took


def redshift_table(sources: Path, target: Path) -> Path:
    """Positions and redshifts of true sources, drawn evenly."""
    truth = pq.read_table(sources)
    rows = np.linspace(0, truth.num_rows - 1, N_REDSHIFTS).astype(int)
    drawn = truth.take(rows)
    table = pa.table(
        {
            "id": [f"s{row}" for row in rows],
            "ra": drawn.column("ra"),
            "dec": drawn.column("dec"),
            "z": drawn.column("redshift"),
        }
    )
    pq.write_table(table, target)
    return target


def report(seconds: dict[str, list[float]]) -> None:
    """Medians and 95th percentiles, for people and as a file."""
    numbers = {
        part: {"median": statistics.median(values), "p95": float(np.percentile(values, 95)), "jobs": len(values)}
        for part, values in seconds.items()
    }
    print(f"{N_REDSHIFTS} redshifts, {len(seconds['total'])} jobs, seconds:")
    for part, number in numbers.items():
        print(f"  {part:<14} median {number['median']:.3f}   p95 {number['p95']:.3f}")
    verdict = "met" if numbers["total"]["median"] < TARGET_SECONDS else "MISSED"
    ratio = numbers["cold script"]["median"] / numbers["total"]["median"]
    print(f"ratio to a cold script with stock LSDB: {ratio:.1f}")
    print(f"Target: median total under {TARGET_SECONDS} s: {verdict}")
    results = Path(__file__).with_name("results")
    results.mkdir(exist_ok=True)
    (results / "small_job.json").write_text(json.dumps(numbers, indent=1))


if __name__ == "__main__":
    main()
