"""Matching through LSDB gives what brute force gives, however the objects are cut into partitions."""

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.trainingset.catalogs import MARGIN_ARCSEC, card_of
from tests.trainingset.crossmatch.skies import brute_force, positions
from trainingset.catalogs import open_objects
from trainingset.columns import ColumnType
from trainingset.crossmatch import site_catalog
from trainingset.crossmatch.algorithm import ObjectCrossmatch
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.match import match_sites
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.errors import RecipeError, SourceUnavailableError
from trainingset.match_cost import BATCH_BYTES
from trainingset.recipe import Engine
from trainingset.registry import CatalogEntry
from trainingset.selection import ObjectConstraint

COLUMNS = ("objectId", "coord_ra", "coord_dec", "ebv")
Run = Callable[..., pd.DataFrame]


def a_matching(**changes: object) -> Matching:
    matching = Matching(
        radius_arcsec=1.5,
        n_neighbors=1,
        object_id="objectId",
        object_id_type=ColumnType.INT64,
        columns=COLUMNS,
        reference_flux="i_psfFlux",
    )
    return replace(matching, **changes)


@pytest.fixture(scope="module")
def sky(objects: pa.Table) -> SkyPositions:
    return positions(objects["coord_ra"], objects["coord_dec"])


@pytest.fixture(scope="module")
def sites(sky: SkyPositions) -> SkyPositions:
    """Some hundred distinct places within an arcsecond or two of objects, a few on top of one, a few far away."""
    rng = np.random.default_rng(7)
    near = sky.take(rng.choice(len(sky), 500, replace=False))
    east = rng.normal(0, 1, 500) / 3600 / np.maximum(np.cos(np.radians(near.dec)), 1e-6)
    ra, dec = (near.ra + np.clip(east, -180, 180)) % 360, np.clip(near.dec + rng.normal(0, 1, 500) / 3600, -90, 90)
    ra[:40], dec[:40] = near.ra[:40], near.dec[:40]
    ra[40:60], dec[40:60] = rng.uniform(0, 360, 20), rng.uniform(-90, 90, 20)
    return positions(*np.unique(np.stack([ra, dec]), axis=1))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Match sites with a catalog."""

    def match(
        entry: CatalogEntry, sites: SkyPositions, matching: Matching, progress: object = lambda *_: None
    ) -> pd.DataFrame:
        catalog = open_objects(entry, fingerprint="as written", radius_arcsec=matching.radius_arcsec)
        return match_sites(sites, catalog, matching, ObjectFiles(str(tmp_path)), progress)

    return match


def by_brute_force(sites: SkyPositions, objects: pa.Table, radius_arcsec: float) -> pd.DataFrame:
    """Every pair, with rank and crowding, from all separations."""
    separations = np.round(brute_force(sites, positions(objects["coord_ra"], objects["coord_dec"])), 6)
    site, obj = np.nonzero(separations <= radius_arcsec)
    pairs = pd.DataFrame({"site": site, "separation_arcsec": separations[site, obj]})
    pairs["object_id"] = objects["objectId"].to_numpy()[obj]
    pairs["flux"] = objects["i_psfFlux"].to_numpy()[obj]
    pairs = pairs.sort_values(["site", "separation_arcsec", "object_id"], ignore_index=True)
    around = pairs.groupby("site")
    pairs["match_rank"] = around.cumcount() + 1
    pairs["n_within_radius"] = around["site"].transform("size")
    second = pairs[pairs["match_rank"] == 2].set_index("site")["separation_arcsec"]
    pairs["second_separation_arcsec"] = pairs["site"].map(second)
    is_brightest = pairs["flux"] == around["flux"].transform("max")
    pairs["brightest_within_radius"] = np.where(pairs["flux"].isna(), -1, is_brightest)
    return pairs.drop(columns="flux")


def sorted_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.sort_values(["site", "match_rank"], ignore_index=True)


def assert_same_pairs(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    found = sorted_pairs(found)[expected.columns]
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True), check_dtype=False, atol=2e-6, rtol=0)


@pytest.mark.parametrize("n_neighbors", [1, 3, None])
def test_pairs_are_those_of_brute_force(
    run: Run, fine: CatalogEntry, sites: SkyPositions, objects: pa.Table, n_neighbors: int | None
) -> None:
    expected = by_brute_force(sites, objects, 1.5)
    if n_neighbors is not None:
        expected = expected[expected["match_rank"] <= n_neighbors]
    assert_same_pairs(run(fine, sites, a_matching(n_neighbors=n_neighbors)), expected)


def test_partitions_do_not_change_the_answer(
    run: Run, fine: CatalogEntry, coarse: CatalogEntry, sites: SkyPositions
) -> None:
    assert card_of(fine).n_partitions > card_of(coarse).n_partitions
    answers = [sorted_pairs(run(entry, sites, a_matching(n_neighbors=None))) for entry in (fine, coarse)]
    places = ["part", "part_row"]
    pd.testing.assert_frame_equal(answers[0].drop(columns=places), answers[1].drop(columns=places))


@pytest.mark.parametrize("batch_bytes", [1, 50_000])
def test_batches_change_neither_pairs_nor_the_files_of_objects(
    fine: CatalogEntry, sites: SkyPositions, tmp_path: Path, batch_bytes: int
) -> None:
    catalog = open_objects(fine, fingerprint="as written", radius_arcsec=1.5)
    answers, files, told = [], [], []
    for size in (BATCH_BYTES, batch_bytes):
        folder = tmp_path / str(size)
        folder.mkdir()
        told.clear()
        parts = ObjectFiles(str(folder))
        answers.append(
            match_sites(sites, catalog, a_matching(), parts, lambda *count: told.append(count[:2]), batch_bytes=size)
        )
        files.append({path.name: path.read_bytes() for path in folder.iterdir()})
    pd.testing.assert_frame_equal(*answers)
    assert files[0] == files[1]
    # Progress counts all batches as one match, and partitions, whatever tasks they are in.
    total = told[0][1]
    assert total == len(catalog.areas.get_healpix_pixels())
    steps = [done for done, of in told if of == total]
    assert len(steps) == len(told) > 3
    assert (steps[0], steps[-1]) == (0, total)
    assert steps == sorted(set(steps))


def test_tasks_of_many_partitions_change_nothing_but_the_number_of_files(
    fine: CatalogEntry, sites: SkyPositions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = open_objects(fine, fingerprint="as written", radius_arcsec=1.5)
    answers, objects, n_files, steps = [], [], [], []
    for most_areas in (1, 1_000):
        monkeypatch.setattr(site_catalog, "_MOST_AREAS", most_areas)
        folder, told = tmp_path / str(most_areas), list[int]()
        folder.mkdir()
        parts = ObjectFiles(str(folder))
        matching = a_matching(n_neighbors=None)
        pairs = match_sites(sites, catalog, matching, parts, lambda done, *_, told=told: told.append(done))
        answers.append(pairs.drop(columns=["part", "part_row"]))
        rows = [parts.read(part).slice(row, 1) for part, row in zip(pairs["part"], pairs["part_row"], strict=True)]
        objects.append(pa.concat_tables(rows).combine_chunks())
        n_files.append(len(list(folder.iterdir())))
        steps.append(len(told))
    pd.testing.assert_frame_equal(*answers)
    assert objects[0].equals(objects[1])
    assert steps[1] < steps[0]
    assert n_files[1] < n_files[0]


def test_the_order_of_sites_does_not_change_the_answer(run: Run, fine: CatalogEntry, sites: SkyPositions) -> None:
    order = np.random.default_rng(3).permutation(len(sites))
    straight = sorted_pairs(run(fine, sites, a_matching()))
    shuffled = run(fine, sites.take(order), a_matching())
    shuffled["site"] = order[shuffled["site"]]
    columns = ["site", "object_id", "separation_arcsec"]
    pd.testing.assert_frame_equal(straight[columns], sorted_pairs(shuffled)[columns])


@pytest.mark.parametrize("n_neighbors", [1, 4])
def test_pairs_are_those_of_the_stock_algorithm(
    run: Run, fine: CatalogEntry, sites: SkyPositions, n_neighbors: int
) -> None:
    ours = sorted_pairs(run(fine, sites, a_matching(n_neighbors=n_neighbors)))
    stock = sorted_pairs(run(fine, sites, a_matching(n_neighbors=n_neighbors, engine=Engine.LSDB)))
    # Objects at one spot are in no defined order there, so separations are compared and not ids.
    columns = ["site", "match_rank", "separation_arcsec"]
    pd.testing.assert_frame_equal(ours[columns], stock[columns], atol=2e-6, rtol=0)
    assert (stock["n_within_radius"] == -1).all()


def test_rows_of_matched_objects_lie_where_the_pairs_say(
    run: Run, fine: CatalogEntry, sites: SkyPositions, objects: pa.Table, tmp_path: Path
) -> None:
    pairs = run(fine, sites, a_matching(n_neighbors=2))
    parts = {part: ObjectFiles(str(tmp_path)).read(part) for part in pairs["part"].unique()}
    rows = [parts[part].slice(row, 1) for part, row in zip(pairs["part"], pairs["part_row"], strict=True)]
    fetched = pa.concat_tables(rows).to_pandas()
    expected = objects.select(list(COLUMNS)).to_pandas().set_index("objectId").loc[pairs["object_id"]].reset_index()
    pd.testing.assert_frame_equal(fetched, expected)
    assert set(zip(pairs["object_ra"], pairs["object_dec"], strict=True)) == set(
        zip(expected["coord_ra"], expected["coord_dec"], strict=True)
    )


def test_a_constraint_before_matching_lets_the_next_object_in_and_counts_all(
    run: Run, fine: CatalogEntry, sites: SkyPositions, objects: pa.Table
) -> None:
    constraint = ObjectConstraint.read("NOT i_psfFlux_flag AND i_psfSNR > 5", card_of(fine), ("psf",))
    is_left = ~objects["i_psfFlux_flag"].to_numpy() & (objects["i_psfFlux"].to_numpy() / 100 > 5)
    among_left = by_brute_force(sites, objects.filter(pa.array(is_left)), 1.5)
    among_all = by_brute_force(sites, objects, 1.5)

    found = sorted_pairs(run(fine, sites, a_matching(before=constraint)))

    expected = among_left[among_left["match_rank"] == 1]
    assert_same_pairs(found, expected[["site", "object_id", "separation_arcsec", "match_rank"]])
    crowding = ["site", "object_id", "n_within_radius", "second_separation_arcsec", "brightest_within_radius"]
    counted = expected[["site", "object_id"]].merge(among_all[crowding], on=["site", "object_id"])
    assert_same_pairs(found, counted)


def test_a_constraint_after_matching_marks_pairs_and_leaves_ranks(
    run: Run, fine: CatalogEntry, sites: SkyPositions, objects: pa.Table
) -> None:
    constraint = ObjectConstraint.read("NOT i_psfFlux_flag", card_of(fine), ("psf",))
    found = sorted_pairs(run(fine, sites, a_matching(after=constraint)))
    plain = sorted_pairs(run(fine, sites, a_matching()))
    pd.testing.assert_frame_equal(found.drop(columns="passes"), plain.drop(columns="passes"))
    flags = dict(zip(objects["objectId"].to_pylist(), objects["i_psfFlux_flag"].to_pylist(), strict=True))
    assert found["passes"].tolist() == [not flags[object_id] for object_id in found["object_id"]]
    assert 0 < found["passes"].sum() < len(found)


def test_stock_and_ours_agree_on_a_constraint_before_matching(
    run: Run, fine: CatalogEntry, sites: SkyPositions
) -> None:
    constraint = ObjectConstraint.read("i_psfMag < 24", card_of(fine), ("psf",))
    ours = sorted_pairs(run(fine, sites, a_matching(before=constraint)))
    stock = sorted_pairs(run(fine, sites, a_matching(before=constraint, engine=Engine.LSDB)))
    columns = ["site", "separation_arcsec"]
    pd.testing.assert_frame_equal(ours[columns], stock[columns], atol=2e-6, rtol=0)


def test_local_density_counts_the_objects_around(
    run: Run, fine: CatalogEntry, coarse: CatalogEntry, sites: SkyPositions
) -> None:
    counts = [sorted_pairs(run(entry, sites, a_matching()))["objects_in_pixel"] for entry in (fine, coarse)]
    pd.testing.assert_series_equal(*counts)
    assert counts[0].median() >= 6, "half of a clump of twelve, if a pixel border cuts it"


def test_no_common_sky_is_no_pair(run: Run, fine: CatalogEntry) -> None:
    told = []
    found = run(fine, positions([300.0, 310.0], [10.0, 20.0]), a_matching(), lambda *numbers: told.append(numbers))
    assert len(found) == 0
    assert {"site", "part", "object_id", "object_ra"} <= set(found.columns)
    assert told[-1][0] == told[-1][1]


def test_progress_counts_partitions_and_pairs(run: Run, fine: CatalogEntry, sites: SkyPositions) -> None:
    told = []
    found = run(fine, sites, a_matching(), lambda *numbers: told.append(numbers))
    done, total, pairs = zip(*told, strict=True)
    # A task tells of all its partitions at once.
    assert (done[0], done[-1]) == (0, total[0])
    assert list(done) == sorted(set(done))
    assert set(total) == {card_of(fine).n_partitions}
    assert list(pairs) == sorted(pairs)
    assert pairs[-1] == len(found)


def test_sites_denser_than_objects_all_find_their_object(run: Run, fine: CatalogEntry, sky: SkyPositions) -> None:
    rng = np.random.default_rng(2)
    n_sites = 30_000
    ra = sky.ra[-1] + rng.normal(0, 0.2, n_sites) / 3600 / np.cos(np.radians(sky.dec[-1]))
    crowd = positions(ra % 360, sky.dec[-1] + rng.normal(0, 0.2, n_sites) / 3600)
    found = run(fine, crowd, a_matching())
    assert sorted(found["site"]) == list(range(n_sites))


def test_a_radius_above_the_margin_is_refused_with_both_numbers(fine: CatalogEntry) -> None:
    with pytest.raises(RecipeError) as caught:
        open_objects(fine, fingerprint="as written", radius_arcsec=25)
    (problem,) = caught.value.problems
    assert problem.parameter == "RADIUS"
    assert (problem.value, problem.limit) == ("25", f"{MARGIN_ARCSEC:g} arcsec")


def test_a_radius_as_wide_as_the_margin_is_taken(
    run: Run, fine: CatalogEntry, sites: SkyPositions, objects: pa.Table
) -> None:
    found = run(fine, sites, a_matching(radius_arcsec=MARGIN_ARCSEC))
    expected = by_brute_force(sites, objects, MARGIN_ARCSEC)
    assert_same_pairs(found, expected[expected["match_rank"] == 1])


def test_a_partition_that_cannot_be_read_is_said_to_be_unavailable(
    run: Run, fine: CatalogEntry, sites: SkyPositions, tmp_path: Path
) -> None:
    broken = fine.model_copy(update={"path": str(tmp_path / "broken")})
    shutil.copytree(fine.path, broken.path)
    for file in Path(broken.path).glob("object/dataset/Norder=*/Dir=*/*.parquet"):
        file.write_bytes(b"PAR1 but no more")
    with pytest.raises(SourceUnavailableError, match=r"broken/object: .* cannot be read"):
        run(broken, sites, a_matching())


def test_a_catalog_without_an_index_is_matched_by_its_coordinates(
    run: Run, fine: CatalogEntry, sites: SkyPositions, objects: pa.Table, tmp_path: Path
) -> None:
    bare = fine.model_copy(update={"path": str(tmp_path / "bare")})
    shutil.copytree(fine.path, bare.path)
    for file in [*Path(bare.path).rglob("*.parquet"), *Path(bare.path).rglob("_common_metadata")]:
        if "_healpix_29" in (schema := pq.read_schema(file)).names:
            schema = schema.remove(schema.get_field_index("_healpix_29")).remove_metadata()
            table = pq.read_table(file, columns=schema.names, partitioning=None).replace_schema_metadata()
            pq.write_table(table, file) if file.suffix else pq.write_metadata(schema, file)
    for file in Path(bare.path).rglob("*properties"):
        lines = [line for line in file.read_text().splitlines() if not line.startswith("hats_col_healpix")]
        file.write_text("\n".join(lines))
    expected = by_brute_force(sites, objects, 1.5)
    assert_same_pairs(run(bare, sites, a_matching()), expected[expected["match_rank"] == 1])


def test_a_task_can_be_sent_to_another_process(fine: CatalogEntry) -> None:
    catalog = open_objects(fine, fingerprint="as written", radius_arcsec=1)
    constraint = ObjectConstraint.read("i_state = 'detected'", card_of(fine), ("psf",))
    algorithm = ObjectCrossmatch(
        a_matching(after=constraint),
        partitions=catalog.partitions,
        margins=catalog.margins,
        object_files=ObjectFiles("shared"),
    )
    sent = pickle.loads(pickle.dumps(algorithm))
    assert sent.matching == algorithm.matching
    assert sent.partitions == catalog.partitions
