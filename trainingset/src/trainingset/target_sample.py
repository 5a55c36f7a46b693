"""A random sample of an object catalog: what a training set is compared with, and weighted towards.

Few reads whatever the size of the catalog: places are drawn evenly along the sky (systematic sampling), each of which
gives some rows of one partition. The same catalog and seed give the same rows on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hats.pixel_math import HealpixPixel

from trainingset.catalogs import open_objects
from trainingset.partition_files import OpenPartition, PartitionFiles
from trainingset.registry import CatalogCard
from trainingset.selection import ObjectConstraint

__all__ = ["MOST_PLACES", "TargetSample", "draw_rows", "sample_objects"]

IntArray = npt.NDArray[np.int64]
UIntArray = npt.NDArray[np.uint64]

MOST_PLACES = 32
"""Places at which rows are read. Neighbors on the sky are alike, so that more places say more than more rows."""
_SPREAD = 4
"""Rows among which one is drawn, at least, as far as a partition has them."""


@dataclass(frozen=True, slots=True)
class TargetSample:
    """Rows of an object catalog, drawn at random."""

    objects: pa.Table
    """Those that fulfil the constraint, with the columns that were asked for."""
    n_drawn: int
    """Rows drawn, before the constraint."""
    n_partitions: int
    """Partitions that were opened."""


def sample_objects(
    card: CatalogCard, columns: Sequence[str], *, n_rows: int, seed: int = 0, where: ObjectConstraint | None = None
) -> TargetSample:
    """Draw a random sample of a catalog's objects.

    Parameters
    ----------
    columns
        Columns of the catalog to read.
    n_rows
        Rows to draw, about: fewer where the catalog has fewer.
    where
        Leaves only objects that fulfil it; fewer rows are then in the sample, and none are drawn in their place.

    Raises
    ------
    SourceUnavailableError
        If the catalog cannot be read now.
    """
    objects = open_objects(card.entry, fingerprint=card.fingerprint, radius_arcsec=0.0)
    wanted = tuple(dict.fromkeys([*columns, *(() if where is None else where.columns)]))
    pixels = objects.positions.hc_structure.get_healpix_pixels()
    drawn, n_partitions = draw_rows(
        objects.partitions, pixels, wanted, n_rows=n_rows, catalog_rows=card.n_rows, seed=seed
    )
    kept = drawn if where is None else drawn.filter(pa.array(where.holds(drawn)))
    return TargetSample(kept.select(list(columns)), drawn.num_rows, n_partitions)


def draw_rows(
    files: PartitionFiles,
    pixels: Sequence[HealpixPixel],
    columns: Sequence[str],
    *,
    n_rows: int,
    catalog_rows: int,
    seed: int,
) -> tuple[pa.Table, int]:
    """Draw rows of a catalog's files; and tell how many partitions were opened.

    Parameters
    ----------
    pixels
        Of all partitions, in any order.
    catalog_rows
        Rows of all partitions.

    Notes
    -----
    Every partition is as likely as every other, and gives rows in proportion to its own: so every row is as likely as
    every other, without a look at all footers.
    """
    if not pixels:
        return pa.table({name: pa.nulls(0, pa.float64()) for name in columns}), 0
    in_order = _along_the_sky(pixels)
    n_places = min(MOST_PLACES, max(n_rows, 1))
    draws = _uniform(_hashes(np.arange(2 * n_places, dtype=np.uint64), seed))
    spots = (np.arange(n_places) + draws[:n_places]) / n_places * len(in_order)
    number = np.minimum(spots.astype(np.int64), len(in_order) - 1)
    share = n_rows / n_places * len(in_order) / max(catalog_rows, 1)
    pieces = []
    for partition in np.unique(number):
        pixel = pixels[in_order[partition]]
        starts = draws[n_places:][number == partition]
        with files.open(pixel) as opened:
            rows = _rows_of(opened, starts, share, _seed_of(pixel, seed))
            pieces.append(opened.read(rows, columns))
    return pa.concat_tables(pieces, promote_options="permissive").combine_chunks(), len(pieces)


def _along_the_sky(pixels: Sequence[HealpixPixel]) -> IntArray:
    """Places of the pixels in NESTED order."""
    first = [int(pixel.pixel) << 2 * (29 - int(pixel.order)) for pixel in pixels]
    order: IntArray = np.argsort(np.array(first, np.int64), kind="stable")
    return order


def _rows_of(opened: OpenPartition, starts: npt.NDArray[np.float64], share: float, seed: int) -> IntArray:
    """Rows to read of one partition, ascending: at random among the row groups behind each start."""
    if not opened.n_rows:
        return np.empty(0, np.int64)
    quota = min(opened.n_rows, max(1, round(share * opened.n_rows * len(starts))))
    n_groups = len(opened.group_rows)
    firsts = np.searchsorted(opened.group_starts, starts * opened.n_rows, side="right") - 1
    chosen = np.zeros(n_groups, np.bool_)
    for step in range(n_groups):
        chosen[(firsts + step) % n_groups] = True
        if opened.group_rows[chosen].sum() >= min(_SPREAD * quota, opened.n_rows):
            break
    spans = [np.arange(opened.group_starts[group], opened.group_starts[group + 1]) for group in np.flatnonzero(chosen)]
    rows = np.concatenate(spans)
    smallest = np.argsort(_hashes(rows.astype(np.uint64), seed), kind="stable")[:quota]
    return np.sort(rows[smallest])


def _seed_of(pixel: HealpixPixel, seed: int) -> int:
    """A seed of its own for each partition."""
    number = (4 << 2 * int(pixel.order)) + int(pixel.pixel)
    return int(_hashes(np.array([number], np.uint64), seed)[0])


def _hashes(numbers: UIntArray, seed: int) -> UIntArray:
    """Numbers that look random (SplitMix64: Steele, Lea and Flood 2014), the same on every machine and version."""
    with np.errstate(over="ignore"):
        mixed = np.uint64(seed % 2**64) * np.uint64(0xD1342543DE82EF95) + numbers + np.uint64(1)
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    hashed: UIntArray = mixed ^ (mixed >> np.uint64(31))
    return hashed


def _uniform(hashes: UIntArray) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1)."""
    numbers: npt.NDArray[np.float64] = (hashes >> np.uint64(11)).astype(np.float64) / 2.0**53
    return numbers
