"""The CDS X-Match protocol as astroquery speaks it, against brute force."""

from pathlib import Path

import pytest
from astropy import units
from astropy.table import Table
from astroquery.xmatch import XMatchClass  # type: ignore[import-untyped]

from service.stack import Stack
from tests.system.sky_files import CATALOG, nearest_objects
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


@pytest.fixture(scope="module")
def service(stack: Stack) -> XMatchClass:
    service = XMatchClass()
    service.URL = f"{stack.url}/xmatch/sync"
    service._session.headers["Authorization"] = f"Bearer {stack.connection.token}"
    return service


def test_astroquery_finds_all_pairs_and_lists_the_catalogs(
    service: XMatchClass, small_table: Path, mock_sky: MockSky
) -> None:
    table = Table.read(small_table, format="votable")
    assert service.get_available_tables() == [CATALOG]
    rows = service.query(
        cat1=table, cat2=f"vizier:{CATALOG}", max_distance=1 * units.arcsec, colRA1="ra", colDec1="dec", cache=False
    )
    assert rows.colnames[:5] == ["angDist", "id", "ra", "dec", "z"]
    rows.sort(["id", "angDist"])
    nearest = {int(row["id"]): int(row["objectId"]) for row in reversed(rows)}
    expected = nearest_objects(mock_sky, small_table, radius_arcsec=1.0)
    assert nearest == {number: object_id for number, (object_id, _) in expected.items()}


def test_what_is_wrong_is_shown_by_astroquery(service: XMatchClass, small_table: Path) -> None:
    table = Table.read(small_table, format="votable")
    with pytest.raises(Exception, match="RADIUS: 100 arcsec is above 5 arcsec, the margin of mock_object"):
        service.query(
            cat1=table, cat2=CATALOG, max_distance=100 * units.arcsec, colRA1="ra", colDec1="dec", cache=False
        )
