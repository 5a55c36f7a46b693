"""Matches redshift positions with an object catalog: LSDB's graphs, in batches of partitions along the sky."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import lsdb
import pandas as pd
from dask.base import get_scheduler
from dask.callbacks import Callback
from dask.tokenize import normalize_token
from hats.pixel_math import HealpixPixel

from trainingset.catalogs import ObjectCatalog
from trainingset.crossmatch.algorithm import N_PAIRS, PAIRS, ObjectCrossmatch
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.crossmatch.pair_batch import pair_schema, unpack_pairs
from trainingset.crossmatch.site_catalog import SiteBlocks, cut_sites
from trainingset.errors import SourceUnavailableError
from trainingset.match_cost import BATCH_BYTES
from trainingset.recipe import Engine
from trainingset.remote_faults import REMOTE_FAULTS

__all__ = ["MatchProgress", "lay_out", "match_sites"]

MatchProgress = Callable[[int, int, int], None]
"""Told partitions done, partitions in all and pairs so far; from any thread, one call at a time."""


def match_sites(
    sites: SkyPositions,
    objects: ObjectCatalog,
    matching: Matching,
    object_files: ObjectFiles,
    progress: MatchProgress,
    *,
    batch_bytes: int = BATCH_BYTES,
) -> pd.DataFrame:
    """Match distinct positions with a catalog.

    Runs where Dask runs: in threads, or on the cluster whose client is active.

    Parameters
    ----------
    sites
        Distinct valid positions, right ascension in [0, 360).
    object_files
        Receives the rows of matched objects.
    batch_bytes
        Most memory of what is laid out at once, but for a single partition; the answer does not depend on it.

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
    blocks = cut_sites(sites, objects.areas)
    told = _Told(progress, blocks.n_areas)
    if matching.engine is not Engine.LSDB:
        blocks = blocks.gathered()
    packed: list[bytes] = []
    try:
        for batch in blocks.batches(batch_bytes, n_neighbors=matching.n_neighbors or 1):
            for frame in _frames(lay_out(batch, objects, algorithm), told):
                packed.extend(frame[PAIRS].dropna())
    except REMOTE_FAULTS as error:
        raise SourceUnavailableError(f"catalog {objects.entry.id} cannot be read: {error}") from error
    return unpack_pairs(packed, pair_schema(matching))


def lay_out(sites: SiteBlocks, objects: ObjectCatalog, algorithm: ObjectCrossmatch) -> lsdb.Catalog:
    """The match of some sites, not computed: a row for each area along the sky, with its pairs packed if it has any."""
    return sites.catalog().crossmatch(
        objects.right_side(algorithm.matching.engine, sites.pixels, sites.areas),
        algorithm=algorithm,
        how="inner",
        suffixes=("_site", "_object"),
        suffix_method="overlapping_columns",
        log_changes=False,
        require_right_margin=True,
    )


@normalize_token.register(HealpixPixel)  # type: ignore[no-untyped-call, untyped-decorator]  # dask has no types
def _token(pixel: HealpixPixel) -> tuple[str, int, int]:
    # LSDB names a graph by all of its pixels, and Dask would write out each as a pickle: most of the time it takes.
    return "HealpixPixel", pixel.order, pixel.pixel


def _frames(matched: lsdb.Catalog, told: "_Told") -> list[pd.DataFrame]:
    """Compute, and tell of each task as it ends."""
    client = getattr(get_scheduler(), "__self__", None)  # type: ignore[no-untyped-call]
    if client is None:
        with Callback(posttask=told.after_task):  # type: ignore[no-untyped-call]
            return [matched.compute(progress_bar=False)]
    # Late imports: without a cluster nobody needs them.
    from distributed import as_completed
    from distributed.comm.core import CommClosedError

    tasks = matched.to_delayed()
    done: dict[str, pd.DataFrame] = {}
    try:
        for future in as_completed(client.get(dict(tasks[0].dask), [task.key for task in tasks], sync=False)):  # type: ignore[no-untyped-call]
            done[future.key] = future.result()
            told.after_task(None, done[future.key])
    except CommClosedError as error:
        # It is an OSError, as those of files are.
        raise SourceUnavailableError("The Dask scheduler was lost during the match.") from error
    return [done[task.key] for task in tasks]


class _Told:
    """Tells of each partition as it is done."""

    def __init__(self, progress: MatchProgress, n_partitions: int) -> None:
        self._progress, self._n_partitions = progress, n_partitions
        self._lock = Lock()
        self._done, self._pairs = 0, 0
        progress(0, n_partitions, 0)

    def after_task(self, _key: object, result: Any, *_rest: object) -> None:
        """Called by Dask after each task, of which there are others."""
        if isinstance(result, pd.DataFrame) and N_PAIRS in result:
            with self._lock:
                self._done, self._pairs = self._done + len(result), self._pairs + int(result[N_PAIRS].sum())
                self._progress(self._done, self._n_partitions, self._pairs)
