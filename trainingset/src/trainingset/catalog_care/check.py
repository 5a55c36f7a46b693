"""Checks a HATS collection: every file, every footer, and the rows of all or some partitions."""

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from hats.pixel_math import HealpixPixel
from pydantic import BaseModel, ConfigDict, Field

from trainingset.catalog_care.faults import CatalogFault, FaultKind, FaultList, Severity
from trainingset.catalog_care.looks_file import LooksFile
from trainingset.catalog_care.margin_check import look_at_margin_properties, look_at_margin_rows
from trainingset.catalog_care.partition_look import PartitionLook, look_at_partition, stamp_of
from trainingset.catalog_care.tree import CatalogTree, CollectionTree, open_collection
from trainingset.catalog_care.whole_catalog import look_at_whole, unlisted_files

__all__ = ["GOOD_ROW_GROUP_ROWS", "CheckOrder", "CheckReport", "check_collection"]

CheckProgress = Callable[[str, int, int], None]
"""Told the name of the catalog, partitions done and partitions in all."""

GOOD_ROW_GROUP_ROWS = 16_384
"""Rows of a row group that a match with few redshifts reads quickly: `convert` writes so many."""
_LARGE_ROW_GROUP_ROWS = 131_072
_MARGINS_COMPARED = 8
"""Partitions whose margins are compared row by row, if rows are read at all."""


class CheckOrder(BaseModel):
    """How closely to look."""

    model_config = ConfigDict(frozen=True)

    path: str
    sample: int | None = Field(None, ge=0)
    """Partitions whose rows are read, drawn at random; None reads those of all, 0 footers alone."""
    seed: int = 0
    """Of the drawing."""
    workers: int = Field(4, ge=1)
    """Partitions looked at at the same time; each holds one row group of three columns in memory."""
    resume: Path | None = None
    """File that keeps what was found, for going on after an interruption."""
    largest_row_group: int = Field(_LARGE_ROW_GROUP_ROWS, ge=1)
    """Rows from which on a row group is told to be large."""


class CheckReport(BaseModel):
    """What is wrong with a collection, and what was looked at."""

    model_config = ConfigDict(frozen=True)

    path: str
    rows: int = 0
    partitions: int = 0
    partitions_read: int = 0
    """Of which every row was looked at."""
    margins: dict[str, float] = Field(default_factory=dict)
    """Thresholds in arcseconds by name."""
    rows_without_coordinates: int = 0
    faults: tuple[CatalogFault, ...] = ()

    @property
    def errors(self) -> tuple[CatalogFault, ...]:
        """Faults that make matches fail or wrong."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)


def check_collection(order: CheckOrder, progress: CheckProgress = lambda *_: None) -> CheckReport:
    """Look at a collection and tell everything that is wrong with it; nothing is changed."""
    faults = FaultList()
    collection = open_collection(order.path, faults)
    if collection is None:
        return CheckReport(path=order.path, faults=faults.told())
    with ExitStack() as stack:
        known = stack.enter_context(LooksFile(order.resume)) if order.resume is not None else None
        looks = _check_catalog(collection.main, order, faults, known, progress)
        for margin in collection.margins:
            _check_catalog(margin, order, faults, known, progress)
    _check_margins(collection, order, faults)
    _tell_of_rows(collection.main, order, looks, faults)
    return CheckReport(
        path=order.path,
        rows=sum(look.rows for look in looks),
        partitions=len(looks),
        partitions_read=sum(look.were_rows_read for look in looks),
        margins={margin.name: margin.properties.margin_threshold or 0.0 for margin in collection.margins},
        rows_without_coordinates=sum(look.rows_without_coordinates for look in looks),
        faults=faults.told(),
    )


def _check_catalog(
    tree: CatalogTree, order: CheckOrder, faults: FaultList, known: LooksFile | None, progress: CheckProgress
) -> list[PartitionLook]:
    looks = []
    for look in _looks(tree, order, known):
        looks.append(look)
        faults.extend(look.faults)
        progress(tree.name, len(looks), len(tree.pixels))
    faults.extend(unlisted_files(tree))
    faults.extend(look_at_whole(tree, looks))
    return looks


def _looks(tree: CatalogTree, order: CheckOrder, known: LooksFile | None) -> Iterator[PartitionLook]:
    """Looks in the order of the sky; only a few are under way at a time, however many there are."""
    read = _drawn(tree.pixels, order)
    with ThreadPoolExecutor(order.workers) as pool:
        waiting: deque[Future[PartitionLook]] = deque()
        for pixel in tree.pixels:
            waiting.append(pool.submit(_look, tree, pixel, known, read_rows=pixel in read))
            if len(waiting) > 4 * order.workers:
                yield _kept(tree, waiting.popleft().result(), known)
        while waiting:
            yield _kept(tree, waiting.popleft().result(), known)


def _drawn(pixels: Sequence[HealpixPixel], order: CheckOrder) -> frozenset[HealpixPixel]:
    if order.sample is None or order.sample >= len(pixels):
        return frozenset(pixels)
    return frozenset(random.Random(order.seed).sample(list(pixels), order.sample))  # noqa: S311 (nothing secret)


def _look(tree: CatalogTree, pixel: HealpixPixel, known: LooksFile | None, *, read_rows: bool) -> PartitionLook:
    before = known.known(tree.name, pixel.order, pixel.pixel) if known is not None else None
    if before is not None and (before.were_rows_read or not read_rows) and before.stamp == _stamp(tree, pixel):
        return before
    return look_at_partition(tree, pixel, read_rows=read_rows)


def _stamp(tree: CatalogTree, pixel: HealpixPixel) -> str:
    try:
        return stamp_of(tree.files(pixel))
    except OSError:
        return ""


def _kept(tree: CatalogTree, look: PartitionLook, known: LooksFile | None) -> PartitionLook:
    if known is not None and known.known(tree.name, look.order, look.pixel) is not look:
        known.add(tree.name, look)
    return look


def _check_margins(collection: CollectionTree, order: CheckOrder, faults: FaultList) -> None:
    main = collection.main
    if not collection.margins:
        if collection.properties is None or not collection.properties.all_margins:
            faults.add(CatalogFault.of(FaultKind.MARGIN_MISSING, main.name, "has no margin"))
        return
    for margin in collection.margins:
        faults.extend(look_at_margin_properties(main, margin))
        if order.sample != 0 and main.pixels:
            pixels = sorted({*main.pixels, *margin.pixels}, key=lambda pixel: (pixel.order, pixel.pixel))
            n_drawn = min(len(pixels), _MARGINS_COMPARED if order.sample is None else order.sample)
            drawn = random.Random(order.seed).sample(pixels, n_drawn)  # noqa: S311 (nothing secret)
            faults.extend(look_at_margin_rows(main, margin, drawn))


def _tell_of_rows(tree: CatalogTree, order: CheckOrder, looks: list[PartitionLook], faults: FaultList) -> None:
    """What is said once for all partitions."""
    if without := sum(look.rows_without_coordinates for look in looks):
        message = f"{without:,} objects have no coordinates: they can never match"
        faults.add(CatalogFault.of(FaultKind.NO_COORDINATES, tree.name, message, value=without, limit=0))
    files = [file for look in looks for file in look.files]
    large = [file for file in files if file.largest_group > order.largest_row_group]
    if large:
        largest = max(file.largest_group for file in large)
        message = (
            f"{len(large):,} of {len(files):,} files have row groups above {order.largest_row_group:,} rows, up to "
            f"{largest:,}: a single redshift reads as many rows of every column, with row groups of "
            f"{GOOD_ROW_GROUP_ROWS:,} rows {largest / GOOD_ROW_GROUP_ROWS:.0f} times fewer"
        )
        faults.add(
            CatalogFault.of(
                FaultKind.LARGE_ROW_GROUPS, tree.name, message, value=largest, limit=order.largest_row_group
            )
        )
