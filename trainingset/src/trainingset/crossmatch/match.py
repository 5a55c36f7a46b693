"""Matches redshift positions with an object catalog: LSDB's graph, one task for each aligned partition."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
from dask.callbacks import Callback
from hats.pixel_math.spatial_index import compute_spatial_index

from trainingset.catalogs import ObjectCatalog
from trainingset.crossmatch.algorithm import SITE_COLUMNS, ObjectCrossmatch
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.errors import SourceUnavailableError

__all__ = ["MatchProgress", "match_sites"]

MatchProgress = Callable[[int, int, int], None]
"""Told partitions done, partitions in all and pairs so far; from any thread, one call at a time."""

_FEW_SITES = 20_000
_COARSE_ORDER = 5
"""A few sites are cut into partitions of this order at most, 1.8 degrees: cutting finer takes longer than matching."""
_FINE_ORDER = 8
_PARTITION_ROWS = 10_000
"""Many sites are cut finer, because each task looks through the whole partition of sites that overlaps its own."""


def match_sites(
    sites: SkyPositions, objects: ObjectCatalog, matching: Matching, object_files: ObjectFiles, progress: MatchProgress
) -> pd.DataFrame:
    """Match distinct positions with a catalog.

    Runs where Dask runs: in threads, or on the cluster whose client is active; progress is told in threads only.

    Parameters
    ----------
    sites
        Distinct valid positions, right ascension in [0, 360).
    object_files
        Receives the rows of matched objects.

    Returns
    -------
    pd.DataFrame
        One row for each pair. ``site`` counts rows of `sites`; ``part`` and ``part_row`` tell where the object's row
        lies in `object_files`; ``object_ra`` and ``object_dec`` are degrees; the rest as `RankedPairs` has it.

    Raises
    ------
    SourceUnavailableError
        If the catalog cannot be read.
    """
    algorithm = ObjectCrossmatch(
        matching, partitions=objects.partitions, margins=objects.margins, object_files=object_files
    )
    left, right = _site_catalog(sites), objects.positions
    try:
        matched = left.crossmatch(
            right,
            algorithm=algorithm,
            how="inner",
            suffixes=("_site", "_object"),
            suffix_method="overlapping_columns",
            log_changes=False,
            require_right_margin=True,
        )
    except RuntimeError:
        # What LSDB raises while it lays out the graph of catalogs without a common partition.
        progress(0, 0, 0)
        return _pairs(pd.concat([left.meta, right.meta, algorithm.extra_columns], axis=1), objects)
    try:
        with _told(progress, matched.npartitions):
            frame = matched.compute(progress_bar=False)
    except (OSError, pa.ArrowException) as error:
        raise SourceUnavailableError(f"catalog {objects.entry.id} cannot be read: {error}") from error
    return _pairs(frame, objects)


def _site_catalog(sites: SkyPositions) -> lsdb.Catalog:
    site, ra, dec = SITE_COLUMNS
    frame = pd.DataFrame({site: np.arange(len(sites)), ra: sites.ra, dec: sites.dec})
    order = _COARSE_ORDER if len(sites) <= _FEW_SITES else _FINE_ORDER
    return lsdb.from_dataframe(
        frame,
        ra_column=ra,
        dec_column=dec,
        catalog_name="sites",
        lowest_order=0,
        highest_order=order,
        partition_rows=max(_PARTITION_ROWS, _fullest_pixel(sites, order)),
        margin_threshold=None,
    )


def _fullest_pixel(sites: SkyPositions, order: int) -> int:
    """Most sites in one pixel: a partition cannot hold fewer."""
    pixels = compute_spatial_index(sites.ra, sites.dec) >> 2 * (29 - order)
    return int(np.unique(pixels, return_counts=True)[1].max())


@contextmanager
def _told(progress: MatchProgress, n_partitions: int) -> Iterator[None]:
    """Tell of each partition as it is done."""
    lock = Lock()
    done, pairs = 0, 0

    def after_task(_key: object, result: Any, *_rest: object) -> None:
        nonlocal done, pairs
        if isinstance(result, pd.DataFrame) and "match_rank" in result:
            with lock:
                done, pairs = done + 1, pairs + len(result)
                progress(done, n_partitions, pairs)

    progress(0, n_partitions, 0)
    with Callback(posttask=after_task):  # type: ignore[no-untyped-call]  # dask has no types
        yield


def _pairs(frame: pd.DataFrame, objects: ObjectCatalog) -> pd.DataFrame:
    """Plain columns; nothing in them is null."""
    entry = objects.entry
    names = {SITE_COLUMNS[0]: "site", entry.ra_column: "object_ra", entry.dec_column: "object_dec"}
    renamed = frame.reset_index(drop=True).rename(columns=names).drop(columns=list(SITE_COLUMNS[1:]), errors="ignore")
    return pd.DataFrame({name: _plain(renamed[name]) for name in renamed})


def _plain(column: pd.Series) -> Any:
    datatype = column.dtype.pyarrow_dtype
    return column.array if pa.types.is_string(datatype) else column.to_numpy(datatype.to_pandas_dtype())
