"""Answers of VizieR and SDSS become redshifts with roles, survey and citation; read from stored answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astroquery.sdss import SDSS
from astroquery.vizier import Vizier

import tsm
from trainingset.inspection import inspect_file
from trainingset.redshifts import Redshifts, prepare_redshifts
from trainingset.tables import read_table
from tsm.tables.redshift_input import prepare

STORED = Path(__file__).parents[1] / "data" / "astroquery"


class StoredAnswer:
    """What requests gives, of a file."""

    def __init__(self, name: str) -> None:
        self.content = (STORED / name).read_bytes()
        self.text = self.content.decode()


@pytest.fixture
def vizier(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """The result of astroquery for a stored answer of VizieR."""

    def ask(name: str) -> Any:
        service = Vizier()
        monkeypatch.setattr(service, "_request", lambda *_, **__: StoredAnswer(name))
        return service.get_catalogs("any")

    return ask


@pytest.fixture
def sdss(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Table]:
    """The result of astroquery for a stored answer of SDSS."""

    def ask(name: str) -> Table:
        monkeypatch.setattr(SDSS, "_request", lambda *_, **__: StoredAnswer(name))
        return SDSS.query_sql("SELECT any")

    return ask


def as_the_service_reads(table: Table) -> Redshifts:
    """What a service makes of the table without being told any role."""
    with prepare(table) as file:
        assert inspect_file(file.path, name=file.name).role_problems == ()
        return prepare_redshifts(read_table(file.path, name=file.name), name=file.name)


def test_velocities_of_vizier_become_redshifts(vizier: Callable[[str], Any]):
    table = tsm.from_astroquery(vizier("vizier_2mrs.xml"))

    read = as_the_service_reads(table)

    assert read.table["redshift"].to_numpy() == pytest.approx([0.049851, 0.052330, 0.082337, 0.055325], abs=1e-6)
    assert table.meta["roles"]["z"] == "cz"
    assert "z_err" not in table.meta["roles"]


def test_a_known_catalog_of_vizier_tells_survey_instrument_and_citation(vizier: Callable[[str], Any]):
    table = tsm.from_astroquery(vizier("vizier_2mrs.xml"))

    assert (table.meta["source"], table.meta["survey"]) == ("J/ApJS/199/26", "2MRS")
    assert set(table["survey"]) == {"2MRS"}
    assert set(table["instrument_type"]) == {"s"}
    assert table.meta["citations"][0]["bibcode"] == "2012ApJS..199...26H"
    assert as_the_service_reads(table).table["redshift_key"][0].as_py() == "2MRS:06012230-3956180"


def test_spectroscopic_redshifts_are_chosen_before_photometric_ones(vizier: Callable[[str], Any]):
    table = tsm.from_astroquery(vizier("vizier_vandels.xml"))

    roles = as_the_service_reads(table).roles

    assert table.meta["roles"] | {"z": "redshift"} == roles
    assert (table.meta["roles"]["z"], roles["quality_flag"], roles["id"]) == ("zsp", "zflg", "VANDELS")


def test_an_unknown_catalog_is_a_survey_of_its_own_cited_by_its_id(vizier: Callable[[str], Any]):
    table = tsm.from_astroquery(vizier("vizier_sexagesimal.xml"))

    assert table.meta["survey"] == "J/AJ/999/99"
    (citation,) = table.meta["citations"]
    assert citation["bibcode"] == "2030AJ....999...99N"
    assert citation["text"] == "AJ 999, 99, by VizieR catalog J/AJ/999/99: Redshifts of nobody (Nobody+, 2030)"


def test_sexagesimal_coordinates_of_vizier_are_degrees(vizier: Callable[[str], Any]):
    read = as_the_service_reads(tsm.from_astroquery(vizier("vizier_sexagesimal.xml")))

    expected = SkyCoord(["10 00 28.61 +02 12 20.9", "10 00 30.02 -00 12 21.5"], unit=("hourangle", "deg"))
    np.testing.assert_allclose(read.table["RAJ2000"], expected.ra.deg, rtol=1e-12)
    np.testing.assert_allclose(read.table["DEJ2000"], expected.dec.deg, rtol=1e-12)


def test_spectra_of_sdss_have_their_roles_and_release(sdss: Callable[[str], Table]):
    table = tsm.from_astroquery(sdss("sdss_spectro.csv"))

    read = as_the_service_reads(table)

    assert (table.meta["source"], table.meta["survey"]) == ("SDSS", "SDSS_DR17")
    assert {role: read.roles[role] for role in ("ra", "dec", "z_err", "id")} == {
        "ra": "ra", "dec": "dec", "z_err": "zErr", "id": "specobjid",
    }  # fmt: skip
    assert read.table["redshift_key"].to_pylist() == [
        "SDSS_DR17:564119362385332224",
        "SDSS_DR17:10315713573011607552",
    ]
    assert table["survey_of_source"].tolist() == ["sdss", "eboss"]
    assert table.meta["citations"][0]["bibcode"] == "2022ApJS..259...35A"


def test_another_release_is_named_by_the_user(sdss: Callable[[str], Table]):
    table = tsm.from_astroquery(sdss("sdss_spectro.csv"), survey="SDSS_DR19")

    assert table.meta["survey"] == "SDSS_DR19"
    assert set(table["survey"]) == {"SDSS_DR19"}


def test_a_magnitude_named_z_is_no_redshift(sdss: Callable[[str], Table]):
    with pytest.raises(tsm.TableRefusedError, match="'z' beside u, g, r and i is the z-band magnitude"):
        tsm.from_astroquery(sdss("sdss_photo.csv"))


def test_the_answer_itself_stays_as_it_was(sdss: Callable[[str], Table]):
    answer = sdss("sdss_spectro.csv")
    names, ucds = answer.colnames, [dict(answer[name].info.meta or {}) for name in answer.colnames]

    tsm.from_astroquery(answer)

    assert answer.colnames == names
    assert [dict(answer[name].info.meta or {}) for name in answer.colnames] == ucds
    assert "roles" not in answer.meta


def test_a_table_without_redshifts_names_its_columns(vizier: Callable[[str], Any]):
    with pytest.raises(tsm.TableRefusedError, match=r"roles=\{'z': COLUMN\}. Columns of numbers: ra, dec, mass"):
        tsm.from_astroquery(Table({"ra": [1.0], "dec": [2.0], "mass": [3.0]}))


def test_several_redshifts_are_a_question():
    table = Table({"ra": [1.0], "dec": [2.0], "zspec": [0.3], "z_best": [0.3]})

    with pytest.raises(tsm.TableRefusedError, match="'zspec' and 'z_best' may each be the redshift"):
        tsm.from_astroquery(table)
    assert tsm.from_astroquery(table, {"z": "zspec"}).meta["roles"]["z"] == "zspec"


def test_velocities_without_a_unit_or_several_of_them_are_a_question():
    table = Table({"ra": [1.0], "dec": [2.0], "cz": [3000.0]})

    with pytest.raises(tsm.TableRefusedError, match=r"'cz' has no unit; give it one \(table\['cz'\].unit = 'km/s'\)"):
        tsm.from_astroquery(table)
    table["HRV"] = table["cz"]
    with pytest.raises(tsm.TableRefusedError, match="'cz' and 'HRV' may each be its velocity"):
        tsm.from_astroquery(table)


def test_several_tables_with_redshifts_are_a_question(vizier: Callable[[str], Any]):
    tables = vizier("vizier_vandels.xml")

    with pytest.raises(tsm.TableRefusedError, match="2 tables have redshifts: 'a', 'b'; choose one"):
        tsm.from_astroquery({"a": tables[0], "b": tables[0]})


@pytest.mark.parametrize("nothing", [None, []])
def test_an_answer_of_nothing_is_told(nothing: object):
    with pytest.raises(tsm.TableRefusedError, match="astroquery found nothing"):
        tsm.from_astroquery(nothing)


def test_what_is_no_answer_is_told():
    with pytest.raises(tsm.TableRefusedError, match="int is no answer of astroquery"):
        tsm.from_astroquery(5)


def test_redshifts_of_astroquery_outlive_a_file(vizier: Callable[[str], Any], tmp_path: Path):
    table = tsm.from_astroquery(vizier("vizier_2mrs.xml"))
    table.write(tmp_path / "2mrs.ecsv")

    assert inspect_file(tmp_path / "2mrs.ecsv", name="2mrs.ecsv").roles["z"] == "cz"
