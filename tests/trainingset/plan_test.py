"""A plan is what a run then does: partitions against real runs, and its arithmetic against brute force."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sky import entry_of
from tests.trainingset.builders import a_card, a_profile
from trainingset.catalog_inspection import inspect_catalog
from trainingset.check import check_recipe
from trainingset.errors import Problem
from trainingset.inspection import inspect_file
from trainingset.make import make_training_set
from trainingset.mock.place import MockSky
from trainingset.order import InputFile, Order, StageProgress
from trainingset.partitions import PartitionList
from trainingset.plan import Plan, plan_match, refused_plan
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe, validate_recipe
from trainingset.registry import CatalogCard

FINEST = 29


@pytest.fixture(scope="module")
def card(mock_sky: MockSky) -> CatalogCard:
    return inspect_catalog(entry_of(mock_sky))


def resolved(card: CatalogCard, table: TableProfile, **fields: Any) -> CrossmatchRecipe:
    draft = validate_recipe({"catalog": card.entry.id, "redshifts": "mine", **fields})
    return check_recipe(draft, card_of=lambda _: card, catalog_ids=[card.entry.id], table=table)


def plan_of(card: CatalogCard, table: TableProfile, **fields: Any) -> Plan:
    return plan_match(resolved(card, table, **fields), card, table)


@pytest.mark.parametrize("survey", ["WIDEZ", "FIBERDEEP", "GRISMFIELD"])
def test_partitions_are_those_that_a_real_run_matches(
    survey: str, card: CatalogCard, mock_sky: MockSky, tmp_path: Path
) -> None:
    path = mock_sky.surveys[survey]
    steps: list[StageProgress] = []
    request = {"catalog": card.entry.id, "redshifts": "mine", "flux": "psf", "unique": "none", "magnitudes": "false"}
    order = Order(
        request=request,
        catalogs=(card.entry,),
        inputs={"mine": InputFile(name=path.name, path=str(path))},
        folder=str(tmp_path),
    )

    plan = plan_of(card, inspect_file(path, name=path.name), flux="psf", unique="none")
    made = make_training_set(order, steps.append)

    assert plan.n_partitions == max(step.total or 0 for step in steps)
    assert made.rows <= (plan.expected_rows or 0) <= (plan.n_redshifts or 0)
    assert plan.n_redshifts_in_footprint == plan.n_redshifts


def test_redshifts_outside_the_coverage_are_not_in_the_footprint(card: CatalogCard) -> None:
    inside = card.coverage_pixels[0]
    outside = next(pixel for pixel in range(10**6) if pixel not in card.coverage_pixels)
    pixels, counts = zip(*sorted([(inside, 7), (outside, 5)]), strict=True)
    table = a_profile(n_rows=13, coverage_order=card.coverage_order, coverage_pixels=pixels, coverage_counts=counts)

    inner, left = plan_of(card, table), plan_of(card, table, how="left")

    assert (inner.n_redshifts, inner.n_redshifts_in_footprint, inner.expected_rows) == (13, 7, 7)
    assert left.expected_rows == 12
    assert "1 redshifts without valid coordinates are not counted beyond n_redshifts." in inner.notes


def test_result_has_at_most_maxrec_rows(card: CatalogCard) -> None:
    table = on_the_sky_of(card, 50)

    assert plan_of(card, table, maxrec=3).expected_rows == 3


def test_neighbors_by_chance_are_those_of_the_mean_density() -> None:
    # One pixel of order 12 has 51.5 arcsec to the side: 1000 objects in it, and a circle of 2 arcsec.
    card = a_card(coverage_order=12, coverage_pixels=(77,), n_rows=1000)
    table = a_profile(n_rows=100, coverage_order=12, coverage_pixels=(77,), coverage_counts=(100,))
    side_arcsec = np.degrees(np.sqrt(4 * np.pi / (12 * 4**12))) * 3600
    neighbors = 1000 / side_arcsec**2 * np.pi * 2.0**2

    plan = plan_of(card, table, match="all", radius_arcsec=2.0)

    assert plan.expected_rows == round(100 * (1 + neighbors))
    assert any("estimate" in note for note in plan.notes)


def test_bytes_are_those_of_the_columns_that_are_read() -> None:
    sizes = {
        "_healpix_29": 5.0,
        "coord_ra": 8.0,
        "coord_dec": 8.0,
        "objectId": 4.0,
        "i_psfFlux": 3.0,
        "shape_xx": 100.0,
    }
    partitions = PartitionList(
        orders=(3, 3), pixels=(100, 101), rows=(600, 400), row_group_rows=1000, bytes_per_row=sizes
    )
    card = a_card(partitions=partitions, coverage_order=3, coverage_pixels=(100, 101))
    table = a_profile(n_rows=9, coverage_order=3, coverage_pixels=(100,), coverage_counts=(9,))

    plain, more = plan_of(card, table, flux="psf"), plan_of(card, table, flux="psf", columns="shape_xx")

    assert plain.bytes_to_read == 600 * (5 + 8 + 8 + 4 + 3)
    assert more.bytes_to_read == 600 * (5 + 8 + 8 + 4 + 3 + 100)


def test_columns_that_a_constraint_needs_are_read_as_well() -> None:
    sizes = {"g_gaap1p0Flux": 1.0, "g_gaap1p0FluxErr": 2.0}
    partitions = PartitionList(orders=(3,), pixels=(100,), rows=(10,), row_group_rows=10, bytes_per_row=sizes)
    card = a_card(partitions=partitions, coverage_order=3, coverage_pixels=(100,))
    table = a_profile(coverage_order=3, coverage_pixels=(100,), coverage_counts=(10,))

    plain, cut = (plan_of(card, table, flux="psf", **where) for where in ({}, {"where": "g_gaap1p0SNR > 5"}))

    assert (plain.bytes_to_read, cut.bytes_to_read) == (0, 30)
    assert any("where" in note for note in cut.notes)


def test_a_few_redshifts_touch_few_row_groups() -> None:
    partitions = PartitionList(
        orders=(3,), pixels=(100,), rows=(1000,), row_group_rows=10, bytes_per_row={"objectId": 1.0}
    )
    card = a_card(partitions=partitions, coverage_order=3, coverage_pixels=(100,))
    tables = [a_profile(coverage_order=3, coverage_pixels=(100,), coverage_counts=(n,)) for n in (1, 5, 100_000)]

    plans = [plan_of(card, table, flux="psf") for table in tables]

    assert [plan.bytes_to_read for plan in plans] == [10, pytest.approx(49, abs=1), 1000]
    assert [plan.n_row_groups for plan in plans] == [1, 5, 100]


def test_time_grows_with_bytes_and_memory_with_redshifts_alone() -> None:
    cards = [
        a_card(
            coverage_order=3,
            coverage_pixels=(100,),
            partitions=PartitionList(
                orders=(3,),
                pixels=(100,),
                rows=(rows,),
                row_group_rows=100_000,
                bytes_per_row={"objectId": 8.0, "coord_ra": 8.0, "coord_dec": 8.0},
            ),
        )
        for rows in (10**6, 10**9)
    ]
    few, many = (
        a_profile(n_rows=n, coverage_order=3, coverage_pixels=(100,), coverage_counts=(n,)) for n in (10**5, 10**6)
    )

    small, large, wide = (plan_of(*each, flux="psf") for each in ((cards[0], few), (cards[1], few), (cards[0], many)))

    assert (small.seconds or 0) * 10 < (large.seconds or 0)
    assert small.memory_bytes == large.memory_bytes
    assert (wide.memory_bytes or 0) - (small.memory_bytes or 0) == 650 * (10**6 - 10**5)


def test_sources_that_are_read_only_later_give_no_numbers(card: CatalogCard) -> None:
    recipe = resolved(card, a_profile(coverage_pixels=()), maxrec=5)

    plan = plan_match(recipe, card, None)

    assert (plan.n_redshifts, plan.n_partitions, plan.expected_rows) == (None, None, None)
    assert (plan.n_row_groups, plan.memory_bytes, plan.seconds) == (None, None, None)
    assert plan.recipe == recipe
    assert "read only when the job runs" in plan.notes[0]


def test_profiles_and_cards_of_older_releases_tell_what_they_can(card: CatalogCard) -> None:
    table = on_the_sky_of(card, 5)

    without_counts = plan_of(card, table.model_copy(update={"coverage_counts": ()}))
    without_partitions = plan_of(card.model_copy(update={"partitions": None}), table)

    assert (without_counts.n_redshifts, without_counts.expected_rows) == (5, None)
    assert (without_partitions.expected_rows, without_partitions.n_partitions) == (5, None)


def test_other_coordinates_than_those_found_are_somewhere_else(card: CatalogCard) -> None:
    table = on_the_sky_of(card, 5).model_copy(update={"roles": {"ra": "z", "dec": "dec", "z": "ra"}})

    assert plan_of(card, table, roles={"ra": "ra", "z": "z"}).n_partitions is None


def test_a_refused_recipe_has_all_its_problems_and_no_numbers() -> None:
    problems = (Problem(parameter="RADIUS", message="too wide"), Problem(parameter="WHERE", message="no column"))

    plan = refused_plan(problems, a_profile(n_rows=4))

    assert (plan.problems, plan.n_redshifts, plan.expected_rows, plan.recipe) == (problems, 4, None, None)


def on_the_sky_of(card: CatalogCard, n_rows: int) -> TableProfile:
    return a_profile(
        n_rows=n_rows,
        coverage_order=card.coverage_order,
        coverage_pixels=card.coverage_pixels[:1],
        coverage_counts=(n_rows,),
    )


@st.composite
def tilings(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Order and pixel of partitions that do not overlap, in the order of the sky, with holes."""
    tiles = [(0, pixel) for pixel in range(12)]
    for _ in range(draw(st.integers(0, 12))):
        order, pixel = tiles.pop(draw(st.integers(0, len(tiles) - 1)))
        if order < 5:
            tiles += [(order + 1, 4 * pixel + quarter) for quarter in range(4)]
    kept = draw(st.lists(st.sampled_from(tiles), min_size=1, unique=True)) if tiles else [(0, 0)]
    return sorted(kept, key=lambda tile: tile[1] << 2 * (FINEST - tile[0]))


@given(tiles=tilings(), order=st.integers(0, 6), seed=st.integers(0, 10**6))
def test_touched_partitions_are_those_that_overlap_a_pixel_of_redshifts(
    tiles: list[tuple[int, int]], order: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    counted = Counter(random.integers(0, 12 * 4**order, 20).tolist())
    pixels = tuple(sorted(counted))
    card = a_card(
        coverage_order=0,
        coverage_pixels=tuple(range(12)),
        partitions=PartitionList(
            orders=tuple(tile[0] for tile in tiles),
            pixels=tuple(tile[1] for tile in tiles),
            rows=(100,) * len(tiles),
            row_group_rows=10,
            bytes_per_row={"coord_ra": 1.0},
        ),
    )
    # So many redshifts in each pixel that no partition in it can be without any.
    table = a_profile(
        n_rows=20,
        coverage_order=order,
        coverage_pixels=pixels,
        coverage_counts=tuple(10_000 * counted[pixel] for pixel in pixels),
    )

    plan = plan_of(card, table, flux="psf")

    touched = [tile for tile in tiles if any(overlap(tile, (order, pixel)) for pixel in pixels)]
    assert plan.n_partitions == len(touched)
    assert plan.bytes_to_read == 100 * len(touched)


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    (order, pixel), (finer_order, finer_pixel) = sorted([one, other])
    return finer_pixel >> 2 * (finer_order - order) == pixel
