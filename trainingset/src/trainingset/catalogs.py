"""Opens registered object catalogs: LSDB lays out the partitions of a match, whose tasks read the files themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import lsdb
from hats.pixel_math import HealpixPixel
from hats.pixel_tree.pixel_tree import PixelTree

from trainingset.catalog_care.margin_trust import doubts_about_margin
from trainingset.crossmatch.object_marks import ObjectMarks
from trainingset.crossmatch.site_catalog import object_areas
from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.partition_files import PartitionFiles
from trainingset.recipe import Engine
from trainingset.registry import CatalogEntry
from trainingset.remote_faults import REMOTE_FAULTS

__all__ = ["ObjectCatalog", "open_objects"]

_FAULTS: tuple[type[Exception], ...] = (*REMOTE_FAULTS, ValueError, KeyError)


@dataclass(frozen=True, slots=True)
class ObjectCatalog:
    """An object catalog, opened lazily."""

    entry: CatalogEntry
    positions: lsdb.Catalog
    """Coordinate columns alone, with a margin, read by LSDB."""
    marks: ObjectMarks
    """The same catalog without its rows."""
    areas: PixelTree
    """Pixels that hold objects, or objects of a margin."""
    margin_arcsec: float
    partitions: PartitionFiles
    margins: PartitionFiles

    def right_side(
        self, engine: Engine, pixels: Sequence[HealpixPixel], areas: Sequence[Sequence[HealpixPixel]]
    ) -> lsdb.Catalog:
        """What LSDB aligns with redshifts: all for its own algorithm, a reference; for ours the files of some areas.

        Parameters
        ----------
        pixels
            Of tasks.
        areas
            Some of `areas` for each task.
        """
        return self.positions if engine is Engine.LSDB else self.marks.around(pixels, areas)


def open_objects(entry: CatalogEntry, *, fingerprint: str, radius_arcsec: float) -> ObjectCatalog:
    """Open a catalog for a match, with a margin that holds every pair.

    Parameters
    ----------
    fingerprint
        Of the catalog's card: while it is the same, what was opened before serves again. Opening reads no data, but
        takes 0.1 s for a small catalog and seconds for one of a hundred thousand partitions.

    Raises
    ------
    RecipeError
        If every margin is narrower than the radius: pairs across partition edges would be lost.
    SourceUnavailableError
        If the catalog cannot be read now.
    """
    columns = (entry.ra_column, entry.dec_column)
    try:
        positions, marks, areas = _open(entry.path, columns, None, fingerprint)
        if _margin_threshold(positions) < radius_arcsec:
            margin = _wide_margin(positions, entry, radius_arcsec)
            positions, marks, areas = _open(entry.path, columns, margin, fingerprint)
    except _FAULTS as error:
        raise SourceUnavailableError(f"catalog {entry.id} at {entry.path} cannot be opened: {error}") from error
    return ObjectCatalog(
        entry=entry,
        positions=positions,
        marks=marks,
        areas=areas,
        margin_arcsec=_margin_threshold(positions),
        partitions=_files_of(positions),
        margins=_files_of(positions.margin),
    )


@lru_cache(maxsize=16)
def _open(
    path: str, columns: tuple[str, ...], margin: str | None, _fingerprint: str
) -> tuple[lsdb.Catalog, ObjectMarks, PixelTree]:
    """Coordinates, marks and areas, with a margin of the collection, None for its default one."""
    positions = lsdb.open_catalog(path, columns=list(columns), margin_cache=margin, use_threads=False)
    _trust_margin(positions)
    return positions, ObjectMarks.of(positions), object_areas(positions)


def _trust_margin(positions: lsdb.Catalog) -> None:
    """Objects of another release's margin would be matched beside the catalog's own."""
    if positions.margin is not None:
        for doubt in doubts_about_margin(positions.hc_structure, positions.margin.hc_structure):
            raise ValueError(f"its margin cannot be trusted: {doubt}. {doubt.advice}")


def _margin_threshold(catalog: lsdb.Catalog) -> float:
    if catalog.margin is None:
        return 0.0
    return catalog.margin.hc_structure.catalog_info.margin_threshold or 0.0


def _wide_margin(catalog: lsdb.Catalog, entry: CatalogEntry, radius_arcsec: float) -> str:
    """The narrowest margin that is wide enough."""
    collection = catalog.hc_collection
    thresholds: dict[str, float] = {} if collection is None else collection.get_margin_thresholds()
    wide = [name for name in thresholds if thresholds[name] >= radius_arcsec]
    if not wide:
        raise RecipeError([_too_narrow(entry, radius_arcsec, max(thresholds.values(), default=None))])
    return min(wide, key=thresholds.__getitem__)


def _files_of(catalog: Any) -> PartitionFiles:
    structure = catalog.hc_structure
    return PartitionFiles(folder=str(structure.catalog_base_dir), suffix=structure.catalog_info.npix_suffix)


def _too_narrow(entry: CatalogEntry, radius_arcsec: float, margin_arcsec: float | None) -> Problem:
    if margin_arcsec is None:
        message = (
            f"{entry.id} has no margin, so pairs across partition edges would be lost; ask its operator to add one."
        )
        return Problem(parameter="CATALOG", message=message, value=entry.id)
    message = (
        f"{radius_arcsec:g} arcsec is above {margin_arcsec:g} arcsec, the margin of {entry.id}: pairs across partition "
        f"edges would be lost. Ask for at most {margin_arcsec:g} arcsec."
    )
    return Problem(parameter="RADIUS", message=message, value=f"{radius_arcsec:g}", limit=f"{margin_arcsec:g} arcsec")
