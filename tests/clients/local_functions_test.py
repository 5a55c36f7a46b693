"""What the library does without a service is what the service does, and every kind of table comes back as it came."""

from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import constants
from astropy.table import QTable, Table
from hypothesis import given, settings
from hypothesis import strategies as st

import tsm
from tests.sky import entry_of
from trainingset.make import make_training_set
from trainingset.mock.place import MockSky
from trainingset.order import InputFile, Order
from trainingset.provenance import Provenance
from tsm.sets.astropy_table import astropy_table

FRACTIONS = {"train": 0.6, "validation": 0.1, "test": 0.3}
SEED = 7
BIG = 2**60 + 1


@pytest.fixture(scope="module")
def redshifts(mock_sky: MockSky) -> pd.DataFrame:
    """The redshifts of all surveys of the mock sky in one table, some of them of one object."""
    return pd.concat([_plain(survey, path) for survey, path in mock_sky.surveys.items()], ignore_index=True)


def _plain(survey: str, path: Path) -> pd.DataFrame:
    table = tsm.read_redshifts(path, {"z": "cz"} if survey == "NEARBYCZ" else {})
    names = [table.meta["roles"]["ra"], table.meta["roles"]["dec"], "redshift", "redshift_key"]
    return table[names].to_pandas().set_axis(["ra", "dec", "z", "id"], axis="columns").assign(survey=survey)


@pytest.fixture(scope="module")
def by_service(mock_sky: MockSky, redshifts: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the worker makes of an order."""
    made: dict[str, tuple[pa.Table, Provenance]] = {}

    def run(**recipe: Any) -> tuple[pa.Table, Provenance]:
        if (key := repr(recipe)) not in made:
            folder = tmp_path_factory.mktemp("made")
            path = folder.with_suffix(".parquet")
            redshifts.to_parquet(path, index=False)
            asked = {"catalog": entry_of(mock_sky).id, "redshifts": "mine", **recipe}
            files = make_training_set(
                Order(
                    request=asked,
                    catalogs=(entry_of(mock_sky),),
                    inputs={"mine": InputFile(name="redshifts.parquet", path=str(path))},
                    folder=str(folder),
                )
            )
            made[key] = pq.read_table(folder / "training_set.parquet"), Provenance.model_validate(files.provenance)
        return made[key]

    return run


ALL_PAIRS = {"match": "all", "unique": "none", "how": "left", "split": FRACTIONS, "seed": SEED}


@pytest.mark.parametrize("options", [{}, {"exact": True}, {"by": "sky"}, {"by": "survey"}, {"by": "field"}])
def test_a_split_here_gives_the_parts_of_the_service(mock_sky: MockSky, by_service: Any, options: dict[str, Any]):
    rows, _ = by_service(**ALL_PAIRS, **{f"split_{key}": value for key, value in options.items()})
    fields = entry_of(mock_sky).fields if options.get("by") == "field" else {}

    mine = tsm.split(rows.drop_columns(["subset", "is_training_set"]), FRACTIONS, SEED, fields=fields, **options)

    assert mine["subset"].to_pylist() == rows["subset"].to_pylist()
    assert mine["is_training_set"].to_pylist() == rows["is_training_set"].to_pylist()
    assert mine.schema.field("subset").metadata == rows.schema.field("subset").metadata


def test_shuffled_rows_of_any_kind_of_table_get_the_same_parts(by_service: Any):
    rows, _ = by_service(**ALL_PAIRS)
    shuffled = rows.take(pa.array(np.random.default_rng(1).permutation(rows.num_rows)))
    bare = shuffled.drop_columns(["subset", "is_training_set"])

    frame = tsm.split(bare.to_pandas(types_mapper=pd.ArrowDtype), FRACTIONS, SEED)
    table = tsm.split(astropy_table(bare, meta={}), FRACTIONS, SEED)

    expected = shuffled["subset"].to_pylist()
    assert pa.array(frame["subset"]).to_pylist() == expected
    assert isinstance(table, Table)
    assert table["subset"].tolist() == expected


def test_redshifts_alone_are_split_by_position(redshifts: pd.DataFrame):
    parts = tsm.split(redshifts, FRACTIONS, SEED)
    again = tsm.split(redshifts.sample(frac=0.5, random_state=3), FRACTIONS, SEED)

    share = parts["subset"].value_counts(normalize=True)
    assert share["train"] == pytest.approx(0.6, abs=0.06)
    # A row may lose the partner that decided for both, no other changes its side.
    assert (again["subset"] != parts["subset"].reindex(again.index)).mean() < 0.1


def test_what_a_split_cannot_do_is_told():
    table = pd.DataFrame({"ra": [1.0], "dec": [2.0], "z": [0.1]})

    with pytest.raises(tsm.TableRefusedError, match=r"the fractions add to 0\.9"):
        tsm.split(table, {"train": 0.5, "test": 0.4})
    with pytest.raises(tsm.TableRefusedError, match="no column is known as survey"):
        tsm.split(table, FRACTIONS, by="survey")
    with pytest.raises(tsm.TableRefusedError, match=r"needs fields=\{NAME: \(ra, dec, radius\)\}"):
        tsm.split(table, FRACTIONS, by="field")
    with pytest.raises(tsm.TableRefusedError, match="known as right ascension"):
        tsm.split(table[["dec", "z"]], FRACTIONS)
    with pytest.raises(tsm.TableRefusedError, match="dict is no table"):
        tsm.split({"ra": [1.0]}, FRACTIONS)


TABLE = pa.table(
    {"objid": [BIG, 2, 3], "mag": pa.array([20.0, None, 26.0]), "flag": [4, 4, 1]},
    schema=pa.schema(
        [pa.field("objid", pa.int64()), pa.field("mag", pa.float64(), {"unit": "mag"}), ("flag", pa.int16())]
    ),
)


def _kinds() -> list[Any]:
    table = QTable(
        {"objid": [BIG, 2, 3], "mag": [20.0, np.nan, 26.0] * u.mag, "flag": [4, 4, 1]}, meta={"from": "here"}
    )
    return [TABLE, TABLE.to_pandas(), TABLE.to_pandas(types_mapper=pd.ArrowDtype), table, Table(table)]


@pytest.mark.parametrize("table", _kinds(), ids=["arrow", "pandas", "pandas of arrow", "quantities", "astropy"])
def test_rows_are_chosen_alike_in_every_kind_of_table(table: Any):
    chosen = tsm.select(table, "mag < 25 AND flag >= 3")

    assert type(chosen) is type(table)
    assert [
        int(number) for number in (chosen["objid"].to_pylist() if isinstance(chosen, pa.Table) else chosen["objid"])
    ] == [BIG]


def test_units_and_metadata_outlive_a_selection_and_new_columns():
    table = _kinds()[3]

    chosen = tsm.split(
        QTable({"ra": [1.0] * u.deg, "dec": [2.0] * u.deg, "z": [0.5]}, meta={"from": "here"}), FRACTIONS
    )

    assert tsm.select(table, "flag > 1")["mag"].unit == u.mag
    assert tsm.select(table, "flag > 1").meta == {"from": "here"}
    assert (chosen["ra"].unit, chosen.meta) == (u.deg, {"from": "here"})
    assert chosen["subset"].info.meta["ucd"] == "meta.code.class"


def test_wrong_conditions_are_told_with_close_names():
    with pytest.raises(tsm.TableRefusedError, match="did you mean mag") as caught:
        tsm.select(TABLE, "magg < 25")

    assert caught.value.problems[0].parameter == "WHERE"


def test_an_empty_choice_keeps_its_columns():
    assert tsm.select(tsm.select(TABLE, "flag > 9"), "flag > 1").column_names == TABLE.column_names


def test_magnitudes_here_are_those_of_the_service(by_service: Any):
    rows, _ = by_service(match="nearest", dereddening="sf11")
    made = [name for name in rows.column_names if name.endswith(("Mag", "MagErr", "Mag_dered"))]

    mine = tsm.deredden(tsm.to_magnitudes(rows.drop_columns(made)), "sf11")

    assert made
    for name in made:
        assert mine[name].to_pylist() == rows[name].to_pylist(), name
        assert mine.schema.field(name).metadata[b"unit"] == b"mag"


@pytest.mark.parametrize("unit", ["nJy", "uJy", "mJy", "Jy"])
def test_magnitudes_are_those_of_astropy(unit: str):
    flux = [3.0, 250.0] * u.Unit(unit)
    table = QTable({"r_psfFlux": flux, "r_psfFluxErr": flux / 10})

    made = tsm.to_magnitudes(table, kind="psf")

    np.testing.assert_allclose(made["r_psfMag"].value, flux.to_value(u.ABmag), atol=1e-4)
    np.testing.assert_allclose(made["r_psfMagErr"].value, 0.1 * 2.5 / np.log(10))
    assert made["r_psfMag"].unit == u.mag


def test_fluxes_that_are_not_positive_have_no_magnitude():
    fluxes = pd.DataFrame({"g_gaap1p0Flux": [100.0, 0.0, -5.0, np.nan], "g_gaap1p0FluxErr": [1.0] * 4})

    assert tsm.to_magnitudes(fluxes, "g")["g_gaap1p0Mag"].isna().tolist() == [False, True, True, True]


def test_fluxes_of_several_units_are_refused():
    table = QTable({"r_psfFlux": [1.0] * u.nJy, "r_psfFluxErr": [1.0] * u.uJy})

    with pytest.raises(tsm.TableRefusedError, match="several units"):
        tsm.to_magnitudes(table, kind="psf")
    with pytest.raises(tsm.TableRefusedError, match="magnitudes are made of nJy, uJy, mJy, Jy"):
        tsm.to_magnitudes(QTable({"r_psfFlux": [1.0] * u.m, "r_psfFluxErr": [1.0] * u.m}), kind="psf")


def test_magnitudes_that_exist_are_not_made_anew():
    table = pd.DataFrame({"r_psfFlux": [1.0], "r_psfFluxErr": [1.0], "r_psfMag": [20.0]})

    with pytest.raises(tsm.TableRefusedError, match="has r_psfMag already"):
        tsm.to_magnitudes(table, kind="psf")


def test_missing_fluxes_are_told():
    table = pd.DataFrame({"r_psfFlux": [1.0], "r_psfFluxErr": [1.0]})

    with pytest.raises(tsm.TableRefusedError, match="no column 'g_psfFlux'; did you mean 'r_psfFlux'"):
        tsm.to_magnitudes(table, "gr", "psf")
    with pytest.raises(tsm.TableRefusedError, match="no columns of fluxes"):
        tsm.to_magnitudes(table, kind="cModel")


@given(ebv=st.floats(0, 2), coefficient=st.floats(0, 5))
@settings(max_examples=20, deadline=None)
def test_dereddening_takes_coefficient_times_reddening_off(ebv: float, coefficient: float):
    table = pd.DataFrame({"K_psfMag": [20.0], "E(B-V)": [ebv]})

    made = tsm.deredden(table, {"K": coefficient}, ebv="E(B-V)")

    assert made["K_psfMag_dered"][0] == pytest.approx(20.0 - coefficient * ebv, abs=1e-8)
    assert made["K_psfMag"][0] == 20.0


def test_dereddening_twice_is_refused():
    table = pd.DataFrame({"i_psfMag": [20.0], "ebv": [0.1]})
    catalog = Table(
        {"i_psfMag": [20.0], "ebv": [0.1]},
        meta={"magnitude_corrections": "dust in the Milky Way (by the catalog itself)"},
    )

    with pytest.raises(tsm.TableRefusedError, match="dereddened already: it has i_psfMag_dered"):
        tsm.deredden(tsm.deredden(table))
    with pytest.raises(tsm.TableRefusedError, match="catalog's own magnitudes are corrected"):
        tsm.deredden(catalog)


def test_bands_without_a_coefficient_and_unknown_sets_are_told():
    table = pd.DataFrame({"K_psfMag": [20.0], "ebv": [0.1]})

    with pytest.raises(tsm.TableRefusedError, match=r"no coefficient A/E\(B-V\) for K"):
        tsm.deredden(table)
    with pytest.raises(tsm.TableRefusedError, match="no set 'ccm'; the sets are rail, sf11"):
        tsm.deredden(table, "ccm")
    with pytest.raises(tsm.TableRefusedError, match="no column 'EBV'"):
        tsm.deredden(table, {"K": 0.3}, ebv="EBV")


def test_redshifts_are_read_as_the_service_reads_them(mock_sky: MockSky):
    table = tsm.read_redshifts(mock_sky.surveys["NEARBYCZ"], {"z": "cz"})

    assert isinstance(table, Table)
    velocities = Table.read(mock_sky.surveys["NEARBYCZ"])["cz"].quantity
    np.testing.assert_allclose(table["redshift"], (velocities / constants.c).to_value(u.one), rtol=1e-12)
    assert any("redshifts (z = v/c)" in note for note in table.meta["notes"])


@pytest.mark.parametrize("kind", [pd.DataFrame, pa.table, Table])
def test_redshifts_come_back_as_the_kind_of_table_that_was_given(kind: Any):
    table = kind({"RAJ2000": [150.1], "DEJ2000": [2.2], "zsp": [0.7], "objid": [BIG]})

    read = tsm.read_redshifts(table, {"id": "objid"})

    assert isinstance(read, type(table))
    assert [str(key) for key in read["redshift_key"]] == [f":{BIG}"]


def test_redshifts_that_cannot_be_read_are_refused(tmp_path: Path):
    with pytest.raises(tsm.TableRefusedError, match="no column of the redshift table is known as redshift"):
        tsm.read_redshifts(pd.DataFrame({"ra": [1.0], "dec": [2.0]}))
    with pytest.raises(tsm.DiskError, match="cannot be read"):
        tsm.read_redshifts(tmp_path / "nothing.fits")


def test_a_local_match_gives_the_rows_of_the_service(mock_sky: MockSky, redshifts: pd.DataFrame, by_service: Any):
    recipe: dict[str, Any] = {"radius_arcsec": 1.0, "split": FRACTIONS, "seed": SEED, "where": "i_gaap1p0SNR > 10"}

    ts = tsm.local.crossmatch(redshifts, catalog=entry_of(mock_sky), **recipe)
    _, provenance = by_service(**recipe)

    assert ts.provenance.row_checksum == provenance.row_checksum
    assert ts.subsets == provenance.rows_by_subset
    assert len(ts["train"]) == provenance.rows_by_subset["train"]


def test_a_training_set_gives_the_table_of_its_rows(mock_sky: MockSky, redshifts: pd.DataFrame):
    ts = tsm.local.crossmatch(redshifts, catalog=entry_of(mock_sky), unique="none", split=FRACTIONS, seed=SEED)

    chosen = tsm.select(ts, "i_gaap1p0Mag < 22")
    again = tsm.split(ts, FRACTIONS, SEED)

    assert isinstance(chosen, Table)
    assert chosen["i_gaap1p0Mag"].max() < 22
    assert chosen["separation_arcsec"].unit == u.arcsec
    assert again["subset"].tolist() == ts.table["subset"].tolist()


def test_a_collection_without_an_entry_is_matched_by_what_it_tells(
    mock_sky: MockSky, redshifts: pd.DataFrame, tmp_path: Path
):
    told = {"object_id_column": "objectId", "bands": ["i"]}
    told["fluxes"] = {"psf": {"flux": "{band}_psfFlux", "error": "{band}_psfFluxErr"}}

    ts = tsm.local.crossmatch(
        redshifts, catalog=mock_sky.collection, entry=told, flux="psf", radius_arcsec=1.0, folder=tmp_path / "set"
    )

    assert "i_psfMag" in ts.columns
    assert (tmp_path / "set" / "provenance.json").exists()


def test_what_an_entry_lacks_is_told(mock_sky: MockSky, redshifts: pd.DataFrame, tmp_path: Path):
    with pytest.raises(tsm.RequestRefusedError, match="so say object_id_column: entry="):
        tsm.local.crossmatch(redshifts, catalog=mock_sky.collection)
    with pytest.raises(tsm.DiskError, match="cannot be opened"):
        tsm.local.crossmatch(redshifts, catalog=tmp_path)
    (tmp_path / "full").touch()
    with pytest.raises(tsm.DiskError, match="is not empty"):
        tsm.local.crossmatch(redshifts, catalog=entry_of(mock_sky), folder=tmp_path)


def test_everything_wrong_with_a_local_recipe_is_told(mock_sky: MockSky, redshifts: pd.DataFrame):
    with pytest.raises(tsm.RequestRefusedError) as caught:
        tsm.local.crossmatch(redshifts, catalog=entry_of(mock_sky), radius_arcsec=-1, where="nothing > 3")

    assert {problem.parameter for problem in caught.value.problems} == {"RADIUS", "WHERE"}


def test_a_local_match_without_lsdb_says_what_to_install(monkeypatch: pytest.MonkeyPatch, redshifts: pd.DataFrame):
    monkeypatch.setattr("tsm.local.find_spec", lambda name: None)

    with pytest.raises(tsm.MissingExtraError, match=r'pip install "pz-tsm\[local\]"'):
        tsm.local.crossmatch(redshifts, catalog="anywhere")
