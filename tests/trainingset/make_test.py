"""A training set, from an order to its files, on a real HATS catalog."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from tests.trainingset.crossmatch.skies import brute_force, positions
from trainingset.arrow_metadata import schema_descriptions
from trainingset.errors import Problem, RecipeError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order, StageProgress, TrainingSetFiles
from trainingset.registry import CatalogEntry, SkyField

RADIUS = 1.5


@dataclass
class Made:
    """A finished training set with its canonical rows."""

    files: TrainingSetFiles
    rows: pa.Table

    @property
    def frame(self) -> pd.DataFrame:
        return self.rows.to_pandas(types_mapper=pd.ArrowDtype)

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        return {stage["stage"]: stage for stage in self.files.provenance["stages"]}


Make = Callable[..., Made]


@pytest.fixture(scope="session")
def redshifts(objects: pa.Table) -> pa.Table:
    """Redshifts of three hundred objects, a hundred of them measured again by another survey, and some of nothing."""
    rng = np.random.default_rng(11)
    first = rng.choice(objects.num_rows, 300, replace=False)
    again = first[rng.choice(300, 100, replace=False)]
    which = np.concatenate([first, again])
    ra, dec = (objects[name].to_numpy()[which] for name in ("coord_ra", "coord_dec"))
    dec = np.clip(dec + rng.normal(0, 0.3, 400) / 3600, -90, 90)
    z = rng.uniform(0.1, 2, objects.num_rows)[which] + rng.choice([0, 0.0001, 0.3], 400, p=[0.5, 0.4, 0.1])
    return pa.table(
        {
            "id": np.arange(430),
            "ra": np.append(ra, rng.uniform(0, 360, 30)),
            "dec": np.append(dec, rng.uniform(-80, 80, 30)),
            "z": np.append(z, rng.uniform(0, 1, 30)),
            "z_err": np.full(430, 0.001),
            "survey": np.where(np.arange(430) % 3 > 0, "ALPHA", "BETA"),
            "quality_flag": rng.choice([2.0, 3.0, 4.0], 430),
            "ebv": np.zeros(430),
        }
    )


@pytest.fixture(scope="module")
def make(coarse: CatalogEntry, redshifts: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make a training set by a recipe; catalog and redshifts may be others. What was made once is not made again."""

    def run(
        table: pa.Table = redshifts,
        *,
        entry: CatalogEntry = coarse,
        tell: Callable[[StageProgress], None] = lambda _: None,
        problems: tuple[Problem, ...] = (),
        **recipe: object,
    ) -> Made:
        folder = tmp_path_factory.mktemp("made")
        path = folder.with_suffix(".parquet")
        pq.write_table(table, path)
        request = {"catalog": "objects", "redshifts": "mine", "flux": ["psf"], "radius_arcsec": RADIUS, **recipe}
        order = Order(
            request=request,
            problems=problems,
            catalogs=(entry,),
            inputs={"mine": InputFile(name="mine.parquet", path=str(path), sha256="0" * 64, size=path.stat().st_size)},
            folder=str(folder),
        )
        made = make_training_set(order, tell)
        return Made(made, pq.read_table(folder / "training_set.parquet"))

    remembered = cache(run)

    def make(*args: object, **options: object) -> Made:
        return (run if args or "tell" in options or "entry" in options else remembered)(*args, **options)

    return make


def pairs_of(made: Made) -> Counter[tuple[str, int]]:
    return Counter(zip(made.rows["redshift_key"].to_pylist(), made.rows["objectId"].to_pylist(), strict=True))


def separations_of(redshifts: pa.Table, objects: pa.Table) -> np.ndarray:
    left = positions(redshifts["ra"], redshifts["dec"])
    return np.round(brute_force(left, positions(objects["coord_ra"], objects["coord_dec"])), 6)


def keys_of(redshifts: pa.Table) -> list[str]:
    return [f"{row['survey']}:{row['id']}" for row in redshifts.select(["survey", "id"]).to_pylist()]


def nearest_by_brute_force(redshifts: pa.Table, objects: pa.Table) -> dict[str, int]:
    """Object of each redshift that has one; equally near ones by id."""
    ids = objects["objectId"].to_numpy()
    nearest = {}
    for key, separation in zip(keys_of(redshifts), separations_of(redshifts, objects), strict=True):
        if separation.min() <= RADIUS:
            nearest[key] = int(ids[separation == separation.min()].min())
    return nearest


def test_each_redshift_gets_its_nearest_object(make: Make, redshifts: pa.Table, objects: pa.Table) -> None:
    made = make(unique="none")
    assert pairs_of(made) == Counter(nearest_by_brute_force(redshifts, objects).items())


def test_the_record_names_the_column_of_redshifts_as_it_was_sent(make: Make) -> None:
    made = make(unique="none")
    assert made.files.provenance["inputs"][0]["roles"]["z"] == "z"


def test_every_pair_within_the_radius_is_found(make: Make, redshifts: pa.Table, objects: pa.Table) -> None:
    made = make(unique="none", match="all", neighbors=1000)
    left, right = np.nonzero(separations_of(redshifts, objects) <= RADIUS)
    keys, ids = keys_of(redshifts), objects["objectId"].to_pylist()
    assert pairs_of(made) == Counter((keys[row], ids[obj]) for row, obj in zip(left, right, strict=True))
    assert not any(made.rows["neighbors_truncated"].to_pylist())


def test_truncation_of_neighbors_is_told_in_the_row(make: Make) -> None:
    everything = make(unique="none", match="all", neighbors=1000).frame
    made = make(unique="none", match="all", neighbors=2).frame
    assert len(made) == (everything["match_rank"] <= 2).sum()
    assert (made["neighbors_truncated"] == (made["n_within_radius"] > 2)).all()
    assert made["neighbors_truncated"].any()


def test_mutual_pairs_are_each_others_nearest(make: Make, redshifts: pa.Table, objects: pa.Table) -> None:
    separations = separations_of(redshifts, objects)
    ids = objects["objectId"].to_numpy()
    keys = keys_of(redshifts)
    expected = {
        (key, obj)
        for key, obj in nearest_by_brute_force(redshifts, objects).items()
        if separations[keys.index(key), ids == obj] <= separations[:, ids == obj].min()
    }
    made = make(unique="none", match="mutual")
    assert set(pairs_of(made)) == expected
    assert 0 < len(expected) < len(nearest_by_brute_force(redshifts, objects))


@pytest.mark.parametrize("match", ["nearest", "all", "mutual"])
def test_rows_do_not_depend_on_partitions_or_on_the_order_of_redshifts(
    make: Make, fine: CatalogEntry, redshifts: pa.Table, match: str
) -> None:
    recipe = {"match": match, "how": "left", "split": "train=0.7,test=0.3", "where": "i_psfSNR > 3"}
    shuffled = redshifts.take(pa.array(np.random.default_rng(1).permutation(redshifts.num_rows)))
    made, cut_finer, reordered = make(**recipe), make(entry=fine, **recipe), make(shuffled, **recipe)
    assert made.rows.equals(cut_finer.rows)
    assert made.rows.equals(reordered.rows)
    checksums = {each.files.provenance["row_checksum"] for each in (made, cut_finer, reordered)}
    assert len(checksums) == 1


def test_the_stock_algorithm_makes_the_same_pairs(make: Make) -> None:
    ours, stock = make(unique="none"), make(unique="none", engine="lsdb")
    assert ours.rows["redshift_key"].equals(stock.rows["redshift_key"])
    np.testing.assert_allclose(ours.rows["separation_arcsec"], stock.rows["separation_arcsec"], atol=2e-6)
    assert stock.rows["n_within_radius"].null_count == len(stock.rows)


def test_unmatched_redshifts_stay_with_nulls_and_ids_stay_whole(
    make: Make, redshifts: pa.Table, objects: pa.Table
) -> None:
    made = make(how="left", unique="none", split="train=0.5,test=0.5")
    nearest = nearest_by_brute_force(redshifts, objects)
    assert made.rows.schema.field("objectId").type == pa.int64()
    found = dict(zip(made.rows["redshift_key"].to_pylist(), made.rows["objectId"].to_pylist(), strict=True))
    assert found == {key: nearest.get(key) for key in keys_of(redshifts)}
    unmatched = made.rows.filter(pc.is_null(made.rows["objectId"]))
    ours = {"id", "ra", "dec", "redshift", "z_err", "survey", "quality_flag", "ebv_specz", "redshift_key"}
    told = {name for name in unmatched.column_names if unmatched[name].null_count < len(unmatched)}
    assert told == ours | {"release", "row_key"}
    assert made.stages["output"]["details"]["unmatched_redshifts"] == len(unmatched)


@pytest.mark.parametrize("recipe", [{}, {"split": "train=0.5,test=0.5"}, {"match": "all"}, {"match": "mutual"}])
def test_redshifts_without_any_object_can_all_stay(make: Make, redshifts: pa.Table, recipe: dict[str, str]) -> None:
    nowhere = redshifts.slice(400)
    made = make(nowhere, how="left", **recipe)
    assert made.rows.num_rows == 30
    assert made.rows["objectId"].null_count == 30
    assert any("No object" in note for note in made.files.notes)


def test_nothing_found_is_a_table_without_rows_and_a_note(make: Make, redshifts: pa.Table) -> None:
    near = redshifts.slice(0, 20).set_column(2, "dec", pc.add(redshifts["dec"].slice(0, 20), 30 / 3600))
    made = make(near, radius_arcsec=0.001)
    assert made.files.rows == made.rows.num_rows == 0
    assert "redshift" in made.rows.column_names
    assert any("No object" in note for note in made.files.notes)


def test_a_cut_before_matching_gives_another_sample_than_one_after(make: Make) -> None:
    where = "i_psfSNR > 8 AND NOT i_psfFlux_flag"
    plain = pairs_of(make(unique="none"))
    after = make(unique="none", where=where)
    before = make(unique="none", where=where, where_order="before")
    for made in (after, before):
        assert (made.frame["i_psfFlux"] / made.frame["i_psfFluxErr"] > 8).all()
        assert not made.frame["i_psfFlux_flag"].any()
    assert pairs_of(after) <= plain
    assert pairs_of(after) < pairs_of(before)
    assert after.stages["constraint"]["rows_out"] == after.rows.num_rows
    assert max(before.frame["match_rank"]) == 1


def test_a_pair_that_is_cut_leaves_its_redshift_unmatched(make: Make, redshifts: pa.Table) -> None:
    made = make(how="left", unique="none", where="i_psfFlux > 1000")
    assert made.rows.num_rows == redshifts.num_rows
    assert pc.min(made.rows["i_psfFlux"]).as_py() > 1000
    assert made.rows["objectId"].null_count > 30


def test_one_redshift_stays_for_each_object_and_the_others_are_told(make: Make) -> None:
    every, best = make(unique="none").frame, make(unique="best").frame
    assert sorted(best["objectId"]) == sorted(every["objectId"].unique())
    counts = every["objectId"].value_counts()
    assert (best["n_redshifts"] == best["objectId"].map(counts)).all()
    assert (best["n_redshifts"] > 1).sum() > 50
    flags = every.groupby("objectId")["quality_flag"].max()
    assert (best["quality_flag"] == best["objectId"].map(flags)).all()
    several = best["n_redshifts"] > 1
    assert best.loc[~several, "z_scatter"].isna().all()
    assert ((best["z_scatter"] > 0.005) == best["z_conflict"])[several].all()


def test_redshifts_that_lost_their_object_are_not_unmatched(make: Make) -> None:
    left, inner = make(how="left", unique="best"), make(how="inner", unique="best")
    matched = left.rows.filter(pc.is_valid(left.rows["objectId"]))
    assert matched["row_key"].equals(inner.rows["row_key"])
    assert left.rows.num_rows < 430


def test_a_thousand_redshifts_at_one_place_share_its_object(make: Make, redshifts: pa.Table) -> None:
    crowd = redshifts.take(pa.array(np.zeros(1000, np.int64))).set_column(0, "id", pa.array(np.arange(1000)))
    made = make(crowd, unique="none")
    assert made.rows.num_rows == 1000
    assert set(made.rows["n_redshifts"].to_pylist()) == {1000}
    assert make(crowd).rows.num_rows == 1


def test_no_sky_object_is_in_two_subsets(make: Make) -> None:
    made = make(unique="none", match="all", split="train=0.6,validation=0.2,test=0.2", seed=5)
    frame = made.frame
    assert (frame.groupby("objectId")["subset"].nunique() == 1).all()
    assert (frame.groupby("redshift_key")["subset"].nunique() == 1).all()
    places = positions(frame["coord_ra"], frame["coord_dec"])
    near = brute_force(places, places) < 0.5
    sides = frame["subset"].to_numpy()
    assert (sides[:, np.newaxis] == sides)[near].all()
    assert (frame["is_training_set"] == (frame["subset"] == "train")).all()
    assert made.files.provenance["rows_by_subset"] == frame["subset"].value_counts().to_dict()


def test_neither_cut_nor_preference_nor_unrelated_rows_move_a_row(make: Make, redshifts: pa.Table) -> None:
    split = {"split": "train=0.5,test=0.5", "match": "all"}

    def sides(made: Made) -> dict[str, str]:
        return dict(zip(made.rows["row_key"].to_pylist(), made.rows["subset"].to_pylist(), strict=True))

    everything = sides(make(unique="none", **split))
    for fewer in (make(unique="best", **split), make(unique="none", where="i_psfSNR > 8", **split)):
        assert 0 < fewer.rows.num_rows < len(everything)
        assert sides(fewer).items() <= everything.items()
    unrelated = redshifts.slice(0, 1).set_column(1, "ra", pa.array([123.0])).set_column(0, "id", pa.array([9999]))
    more = sides(make(pa.concat_tables([redshifts, unrelated]), unique="none", **split))
    assert more == everything


def test_exact_proportions_hold_for_the_rows_of_the_result(make: Make) -> None:
    made = make(split="train=0.5,test=0.5", split_exact=True, where="i_psfSNR > 8", match="mutual").frame
    # Objects are more than half an arcsecond apart but for a few, so units are rows but for a few.
    n_train = (made["subset"] == "train").sum()
    assert n_train == pytest.approx(len(made) / 2, abs=0.05 * len(made))


def test_a_column_of_groups_keeps_its_redshifts_together(make: Make, redshifts: pa.Table) -> None:
    families = pa.array([row // 10 if row < 300 else None for row in range(430)])
    grouped = redshifts.append_column("family", families)
    made = make(grouped, roles="group=family", unique="none", split="train=0.5,test=0.5").frame
    assert (made.groupby("family")["subset"].nunique() == 1).all()
    assert made.loc[made["family"].notna(), "subset"].nunique() == 2


def test_groups_with_large_numbers_are_told_apart_beside_nulls(make: Make, redshifts: pa.Table) -> None:
    families = [2**60 + row if row < 300 else None for row in range(430)]
    split: dict[str, object] = {"roles": "group=family", "unique": "none", "split": "train=0.5,test=0.5"}
    made = make(redshifts.append_column("family", pa.array(families, pa.int64())), **split)
    assert made.frame["split_unit"].nunique() > 50


def test_names_that_collide_get_a_suffix_and_ours_stay(make: Make, redshifts: pa.Table, coarse: CatalogEntry) -> None:
    table = redshifts.append_column("separation_arcsec", redshifts["z"]).append_column("OBJECTID", redshifts["id"])
    made = make(table)
    assert {"ebv", "ebv_specz", "objectId", "OBJECTID_specz", "separation_arcsec_specz"} <= set(made.rows.column_names)
    assert pc.max(made.rows["ebv_specz"]).as_py() == 0
    assert pc.max(made.rows["separation_arcsec"]).as_py() <= RADIUS
    assert len({name.casefold() for name in made.rows.column_names}) == made.rows.num_columns


def test_every_column_that_is_made_tells_what_it_is(make: Make) -> None:
    made = make(match="all", split="train=0.5,test=0.5")
    known = {column.name: column for column in schema_descriptions(made.rows.schema)}
    given = {"id", "z_err", "survey", "quality_flag", "ebv_specz", "objectId", "coord_ra", "coord_dec", "ebv"}
    computed = set(known) - given - {name for name in known if name.startswith("i_psfFlux")}
    assert all(known[name].description and known[name].ucd for name in computed)
    assert known["separation_arcsec"].unit == known["delta_ra_arcsec"].unit == "arcsec"
    assert known["i_psfFlux"].unit == "nJy"


def test_offsets_and_magnitudes_belong_to_their_rows(make: Make) -> None:
    frame = make(unique="none").frame
    distance = np.hypot(frame["delta_ra_arcsec"], frame["delta_dec_arcsec"])
    away_from_poles = frame["dec"].abs() < 80
    np.testing.assert_allclose(distance[away_from_poles], frame["separation_arcsec"][away_from_poles], atol=1e-4)
    positive = frame["i_psfFlux"].astype(float) > 0
    expected = 31.4 - 2.5 * np.log10(frame.loc[positive, "i_psfFlux"].astype(float))
    np.testing.assert_allclose(frame.loc[positive, "i_psfMag"].astype(float), expected, atol=1e-6)
    assert frame.loc[~positive, "i_psfMag"].isna().all()


def test_without_magnitudes_there_are_states_alone(make: Make) -> None:
    names = make(magnitudes=False).rows.column_names
    assert "i_state" in names
    assert not [name for name in names if name.endswith(("Mag", "MagErr", "SNR"))]


def test_files_are_what_they_are_said_to_be(make: Make) -> None:
    made = make(responseformat="csv", formats="votable,parquet,votable/td", split="train=0.5,test=0.5", subsets="files")
    files = {file.id: file for file in made.files.files}
    expected = ["result", "parquet", "votable", "votable_td", "subset_train", "subset_test", "provenance"]
    assert sorted(files) == sorted(expected)
    for file in files.values():
        content = Path(file.path).read_bytes()
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert files["result"].mime_type == "text/csv"
    parts = [pd.read_csv(files[f"subset_{name}"].path) for name in ("train", "test")]
    assert [set(part["subset"]) for part in parts] == [{"train"}, {"test"}]
    assert sum(map(len, parts)) == made.rows.num_rows
    assert json.loads(Path(files["provenance"].path).read_text()) == made.files.provenance


def test_one_format_asked_for_twice_is_one_file(make: Make) -> None:
    made = make(responseformat="parquet")
    paths = {file.id: file.path for file in made.files.files}
    assert paths["result"] == paths["parquet"]


@pytest.mark.parametrize("maxrec", [0, 5])
def test_the_result_is_cut_at_maxrec_and_says_so(make: Make, maxrec: int) -> None:
    whole, made = make(unique="none"), make(unique="none", maxrec=maxrec)
    assert made.rows.equals(whole.rows.slice(0, maxrec))
    assert any("MAXREC" in note for note in made.files.notes)
    result = next(file for file in made.files.files if file.id == "result")
    assert 'value="OVERFLOW"' in Path(result.path).read_text(errors="ignore")


def test_rows_that_are_dropped_are_counted(make: Make, redshifts: pa.Table) -> None:
    ra = redshifts["ra"].to_numpy().copy()
    ra[:7] = np.nan
    made = make(redshifts.set_column(1, "ra", pa.array(ra)), bad_rows="drop", redshifts_where="quality_flag >= 3")
    counts = made.stages["redshifts"]
    wanted = pc.sum(pc.greater_equal(redshifts["quality_flag"], 3)).as_py()
    assert counts["rows_in"] == 430
    assert counts["details"]["not_wanted"] == 430 - wanted
    assert counts["rows_out"] == wanted - counts["details"]["without_position"]
    assert counts["details"]["without_position"] > 0


def test_counts_of_the_stages_fit_together(make: Make) -> None:
    made = make(how="left", where="i_psfSNR > 5", maxrec=100)
    stages = made.stages
    assert list(stages) == ["redshifts", "match", "constraint", "unique", "output"]
    assert stages["redshifts"]["rows_out"] == stages["match"]["rows_in"]
    assert stages["match"]["rows_out"] == stages["constraint"]["rows_in"]
    assert stages["constraint"]["rows_out"] == stages["unique"]["rows_in"]
    unmatched = stages["output"]["details"]["unmatched_redshifts"]
    assert stages["output"]["rows_in"] == stages["unique"]["rows_out"] + unmatched
    assert stages["output"]["rows_out"] == made.files.provenance["rows"] == made.rows.num_rows == 100


def test_stages_are_told_in_order_and_partitions_while_matching(make: Make) -> None:
    told: list[StageProgress] = []
    make(tell=told.append)
    assert list(dict.fromkeys(progress.stage for progress in told)) == [
        "checking",
        "matching",
        "selecting",
        "writing",
        "formats",
    ]
    matching = [progress for progress in told if progress.total]
    assert [progress.done for progress in matching] == list(range(matching[0].total + 1))


def test_all_problems_are_told_at_once(make: Make, redshifts: pa.Table) -> None:
    ra = redshifts["ra"].to_numpy().copy()
    ra[3] = np.nan
    with pytest.raises(RecipeError) as caught:
        make(
            redshifts.set_column(1, "ra", pa.array(ra)),
            radius_arcsec=50,
            columns="nope",
            where="i_psfMagg < 20",
            split="train=0.5,test=0.4",
            problems=(Problem(parameter="RADIOS", message="is no parameter."),),
        )
    found = caught.value.problems
    assert {problem.parameter for problem in found} == {"RADIOS", "RADIUS", "COLUMNS", "WHERE", "SPLIT", "REDSHIFTS"}
    assert len(found) == len(set(found))


def test_a_table_that_was_not_sent_is_asked_for(make: Make) -> None:
    with pytest.raises(RecipeError, match="yours"):
        make(redshifts="yours")


def test_the_stock_algorithm_refuses_mutual_pairs(make: Make) -> None:
    with pytest.raises(RecipeError, match="ENGINE"):
        make(engine="lsdb", match="mutual")


FIELDS = {
    "North": SkyField(ra=0.0, dec=90.0, radius_deg=1.0),
    "Corner": SkyField(ra=45.0, dec=41.8103, radius_deg=0.2),
    "Elsewhere": SkyField(ra=120.0, dec=0.0, radius_deg=1.0),
}
"""Of the five clumps of the catalog, one lies in a field, one partly, and the others outside of all."""


def with_fields(entry: CatalogEntry) -> CatalogEntry:
    return entry.model_copy(update={"fields": FIELDS})


@pytest.mark.parametrize("by", ["sky", "survey", "field"])
def test_larger_units_stay_whole_and_part_no_sky_object_however_rows_and_partitions_come(
    make: Make, coarse: CatalogEntry, fine: CatalogEntry, redshifts: pa.Table, by: str
) -> None:
    recipe = {"split": "train=0.5,test=0.5", "split_by": by, "split_order": 10, "match": "all", "unique": "none"}
    shuffled = redshifts.take(pa.array(np.random.default_rng(2).permutation(redshifts.num_rows)))
    made = make(entry=with_fields(coarse), **recipe)
    again = make(shuffled, entry=with_fields(fine), **recipe)
    assert made.files.provenance["row_checksum"] == again.files.provenance["row_checksum"]
    assert made.stages == again.stages
    frame = made.frame
    assert (frame.groupby("objectId")["subset"].nunique() == 1).all()
    assert (frame.groupby("redshift_key")["subset"].nunique() == 1).all()
    places = positions(frame["coord_ra"], frame["coord_dec"])
    sides = frame["subset"].to_numpy()
    assert (sides[:, np.newaxis] == sides)[brute_force(places, places) < 0.5].all()


def lonely(frame: pd.DataFrame) -> pd.Series:
    """Rows whose sky object has no other redshift, object or row: nothing but the unit decides their side."""
    places = positions(frame["coord_ra"], frame["coord_dec"])
    near = (brute_force(places, places) < 0.6).sum(axis=1)
    return (
        (frame.groupby("redshift_key")["objectId"].transform("size") == 1)
        & (frame.groupby("objectId")["redshift_key"].transform("size") == 1)
        & (near == 1)
    )


def test_a_pixel_is_in_one_subset_and_others_in_the_other(make: Make) -> None:
    made = make(split="train=0.5,test=0.5", split_by="sky", split_order=10, unique="none")
    frame = made.frame[lonely(made.frame)]
    sky = Longitude(frame["ra"].to_numpy(), "deg"), Latitude(frame["dec"].to_numpy(), "deg")
    sides = frame["subset"].groupby(lonlat_to_healpix(*sky, 10))
    assert (sides.nunique() == 1).all()
    assert set(sides.first()) == {"train", "test"}
    assert frame["split_unit"].str.startswith("sky:10:").all()


def test_a_survey_is_in_one_subset(make: Make) -> None:
    made = make(split="train=0.5,test=0.5", split_by="survey", split_exact=True, unique="none")
    frame = made.frame[lonely(made.frame)]
    assert (frame.groupby("survey")["subset"].nunique() == 1).all()
    assert set(frame["subset"]) == {"train", "test"}
    assert made.stages["split"]["details"] == {"units": 2, "units_train": 1, "units_test": 1}
    assert any("Units of the split (surveys, or sky objects without one): 2." in note for note in made.files.notes)


def test_a_subset_that_gets_nobody_is_told_with_the_reason(make: Make) -> None:
    made = make(split="train=0.5,validation=0.25,test=0.25", split_by="survey", split_exact=True, unique="none")
    (note,) = (note for note in made.files.notes if "No row is in" in note)
    assert note.startswith("No row is in ")
    assert ": 2; subsets: 3." in note
    assert "another SPLIT_BY" in note


def test_a_field_is_in_one_subset_and_named_in_the_row(make: Make, coarse: CatalogEntry) -> None:
    made = make(entry=with_fields(coarse), split="train=0.5,test=0.5", split_by="field", unique="none", how="left")
    frame = made.frame
    matched = frame[frame["objectId"].notna()]
    inside = matched["dec"] > 89
    assert (matched.loc[inside, "split_unit"] == "field:North").all()
    assert matched.loc[inside, "subset"].nunique() == 1
    in_field = matched["split_unit"].str.startswith("field:")
    assert set(matched.loc[in_field, "split_unit"]) == {"field:North", "field:Corner"}
    assert matched.loc[matched["dec"].between(-30, -20), "split_unit"].str.startswith("sky:7:").all()
    assert frame.loc[frame["objectId"].isna(), ["subset", "split_unit"]].isna().all(axis=None)


def test_neither_cut_nor_preference_moves_a_row_to_another_pixel(make: Make) -> None:
    split = {"split": "train=0.5,test=0.5", "match": "all", "split_by": "sky", "split_order": 11}

    def sides(made: Made) -> dict[str, str]:
        return dict(zip(made.rows["row_key"].to_pylist(), made.rows["subset"].to_pylist(), strict=True))

    everything = sides(make(unique="none", **split))
    for fewer in (make(unique="best", **split), make(unique="none", where="i_psfSNR > 8", **split)):
        assert 0 < fewer.rows.num_rows < len(everything)
        assert sides(fewer).items() <= everything.items()


def test_surveys_without_a_column_and_fields_without_an_entry_are_problems_before_computing(
    make: Make, redshifts: pa.Table
) -> None:
    split = {"split": "train=0.5,test=0.5"}
    with pytest.raises(RecipeError, match="ROLES=survey=COLUMN"):
        make(redshifts.drop_columns(["survey"]), split_by="survey", **split)
    with pytest.raises(RecipeError, match="no registered fields"):
        make(split_by="field", **split)


@pytest.mark.parametrize("options", [{}, {"split": "train=0.6,test=0.4", "how": "left"}, {"maxrec": 0}], ids=str)
def test_the_report_that_is_asked_for_counts_the_rows_by_survey_and_subset(
    make: Make, options: dict[str, object]
) -> None:
    made = make(report=True, **options)
    (report,) = (file for file in made.files.files if file.id == "report")
    assert (report.filename, report.mime_type) == ("report.html", "text/html")
    page = Path(report.path).read_text(encoding="utf-8")
    assert hashlib.sha256(page.encode()).hexdigest() == report.sha256
    cells = [[cell.text for cell in line] for line in ET.fromstring(page.removeprefix("<!DOCTYPE html>\n")).iter("tr")]
    subsets = made.rows["subset"].to_pylist() if "split" in options else ["none"] * made.rows.num_rows
    counts = Counter(zip(made.rows["survey"].to_pylist(), [name or "none" for name in subsets], strict=True))
    for (survey, subset), n_rows in counts.items():
        assert [survey, subset, str(n_rows)] in cells
    assert set(made.rows.column_names) <= {line[0] for line in cells}, "the schema lists every column"


def test_nobody_who_did_not_ask_has_a_report(make: Make) -> None:
    assert "report" not in {file.id for file in make().files.files}
