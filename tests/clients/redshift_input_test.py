"""What a notebook holds is sent without loss, and what cannot be sent is told before."""

from pathlib import Path

import astropy.cosmology.units as cu
import astropy.units as u
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import FK5, Angle, SkyCoord
from astropy.io.votable import parse_single_table
from astropy.table import Column, MaskedColumn, QTable, Table
from astropy.time import Time

from trainingset.inspection import inspect_file
from trainingset.redshifts import prepare_redshifts
from trainingset.tables import read_table
from tsm.errors import TableRefusedError
from tsm.tables.redshift_input import prepare

LARGE = 2**60 + 1
GOOD = {"ra": [10.0, 20.0], "dec": [1.0, 2.0], "z": [0.1, 0.2]}


def sent(redshifts: object, **options: object) -> pa.Table:
    """What the service reads from what is sent."""
    with prepare(redshifts, **options) as file:  # type: ignore[arg-type]
        return read_table(file.path, name=file.name)


def problems_of(redshifts: object, **options: object) -> list[str]:
    with pytest.raises(TableRefusedError) as caught:
        prepare(redshifts, **options)  # type: ignore[arg-type]
    return [problem.message for problem in caught.value.problems]


def tables_with_large_ids() -> list[object]:
    ids = np.array([LARGE, 5])
    return [
        pd.DataFrame(GOOD | {"id": ids}),
        pd.DataFrame(GOOD | {"id": pd.array([LARGE, None], "Int64")}),
        Table(GOOD | {"id": ids}),
        pa.table(GOOD | {"id": ids}),
    ]


@pytest.mark.parametrize("table", tables_with_large_ids(), ids=["pandas", "pandas with null", "astropy", "pyarrow"])
def test_integers_arrive_exact(table: object):
    assert sent(table)["id"][0].as_py() == LARGE


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(GOOD | {"flag": pd.array([None, 3], "Int32"), "survey": ["A", None]}),
        Table(
            GOOD | {"flag": MaskedColumn([9, 3], mask=[True, False]), "survey": MaskedColumn(["A", "x"], mask=[0, 1])}
        ),
        pa.table(GOOD | {"flag": [None, 3], "survey": ["A", None]}),
    ],
    ids=["pandas", "astropy", "pyarrow"],
)
def test_nulls_stay_nulls(table: object):
    arrived = sent(table)

    assert arrived["flag"].to_pylist() == [None, 3]
    assert arrived["survey"].to_pylist() == ["A", None]


def test_units_ucds_and_descriptions_arrive():
    table = QTable(GOOD)
    table["ra"], table["dec"] = [10.0, 20.0] * u.deg, [1.0, 2.0] * u.deg
    table["velocity"] = Column(
        [1.0, 2.0], unit="km/s", description="Heliocentric velocity", meta={"ucd": "spect.dopplerVeloc"}
    )

    fields = {field.name: field.metadata for field in sent(table).schema}

    assert fields["ra"] == {b"unit": b"deg"}
    assert fields["velocity"][b"ucd"] == b"spect.dopplerVeloc"
    assert fields["velocity"][b"description"] == b"Heliocentric velocity"
    assert (
        prepare_redshifts(sent(table["ra", "dec", "velocity"]), name="x", roles={"z": "velocity"}).table.num_rows == 2
    )


def test_files_say_their_metadata_as_votable_too():
    table = QTable(GOOD | {"ra": [10.0, 20.0] * u.deg})
    with prepare(table) as file:
        header = pq.read_metadata(file.path).metadata[b"IVOA.VOTable-Parquet.content"]
    path = Path(file.path.parent, "header.vot")
    path.write_bytes(header)

    try:
        assert parse_single_table(path).get_field_by_id_or_name("ra").unit == u.deg
    finally:
        path.unlink()


def test_angles_and_velocities_in_unusual_units_are_converted_and_told():
    table = QTable({"ra": [1.0, 2.0] * u.hourangle, "dec": [0.1, 0.2] * u.rad, "cz": [0.1, 0.2] * u.AU / u.day})

    with prepare(table) as file:
        arrived = read_table(file.path, name=file.name)
        notes = file.notes

    np.testing.assert_allclose(arrived["ra"], [15.0, 30.0])
    np.testing.assert_allclose(arrived["dec"], np.degrees([0.1, 0.2]))
    np.testing.assert_allclose(arrived["cz"], ([0.1, 0.2] * u.AU / u.day).to_value("km/s"))
    assert "Converted 'ra' from hourangle to deg." in notes


def test_what_was_converted_here_is_told_by_the_service_too():
    table = QTable(GOOD | {"ra": [1.0, 2.0] * u.hourangle})

    with prepare(table) as file:
        notes = inspect_file(file.path, name=file.name).notes

    assert notes == ("Converted 'ra' from hourangle to deg.",)


def test_redshift_units_of_astropy_are_read():
    table = QTable(GOOD | {"z": [0.1, 0.2] * cu.redshift})

    assert prepare_redshifts(sent(table), name="x").table["redshift"].to_pylist() == [0.1, 0.2]


@pytest.mark.parametrize("frame", ["icrs", "fk5", "galactic"])
def test_columns_of_positions_become_icrs_degrees(frame: str):
    positions = SkyCoord([10.0, 20.0], [1.0, 2.0], unit="deg", frame=frame)

    arrived = prepare_redshifts(sent(QTable({"pos": positions, "z": [0.1, 0.2]})), name="x")

    found = SkyCoord(arrived.table["ra"].to_numpy(), arrived.table["dec"].to_numpy(), unit="deg")
    assert found.separation(positions.icrs).arcsec.max() < 1e-6


def test_positions_in_fk4_need_their_epoch():
    table = QTable({"pos": SkyCoord(10 * u.deg, 1 * u.deg, frame="fk4").reshape(1), "z": [0.1]})
    dated = QTable({"pos": SkyCoord([10] * u.deg, [1] * u.deg, frame="fk4", obstime="J1955"), "z": [0.1]})

    assert "SkyCoord(table['pos'], obstime=EPOCH).icrs" in problems_of(table)[0]
    assert sent(dated)["ra"][0].as_py() == pytest.approx(dated["pos"].icrs.ra.deg[0])


def test_a_frame_in_the_header_that_astropy_kept_is_honored():
    table = Table(GOOD, meta={"RADESYS": "FK4", "EQUINOX": 1950.0})

    assert "declared as 'fk4 B1950'" in problems_of(table)[0]


def test_a_frame_of_the_whole_table_outlives_the_way_to_the_service():
    table = Table(GOOD, meta={"RADESYS": "FK5", "EQUINOX": 1975.0})

    arrived = prepare_redshifts(sent(table), name="x")

    expected = SkyCoord(GOOD["ra"], GOOD["dec"], unit="deg", frame=FK5(equinox="J1975")).icrs
    np.testing.assert_allclose(arrived.table["ra"], expected.ra.deg, rtol=1e-12)
    assert any("from fk5 J1975 to ICRS" in note for note in arrived.notes)


def test_times_arrive_as_texts():
    table = Table(GOOD | {"observed": Time([60000.0, 60001.5], format="mjd")})

    assert sent(table)["observed"].to_pylist() == ["2023-02-25T00:00:00.000", "2023-02-26T12:00:00.000"]


def test_a_named_index_arrives_as_a_column():
    frame = pd.DataFrame(GOOD, index=pd.Index([LARGE, 7], name="objid"))

    assert sent(frame)["objid"].to_pylist() == [LARGE, 7]


def test_a_filtered_frame_arrives_without_its_row_numbers():
    frame = pd.DataFrame(GOOD)

    assert sent(frame[frame["z"] > 0.15]).column_names == ["ra", "dec", "z"]


def test_sexagesimal_columns_are_refused_with_the_line_that_converts_them():
    table = Table({"ra": ["10:20:30", "10:20:40"], "dec": ["-10:20:30", "-10:20:40"], "z": [0.1, 0.2]})

    messages = problems_of(table)
    for message in messages:
        exec(message.split("(astropy: ")[1].split("), or name")[0], {"Angle": Angle, "table": table})

    assert len(messages) == 2
    expected = SkyCoord(["10:20:30 -10:20:30"], unit=("hourangle", "deg"))[0]
    assert sent(table)["ra"][0].as_py() == pytest.approx(expected.ra.deg)
    assert sent(table)["dec"][0].as_py() == pytest.approx(expected.dec.deg)


def test_sexagesimal_columns_beside_degrees_are_no_problem():
    table = Table(GOOD | {"RA_hms": ["10:20:30", "10:20:40"]})

    assert sent(table).num_rows == 2


def test_sexagesimal_columns_that_the_recipe_does_not_use_are_no_problem():
    table = Table({"ra": ["10:20:30"], "dec": ["-10:20:30"], "x": [155.1], "y": [-10.3], "z": [0.1]})

    assert sent(table, roles={"ra": "x", "dec": "y"})["x"].to_pylist() == [155.1]


def test_everything_wrong_is_told_at_once():
    frame = pd.DataFrame(
        {
            "ra": [10.0, "x"],
            "dec": [[1.0], [2.0]],
            "z": [0.1 * u.one, 0.2 * u.km / u.s],
            "flag": [True, 3],
        }
    )

    messages = problems_of(frame)

    assert "the column 'ra' mixes numbers and texts: row 2 holds 'x'" in messages[0]
    assert "the column 'dec' holds list objects (row 1: [1.0])" in messages[1]
    assert "the column 'z' holds Quantity objects" in messages[2]
    assert "u.Quantity(list(table['z']))" in messages[2]
    assert "mixes flags and numbers: row 2 holds 3" in messages[3]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table({"ra": np.ones((2, 3)), "z": [1, 2]}), "'ra' holds float64 of shape (3,) values"),
        (pa.table({"ra": [[1.0], [2.0]]}), "'ra' holds values of type list<item: double>"),
        (pd.DataFrame({"z": np.array([1j, 2j])}), "'z' holds values of type complex128"),
        (pd.DataFrame({"ra": [], "z": []}), "has columns but no rows"),
        (pd.DataFrame(), "has no columns"),
        (pd.DataFrame({1: [1.0]}), "the name of column 1 is 1 and no text"),
        (pd.DataFrame([[1.0, 2.0]], columns=["ra", "ra"]), "2 columns are named 'ra'"),
        ({"ra": [1.0]}, "is of type dict and no table"),
        (pd.DataFrame({"glon": [1.0], "glat": [2.0], "z": [0.1]}), "'glon' and 'glat' are galactic coordinates"),
    ],
)
def test_what_is_no_table_of_redshifts_is_refused(table: object, message: str):
    assert message in problems_of(table)[0]


def test_too_many_rows_are_told_to_become_a_registered_catalog():
    (message,) = problems_of(pd.DataFrame({"ra": np.zeros(1001)}), max_rows=1000)

    assert "has 1,001 rows; at most 1,000 can be sent" in message
    assert "register it, then name it with redshifts='catalog:ID'" in message


@pytest.mark.parametrize("name", ["large.parquet", "large.fits"])
def test_files_with_too_many_rows_are_refused_by_their_header(tmp_path: Path, name: str):
    table = Table({"ra": np.zeros(1001), "dec": np.zeros(1001), "z": np.zeros(1001)})
    table.write(tmp_path / name)

    assert "has 1,001 rows" in problems_of(tmp_path / name, max_rows=1000)[0]


def test_a_file_is_sent_as_it_is_and_stays(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_text("ra,dec,z\n1,2,0.1\n")

    with prepare(str(path)) as file:
        assert (file.path, file.name, file.notes) == (path, "mine.csv", ())

    assert path.exists()


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    assert "does not exist" in problems_of(tmp_path / "nothing.csv")[0]
    assert "is a folder" in problems_of(tmp_path)[0]


def test_what_was_written_for_sending_is_removed():
    with prepare(pd.DataFrame(GOOD)) as file:
        assert file.path.exists()

    assert not file.path.exists()


def test_identifiers_that_became_real_numbers_are_told():
    with prepare(pd.DataFrame(GOOD | {"objid": [float(LARGE), float(LARGE + 5000)]})) as file:
        assert any("'objid' holds whole numbers above 2**53 as float64" in note for note in file.notes)
