"""Redshifts nearly as many as objects: the match itself is the work, and matchers of whole tables compete.

python -m benchmarks.wide                                              # 500 000 redshifts, 2 million objects
python -m benchmarks.wide --objects 20000000 --redshifts 5000000       # the full size
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.contest import machine, print_times, run_contest
from benchmarks.match_contenders import astropy_contender, floor, lsdb_contenders, ours, stilts_contender
from benchmarks.match_sky import SkySpec, make_sky, spread_redshifts
from benchmarks.ratios import print_ratios

N_COLUMNS_READ = 15
RADIUS_ARCSEC = 1.0


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, default=2_000_000)
    options.add_argument("--redshifts", type=int, default=500_000)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalog for the next run")
    options.add_argument("--against", nargs="+", default=[""], help="beginnings of names; all ways if none is given")
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
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        others = [astropy_contender(*match), stilts_contender(*match, Path(folder)), floor(entry, columns)]
        all_others = [*lsdb_contenders(*match), *(other for other in others if other is not None)]
        wanted = [other for other in all_others if other.name.startswith(tuple(given.against))]
        times = run_contest([ours(*match), *wanted], repeat=given.repeat)
    print_times(times)
    print_ratios(times)


if __name__ == "__main__":
    main()
