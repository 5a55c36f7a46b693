"""Converts a catalog: sorted partitions with small row groups, statistics and margins, in a new collection."""

import fcntl
import json
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hats.catalog import TableProperties
from hats.io import pixel_catalog_file
from hats.pixel_math import HealpixPixel
from hats.pixel_tree.negative_tree import compute_negative_tree_pixels
from hats.pixel_tree.pixel_tree import PixelTree
from pydantic import BaseModel, ConfigDict, Field

from trainingset.catalog_care.catalog_files import finish_catalog, write_collection_properties
from trainingset.catalog_care.check import GOOD_ROW_GROUP_ROWS, CheckOrder, CheckReport, check_collection
from trainingset.catalog_care.convert_source import ConversionSource, open_source
from trainingset.catalog_care.done_file import DoneFile
from trainingset.catalog_care.errors import ConversionError
from trainingset.catalog_care.faults import FaultList
from trainingset.catalog_care.margin_build import MarginBuilder, margin_name
from trainingset.catalog_care.rewrite import Rewritten, rewrite_partition
from trainingset.catalog_care.tree import CatalogTree, is_local, open_collection

__all__ = ["Conversion", "ConvertOrder", "convert_catalog"]

ConvertProgress = Callable[[str, int, int], None]
"""Told what is being made, partitions done and partitions in all."""

_DEFAULT_MARGIN_ARCSEC = 5.0
"""As the Rubin data facilities make it."""
_ORDER_NAME = "conversion.json"
_DONE_NAME = "conversion.jsonl"


class ConvertOrder(BaseModel):
    """What is converted, and into what."""

    model_config = ConfigDict(frozen=True)

    source: str
    """A HATS collection or a HiPSCat catalog, at a path or an address."""
    target: Path
    """Folder of the new collection; it must not exist."""
    margins_arcsec: tuple[float, ...] = ()
    """Thresholds of the margins to make; without any, those that the collection has, or 5 arcsec."""
    row_group_rows: int = Field(GOOD_ROW_GROUP_ROWS, ge=1)
    workers: int = Field(2, ge=1)
    """Partitions written at the same time; each holds one row group in memory."""


class Conversion(BaseModel):
    """What came of it."""

    model_config = ConfigDict(frozen=True)

    target: Path
    rows: int
    partitions: int
    checksum: str
    """Sum of the numbers of all rows, the same for what was read and what was written."""
    margins: dict[str, int]
    """Rows of each margin by its name."""
    notes: tuple[str, ...] = ()
    report: CheckReport


def convert_catalog(order: ConvertOrder, progress: ConvertProgress = lambda *_: None) -> Conversion:
    """Write a catalog anew, check what was written, and only then give it its name.

    What is unfinished lies beside the target, in a folder that ends in ``.unfinished``; the same call goes on with it.
    The source is never changed.

    Raises
    ------
    ConversionError
        If the source cannot be converted, or what was written is not right.
    """
    if order.target.exists():
        raise ConversionError(f"{order.target} exists: name a new folder, or remove it first")
    source = open_source(order.source)
    folder = order.target.with_name(order.target.name + ".unfinished")
    with _claimed(folder, order), DoneFile(folder / _DONE_NAME) as done:
        total = _write_main(source, order, folder, done, progress)
        main = _opened(folder / source.name)
        margins = _write_margins(source, main, order, folder, done, progress)
        notes, indexes = _keep_indexes(source, folder)
        thresholds = {margin_name(main.name, threshold): threshold for threshold in _thresholds(source, order)}
        name = source.collection.folder.name if source.collection is not None else source.name
        write_collection_properties(folder, name=name, main=main.name, margins=thresholds, indexes=indexes)
        report = _checked(folder, total, source, progress)
    shutil.rmtree(folder / "scratch")
    for file in (_ORDER_NAME, _DONE_NAME):
        (folder / file).unlink()
    folder.rename(order.target)
    return Conversion(
        target=order.target,
        rows=total.rows,
        partitions=len(main.pixels),
        checksum=f"{total.checksum:016x}",
        margins=margins,
        notes=notes,
        report=report.model_copy(update={"path": str(order.target)}),
    )


@contextmanager
def _claimed(folder: Path, order: ConvertOrder) -> Iterator[None]:
    """Make the folder, or go on in it; one process at a time, and only with the same order."""
    (folder / "scratch").mkdir(parents=True, exist_ok=True)
    wanted = order.model_dump(mode="json", exclude={"workers"})
    with (folder / _ORDER_NAME).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConversionError(f"{folder} is being written by another process: wait for it") from None
        file.seek(0)
        if (begun := file.read()) and json.loads(begun) != wanted:
            raise ConversionError(f"{folder} was begun with other options ({begun}): repeat these, or remove it")
        if not begun:
            file.write(json.dumps(wanted))
            file.flush()
        yield


def _thresholds(source: ConversionSource, order: ConvertOrder) -> tuple[float, ...]:
    asked = order.margins_arcsec or source.margins_arcsec
    return tuple(sorted({threshold for threshold in asked if threshold > 0})) or (_DEFAULT_MARGIN_ARCSEC,)


def _opened(folder: Path) -> CatalogTree:
    faults = FaultList()
    collection = open_collection(str(folder), faults)
    if collection is None:
        raise ConversionError(f"{folder} was not written as it should: {'; '.join(map(str, faults.told()))}")
    return collection.main


def _write_main(
    source: ConversionSource, order: ConvertOrder, folder: Path, done: DoneFile, progress: ConvertProgress
) -> Rewritten:
    target = folder / source.name

    def rewrite(pixel: HealpixPixel) -> Rewritten:
        path = Path(pixel_catalog_file(target, pixel).path)
        scratch = folder / "scratch"
        return rewrite_partition(source, pixel, path, row_group_rows=order.row_group_rows, scratch=scratch)

    written = _each(source.name, source.pixels, rewrite, order.workers, done, progress)
    # A partition without rows has no file, and is none.
    rows = {pixel: kept.rows for pixel, kept in written.items() if kept.rows}
    total = Rewritten(sum(rows.values()), sum(kept.checksum for kept in written.values()) % 2**64)
    announced = source.properties.total_rows
    if announced is not None and int(announced) != total.rows:
        raise ConversionError(
            f"{source.name} announces {int(announced):,} rows, and its files hold {total.rows:,}: copy it again from "
            "where it comes from"
        )
    finish_catalog(target, source.properties, source.schema, rows, has_skymap=True)
    return total


def _write_margins(
    source: ConversionSource,
    main: CatalogTree,
    order: ConvertOrder,
    folder: Path,
    done: DoneFile,
    progress: ConvertProgress,
) -> dict[str, int]:
    # Around the catalog, too: a redshift just outside of it may have an object just inside.
    around = compute_negative_tree_pixels(PixelTree.from_healpix(main.pixels))
    pixels = [*main.pixels, *(HealpixPixel(int(pixel.order), int(pixel.pixel)) for pixel in around)]
    margins = {}
    for threshold in _thresholds(source, order):
        name = margin_name(main.name, threshold)
        target = folder / name
        builder = MarginBuilder(main, target, threshold_arcsec=threshold, row_group_rows=order.row_group_rows)

        def build(pixel: HealpixPixel, builder: MarginBuilder = builder) -> Rewritten:
            return Rewritten(builder.build(pixel), 0)

        written = _each(name, pixels, build, order.workers, done, progress)
        rows = {pixel: kept.rows for pixel, kept in written.items() if kept.rows}
        finish_catalog(target, _margin_properties(main, name, threshold), main.schema, rows, has_skymap=False)
        margins[name] = sum(rows.values())
    return margins


def _margin_properties(main: CatalogTree, name: str, threshold_arcsec: float) -> TableProperties:
    told: dict[str, Any] = {
        "catalog_name": name,
        "catalog_type": "margin",
        "ra_column": main.properties.ra_column,
        "dec_column": main.properties.dec_column,
        "healpix_column": main.index_column,
        "healpix_order": main.index_order,
        "primary_catalog": main.name,
        "margin_threshold": threshold_arcsec,
    }
    return TableProperties(**told)


def _each(
    name: str,
    pixels: Sequence[HealpixPixel],
    work: Callable[[HealpixPixel], Rewritten],
    workers: int,
    done: DoneFile,
    progress: ConvertProgress,
) -> dict[HealpixPixel, Rewritten]:
    """Do what is not done yet, a few pixels at a time."""

    def once(pixel: HealpixPixel) -> Rewritten:
        if (known := done.known(name, pixel)) is not None:
            return known
        made = work(pixel)
        done.add(name, pixel, made)
        return made

    results: dict[HealpixPixel, Rewritten] = {}
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[tuple[HealpixPixel, Future[Rewritten]]] = deque()
        try:
            for pixel in pixels:
                waiting.append((pixel, pool.submit(once, pixel)))
                if len(waiting) > 4 * workers:
                    _take(waiting, results)
                    progress(name, len(results), len(pixels))
            while waiting:
                _take(waiting, results)
                progress(name, len(results), len(pixels))
        except BaseException:
            # What waits is not begun; what is under way ends.
            pool.shutdown(cancel_futures=True)
            raise
    return results


def _take(waiting: deque[tuple[HealpixPixel, Future[Rewritten]]], results: dict[HealpixPixel, Rewritten]) -> None:
    pixel, future = waiting.popleft()
    results[pixel] = future.result()


def _keep_indexes(source: ConversionSource, folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """Copy indexes of ids: partitions are the same, so they stay true."""
    collection = source.collection
    if collection is None or collection.properties is None or not collection.properties.all_indexes:
        return (), {}
    notes, kept = [], {}
    for column, name in collection.properties.all_indexes.items():
        if not is_local(collection.folder / name):
            notes.append(f"the index {name} was not copied from {collection.folder}: make it again with hats-import")
            continue
        shutil.copytree((collection.folder / name).path, folder / name, dirs_exist_ok=True)
        kept[column] = name
    return tuple(notes), kept


def _checked(folder: Path, total: Rewritten, source: ConversionSource, progress: ConvertProgress) -> CheckReport:
    report = check_collection(CheckOrder(path=str(folder)), lambda name, *counts: progress(f"check {name}", *counts))
    problems = [str(fault) for fault in report.errors]
    if report.rows != total.rows:
        problems.insert(0, f"{report.rows:,} rows were written, and {total.rows:,} read")
    if problems:
        raise ConversionError(
            f"what was made of {source.name} is not right, and was left in {folder}: {'; '.join(problems)}"
        )
    return report
