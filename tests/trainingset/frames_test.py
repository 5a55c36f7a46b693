"""Frames of positions: declared ones are converted as astropy does it or refused, and never ignored."""

import re
from pathlib import Path

import astropy.units as u
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import FK5, SkyCoord
from astropy.io import fits
from astropy.table import QTable, Table

from tests.trainingset.builders import a_table
from trainingset.errors import TableError
from trainingset.frames import frame_of_fits, frame_of_votable
from trainingset.inspection import inspect_file, profile_table
from trainingset.redshifts import Redshifts, prepare_redshifts
from trainingset.tables import read_table

FAR_ARCSEC = 1e-6
RA, DEC = np.array([10.0, 150.1, 266.4, 359.9]), np.array([-80.0, 2.2, -29.0, 45.0])

VOTABLE = """<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>
{systems}<TABLE><FIELD name="{x}" datatype="double" unit="deg" {ref}/>
<FIELD name="{y}" datatype="double" unit="deg" {ref}/>
<FIELD name="z" datatype="double"/><DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"""


def a_votable(folder: Path, systems: str, *, ref: str = 'ref="sys"', names: tuple[str, str] = ("ra", "dec")) -> Path:
    rows = "".join(f"<TR><TD>{x}</TD><TD>{y}</TD><TD>0.5</TD></TR>" for x, y in zip(RA, DEC, strict=True))
    path = folder / "mine.vot"
    path.write_text(VOTABLE.format(systems=systems, ref=ref, x=names[0], y=names[1], rows=rows))
    return path


def prepared(path: Path, **roles: str) -> Redshifts:
    return prepare_redshifts(read_table(path, name="mine"), name="mine", roles=roles)


def assert_at(redshifts: Redshifts, expected: SkyCoord) -> None:
    found = (redshifts.table[redshifts.roles[axis]].to_numpy() for axis in ("ra", "dec"))
    assert SkyCoord(*found, unit="deg").separation(expected.icrs).arcsec.max() < FAR_ARCSEC


@pytest.mark.parametrize(
    ("system", "frame"),
    [
        ('system="eq_FK5" equinox="J2000"', FK5()),
        ('system="eq_FK5"', FK5()),
        ('system="FK5" equinox="J1975.0"', FK5(equinox="J1975")),
        ('system="galactic"', "galactic"),
        ('system="supergalactic"', "supergalactic"),
        ('system="ICRS"', "icrs"),
    ],
)
def test_frames_that_a_votable_declares_are_converted(tmp_path: Path, system: str, frame: object):
    path = a_votable(tmp_path, f'<COOSYS ID="sys" {system}/>')

    assert_at(prepared(path), SkyCoord(RA, DEC, unit="deg", frame=frame))


def test_a_conversion_is_told_in_the_profile_and_with_the_redshifts(tmp_path: Path):
    path = a_votable(tmp_path, '<COOSYS ID="sys" system="eq_FK5" equinox="J2000"/>')

    note = "Converted positions in 'ra' and 'dec' from fk5 J2000 to ICRS."
    assert note in inspect_file(path, name="mine").notes
    assert note in prepared(path).notes


def test_the_only_system_of_a_votable_is_that_of_columns_without_a_reference(tmp_path: Path):
    path = a_votable(tmp_path, '<COOSYS ID="sys" system="galactic"/>', ref="")

    assert_at(prepared(path), SkyCoord(RA, DEC, unit="deg", frame="galactic"))


def test_several_systems_without_references_are_refused(tmp_path: Path):
    path = a_votable(tmp_path, '<COOSYS ID="a" system="galactic"/><COOSYS ID="b" system="ICRS"/>', ref="")

    with pytest.raises(TableError, match=r"declares several frames \(galactic, icrs\), but not which columns"):
        read_table(path, name="mine")


def test_a_system_of_other_columns_is_not_that_of_the_positions(tmp_path: Path):
    path = a_votable(tmp_path, '<COOSYS ID="g" system="galactic"/><COOSYS ID="sys" system="ICRS"/>')

    assert_at(prepared(path), SkyCoord(RA, DEC, unit="deg"))


def test_galactic_columns_stay_as_they_are_beside_new_positions(tmp_path: Path):
    path = a_votable(tmp_path, '<COOSYS ID="sys" system="galactic"/>', names=("glon", "glat"))

    redshifts = prepared(path, ra="glon", dec="glat")

    assert (redshifts.roles["ra"], redshifts.roles["dec"]) == ("ra", "dec")
    assert redshifts.table["glon"].to_pylist() == RA.tolist()
    assert_at(redshifts, SkyCoord(RA, DEC, unit="deg", frame="galactic"))
    assert "converted from galactic" in redshifts.table.schema.field("ra").metadata[b"description"].decode()


@pytest.mark.parametrize(
    ("system", "advice"),
    [
        ('system="eq_FK4" equinox="B1950"', "frame='fk4', equinox='B1950', obstime=EPOCH).icrs"),
        ('system="ecl_FK5"', "frame='barycentricmeanecliptic').icrs"),
        ('system="geo_app"', "declared as 'geo_app'; convert them to ICRS degrees before"),
    ],
)
def test_frames_that_are_not_converted_are_refused_with_the_line_that_does_it(tmp_path: Path, system: str, advice: str):
    path = a_votable(tmp_path, f'<COOSYS ID="sys" {system}/>')

    with pytest.raises(TableError) as caught:
        prepared(path)

    (problem,) = caught.value.problems
    assert (problem.column, problem.limit) == ("ra", "ICRS")
    assert advice in problem.message
    assert [problem.limit for problem in inspect_file(path, name="mine").role_problems] == ["ICRS"]


def test_the_line_of_advice_for_fk4_runs_as_it_is():
    table = Table({"ra": RA, "dec": DEC})
    (problem,) = profile_table(
        a_table(metadata={name: {"frame": "fk4 B1950"} for name in ("ra", "dec")}), name="mine"
    ).role_problems
    line = problem.message.split("(astropy: ")[1].split(") with the epoch")[0]

    result: dict[str, SkyCoord] = {}
    exec(line, {"SkyCoord": SkyCoord, "table": table, "EPOCH": "J1955"}, result)

    expected = SkyCoord(RA, DEC, unit="deg", frame="fk4", equinox="B1950", obstime="J1955").icrs
    assert result["icrs"].separation(expected).arcsec.max() < FAR_ARCSEC


@pytest.mark.parametrize(
    ("cards", "frame"),
    [
        ({"RADESYS": "FK5", "EQUINOX": 2000.0}, FK5()),
        ({"RADECSYS": "FK5", "EQUINOX": 1975.0}, FK5(equinox="J1975")),
        ({"EQUINOX": 2000.0}, FK5()),
        ({"RADESYS": "ICRS", "EQUINOX": 2000.0}, "icrs"),
        ({}, "icrs"),
    ],
)
def test_frames_that_a_fits_header_declares_are_converted(tmp_path: Path, cards: dict[str, object], frame: object):
    table = fits.BinTableHDU(Table({"ra": RA, "dec": DEC, "z": np.full(4, 0.5)}).as_array())
    table.header.update(cards)
    table.writeto(tmp_path / "mine.fits")

    assert_at(prepared(tmp_path / "mine.fits"), SkyCoord(RA, DEC, unit="deg", frame=frame))


def test_units_and_frames_in_the_footer_of_a_parquet_file_are_honored(tmp_path: Path):
    header = a_votable(tmp_path, '<COOSYS ID="sys" system="galactic"/>').read_text()
    header = re.sub("<DATA>.*</DATA>", "", header, flags=re.DOTALL).replace('unit="deg"', 'unit="rad"')
    table = pa.table({"ra": np.radians(RA), "dec": np.radians(DEC), "z": [0.5] * 4})
    footer = {"IVOA.VOTable-Parquet.version": "1.0", "IVOA.VOTable-Parquet.content": header}
    pq.write_table(table.replace_schema_metadata(footer), tmp_path / "mine.parquet")

    assert_at(prepared(tmp_path / "mine.parquet"), SkyCoord(RA, DEC, unit="deg", frame="galactic"))


@pytest.mark.parametrize("footer", [b"<VOTABLE", b"<!DOCTYPE x [<!ENTITY e 'x'>]><VOTABLE/>", b"\xff\xfe"])
def test_a_footer_that_cannot_be_read_is_no_reason_to_refuse_the_rows(tmp_path: Path, footer: bytes):
    hostile = {b"IVOA.VOTable-Parquet.content": footer, b"pz-tsm.notes": b'{"a": [1'}
    pq.write_table(a_table().replace_schema_metadata(hostile), tmp_path / "mine.parquet")

    assert prepared(tmp_path / "mine.parquet").counts.kept == 4


def test_an_equinox_before_1984_means_fk4(tmp_path: Path):
    table = fits.BinTableHDU(Table({"ra": RA, "dec": DEC, "z": np.full(4, 0.5)}).as_array())
    table.header["EQUINOX"] = 1950.0
    table.writeto(tmp_path / "mine.fits")

    with pytest.raises(TableError, match="declared as 'fk4 B1950'"):
        prepared(tmp_path / "mine.fits")


@pytest.mark.parametrize("name", ["mine.ecsv", "mine.fits"])
@pytest.mark.parametrize("frame", ["icrs", FK5(equinox="J1975"), "galactic"])
def test_columns_of_positions_that_astropy_saved_keep_their_frame(tmp_path: Path, name: str, frame: object):
    positions = SkyCoord(RA, DEC, unit="deg", frame=frame)
    QTable({"pos": positions, "z": [0.5] * 4}).write(tmp_path / name)
    axes = ("l", "b") if positions.name == "galactic" else ("ra", "dec")

    assert_at(prepared(tmp_path / name, ra=f"pos.{axes[0]}", dec=f"pos.{axes[1]}"), positions)


def test_columns_of_equatorial_positions_that_astropy_saved_are_found_by_themselves(tmp_path: Path):
    QTable({"pos": SkyCoord(RA, DEC, unit="deg"), "z": [0.5] * 4}).write(tmp_path / "mine.ecsv")

    assert prepared(tmp_path / "mine.ecsv").roles["ra"] == "pos.ra"


@pytest.mark.parametrize(
    ("names", "frame"),
    [(("glon", "glat"), "galactic"), (("elon", "elat"), "ecliptic"), (("RAB1950", "DEB1950"), "fk4 B1950")],
)
def test_columns_that_are_named_after_another_frame_are_refused_with_advice(names: tuple[str, str], frame: str):
    table = a_table().rename_columns([*names, "z"])

    with pytest.raises(TableError) as missing:
        prepare_redshifts(table, name="mine")
    with pytest.raises(TableError) as given:
        prepare_redshifts(table, name="mine", roles=dict(zip(("ra", "dec"), names, strict=True)))

    assert f"{names[0]!r} and {names[1]!r} are {frame} coordinates: convert them (astropy: icrs = " in str(
        missing.value
    )
    assert f"are by name or UCD {frame!r}" in str(given.value)


def test_columns_with_galactic_ucds_are_refused_whatever_their_names():
    ucds = {"ra": {"ucd": "pos.galactic.lon"}, "dec": {"ucd": "pos.galactic.lat"}}

    with pytest.raises(TableError, match="by name or UCD 'galactic'"):
        prepare_redshifts(a_table(metadata=ucds), name="mine", roles={"ra": "ra", "dec": "dec"})


@pytest.mark.parametrize("frame", ["fk5 yesterday", "fk5 J9999", "fk5 J", "x'; drop", "FK4"])
def test_frames_that_nobody_can_convert_are_refused(frame: str):
    table = a_table(metadata={name: {"frame": frame} for name in ("ra", "dec")})

    assert [problem.limit for problem in profile_table(table, name="mine").role_problems] == ["ICRS"]


def test_frames_in_column_metadata_are_read_in_any_case():
    table = a_table(metadata={name: {"frame": "FK5"} for name in ("ra", "dec")})

    assert any("from fk5 J2000 to ICRS" in note for note in prepare_redshifts(table, name="mine").notes)


@pytest.mark.parametrize("year", [1500, 1875.5, 2499])
def test_every_equinox_that_is_taken_can_be_converted(year: float):
    table = a_table(metadata={name: {"frame": f"fk5 J{year}"} for name in ("ra", "dec")})

    expected = SkyCoord([53.1], [-28.1], unit="deg", frame=FK5(equinox=f"J{year}")).icrs
    assert prepare_redshifts(table, name="mine").table["ra"][0].as_py() == pytest.approx(expected.ra.deg[0])


def test_a_pair_of_two_frames_is_refused():
    metadata = {"ra": {"frame": "fk5 J2000"}, "dec": {"frame": "icrs"}}

    with pytest.raises(TableError, match="name a pair of one frame"):
        prepare_redshifts(a_table(metadata=metadata), name="mine")


def test_proper_motions_and_epochs_are_told_and_move_nothing():
    table = a_table({"pmRA": [1e6] * 4, "pmDE": [0.0] * 4, "ref_epoch": [2016.0] * 4})

    redshifts = prepare_redshifts(table, name="mine")

    assert redshifts.table["ra"].to_pylist() == [53.1, 53.2, 53.3, 53.4]
    (note,) = redshifts.notes
    assert "used as they are, at their own epoch ('ref_epoch'); the proper motions in 'pmRA', 'pmDE'" in note


def test_an_epoch_that_a_votable_declares_is_told(tmp_path: Path):
    path = a_votable(tmp_path, '<COOSYS ID="sys" system="ICRS" epoch="J2015.5"/>')

    assert any("declared as J2015.5" in note for note in inspect_file(path, name="mine").notes)


def test_words_for_frames_are_read_as_their_standards_tell():
    assert frame_of_votable("eq_FK4", "1950") == "fk4 B1950"
    assert frame_of_votable("UNKNOWN") == "icrs"
    assert frame_of_fits("", "") is None
    assert frame_of_fits("GAPPT", "") == "gappt"


def test_units_and_frames_go_together(tmp_path: Path):
    table = QTable({"ra": RA * u.deg.to(u.rad) * u.rad, "dec": DEC * 60 * u.arcmin, "z": [0.5] * 4})
    table.meta["RADESYS"] = "FK5"
    table.write(tmp_path / "mine.fits")

    assert_at(prepared(tmp_path / "mine.fits"), SkyCoord(RA, DEC, unit="deg", frame="fk5"))
