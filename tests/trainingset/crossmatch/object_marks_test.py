"""A task's marks name the files that hold its areas, and no others."""

import numpy as np
import pytest
from hats.pixel_math import HealpixPixel
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.catalogs import MARGIN_ARCSEC
from trainingset.catalogs import ObjectCatalog, open_objects
from trainingset.crossmatch.object_files import part_number, part_pixel
from trainingset.crossmatch.object_marks import MarkedFiles
from trainingset.recipe import Engine
from trainingset.registry import CatalogEntry


@pytest.fixture
def catalog(fine: CatalogEntry) -> ObjectCatalog:
    return open_objects(fine, fingerprint="as written", radius_arcsec=MARGIN_ARCSEC)


def marked(catalog: ObjectCatalog, pixel: HealpixPixel, areas: list[HealpixPixel]) -> MarkedFiles:
    """What a task in the pixel reads."""
    right = catalog.right_side(Engine.TSM, [pixel], [areas])
    assert right.hc_structure.get_healpix_pixels() == [pixel]
    return MarkedFiles.read(right.compute(progress_bar=False).index.to_numpy(np.int64))


def test_each_area_has_the_partition_and_the_margin_that_it_has_in_the_whole_catalog(catalog: ObjectCatalog) -> None:
    margin = catalog.positions.margin
    assert margin is not None
    whole = [catalog.positions.hc_structure.get_healpix_pixels(), margin.hc_structure.get_healpix_pixels()]

    for area in catalog.areas.get_healpix_pixels():
        files = marked(catalog, area, [area])
        found = [files.partitions.pixels, files.margins.pixels]
        assert found == [[pixel for pixel in pixels if holds(pixel, area)] for pixels in whole]


def test_areas_together_have_each_file_once_and_in_the_order_of_the_sky(catalog: ObjectCatalog) -> None:
    base = HealpixPixel(0, 4)
    areas = [area for area in catalog.areas.get_healpix_pixels() if holds(base, area)]
    assert len(areas) > 1
    files = marked(catalog, base, areas)

    starts = [pixel.pixel << 2 * (29 - pixel.order) for pixel in files.partitions.pixels]
    assert starts == sorted(set(starts))
    assert set(files.partitions.pixels) == {
        pixel for pixel in catalog.positions.hc_structure.get_healpix_pixels() if holds(base, pixel)
    }


def test_sites_are_cut_where_their_files_change() -> None:
    partitions = [HealpixPixel(1, 0), HealpixPixel(1, 1), HealpixPixel(2, 12)]
    margins = [HealpixPixel(1, 1), HealpixPixel(1, 2)]
    marks = [part_number(pixel.order, pixel.pixel) << 1 for pixel in partitions]
    marks += [part_number(pixel.order, pixel.pixel) << 1 | 1 for pixel in margins]
    # Two sites in each sixteenth of the base pixel.
    sites = np.repeat(np.arange(16) << 2 * 27, 2) + np.tile([0, 1], 16)

    cuts = list(MarkedFiles.read(np.array(marks)).cut(sites))

    assert [(cut.rows.start, cut.rows.stop, cut.partition, cut.margin) for cut in cuts] == [
        (0, 8, HealpixPixel(1, 0), None),
        (8, 16, HealpixPixel(1, 1), HealpixPixel(1, 1)),
        (16, 24, None, HealpixPixel(1, 2)),
        (24, 26, HealpixPixel(2, 12), None),
    ]
    assert [part_pixel(cut.part) for cut in cuts] == [HealpixPixel(1, n) for n in range(3)] + [HealpixPixel(2, 12)]


@given(order=st.integers(0, 29), share=st.floats(0, 1, exclude_max=True))
def test_numbers_of_parts_lead_back_to_their_pixels(order: int, share: float) -> None:
    pixel = int(share * 12 * 4**order)
    assert part_pixel(part_number(order, pixel)) == HealpixPixel(order, pixel)


def holds(pixel: HealpixPixel, area: HealpixPixel) -> bool:
    return pixel.order <= area.order and area.pixel >> 2 * (area.order - pixel.order) == pixel.pixel
