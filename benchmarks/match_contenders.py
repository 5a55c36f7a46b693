"""Ways to match redshifts with a HATS catalog, as contenders: ours, stock LSDB, the floor, STILTS and astropy.

Each answers with all rows of matched pairs in memory: the redshift's number and position, the object's columns and the
separation. Catalogs are open before the clock starts, as they are in a warm service; redshifts are arrays.
"""

import multiprocessing.util
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.contest import Contender, Run
from benchmarks.match_sky import partition_files
from trainingset.columns import ColumnType
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.registry import CatalogEntry

__all__ = ["astropy_contender", "floor", "lsdb_contenders", "ours", "stilts_contender"]

N_WORKERS = 2
QUIET = {"NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}


def ours(sites: SkyPositions, entry: CatalogEntry, columns: Sequence[str], radius_arcsec: float) -> Contender:
    """The match engine in threads, as in the service."""
    return Contender("ours", _ours, (sites, entry, tuple(columns), radius_arcsec), QUIET)


def _ours(sites: SkyPositions, entry: CatalogEntry, columns: tuple[str, ...], radius_arcsec: float) -> Run:
    import dask

    from trainingset.catalogs import open_objects
    from trainingset.crossmatch.match import match_sites
    from trainingset.crossmatch.matching import Matching
    from trainingset.crossmatch.object_files import ObjectFiles

    dask.config.set(num_workers=N_WORKERS)
    objects = open_objects(entry, fingerprint="benchmark", radius_arcsec=radius_arcsec)
    matching = Matching(
        radius_arcsec=radius_arcsec,
        n_neighbors=1,
        object_id=entry.object_id_column,
        object_id_type=ColumnType.INT64,
        columns=columns,
    )

    def run() -> int:
        with tempfile.TemporaryDirectory() as folder:
            files = ObjectFiles(folder)
            pairs = match_sites(sites, objects, matching, files, lambda *_: None)
            table = _with_rows(pairs, files)
        return table.num_rows

    return run


def _with_rows(pairs: pd.DataFrame, files: object) -> pa.Table:
    """Pairs beside the rows of their objects, which `match_sites` leaves in files."""
    pairs = pairs.sort_values(["part", "part_row"], kind="stable")
    part, row = pairs["part"].to_numpy(), pairs["part_row"].to_numpy()
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    pieces = [
        files.read(int(part[start])).take(pa.array(row[start:stop]))  # type: ignore[attr-defined]
        for start, stop in zip(starts, [*starts[1:], len(part)], strict=True)
    ]
    rows = pa.concat_tables(pieces)
    return rows.append_column("_site", pa.array(pairs["site"])).append_column(
        "separation_arcsec", pa.array(pairs["separation_arcsec"])
    )


def lsdb_contenders(
    sites: SkyPositions, entry: CatalogEntry, columns: Sequence[str], radius_arcsec: float
) -> list[Contender]:
    """Stock LSDB in each setting that may be its best."""
    arguments = (sites, entry, tuple(columns), radius_arcsec)
    warm = {"PYTHONWARNINGS": "ignore"}
    return [
        Contender("LSDB, threads", _lsdb, (*arguments, False), warm),
        Contender("LSDB, threads, JIT off", _lsdb, (*arguments, False), QUIET),
        Contender("LSDB, processes", _lsdb, (*arguments, True), warm),
    ]


def _lsdb(
    sites: SkyPositions, entry: CatalogEntry, columns: tuple[str, ...], radius_arcsec: float, is_distributed: bool
) -> Run:
    import dask
    import lsdb

    dask.config.set(num_workers=N_WORKERS)
    if is_distributed:
        from dask.distributed import Client

        client = Client(n_workers=N_WORKERS, threads_per_worker=1, dashboard_address=None)
        multiprocessing.util.Finalize(None, client.shutdown, exitpriority=10)
    right = lsdb.open_catalog(entry.path, columns=list(columns))

    def run() -> int:
        frame = pd.DataFrame({"site": np.arange(len(sites)), "ra": sites.ra, "dec": sites.dec})
        left = lsdb.from_dataframe(
            frame, ra_column="ra", dec_column="dec", margin_threshold=None, catalog_name="redshifts"
        )
        matched = left.crossmatch(
            right,
            radius_arcsec=radius_arcsec,
            suffixes=("_specz", "_object"),
            suffix_method="overlapping_columns",
            log_changes=False,
        )
        return len(matched.compute(progress_bar=False))

    return run


def floor(entry: CatalogEntry, columns: Sequence[str], groups: dict[Path, list[int]] | None = None) -> Contender:
    """Reading alone: exactly the columns and row groups of the answer, in as many threads."""
    if groups is None:
        groups = {path: [] for _, path in partition_files(entry)}
        groups = {path: list(range(pq.read_metadata(path).num_row_groups)) for path in groups}
    return Contender("floor: pyarrow reads", _floor, (groups, tuple(columns)))


def _floor(groups: dict[Path, list[int]], columns: tuple[str, ...]) -> Run:
    def read(path: Path) -> int:
        with pq.ParquetFile(path) as file:
            table: pa.Table = file.read_row_groups(groups[path], columns=list(columns), use_threads=False)
        return table.num_rows

    def run() -> int:
        with ThreadPoolExecutor(N_WORKERS) as pool:
            return sum(pool.map(read, groups))

    return run


def astropy_contender(
    sites: SkyPositions, entry: CatalogEntry, columns: Sequence[str], radius_arcsec: float
) -> Contender:
    """astropy's match of all positions in memory, with rows read by pyarrow."""
    return Contender("astropy", _astropy, (sites, entry, tuple(columns), radius_arcsec))


def _astropy(sites: SkyPositions, entry: CatalogEntry, columns: tuple[str, ...], radius_arcsec: float) -> Run:
    from astropy import units
    from astropy.coordinates import SkyCoord

    def run() -> int:
        paths = [path for _, path in partition_files(entry)]
        with ThreadPoolExecutor(N_WORKERS) as pool:
            read = pool.map(lambda path: pq.read_table(path, columns=list(columns), use_threads=False), paths)
            table = pa.concat_tables(read)
        objects = SkyCoord(*(table[name].to_numpy() for name in ("coord_ra", "coord_dec")), unit="deg")
        found, separation, _ = SkyCoord(sites.ra, sites.dec, unit="deg").match_to_catalog_sky(objects)
        within = np.flatnonzero(separation <= radius_arcsec * units.arcsec)
        return int(table.take(pa.array(found[within])).num_rows)

    return run


def stilts_contender(
    sites: SkyPositions, entry: CatalogEntry, columns: Sequence[str], radius_arcsec: float, folder: Path
) -> Contender | None:
    """STILTS' tmatch2 between FITS files, which it maps into memory; None where it is not installed.

    Its time holds the start of Java. Debian's package reads no Parquet, so the files are written before.
    """
    if shutil.which("stilts") is None:
        return None
    return Contender("STILTS tmatch2", _stilts, (sites, entry, tuple(columns), radius_arcsec, folder))


def _stilts(
    sites: SkyPositions, entry: CatalogEntry, columns: tuple[str, ...], radius_arcsec: float, folder: Path
) -> Run:
    from astropy.table import Table

    left, right = folder / "stilts_sites.fits", folder / "stilts_objects.fits"
    Table({"site": np.arange(len(sites)), "ra": sites.ra, "dec": sites.dec}).write(left, overwrite=True)
    rows = pa.concat_tables([pq.read_table(path, columns=list(columns)) for _, path in partition_files(entry)])
    Table({name: rows[name].to_numpy() for name in columns}).write(right, overwrite=True)
    out = folder / "stilts_out.fits"
    command = ["stilts", "-J-Xmx8g", "tmatch2", f"in1={left}", f"in2={right}", "matcher=sky", f"params={radius_arcsec}"]
    command += ["values1=ra dec", "values2=coord_ra coord_dec", "join=1and2", "find=best1", f"out={out}"]
    command += ["ofmt=fits-basic", "progress=none", "runner=parallel"]

    def run() -> int:
        subprocess.run(command, check=True, capture_output=True)
        from astropy.io import fits

        with fits.open(out) as opened:
            return int(opened[1].header["NAXIS2"])

    return run
