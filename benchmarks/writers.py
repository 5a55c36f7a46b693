"""Rows per second and peak memory of each table writer, beside astropy's writers in the same run.

    python -m benchmarks.writers                    # small, seconds
    python -m benchmarks.writers --rows 1000000     # the full measurement

Each measurement is a process of its own, so that one writer's memory does not hide another's. astropy gets at most
``--astropy-rows`` rows, since its time grows in proportion and its memory as well; rates are what is compared.
"""

import argparse
import multiprocessing
import resource
import statistics
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
from trainingset.recipe import ResponseFormat

BANDS = "ugrizy"
ASTROPY_FORMATS: dict[ResponseFormat, dict[str, str]] = {
    ResponseFormat.VOTABLE: {"format": "votable", "tabledata_format": "binary2"},
    ResponseFormat.VOTABLE_TD: {"format": "votable", "tabledata_format": "tabledata"},
    ResponseFormat.PARQUET: {"format": "parquet"},
    ResponseFormat.FITS: {"format": "fits"},
    ResponseFormat.CSV: {"format": "ascii.csv"},
}


class Measured(NamedTuple):
    seconds: float
    peak_mib: float
    """Growth of the process's largest memory during the writing, with what the writer needs loaded before."""
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


def write_canonical(path: Path, n_rows: int) -> None:
    """A table with a tenth of nulls in most columns, made in pieces."""
    random = np.random.default_rng(20260101)
    schema = training_set_schema()
    with ParquetSink(path, schema) as sink:
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
    before = _peak_mib()
    start = time.perf_counter()
    write_table(canonical, target, fmt)
    return Measured(time.perf_counter() - start, _peak_mib() - before, target.stat().st_size / 1e6)


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
    start = time.perf_counter()
    table.write(target, **ASTROPY_FORMATS[fmt])
    return Measured(time.perf_counter() - start, _peak_mib() - before, target.stat().st_size / 1e6)


def _numpy_type(datatype: pa.DataType) -> object:
    return str if pa.types.is_string(datatype) else datatype.to_pandas_dtype()


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(
    work: Callable[[Path, ResponseFormat, Path], Measured], canonical: Path, fmt: ResponseFormat, repeat: int
) -> Measured:
    """Medians over processes of their own."""
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(repeat):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                runs.append(pool.apply(work, (canonical, fmt, Path(folder) / f"{number}.out")))
    return Measured(*(statistics.median(values) for values in zip(*runs, strict=True)))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--astropy-rows", type=int, default=10_000)
    options.add_argument("--repeat", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours_path, astropy_path = Path(folder) / "ours.parquet", Path(folder) / "astropy.parquet"
        astropy_rows = min(given.rows, given.astropy_rows)
        write_canonical(ours_path, given.rows)
        write_canonical(astropy_path, astropy_rows)
        print(f"{given.rows} rows (astropy: {astropy_rows}) x 25 columns, medians of {given.repeat}")
        print(f"{'format':<12}{'rows/s':>12}{'MB/s':>8}{'peak MiB':>10}{'astropy rows/s':>16}{'ratio':>8}")
        for fmt in ResponseFormat:
            ours = measure(time_ours, ours_path, fmt, given.repeat)
            theirs = measure(time_astropy, astropy_path, fmt, given.repeat)
            rate, their_rate = given.rows / ours.seconds, astropy_rows / theirs.seconds
            print(
                f"{fmt:<12}{rate:>12,.0f}{ours.megabytes / ours.seconds:>8.0f}{ours.peak_mib:>10.0f}"
                f"{their_rate:>16,.0f}{rate / their_rate:>8.1f}"
            )


if __name__ == "__main__":
    main()
