from datetime import UTC, datetime

import pytest
from lxml import etree
from pyvo.auth.authurls import AuthURLs
from pyvo.io.vosi import parse_capabilities, parse_tables

from app.documents.availability import availability_document
from app.documents.capabilities import TapLimits, capabilities_document
from app.documents.tables import table_document, tables_document
from tests.app.catalogs import OPEN_CATALOG, a_card, an_entry
from tests.shared_data import xml_schema
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.listed_table import ListedTable
from trainingset.query.tap_schema import TAP_SCHEMA

UP_SINCE = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
SERVICE = "https://data.example.org/tsm/crossmatch"
LIMITS = TapLimits(
    default_lifetime=3600,
    max_lifetime=7200,
    default_execution_duration=60,
    max_execution_duration=0,
    upload_bytes=1000,
    fetches_uploads=True,
)
BASIC, OAUTH = "ivo://ivoa.net/sso#BasicAA", "ivo://ivoa.net/sso#OAuth"


def a_capabilities_document() -> bytes:
    return capabilities_document(vosi=SERVICE, services=[SERVICE], tap=SERVICE, limits=LIMITS)


def a_table(catalog_id: str = OPEN_CATALOG) -> ListedTable:
    return ListedTable.of_catalog(a_card(an_entry(catalog_id)))


def is_open(standard_id: str) -> bool:
    return "VOSI" in standard_id or "DALI#examples" in standard_id


@pytest.fixture
def auth_urls(tmp_path) -> AuthURLs:
    path = tmp_path / "capabilities.xml"
    path.write_bytes(a_capabilities_document())
    urls = AuthURLs()
    urls.update_from_capabilities(parse_capabilities(str(path)))
    return urls


@pytest.mark.parametrize(("is_available", "notes"), [(True, ()), (False, ("No worker is <alive> & well.",))])
def test_availability_is_valid(is_available, notes):
    document = availability_document(is_available=is_available, up_since=UP_SINCE, notes=notes)

    xml_schema("VOSIAvailability-v1.0.xsd").assertValid(etree.fromstring(document))


def test_availability_tells_since_when_and_what_is_wrong():
    document = availability_document(is_available=False, up_since=UP_SINCE, notes=("No worker is alive.",))

    found = [(etree.QName(child).localname, child.text) for child in etree.fromstring(document)]
    assert found == [("available", "false"), ("upSince", "2026-11-22T18:00:00.000Z"), ("note", "No worker is alive.")]


def test_capabilities_are_valid():
    schema = xml_schema("VOSICapabilities-v1.0.xsd", "VODataService-v1.2.xsd", "TAPRegExt-v1.0-Erratum1.xsd")

    schema.assertValid(etree.fromstring(a_capabilities_document()))


def test_capabilities_list_vosi_resources_and_job_list():
    root = etree.fromstring(a_capabilities_document())

    listed = {child.get("standardID"): child.findtext("interface/accessURL") for child in root}
    assert listed == {
        "ivo://ivoa.net/std/VOSI#capabilities": f"{SERVICE}/capabilities",
        "ivo://ivoa.net/std/VOSI#availability": f"{SERVICE}/availability",
        "ivo://ivoa.net/std/VOSI#tables-1.1": f"{SERVICE}/tables",
        "ivo://ivoa.net/std/DALI#examples": f"{SERVICE}/examples",
        "ivo://ivoa.net/std/UWS#rest-1.1": f"{SERVICE}/async",
        "ivo://ivoa.net/std/TAP": SERVICE,
    }


def test_vosi_interfaces_are_full_addresses_without_security_method():
    root = etree.fromstring(a_capabilities_document())

    vosi = [child.find("interface") for child in root if "VOSI" in child.get("standardID", "")]
    assert {interface.find("accessURL").get("use") for interface in vosi} == {"full"}
    assert [interface.findall("securityMethod") for interface in vosi] == [[], [], []]


def test_no_protected_address_looks_open():
    root = etree.fromstring(a_capabilities_document())

    protected = [child.find("interface") for child in root if not is_open(child.get("standardID", ""))]
    methods = [[item.get("standardID") for item in found.findall("securityMethod")] for found in protected]
    assert methods == [[BASIC, OAUTH]] * len(protected)


@pytest.mark.parametrize("path", ["/async", "/sync", "/async/abc/phase"])
def test_pyvo_presents_a_token_to_everything_protected(auth_urls, path):
    assert auth_urls.allowed_auth_methods(SERVICE + path) == {BASIC, OAUTH}


def test_pyvo_uses_a_method_that_its_user_registered(auth_urls):
    auth_urls.add_security_method_for_url(SERVICE, "lsst-token")

    assert "lsst-token" in auth_urls.allowed_auth_methods(f"{SERVICE}/async")


@pytest.mark.parametrize("path", ["/capabilities", "/availability", "/tables"])
def test_pyvo_asks_vosi_anonymously(auth_urls, path):
    assert auth_urls.allowed_auth_methods(SERVICE + path) == {"anonymous"}


@pytest.mark.parametrize("with_columns", [True, False])
def test_tables_are_valid(with_columns):
    tables = [a_table(), a_table("dp2.object"), a_table("plain"), *TAP_SCHEMA]

    document = tables_document(tables, with_columns=with_columns)

    xml_schema("VOSITables-v1.1.xsd").assertValid(etree.fromstring(document))


def test_tables_tell_their_keys_and_which_columns_are_quick():
    root = etree.fromstring(tables_document([a_table(), *TAP_SCHEMA], with_columns=True))

    key = root.xpath("//table[name='TAP_SCHEMA.key_columns']/foreignKey")[0]
    assert [element.text for element in key.iter() if len(element) == 0] == ["TAP_SCHEMA.keys", "key_id", "key_id"]
    assert root.xpath("//table[name='mock.object']/column[flag='indexed']/name/text()") == ["coord_ra", "coord_dec"]
    assert len(root.xpath("//column/flag")) == 2


def test_no_tables_are_valid():
    xml_schema("VOSITables-v1.1.xsd").assertValid(etree.fromstring(tables_document([], with_columns=True)))


def test_one_table_is_valid():
    xml_schema("VOSITables-v1.1.xsd").assertValid(etree.fromstring(table_document(a_table())))


def test_pyvo_reads_tables_with_units_and_ucds(tmp_path):
    path = tmp_path / "tables.xml"
    path.write_bytes(tables_document([a_table()], with_columns=True))

    (table,) = parse_tables(str(path)).iter_tables()

    columns = {column.name: column for column in table.columns}
    assert table.name == "mock.object"
    assert (columns["coord_ra"].ucd, columns["coord_ra"].unit) == ("pos.eq.ra;meta.main", "deg")
    assert (columns["objectId"].datatype.content, columns["ebv"].datatype.content) == ("long", "float")


def test_names_that_adql_would_not_read_are_quoted_and_text_is_escaped_once():
    column = ColumnDescription(name="_healpix_29", datatype=ColumnType.STRING, description="a < b & c")
    card = a_card().model_copy(update={"columns": (column,)})

    element = etree.fromstring(table_document(ListedTable.of_catalog(card))).find("column")

    assert element.findtext("name") == '"_healpix_29"'
    assert element.findtext("description") == "a < b & c"
    assert element.find("dataType").get("arraysize") == "*"
