"""Rows per second and peak memory of each table writer, beside astropy's writers and STILTS in the same run.

    python -m benchmarks.writers                                           # small, a minute
    python -m benchmarks.writers --rows 3000000 --astropy-rows 100000      # the full measurement

Each measurement is a process of its own, so that one writer's memory does not hide another's. astropy gets at most
``--astropy-rows`` rows, since its time grows in proportion and its memory as well; rates are what is compared. Ours
read the Parquet file, and astropy's table is in memory before its clock starts. STILTS reads no Parquet as Debian
packages it: it copies a FITS file of the same rows, which it maps into memory, and its time holds the start of Java.
Ratios of processor time stand beside those of the clock, which on a machine with other work says little.
"""

import argparse
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.arrow_metadata import described
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.formats import ParquetSink, write_table
from trainingset.layout import BandLayout, TableLayout, layout_metadata
from trainingset.wire import ResponseFormat

BANDS = "ugrizy"
ASTROPY_FORMATS: dict[ResponseFormat, dict[str, str]] = {
    ResponseFormat.VOTABLE: {"format": "votable", "tabledata_format": "binary2"},
    ResponseFormat.VOTABLE_TD: {"format": "votable", "tabledata_format": "tabledata"},
    ResponseFormat.PARQUET: {"format": "parquet"},
    ResponseFormat.FITS: {"format": "fits"},
    ResponseFormat.CSV: {"format": "ascii.csv"},
}
STILTS_FORMATS: dict[ResponseFormat, str] = {
    ResponseFormat.VOTABLE: "votable-binary2-inline",
    ResponseFormat.VOTABLE_TD: "votable-tabledata",
    ResponseFormat.FITS: "fits-basic",
    ResponseFormat.CSV: "csv",
}


class Measured(NamedTuple):
    seconds: float
    cpu_seconds: float
    """Of all threads."""
    peak_mib: float
    """Growth of the process's largest memory during the writing, with what the writer needs loaded before; for STILTS
    all of it."""
    megabytes: float


def training_set_schema() -> pa.Schema:
    """25 columns, as a cross-match gives them: ids, coordinates, fluxes, errors, flags, texts."""
    columns = [
        ColumnDescription(name="row_key", datatype=ColumnType.STRING, ucd="meta.id"),
        ColumnDescription(name="survey", datatype=ColumnType.STRING),
        ColumnDescription(name="objectId", datatype=ColumnType.INT64, ucd="meta.id;meta.main"),
        ColumnDescription(name="tract", datatype=ColumnType.INT32),
        ColumnDescription(name="ra", datatype=ColumnType.FLOAT64, unit="deg", ucd="pos.eq.ra;meta.main"),
        ColumnDescription(name="dec", datatype=ColumnType.FLOAT64, unit="deg", ucd="pos.eq.dec;meta.main"),
        ColumnDescription(name="redshift", datatype=ColumnType.FLOAT64, ucd="src.redshift"),
    ]
    for band in BANDS:
        columns += [
            ColumnDescription(name=f"{band}_gaap1p0Flux", datatype=ColumnType.FLOAT32, unit="nJy"),
            ColumnDescription(name=f"{band}_gaap1p0FluxErr", datatype=ColumnType.FLOAT32, unit="nJy"),
            ColumnDescription(name=f"{band}_gaap1p0_flag", datatype=ColumnType.BOOLEAN),
        ]
    return pa.schema([described(column) for column in columns])


def training_set_layout() -> TableLayout:
    """What HDF5 and HATS need to know; fluxes stand in for magnitudes, so that HDF5 writes twelve columns more."""
    bands = {
        band: BandLayout(magnitude=f"{band}_gaap1p0Flux", magnitude_error=f"{band}_gaap1p0FluxErr", state="survey")
        for band in BANDS
    }
    return TableLayout(
        catalog="objects",
        release="none",
        ra="ra",
        dec="dec",
        redshift="redshift",
        object_id="objectId",
        bands=bands,
        flux_kind="gaap1p0",
        flux_zero_point=31.4,
    )


def write_canonical(path: Path, n_rows: int) -> None:
    """A table with a tenth of nulls in most columns, made in pieces."""
    random = np.random.default_rng(20260101)
    schema = training_set_schema()
    with ParquetSink(path, schema, metadata=layout_metadata(training_set_layout())) as sink:
        for start in range(0, n_rows, 50_000):
            sink.write(_piece(random, schema, start, min(50_000, n_rows - start)))


def _piece(random: np.random.Generator, schema: pa.Schema, start: int, n_rows: int) -> pa.RecordBatch:
    surveys = np.array(["DESI", "VANDELS", "PRIMUS", "VVDS"])[random.integers(0, 4, n_rows)]
    keys = np.arange(start, start + n_rows) + 611_253_698_252_788_430
    columns: dict[str, object] = {
        "row_key": pa.array([f"{survey}:{key}" for survey, key in zip(surveys, keys, strict=True)]),
        "survey": pa.array(surveys, pa.string()),
        "objectId": pa.array(keys, mask=random.random(n_rows) < 0.1),
        "tract": pa.array(random.integers(0, 20_000, n_rows).astype(np.int32)),
        "ra": pa.array(random.uniform(0, 360, n_rows)),
        "dec": pa.array(random.uniform(-90, 90, n_rows)),
        "redshift": pa.array(random.gamma(2.0, 0.4, n_rows)),
    }
    for name in schema.names[len(columns) :]:
        values = random.random(n_rows) < 0.05 if name.endswith("flag") else random.lognormal(5, 2, n_rows)
        columns[name] = pa.array(values, schema.field(name).type, mask=random.random(n_rows) < 0.1, safe=False)
    return pa.RecordBatch.from_pydict(columns, schema=schema)


def time_ours(canonical: Path, fmt: ResponseFormat, target: Path) -> Measured:
    import pandas  # noqa: F401  (pyarrow loads it at its first conversion; that is no cost of a writer)

    write_canonical(target, 1)
    write_table(target, target.with_suffix(".warm"), fmt)
    return _timed(lambda: write_table(canonical, target, fmt), target, _peak_mib())


def time_astropy(canonical: Path, fmt: ResponseFormat, target: Path) -> Measured:
    from astropy.table import MaskedColumn, Table

    Table({"a": [1]}).write(target.with_suffix(".warm"), **ASTROPY_FORMATS[fmt])
    before = _peak_mib()
    rows = pq.read_table(canonical)
    table = Table()
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        empty = "" if pa.types.is_string(column.type) else pa.scalar(0).cast(column.type)
        values = np.array(column.fill_null(empty).to_pylist(), dtype=_numpy_type(column.type))
        table[name] = MaskedColumn(values, mask=column.is_null().to_numpy(zero_copy_only=False))
    return _timed(lambda: table.write(target, **ASTROPY_FORMATS[fmt]), target, before)


def _timed(write: Callable[[], None], target: Path, peak_before: float) -> Measured:
    start, cpu_start = time.perf_counter(), time.process_time()
    write()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    return Measured(seconds, cpu_seconds, _peak_mib() - peak_before, target.stat().st_size / 1e6)


def time_stilts(source: Path, fmt: ResponseFormat, target: Path) -> Measured:
    arguments = [f"in={source}", "ifmt=fits", f"out={target}", f"ofmt={STILTS_FORMATS[fmt]}"]
    start = time.perf_counter()
    subprocess.run(["stilts", "tcopy", *arguments], check=True)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, target.stat().st_size / 1e6)


def _numpy_type(datatype: pa.DataType) -> object:
    return str if pa.types.is_string(datatype) else datatype.to_pandas_dtype()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(
    work: Callable[[Path, ResponseFormat, Path], Measured], source: Path, fmt: ResponseFormat, repeat: int
) -> Measured:
    """Medians over processes of their own."""
    runs = []
    for number in range(repeat):
        with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(1) as pool:
            runs.append(pool.apply(work, (source, fmt, Path(folder) / f"{number}.out")))
    return Measured(*(statistics.median(values) for values in zip(*runs, strict=True)))


def report(fmt: ResponseFormat, folder: Path, rows: int, astropy_rows: int, repeat: int) -> None:
    """Measure one format and print its line."""
    ours = measure(time_ours, folder / "ours.parquet", fmt, repeat)
    rate = rows / ours.seconds
    line = f"{fmt:<12}{rate:>12,.0f}{ours.megabytes / ours.seconds:>8.0f}{ours.peak_mib:>10.0f}"
    if fmt in ASTROPY_FORMATS:
        theirs = measure(time_astropy, folder / "astropy.parquet", fmt, repeat)
        line += _beside(ours, rows, theirs, astropy_rows)
    else:
        line += f"{'-':>16}{'-':>7}{'-':>7}"
    if fmt in STILTS_FORMATS and shutil.which("stilts"):
        theirs = measure(time_stilts, folder / "stilts.fits", fmt, repeat)
        line += _beside(ours, rows, theirs, rows) + f"{theirs.peak_mib:>10.0f}"
    else:
        line += f"{'-':>16}{'-':>7}{'-':>7}{'-':>10}"
    print(line, flush=True)


def _beside(ours: Measured, rows: int, theirs: Measured, their_rows: int) -> str:
    """Their rate, and how many times it is ours: by the clock, by processor time."""
    ratio, cpu_ratio = (
        theirs_took / their_rows * rows / ours_took
        for theirs_took, ours_took in ((theirs.seconds, ours.seconds), (theirs.cpu_seconds, ours.cpu_seconds))
    )
    return f"{their_rows / theirs.seconds:>16,.0f}{ratio:>7.1f}{cpu_ratio:>7.1f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--astropy-rows", type=int, default=10_000)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--formats", nargs="+", type=ResponseFormat, default=list(ResponseFormat))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, astropy_rows = Path(name), min(given.rows, given.astropy_rows)
        write_canonical(folder / "ours.parquet", given.rows)
        write_canonical(folder / "astropy.parquet", astropy_rows)
        write_table(folder / "ours.parquet", folder / "stilts.fits", ResponseFormat.FITS)
        print(f"{given.rows} rows (astropy: {astropy_rows}) x 25 columns, medians of {given.repeat}")
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        print(
            f"{'format':<12}{'rows/s':>12}{'MB/s':>8}{'peak MiB':>10}{'astropy rows/s':>16}{'ratio':>7}{'cpu':>7}"
            f"{'STILTS rows/s':>16}{'ratio':>7}{'cpu':>7}{'peak MiB':>10}"
        )
        for fmt in given.formats:
            report(fmt, folder, given.rows, astropy_rows, given.repeat)


if __name__ == "__main__":
    main()
