"""Tasks and batches are all sites, each once and in the order of the sky, and no larger than they may be."""

from itertools import pairwise

import numpy as np
from hats.pixel_math import HealpixPixel
from hats.pixel_tree.pixel_tree import PixelTree
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from trainingset.crossmatch.site_catalog import SiteBlocks, cut_sites
from trainingset.crossmatch.sky_positions import SkyPositions
from trainingset.match_cost import task_bytes


@given(
    n_sites=st.integers(0, 300),
    most_bytes=st.integers(1, 200_000),
    n_neighbors=st.integers(1, 20),
    seed=st.integers(0, 2**32 - 1),
)
def test_batches_are_everything_once_and_keep_their_size(
    n_sites: int, most_bytes: int, n_neighbors: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    sites = SkyPositions(random.uniform(0, 360, n_sites), random.uniform(-90, 90, n_sites))
    whole = cut_sites(sites, PixelTree.from_healpix([HealpixPixel(1, pixel) for pixel in range(0, 48, 2)]))

    batches = list(whole.batches(most_bytes, n_neighbors=n_neighbors))

    assert [pixel for batch in batches for pixel in batch.pixels] == whole.pixels
    assert [id(block) for batch in batches for block in batch.blocks] == [id(block) for block in whole.blocks]
    sizes = [[task_bytes(1, len(block.site), n_neighbors) for block in batch.blocks] for batch in batches]
    assert all(len(batch) == 1 or sum(batch) <= most_bytes for batch in sizes)
    # No two of them would have fitted into one.
    assert all(sum(one) + other[0] > most_bytes for one, other in pairwise(sizes))


@given(
    n_sites=st.integers(0, 3_000),
    pixels=st.sets(st.tuples(st.integers(2, 5), st.integers(0, 12 * 4**5 - 1)), max_size=60),
    seed=st.integers(0, 2**32 - 1),
)
def test_gathered_tasks_are_everything_once_in_pixels_that_hold_it(
    n_sites: int, pixels: set[tuple[int, int]], seed: int
) -> None:
    random = np.random.default_rng(seed)
    sites = SkyPositions(random.uniform(0, 360, n_sites), np.degrees(np.arcsin(random.uniform(-1, 1, n_sites))))
    # Pixels of several orders that do not overlap.
    fine = {(order, pixel >> 2 * (5 - order)) for order, pixel in pixels}
    kept = [one for one in sorted(fine) if not any(other != one and holds(other, one) for other in fine)]
    # No catalog is empty.
    whole = cut_sites(sites, PixelTree.from_healpix([HealpixPixel(*one) for one in kept or [(0, 0)]]))

    tasks = whole.gathered()

    assert [area for areas in tasks.areas for area in areas] == whole.pixels
    assert np.array_equal(joined(tasks), joined(whole))
    starts = [pixel.pixel << 2 * (29 - pixel.order) for pixel in tasks.pixels]
    stops = [(pixel.pixel + 1) << 2 * (29 - pixel.order) for pixel in tasks.pixels]
    assert all(stop <= start for stop, start in zip(stops, starts[1:], strict=False))
    for start, stop, block, areas in zip(starts, stops, tasks.blocks, tasks.areas, strict=True):
        assert start <= block.pixel[0]
        assert block.pixel[-1] < stop
        assert len(areas) == 1 or (len(areas) <= 16 and len(block.site) <= 1_000)


def holds(pixel: tuple[int, int], other: tuple[int, int]) -> bool:
    return pixel[0] <= other[0] and other[1] >> 2 * (other[0] - pixel[0]) == pixel[1]


def joined(blocks: SiteBlocks) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *(block.site for block in blocks.blocks)])
