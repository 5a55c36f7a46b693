"""The mock sky looks like the LSST Object catalog and knows its truth."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.table import Table
from scipy.spatial import cKDTree

from tests.sky import N_OBJECTS, entry_of
from trainingset.mock.fields import BANDS, FIELDS, OBJECTS_PER_SQUARE_DEGREE, field_radius_arcsec
from trainingset.mock.make import make_mock_sky
from trainingset.mock.objects import observe
from trainingset.mock.place import MockSky
from trainingset.mock.sources import draw_sources
from trainingset.mock.surveys import SURVEYS

SHALLOW = FIELDS[2]


@pytest.fixture(scope="module")
def objects(mock_sky: MockSky) -> pd.DataFrame:
    """All objects of the collection with their dominant source, read without LSDB; nulls and NaN are both NaN."""
    table = _object_files(mock_sky)
    truth = pq.read_table(mock_sky.objects, filters=pc.field("is_dominant"))
    frame = table.to_pandas().merge(truth.to_pandas()[["objectId", "source_id"]], on="objectId")
    sources = pq.read_table(mock_sky.sources).to_pandas().set_index("source_id")
    return frame.join(sources[["field", "redshift", "is_star", "i_mag"]], on="source_id")


@pytest.fixture(scope="module")
def redshifts(mock_sky: MockSky) -> pd.DataFrame:
    """All survey rows with their truth."""
    return pq.read_table(mock_sky.redshifts).to_pandas(types_mapper=pd.ArrowDtype)


def _object_files(sky: MockSky) -> pa.Table:
    return ds.dataset(sky.collection / "object" / "dataset", exclude_invalid_files=True).to_table()


def test_the_sky_holds_at_least_the_objects_asked_for(objects: pd.DataFrame) -> None:
    assert N_OBJECTS <= len(objects) <= 1.1 * N_OBJECTS
    assert objects.groupby("field").size().min() > 0.25 * N_OBJECTS


def test_the_density_is_that_of_dp1_whatever_the_size() -> None:
    for n_objects in (30_000, 300_000):
        area = 3 * np.pi * (field_radius_arcsec(n_objects) / 3600) ** 2
        assert n_objects / area == pytest.approx(OBJECTS_PER_SQUARE_DEGREE)


def test_the_same_seed_gives_the_same_rows_as_the_collection_holds(mock_sky: MockSky) -> None:
    radius = field_radius_arcsec(N_OBJECTS)
    random = np.random.default_rng([0, 0, 0])
    sources = draw_sources(FIELDS[0], radius_arcsec=radius, first_id=1, random=random)

    table = observe(FIELDS[0], sources, radius_arcsec=radius, random=random).table

    written = _object_files(mock_sky).drop_columns(["_healpix_29"])
    of_the_field = pc.is_in(written["tract"], pa.array(FIELDS[0].tracts))
    written = written.filter(of_the_field).sort_by("objectId").combine_chunks()
    expected = table.sort_by("objectId").select(written.column_names).cast(written.schema).combine_chunks()
    assert written.to_pandas().equals(expected.to_pandas())


def test_another_seed_gives_other_rows() -> None:
    radius = field_radius_arcsec(3_000)
    first, second = (
        draw_sources(FIELDS[0], radius_arcsec=radius, first_id=1, random=np.random.default_rng(seed)) for seed in (0, 1)
    )
    assert not np.isin(first.redshift, second.redshift).any()


def test_object_ids_are_unique_and_too_large_for_a_float(mock_sky: MockSky) -> None:
    ids = _object_files(mock_sky)["objectId"]
    assert ids.type == pa.int64()
    assert pc.count_distinct(ids).as_py() == len(ids)
    assert pc.min(ids).as_py() > 2**53
    assert len(np.unique(ids.to_numpy().astype(np.float64))) < len(ids)


def test_bands_never_observed_are_null_and_single_failures_are_nan(mock_sky: MockSky) -> None:
    table = _object_files(mock_sky)
    shallow = table.filter(pc.is_in(table["tract"], pa.array(SHALLOW.tracts)))
    deep = table.filter(pc.invert(pc.is_in(table["tract"], pa.array(SHALLOW.tracts))))
    for band in "uy":
        assert shallow[f"{band}_gaap1p0Flux"].null_count == shallow.num_rows
        assert pc.all(shallow[f"{band}_gaapFlux_flag"]).as_py()
    for band in BANDS:
        assert deep[f"{band}_gaap1p0Flux"].null_count == 0
        assert 0.005 < pc.mean(pc.is_nan(deep[f"{band}_gaap1p0Flux"])).as_py() < 0.1


@pytest.mark.parametrize(("band", "least", "most"), [("u", 0.05, 0.4), ("y", 0.05, 0.4), ("i", 0.0005, 0.05)])
def test_some_fluxes_are_not_positive(objects: pd.DataFrame, band: str, least: float, most: float) -> None:
    deep = objects[objects["field"] != SHALLOW.name]
    assert least < (deep[f"{band}_gaap1p0Flux"] <= 0).mean() < most


def test_number_counts_rise_by_a_third_of_a_dex_per_magnitude(objects: pd.DataFrame) -> None:
    magnitude = 31.4 - 2.5 * np.log10(objects["i_cModelFlux"].where(objects["i_cModelFlux"] > 0))
    counts, edges = np.histogram(magnitude.dropna(), bins=np.arange(19.0, 24.1, 0.5))
    slope = np.polyfit(edges[:-1], np.log10(counts), 1)[0]
    assert 0.28 < slope < 0.40


def test_errors_follow_the_depth_of_each_field(objects: pd.DataFrame) -> None:
    for field in FIELDS:
        rows = objects[(objects["field"] == field.name) & (objects["i_mag"] > 24)]
        for band, depth in zip(BANDS, field.depth, strict=True):
            if depth is not None:
                measured = 31.4 - 2.5 * np.log10(5 * rows[f"{band}_psfFluxErr"].median())
                assert measured == pytest.approx(depth, abs=0.15), (field.name, band)


def test_magnitudes_are_those_of_the_fluxes_and_missing_where_there_is_none(objects: pd.DataFrame) -> None:
    flux, error = objects["r_psfFlux"].astype(float), objects["r_psfFluxErr"].astype(float)
    expected = 31.4 - 2.5 * np.log10(flux.where(flux > 0))
    np.testing.assert_allclose(objects["r_psfMag"], expected, atol=2e-5)
    assert objects.loc[flux <= error, "r_psfMagErr"].isna().all()


def test_neighbours_in_colour_have_similar_redshifts(objects: pd.DataFrame) -> None:
    bright = objects[(objects["i_mag"] < 22.5) & ~objects["is_star"] & (objects["field"] != SHALLOW.name)]
    magnitudes = -2.5 * np.log10(bright[[f"{band}_gaap1p0Flux" for band in BANDS]].where(lambda flux: flux > 0))
    bright = bright[magnitudes.notna().all(axis=1)]
    magnitudes = magnitudes.loc[bright.index].to_numpy()
    features = np.column_stack([np.diff(magnitudes, axis=1), 0.3 * magnitudes[:, 3]])
    _, neighbours = cKDTree(features).query(features, k=11)
    truth = bright["redshift"].to_numpy()
    guess = np.median(truth[neighbours[:, 1:]], axis=1)
    random_guess = np.random.default_rng(0).permutation(truth)

    scatter = np.median(np.abs(guess - truth) / (1 + truth))
    assert scatter < 0.05
    assert scatter < 0.3 * np.median(np.abs(random_guess - truth) / (1 + truth))


def test_bright_stars_look_like_points_and_bright_galaxies_do_not(objects: pd.DataFrame) -> None:
    bright = objects[(objects["i_mag"] < 21.5) & objects["refExtendedness"].notna() & objects["detect_isIsolated"]]
    assert bright.loc[bright["is_star"], "refExtendedness"].mean() < 0.2
    assert bright.loc[~bright["is_star"], "refExtendedness"].mean() > 0.98


def test_tract_borders_hold_the_same_object_twice(objects: pd.DataFrame) -> None:
    twice = objects[objects.duplicated("source_id", keep=False)].sort_values("source_id")
    first, second = twice.iloc[::2], twice.iloc[1::2]
    separation = _sky(first).separation(_sky(second)).arcsec
    assert len(first) > 30
    assert (first["tract"].to_numpy() != second["tract"].to_numpy()).all()
    assert separation.max() < 0.2
    assert (first["i_psfFlux"].to_numpy() != second["i_psfFlux"].to_numpy()).all()


def test_close_sources_are_blended(mock_sky: MockSky, objects: pd.DataFrame) -> None:
    members = pq.read_table(mock_sky.objects).to_pandas().groupby("objectId").size()
    sky = _sky(objects)
    _, neighbour, _ = sky.match_to_catalog_sky(sky, nthneighbor=2)
    near = (neighbour.arcsec > 0.7) & (neighbour.arcsec < 2.0)
    assert 0.005 < (members > 1).mean() < 0.15
    assert 0.02 < near.mean() < 0.25
    assert objects.loc[near, "i_blendedness"].mean() > 5 * objects.loc[neighbour.arcsec > 4, "i_blendedness"].mean()
    assert not objects.loc[near & (neighbour.arcsec < 1.5), "detect_isIsolated"].any()


def test_every_survey_row_is_in_its_file_under_its_native_id(mock_sky: MockSky, redshifts: pd.DataFrame) -> None:
    ids = {
        "WIDEZ": parse(mock_sky.surveys["WIDEZ"]).get_first_table().array["WID"],
        "FIBERDEEP": Table.read(mock_sky.surveys["FIBERDEEP"])["TARGETID"],
        "NEARBYCZ": Table.read(mock_sky.surveys["NEARBYCZ"])["name"],
        "GRISMFIELD": pq.read_table(mock_sky.surveys["GRISMFIELD"])["id"].to_pylist(),
    }
    for survey, native in ids.items():
        truth = redshifts[redshifts["survey"] == survey]
        assert [str(value) for value in native] == truth["native_id"].tolist()
        assert truth["row"].tolist() == list(range(1, len(truth) + 1))


def test_positions_in_the_files_are_those_of_the_truth(mock_sky: MockSky, redshifts: pd.DataFrame) -> None:
    truth = redshifts.set_index("survey")
    velocities = Table.read(mock_sky.surveys["NEARBYCZ"])
    np.testing.assert_allclose(velocities["ra"], truth.loc["NEARBYCZ", "ra"].astype(float))
    np.testing.assert_allclose(
        velocities["cz"] / 299_792.458, truth.loc["NEARBYCZ", "redshift"].astype(float), atol=1e-6
    )
    assert str(velocities["cz"].unit) == "km / s"


def test_only_the_votable_has_ucds(mock_sky: MockSky) -> None:
    fields = parse(mock_sky.surveys["WIDEZ"]).get_first_table().fields
    assert {field.ucd for field in fields} >= {"pos.eq.ra;meta.main", "pos.eq.dec;meta.main", "src.redshift"}


@pytest.mark.parametrize("style", SURVEYS, ids=lambda style: style.name)
def test_each_survey_is_shifted_and_scattered_as_its_style_says(
    style, mock_sky: MockSky, redshifts: pd.DataFrame
) -> None:
    rows = redshifts[(redshifts["survey"] == style.name) & redshifts["source_id"].notna()]
    sources = pq.read_table(mock_sky.sources).to_pandas().set_index("source_id")
    truth = sources.loc[rows["source_id"].astype(np.int64)]
    east, north = _sky(truth, "ra", "dec").spherical_offsets_to(_sky(rows, "ra", "dec"))
    allowed = 5 * style.scatter_arcsec / np.sqrt(len(rows))
    assert np.mean(east.arcsec) == pytest.approx(style.offset_arcsec[0], abs=allowed)
    assert np.mean(north.arcsec) == pytest.approx(style.offset_arcsec[1], abs=allowed)
    assert np.std(east.arcsec) == pytest.approx(style.scatter_arcsec, rel=0.3)


def test_wrong_redshifts_are_rarer_at_better_quality(redshifts: pd.DataFrame) -> None:
    real = redshifts[redshifts["source_id"].notna()]
    wrong = real.groupby("quality")["is_wrong"].mean()
    assert wrong[4] < 0.02 < wrong[2] < wrong[1]
    error = (real["redshift"] - real["true_redshift"]).abs() / (1 + real["true_redshift"])
    assert error[~real["is_wrong"]].max() < 0.02


def test_redshifts_are_repeated_within_and_between_surveys(redshifts: pd.DataFrame) -> None:
    real = redshifts[redshifts["source_id"].notna()]
    rows = real.groupby(["survey", "source_id"]).size()
    surveys = real.groupby("source_id")["survey"].nunique()
    assert (rows > 1).groupby("survey").sum().min() >= 1
    assert (surveys > 1).sum() > 20


def test_some_redshifts_have_no_object_and_some_no_source(redshifts: pd.DataFrame) -> None:
    assert 0.02 < redshifts["objectId"].isna().mean() < 0.3
    assert 0 < redshifts["source_id"].isna().mean() < 0.05
    assert redshifts.loc[redshifts["source_id"].isna(), "objectId"].isna().all()
    assert redshifts["is_star"].mean() > 0.01


def test_the_true_object_of_a_redshift_is_near_it(redshifts: pd.DataFrame, objects: pd.DataFrame) -> None:
    rows = redshifts[redshifts["objectId"].notna()]
    matched = objects.set_index("objectId").loc[rows["objectId"].astype(np.int64)]
    separation = _sky(rows, "ra", "dec").separation(_sky(matched)).arcsec
    assert (matched["source_id"].to_numpy() == rows["source_id"].astype(np.int64).to_numpy()).all()
    assert np.median(separation) < 0.4
    assert np.mean(separation < 1.5) > 0.99


def test_a_finished_sky_is_found_again_and_not_made_again(mock_sky: MockSky) -> None:
    before = (mock_sky.folder / "mock_sky.json").stat().st_mtime_ns
    assert make_mock_sky(mock_sky.folder, n_objects=N_OBJECTS) == mock_sky
    assert (mock_sky.folder / "mock_sky.json").stat().st_mtime_ns == before


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("do not touch")
    with pytest.raises(FileExistsError, match=r"other files"):
        make_mock_sky(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def _sky(frame: pd.DataFrame, ra: str = "coord_ra", dec: str = "coord_dec") -> SkyCoord:
    return SkyCoord(frame[ra].to_numpy(float), frame[dec].to_numpy(float), unit="deg")


def test_the_registered_fields_are_those_of_the_sky_and_hold_any_size_of_it(mock_sky: MockSky) -> None:
    fields = entry_of(mock_sky).fields
    assert {name: (field.ra, field.dec) for name, field in fields.items()} == {
        field.name: (field.ra, field.dec) for field in FIELDS
    }
    centres = SkyCoord([field.ra for field in FIELDS], [field.dec for field in FIELDS], unit="deg")
    assert min(first.separation(other).deg for first, other in combinations(centres, 2)) > 10
    assert field_radius_arcsec(35_000_000) / 3600 < min(field.radius_deg for field in fields.values())


def test_the_registered_magnitude_limits_are_the_depths_of_the_objects(
    mock_sky: MockSky, objects: pd.DataFrame
) -> None:
    limits = entry_of(mock_sky).magnitude_limits
    assert limits is not None
    for band in BANDS:
        flux = objects[f"{band}_gaap1p0Flux"]
        near_limit = (flux / objects[f"{band}_gaap1p0FluxErr"]).between(4.5, 5.5)
        depth = (-2.5 * np.log10(flux[near_limit]) + 31.4).median()
        assert limits.values[band] == pytest.approx(depth, abs=0.05)


def test_the_registered_zero_points_are_those_published_for_dp2(mock_sky: MockSky) -> None:
    zero_points = entry_of(mock_sky).zero_points
    assert zero_points is not None
    assert zero_points.values == {"u": 0.071, "g": 0.023, "r": 0.001, "i": -0.011, "z": -0.001, "y": -0.002}
    assert "DP2" in zero_points.source
