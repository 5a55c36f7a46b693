"""Few, many and all columns of a wide catalog.

python -m benchmarks.columns                         # 200 000 objects of 500 columns
python -m benchmarks.columns --objects 1000000
"""

import argparse
from pathlib import Path

from benchmarks.contest import machine, print_times, run_contest
from benchmarks.match_contenders import floor, lsdb_contenders, ours
from benchmarks.match_sky import SkySpec, make_sky, spread_redshifts
from benchmarks.ratios import print_ratios

WIDTHS = (5, 50, 500)
RADIUS_ARCSEC = 1.0
PARTITION_ROWS = 50_000
"""As many as a survey of so many columns puts into one file."""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, default=200_000)
    options.add_argument("--redshifts", type=int, default=5_000)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalog for the next run")
    options.add_argument("--against", nargs="+", default=[""], help="beginnings of names; all ways if none is given")
    given = options.parse_args()
    spec = SkySpec(given.objects, n_columns=max(WIDTHS), partition_rows=PARTITION_ROWS)
    entry, sites = make_sky(given.folder, spec), spread_redshifts(spec, given.redshifts)
    print(
        f"{given.redshifts:,} redshifts, {given.objects:,} objects in {spec.n_partitions} partitions of one row group"
    )
    print(f"{RADIUS_ARCSEC:g} arcsec, medians of {given.repeat}")
    print(machine())
    measured = {}
    for width in WIDTHS:
        columns = spec.columns[:width]
        match = (sites, entry, columns, RADIUS_ARCSEC)
        others = [*lsdb_contenders(*match), floor(entry, columns)]
        wanted = [other for other in others if other.name.startswith(tuple(given.against))]
        measured[width] = run_contest([ours(*match), *wanted], repeat=given.repeat)
        print(f"\n{width} of {spec.n_columns} columns")
        print_times(measured[width])
    for width, times in measured.items():
        print_ratios(times, f"{width} columns: ")


if __name__ == "__main__":
    main()
