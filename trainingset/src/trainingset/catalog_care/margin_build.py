"""Makes the margin of a catalog: for each partition, the rows of others that are near it."""

from pathlib import Path

import pyarrow as pa
from hats.io import pixel_catalog_file
from hats.pixel_math import HealpixPixel

from trainingset.catalog_care.errors import ConversionError
from trainingset.catalog_care.gather import IndexRanges, gather_rows
from trainingset.catalog_care.margin_ring import Neighbors, ring_around, ring_order
from trainingset.catalog_care.row_writer import RowWriter
from trainingset.catalog_care.tree import CatalogTree

__all__ = ["MarginBuilder", "margin_name"]


def margin_name(catalog: str, threshold_arcsec: float) -> str:
    """Name of a margin, as LSDB gives it."""
    return f"{catalog}_{threshold_arcsec:g}arcs".replace(".", "p")


class MarginBuilder:
    """Makes a margin partition by partition.

    A margin holds at least what is within its threshold: all rows in pixels that touch the partition and are nowhere
    narrower than the threshold, as hats-import does it. Of each file around, only row groups of such pixels are read.

    Parameters
    ----------
    main
        The catalog, sorted by its index.
    folder
        Of the margin.

    Raises
    ------
    ConversionError
        If the catalog's finest partitions are too small for the threshold.
    """

    def __init__(self, main: CatalogTree, folder: Path, *, threshold_arcsec: float, row_group_rows: int) -> None:
        self.threshold_arcsec = threshold_arcsec
        self._main = main
        self._folder = folder
        self._row_group_rows = row_group_rows
        self._order = ring_order(threshold_arcsec)
        self._neighbors = Neighbors(main.pixels)
        finest = max((pixel.order for pixel in main.pixels), default=0)
        if self._order <= finest:
            raise ConversionError(
                f"a margin of {threshold_arcsec:g} arcsec is too wide for partitions of HEALPix order {finest}: ask "
                "for a narrower one, or import the catalog with a lower highest_healpix_order"
            )

    def build(self, pixel: HealpixPixel) -> int:
        """Write the margin of one pixel, and return its rows; there is no file for none."""
        ring = ring_around(pixel, self._order)
        around = self._neighbors.of(ring, self._order)
        if not around:
            return 0
        ranges = IndexRanges(ring, self._order, self._main.index_order)
        path = Path(pixel_catalog_file(self._folder, pixel).path)
        try:
            with RowWriter(path, self._main.schema, row_group_rows=self._row_group_rows) as writer:
                for rows in gather_rows(self._main, around, ranges, self._main.schema.names):
                    writer.write(rows.cast(self._main.schema))
        except (OSError, pa.ArrowException) as error:
            raise ConversionError(f"the margin of {pixel} cannot be made: {error}") from error
        return writer.rows
