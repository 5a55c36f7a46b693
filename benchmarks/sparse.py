"""Few redshifts all over a large catalog: every row group holds matches, so reading the columns is the floor.

python -m benchmarks.sparse                                            # 5 million objects
python -m benchmarks.sparse --objects 20000000 --redshifts 100000      # the full size
"""

import argparse
from pathlib import Path

from benchmarks.contest import machine, print_times, run_contest
from benchmarks.match_contenders import floor, lsdb_contenders, ours
from benchmarks.match_sky import SkySpec, make_sky, spread_redshifts
from benchmarks.ratios import print_ratios

N_COLUMNS_READ = 15
RADIUS_ARCSEC = 1.0


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, default=5_000_000)
    options.add_argument("--redshifts", type=int, default=25_000)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalog for the next run")
    given = options.parse_args()
    spec = SkySpec(given.objects)
    entry, sites = make_sky(given.folder, spec), spread_redshifts(spec, given.redshifts)
    columns = spec.columns[:N_COLUMNS_READ]
    print(
        f"{given.redshifts:,} redshifts, {given.objects:,} objects in {spec.n_partitions} partitions of one row group"
    )
    print(f"{len(columns)} of {spec.n_columns} columns, {RADIUS_ARCSEC:g} arcsec, medians of {given.repeat}")
    print(machine())
    match = (sites, entry, columns, RADIUS_ARCSEC)
    times = run_contest([ours(*match), *lsdb_contenders(*match), floor(entry, columns)], repeat=given.repeat)
    print_times(times)
    print_ratios(times)


if __name__ == "__main__":
    main()
