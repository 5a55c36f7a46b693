"""Redshifts in a few deep fields of a large catalog: most row groups need not be read.

python -m benchmarks.deep                            # 5 million objects
python -m benchmarks.deep --objects 20000000         # the full size
"""

import argparse
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.contest import machine, print_times, run_contest
from benchmarks.match_contenders import floor, lsdb_contenders, ours
from benchmarks.match_sky import SkySpec, field_redshifts, make_sky, partition_files
from benchmarks.ratios import print_ratios
from trainingset.crossmatch.search_pixels import SearchPixels
from trainingset.crossmatch.sky_positions import SkyPositions
from trainingset.registry import CatalogEntry

N_COLUMNS_READ = 15
RADIUS_ARCSEC = 1.0
ROW_GROUP_ROWS = 16_000


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--objects", type=int, default=5_000_000)
    options.add_argument("--redshifts", type=int, default=20_000)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--folder", type=Path, default=Path("build/bench"), help="keeps the catalog for the next run")
    given = options.parse_args()
    spec = SkySpec(given.objects, row_group_rows=ROW_GROUP_ROWS)
    entry, sites = make_sky(given.folder, spec), field_redshifts(spec, given.redshifts)
    columns = spec.columns[:N_COLUMNS_READ]
    groups = groups_near(entry, sites)
    print(f"{given.redshifts:,} redshifts in five fields of 0.05 square degrees, {given.objects:,} objects")
    print(f"row groups of {ROW_GROUP_ROWS:,}, of which {sum(map(len, groups.values()))} hold candidates")
    print(f"{len(columns)} of {spec.n_columns} columns, {RADIUS_ARCSEC:g} arcsec, medians of {given.repeat}")
    print(machine())
    match = (sites, entry, columns, RADIUS_ARCSEC)
    times = run_contest([ours(*match), *lsdb_contenders(*match), floor(entry, columns, groups)], repeat=given.repeat)
    print_times(times)
    print_ratios(times)


def groups_near(entry: CatalogEntry, sites: SkyPositions) -> dict[Path, list[int]]:
    """Row groups with an object in a pixel around a redshift."""
    first, behind = SearchPixels.around(sites, RADIUS_ARCSEC).spans()
    near: dict[Path, list[int]] = {}
    for _, path in partition_files(entry):
        file = pq.ParquetFile(path)
        for group in range(file.metadata.num_row_groups):
            index = file.read_row_group(group, columns=["_healpix_29"])[0].to_numpy()
            if np.any(np.searchsorted(index, first) < np.searchsorted(index, behind)):
                near.setdefault(path, []).append(group)
    return near


if __name__ == "__main__":
    main()
