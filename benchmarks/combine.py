"""Seconds and peak memory of finding and resolving repeated measurements, and how both grow with the rows.

    python -m benchmarks.combine                                     # 100 000 and 500 000 rows, a minute
    python -m benchmarks.combine --rows 1000000 5000000 --repeat 3   # the full measurement

Each size is a process of its own: rows are made, then keys are given, repeats marked and the best ones kept, by the
preset ``training`` and by ``reference``. A tenth of the rows measure a galaxy that another row measures as well. Peak
memory is that of the whole process, the rows themselves included; what Python and its packages need is told apart.

Beside them, in the same run, stands a stand-in for the way in which the reference implementation works: astropy finds
the pairs, and a Python loop over groups resolves each with pandas. It gets ``--loop-rows`` rows of the same kind, on
which its marks are checked to be ours; seconds per row are what is compared. The reference itself, which goes through
LSDB and Dask, is not run here.
"""

import argparse
import json
import math
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from trainingset.combine_recipe import CombineRecipe
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.specz.compilation_table import HOMOGENIZED
from trainingset.specz.duplicates import keep_rows, mark_duplicates
from trainingset.specz.row_keys import row_keys

SURVEYS = ("DESI", "VANDELS", "PRIMUS", "2DFGRS", "JADES")
INSTRUMENTS = ("s", "s", "g", "s", "s")
RADII = (0.5, 0.5, 0.5, 1.5, 0.5)
"""Arcsec; plates are less accurate."""
REPEATED = 0.1


class Measured(NamedTuple):
    seconds: float
    keys: float
    mark: float
    keep: float
    """Seconds of the three steps, of which `seconds` is the sum."""
    peak_mib: float
    before_mib: float
    """Largest memory before the rows are made: Python and its packages."""
    kept: int


def synthetic_rows(n_rows: int, seed: int = 20260101) -> pa.Table:
    """Rows all over the sky, of which a tenth are a second, third, ... measurement of a galaxy; homogenized."""
    random = np.random.default_rng(seed)
    n_galaxies = n_rows - int(n_rows * REPEATED)
    galaxy = np.concatenate([np.arange(n_galaxies), random.integers(0, n_galaxies, n_rows - n_galaxies)])
    ra = random.uniform(0, 360, n_galaxies)[galaxy]
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, n_galaxies)))[galaxy]
    shift = random.normal(0, 0.1 / 3600, (2, n_rows))
    z = random.gamma(2.0, 0.4, n_galaxies)[galaxy] + random.choice([0, 3e-4, 0.3], n_rows, p=[0.4, 0.5, 0.1])
    survey = random.integers(0, len(SURVEYS), n_rows)
    columns = {
        "id": pa.array(np.arange(n_rows)).cast(pa.string()),
        "ra": (ra + shift[0] / np.cos(np.radians(dec))) % 360,
        "dec": np.clip(dec + shift[1], -90, 90),
        "z": pa.array(z, mask=random.random(n_rows) < 0.02),
        "z_err": random.lognormal(-8, 1, n_rows),
        "survey": pa.array(SURVEYS).take(pa.array(survey)),
        "z_flag_homogenized": pa.array(random.choice([1.0, 2, 3, 4, 6], n_rows, p=[0.1, 0.1, 0.3, 0.45, 0.05])),
        "instrument_type_homogenized": pa.array(INSTRUMENTS).take(pa.array(survey)),
        "match_radius_arcsec": np.array(RADII)[survey],
    }
    arrays = [
        pa.array(columns[field.name]).cast(field.type) if field.name in columns else pa.nulls(n_rows, field.type)
        for field in HOMOGENIZED
    ]
    return pa.table(arrays, schema=HOMOGENIZED)


def a_recipe(preset: str) -> CombineRecipe:
    return CombineRecipe.model_validate({"inputs": ("upload:a",), "preset": preset, "mode": "remove"}).resolved()


def with_keys(table: pa.Table) -> pa.Table:
    return table.append_column(KEY_COLUMN, row_keys(table))


def time_ours(n_rows: int, preset: str) -> Measured:
    """In a process of its own."""
    recipe = a_recipe(preset)
    keep_rows(mark_duplicates(with_keys(synthetic_rows(1000)), recipe), recipe)
    before = _peak_mib()
    table = synthetic_rows(n_rows)
    times = [time.perf_counter()]
    steps: list[Callable[[pa.Table], pa.Table]] = [
        with_keys,
        lambda rows: mark_duplicates(rows, recipe),
        lambda rows: keep_rows(rows, recipe),
    ]
    for step in steps:
        table = step(table)
        times.append(time.perf_counter())
    keys, mark, keep = np.diff(times).tolist()
    return Measured(times[-1] - times[0], keys, mark, keep, _peak_mib(), before, table.num_rows)


def time_loop(n_rows: int) -> float:
    """Seconds of the stand-in; its marks must be those of the preset ``reference``."""
    table = with_keys(synthetic_rows(n_rows))
    table = table.set_column(
        table.schema.get_field_index("match_radius_arcsec"), "match_radius_arcsec", [[0.5] * n_rows]
    )
    ours = mark_duplicates(table, a_recipe("reference"))["tie_result"].to_numpy()
    rows = table.to_pandas()
    start = time.perf_counter()
    results = loop_results(rows)
    seconds = time.perf_counter() - start
    if not np.array_equal(results, ours):
        raise SystemExit("the stand-in and the library disagree")
    return seconds


def loop_results(rows: pd.DataFrame) -> np.ndarray:
    """``tie_result`` as the description of the reference tells it, one group after the other."""
    from astropy import units
    from astropy.coordinates import SkyCoord, search_around_sky

    places = SkyCoord(rows["ra"].to_numpy(), rows["dec"].to_numpy(), unit="deg")
    first, second, _, _ = search_around_sky(places, places, 0.5 * units.arcsec)
    is_star = (rows["z_flag_homogenized"] == 6).to_numpy()
    neighbors: dict[int, list[int]] = {}
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        if one != other and not is_star[one] and not is_star[other]:
            neighbors.setdefault(one, []).append(other)
    results = np.where(is_star, 3, 1)
    for members in _components(neighbors):
        group = rows.iloc[members].assign(
            score=lambda frame: frame["instrument_type_homogenized"].map({"s": 3, "g": 2})
        )
        for column in ("z_flag_homogenized", "score"):
            group = group[group[column] == group[column].max()]
        known = group.dropna(subset=["z"]).sort_values("z")
        cluster = (known["z"].diff() > 0.001).cumsum()
        known = known.sort_values(KEY_COLUMN).groupby(cluster).head(1)
        best = [*known.index, *group.index[group["z"].isna()]]
        results[members] = 0
        results[best] = 1 if len(best) == 1 else 2
    return results


def _components(neighbors: dict[int, list[int]]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for start in neighbors:
        if start in seen:
            continue
        members, found = [start], {start}
        for row in members:
            members += (new := [other for other in neighbors[row] if other not in found])
            found.update(new)
        seen |= found
        yield sorted(found)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(work: Callable[..., object], *arguments: object) -> object:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def measure(n_rows: int, preset: str, repeat: int) -> Measured:
    runs = [in_a_process(time_ours, n_rows, preset) for _ in range(repeat)]
    return Measured(*(statistics.median(values) for values in zip(*runs, strict=True)))


def exponent(rows: list[int], values: list[float]) -> float:
    """Growth between the smallest and the largest size: 1 is in proportion to the rows."""
    return math.log(values[-1] / values[0]) / math.log(rows[-1] / rows[0])


def report_preset(preset: str, sizes: list[int], repeat: int) -> list[Measured]:
    runs = []
    for n_rows in sizes:
        run = measure(n_rows, preset, repeat)
        runs.append(run)
        print(
            f"{preset:<12}{n_rows:>10}{run.seconds:>9.2f}{run.keys:>8.2f}{run.mark:>8.2f}{run.keep:>8.2f}"
            f"{run.peak_mib:>10.0f}{run.before_mib:>10.0f}{run.kept:>10.0f}",
            flush=True,
        )
    if len(sizes) > 1:
        seconds = exponent(sizes, [run.seconds for run in runs])
        memory = exponent(sizes, [run.peak_mib - run.before_mib for run in runs])
        print(f"{preset:<12}grows as rows^{seconds:.2f} in seconds, rows^{memory:.2f} in memory beyond packages")
    return runs


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=[100_000, 500_000])
    options.add_argument("--loop-rows", type=int, default=20_000)
    options.add_argument("--repeat", type=int, default=1)
    options.add_argument("--output", type=Path, default=Path("benchmarks/results/combine.json"))
    given = options.parse_args()
    sizes = sorted(set(given.rows))
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, medians of {given.repeat}; a tenth repeated")
    print(
        f"{'preset':<12}{'rows':>10}{'seconds':>9}{'keys':>8}{'mark':>8}{'keep':>8}{'peak MiB':>10}{'before':>10}"
        f"{'kept':>10}"
    )
    runs = {preset: report_preset(preset, sizes, given.repeat) for preset in ("training", "reference")}
    loop = float(str(in_a_process(time_loop, given.loop_rows)))
    per_row = runs["reference"][0].seconds / sizes[0]
    print(
        f"a loop over groups: {loop:.1f} s for {given.loop_rows} rows, "
        f"{loop / given.loop_rows / per_row:.0f} times as long for each row as `reference`"
    )
    given.output.parent.mkdir(exist_ok=True)
    told = {preset: [run._asdict() for run in each] for preset, each in runs.items()}
    content = {"rows": sizes, **told, "loop": {"rows": given.loop_rows, "seconds": loop}}
    given.output.write_text(json.dumps(content, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
