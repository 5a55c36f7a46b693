"""A query of ADQL through the whole service, as pyvo and people at TOPCAT send it, against an independent answer."""

from pathlib import Path

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table

from service.stack import Stack
from tests.system.sky_files import CATALOG, nearest_objects
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

QUERY = f"""SELECT u.id, r.objectId,
DISTANCE(POINT('ICRS', u.lon, u.lat), POINT('ICRS', r.coord_ra, r.coord_dec))*3600.0 AS SEP_ARCSEC
FROM {CATALOG} AS r JOIN TAP_UPLOAD.up AS u
ON 1=CONTAINS(POINT('ICRS', r.coord_ra, r.coord_dec), CIRCLE('ICRS', u.lon, u.lat, 1./3600.))"""


@pytest.fixture(scope="module")
def service(stack: Stack) -> pyvo.dal.TAPService:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {stack.connection.token}"
    return pyvo.dal.TAPService(f"{stack.url}/crossmatch", session=session)


@pytest.fixture(scope="module")
def places(small_table: Path) -> Table:
    """Positions alone: nothing in the table says redshift."""
    table = Table.read(small_table, format="votable")
    return Table({"id": table["id"], "lon": table["ra"], "lat": table["dec"]})


def test_the_nearest_of_all_pairs_of_a_query_are_the_nearest_objects(
    service: pyvo.dal.TAPService, places: Table, small_table: Path, mock_sky: MockSky
) -> None:
    rows = service.run_sync(QUERY, uploads={"up": places}).to_table()
    assert rows.colnames == ["id", "objectId", "SEP_ARCSEC"]
    rows.sort(["id", "SEP_ARCSEC"])
    nearest = {int(row["id"]): row for row in reversed(rows)}
    expected = nearest_objects(mock_sky, small_table, radius_arcsec=1.0)
    assert {number: int(row["objectId"]) for number, row in nearest.items()} == {
        number: object_id for number, (object_id, _) in expected.items()
    }
    separations = [nearest[number]["SEP_ARCSEC"] for number in expected]
    np.testing.assert_allclose(separations, [arcsec for _, arcsec in expected.values()], rtol=0, atol=1e-6)


def test_tap_schema_describes_what_the_document_of_tables_describes(service: pyvo.dal.TAPService) -> None:
    found = service.run_sync("SELECT table_name, column_name, unit, ucd FROM TAP_SCHEMA.columns").to_table()
    described = {(row["table_name"], row["column_name"]): (row["unit"], row["ucd"]) for row in found}
    assert described == {
        (table.name, column.name): (column.unit or "", column.ucd or "")
        for table in service.tables
        for column in table.columns
    }
    assert (CATALOG, "coord_ra") in described
    counted = service.run_async("SELECT COUNT(*) AS n FROM TAP_SCHEMA.columns").to_table()
    assert counted["n"][0] == len(described)


def test_rows_of_a_catalog_and_of_an_upload_are_looked_at(service: pyvo.dal.TAPService, places: Table) -> None:
    lon, lat = float(places["lon"][0]), float(places["lat"][0])
    where = f"1=CONTAINS(POINT('ICRS', coord_ra, coord_dec), CIRCLE('ICRS', {lon}, {lat}, 0.05))"
    counted = service.run_sync(f"SELECT COUNT(*) AS n FROM {CATALOG} WHERE {where}").to_table()["n"][0]
    rows = service.run_async(f"SELECT objectId, coord_ra, coord_dec FROM {CATALOG} AS o WHERE {where}").to_table()
    assert counted == len(rows) > 1
    assert rows["coord_ra"].unit == "deg"
    sent = service.run_sync("SELECT TOP 2 id, lon*2 AS double FROM TAP_UPLOAD.up", uploads={"up": places}).to_table()
    np.testing.assert_allclose(sent["double"], places["lon"][:2] * 2)


def test_the_nearest_distance_of_each_position_is_the_least_of_its_pairs(
    service: pyvo.dal.TAPService, places: Table
) -> None:
    join = QUERY.partition("FROM")[2]
    query = f"""SELECT u.id AS n,
    MIN(DISTANCE(POINT('ICRS', u.lon, u.lat), POINT('ICRS', r.coord_ra, r.coord_dec)))*3600.0 AS SEP_ARCSEC
    FROM {join} GROUP BY n"""
    nearest = service.run_sync(query, uploads={"up": places}).to_table()
    pairs = service.run_sync(QUERY, uploads={"up": places}).to_table()
    least = {number: pairs["SEP_ARCSEC"][pairs["id"] == number].min() for number in set(pairs["id"])}
    assert dict(zip(nearest["n"], nearest["SEP_ARCSEC"], strict=True)) == pytest.approx(least)


def test_more_rows_than_are_wanted_of_tap_schema_are_told_to_be_there(service: pyvo.dal.TAPService) -> None:
    found = service.run_sync("SELECT * FROM TAP_SCHEMA.columns", maxrec=3)
    assert (len(found), found.query_status) == (3, "OVERFLOW")


def test_what_is_wrong_with_a_query_is_shown_by_the_client(service: pyvo.dal.TAPService, places: Table) -> None:
    with pytest.raises(pyvo.DALQueryError) as caught:
        service.run_sync(QUERY.replace("r.objectId", "r.objctId, DISTINCT"), uploads={"up": places})
    assert "QUERY: DISTINCT is not run here" in str(caught.value)
    with pytest.raises(pyvo.DALQueryError) as caught:
        service.run_sync(QUERY.replace("r.objectId", "r.objctId"), uploads={"up": places})
    assert "did you mean objects.objectId" in str(caught.value)
