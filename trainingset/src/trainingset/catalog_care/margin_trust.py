"""Whether a margin may be used in a match: a quick look, which a whole check does closely."""

from collections.abc import Iterator

from hats.catalog.healpix_dataset.healpix_dataset import HealpixDataset
from hats.io.file_io import get_upath
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_ORDER

from trainingset.catalog_care.faults import CatalogFault
from trainingset.catalog_care.margin_check import look_at_margin_properties, look_for_strangers
from trainingset.catalog_care.tree import CatalogTree

__all__ = ["doubts_about_margin"]

_PARTITIONS = 2
_ROWS = 50
_COLUMNS = 8


def doubts_about_margin(main: HealpixDataset, margin: HealpixDataset) -> Iterator[CatalogFault]:
    """What shows that a margin is of another catalog or release: some of its rows would be matched in their place.

    Parameters
    ----------
    main, margin
        As they were opened.
    """
    if main.schema is None or margin.schema is None:
        return
    ours, theirs = _tree(main, is_margin=False), _tree(margin, is_margin=True)
    yield from look_at_margin_properties(ours, theirs)
    step = max(1, len(theirs.pixels) // _PARTITIONS)
    drawn = theirs.pixels[::step][:_PARTITIONS]
    yield from look_for_strangers(ours, theirs, drawn, most_rows=_ROWS, most_columns=_COLUMNS)


def _tree(dataset: HealpixDataset, *, is_margin: bool) -> CatalogTree:
    folder = get_upath(dataset.catalog_base_dir)
    plain = {HealpixPixel(int(pixel.order), int(pixel.pixel)) for pixel in dataset.get_healpix_pixels()}
    pixels = sorted(plain, key=lambda pixel: pixel.pixel << 2 * (SPATIAL_INDEX_ORDER - pixel.order))
    return CatalogTree(folder.name, folder, dataset.catalog_info, tuple(pixels), dataset.schema, is_margin)
