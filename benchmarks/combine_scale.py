"""Rows a second and peak memory of compilations kept as HATS, made tile by tile, beside the same rows in memory.

    python -m benchmarks.combine_scale                                  # 250 000 and 500 000 rows, a few minutes
    python -m benchmarks.combine_scale --rows 1000000 2000000 4000000   # the full measurement

Each size is a simulated catalog of ``--partitions`` partitions on disk, sorted along the sky, of the rows that
`benchmarks.combine` makes: a tenth measure a galaxy again. Each run is a process of its own, with the threads that Dask
takes by itself; the baseline reads the same catalog as one table. What Python and its packages need is in the memory of
both and told apart.

What 40 million rows cost is told last, on a straight line through the smallest and the largest size: tiles cost the
same each, so that seconds are in proportion to rows; of the memory only what rows with neighbors take (a tenth to a
fifth of all) grows with them. Measure sizes that take longer than what each task costs by itself, or the line is too
flat.
"""

import argparse
import math
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.combine import synthetic_rows

SHOWN = 40_000_000
"""Rows of the largest compilation there is to come."""


class Measured(NamedTuple):
    seconds: float
    peak_mib: float
    before_mib: float
    kept: int


def write_tree(n_rows: int, partitions: int, folder: Path) -> None:
    """A HATS catalog of one survey column and common flags, cut into about so many partitions of one order."""
    from hats.catalog import CatalogType, PartitionInfo, TableProperties
    from hats.io import pixel_catalog_file
    from hats.pixel_math import HealpixPixel

    from trainingset.sky_index import FINEST_ORDER, sky_pixels

    rows = synthetic_rows(n_rows).select(
        ["id", "ra", "dec", "z", "z_err", "survey", "z_flag_homogenized", "instrument_type_homogenized"]
    )
    pixels = sky_pixels(rows["ra"].to_numpy(), rows["dec"].to_numpy())
    order = round(math.log(max(partitions / 12, 1), 4))
    places = np.argsort(pixels, kind="stable")
    rows = rows.take(pa.array(places)).add_column(0, "_healpix_29", pa.array(pixels[places]))
    tiles = pixels[places] >> 2 * (FINEST_ORDER - order)
    found, starts = np.unique(tiles, return_index=True)
    for pixel, start, stop in zip(found.tolist(), starts, [*starts[1:], len(tiles)], strict=True):
        path = Path(str(pixel_catalog_file(folder, HealpixPixel(order, pixel), None, ".parquet")))
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows.slice(start, stop - start), path)
    pq.write_metadata(rows.schema, folder / "dataset" / "_common_metadata")
    PartitionInfo([HealpixPixel(order, pixel) for pixel in found.tolist()]).write_to_file(catalog_path=folder)
    facts: dict[str, Any] = {
        "catalog_name": "c",
        "catalog_type": CatalogType.OBJECT,
        "total_rows": n_rows,
        "ra_column": "ra",
        "dec_column": "dec",
        "healpix_column": "_healpix_29",
        "healpix_order": FINEST_ORDER,
    }
    TableProperties(**facts).to_properties_file(folder)


def a_recipe() -> Any:
    from trainingset.combine_recipe import CombineRecipe

    return CombineRecipe.model_validate({"inputs": ("catalog:c",), "repeats": "allow"})


def time_tiles(tree: str) -> Measured:
    """In a process of its own."""
    from trainingset.specz.large.compilation import combine_at_scale
    from trainingset.specz.large.source import LargeInput
    from trainingset.specz.survey_book import SurveyBook

    recipe = a_recipe().resolved()
    before = _peak_mib()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        inputs = [LargeInput.of_catalog(recipe.inputs[0], tree, name="c")]
        made = combine_at_scale(inputs, recipe, SurveyBook.of(), folder=Path(folder))
        kept = sum(table.num_rows for table in made.tables())
        return Measured(time.perf_counter() - start, _peak_mib(), before, kept)


def time_memory(tree: str) -> Measured:
    """In a process of its own."""
    from trainingset.combine import combine_tables
    from trainingset.tables import read_catalog

    before = _peak_mib()
    start = time.perf_counter()
    made = combine_tables({"catalog:c": read_catalog(tree, name="c")}, a_recipe())
    return Measured(time.perf_counter() - start, _peak_mib(), before, made.table.num_rows)


def _peak_mib() -> float:
    # Not ru_maxrss: a new process inherits that of the one that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def in_a_process(work: Callable[..., Measured], tree: str) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (tree,))


def exponent(rows: list[int], values: list[float]) -> float:
    """Growth between the smallest and the largest size: 1 is in proportion to the rows."""
    return math.log(max(values[-1], 1e-9) / max(values[0], 1e-9)) / math.log(rows[-1] / rows[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[250_000, 500_000])
    parser.add_argument("--partitions", type=int, default=48)
    options = parser.parse_args()
    ways: dict[str, Callable[[str], Measured]] = {"tiles": time_tiles, "memory": time_memory}
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    print(f"{'way':<8}{'rows':>10}{'s':>9}{'rows/s':>10}{'MiB':>8}{'before':>8}{'kept':>10}")
    for n_rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            write_tree(n_rows, options.partitions, Path(folder))
            for name, way in ways.items():
                run = in_a_process(way, folder)
                runs[name].append(run)
                rate = n_rows / run.seconds
                numbers = f"{run.seconds:>9.1f}{rate:>10.0f}{run.peak_mib:>8.0f}{run.before_mib:>8.0f}{run.kept:>10}"
                print(f"{name:<8}{n_rows:>10}{numbers}", flush=True)
        if runs["tiles"][-1].kept != runs["memory"][-1].kept:
            raise SystemExit("both ways must keep the same rows")
    if len(options.rows) > 1:
        for name, measured in runs.items():
            report_growth(name, options.rows, measured)


def report_growth(name: str, rows: list[int], measured: list[Measured]) -> None:
    seconds, memory = [run.seconds for run in measured], [run.peak_mib for run in measured]
    powers = exponent(rows, seconds), exponent(rows, memory)
    print(
        f"{name}: seconds grow as rows ** {powers[0]:.2f}, memory as rows ** {powers[1]:.2f}; "
        f"{SHOWN} rows would take {on_the_line(rows, seconds):.0f} s and {on_the_line(rows, memory):.0f} MiB"
    )


def on_the_line(rows: list[int], values: list[float]) -> float:
    """Value at `SHOWN` rows."""
    return values[-1] + (values[-1] - values[0]) * (SHOWN - rows[-1]) / (rows[-1] - rows[0])


if __name__ == "__main__":
    main()
