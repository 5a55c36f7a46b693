"""Queries and X-Match requests that cannot run: each is an error VOTable that says why, as VO clients show it."""

import io
import re
from pathlib import Path

import httpx
import pytest
import pyvo
import requests
from astropy.io.votable import parse
from astropy.table import Table

from service.stack import Stack
from tests.system.sky_files import CATALOG

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

JOIN = f"FROM {CATALOG} AS o JOIN TAP_UPLOAD.mine AS t"
NEAR = "1=CONTAINS(POINT('ICRS', o.coord_ra, o.coord_dec), CIRCLE('ICRS', t.ra, t.dec, {}))"
BOUNDARY = "no-such-boundary"


def said(answer: httpx.Response) -> str:
    """The text of an error VOTable, from where TOPCAT, pyvo and astroquery each take it."""
    assert answer.status_code in (400, 413), answer.text[:500]
    (info,) = [info for info in parse(io.BytesIO(answer.content)).resources[0].infos if info.name == "QUERY_STATUS"]
    assert (info.ID, info.value) == ("QUERY_STATUS", "ERROR")
    text = str(info.content)
    assert not re.search(r"Traceback|sqlglot|sqlite3?\.|gt-[A-Za-z0-9_-]{22}\.", text)
    return text


def ask(http: httpx.Client, query: str, table: Path | None = None) -> str:
    form = {"QUERY": query, "LANG": "ADQL"}
    if table is None:
        return said(http.post("/crossmatch/sync", data=form))
    files = {"file": ("t.vot", table.read_bytes())}
    return said(http.post("/crossmatch/sync", data=form | {"UPLOAD": "mine,param:file"}, files=files))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (f"SELECT objectId FROM {CATALOG} WHERE (coord_ra >", "cannot be read near '>' at character 50"),
        (f"SELECT objctId FROM {CATALOG}", "objectId"),
        ("SELECT objectId FROM mock_objct", f"did you mean {CATALOG}"),
        (f"SELECT a.objectId FROM {CATALOG} AS a, {CATALOG} AS b", "two object catalogs"),
        (f"SELECT a.objectId FROM {CATALOG} AS a CROSS JOIN {CATALOG} AS b", "CROSS joins are not run here"),
        (f"SELECT objectId FROM (SELECT objectId FROM {CATALOG}) AS x", "subqueries are not read"),
        (f"SELECT objectId FROM {CATALOG} WHERE objectId IN (SELECT 1)", "subqueries are not read"),
        (f"SELECT SQUARE(coord_ra) FROM {CATALOG}", "no function SQUARE; did you mean SQRT"),
        (f"SELECT TOP 1 /* x */ objectId FROM {CATALOG}", "begins no comment in ADQL"),
        (f"SELECT TOP 1 objectId FROM {CATALOG}; DROP TABLE jobs", "one query is sent at a time"),
        ("DROP TABLE jobs", "it begins with SELECT"),
        ("SELECT * FROM pg_catalog.pg_tables", "names the table 'pg_catalog.pg_tables', which is not here"),
        (f"SELECT TOP -1 objectId FROM {CATALOG}", "cannot be read near '-' at character 12"),
        (f'SELECT TOP 1 "objectId FROM {CATALOG}', "a quote that is not closed"),
        ("SELECT * FROM TAP_UPLOAD.nothing", "send it with the request: UPLOAD=nothing"),
        (f"SELECT TOP 1 objectId FROM {CATALOG} WHERE {'(' * 3000}objectId > 1{')' * 3000}", "nested"),
        (f"SELECT objectId FROM {CATALOG} WHERE objectId IN ({','.join(['1'] * 40_000)})", "at most 50000 are allowed"),
        (
            "SELECT * FROM TAP_SCHEMA.columns a, TAP_SCHEMA.columns b, TAP_SCHEMA.columns c",
            "at most 5000000 values",
        ),
    ],
    ids=lambda value: str(value)[:40] if " " in str(value) else None,
)
def test_a_query_that_cannot_run_says_why(http: httpx.Client, query: str, reason: str) -> None:
    assert reason in ask(http, query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (f"SELECT o.objectId {JOIN} ON o.objectId = t.id", "without saying how near their positions are to be"),
        (f"SELECT o.objectId {JOIN} ON {NEAR.format(0.1)}", "360 arcsec is above 5 arcsec, the margin of"),
        (f"SELECT o.objectId {JOIN} ON {NEAR.format(0.0002)} AND o.coord_ra > t.z", "compares columns of both tables"),
        (f"SELECT o.objectId {JOIN} ON {NEAR.format(0.0002)} WHERE o.objctId > 1", "objectId"),
    ],
    ids=["no-positions", "wide", "both-tables", "unknown-column"],
)
def test_a_join_that_is_no_cross_match_says_why(http: httpx.Client, small_table: Path, query: str, reason: str) -> None:
    assert reason in ask(http, query, small_table)


def test_ten_megabytes_of_adql_are_refused_before_they_are_read(http: httpx.Client) -> None:
    jobs = http.get("/crossmatch/async").text.count("jobref")
    query = f"SELECT objectId FROM {CATALOG} WHERE objectId IN ({','.join(['12345678'] * 1_100_000)})"
    assert "the limit is" in ask(http, query)
    assert http.get("/crossmatch/async").text.count("jobref") == jobs


def test_an_upload_named_like_a_catalog_hides_nothing(stack: Stack, small_table: Path) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {stack.connection.token}"
    service = pyvo.dal.TAPService(f"{stack.url}/crossmatch", session=session)
    sent = {CATALOG: Table.read(small_table)}
    mine = service.run_sync(f"SELECT COUNT(*) AS n FROM TAP_UPLOAD.{CATALOG}", uploads=sent).to_table()
    theirs = service.run_sync(f"SELECT COUNT(*) AS n FROM {CATALOG}", uploads=sent).to_table()
    assert (mine["n"][0], theirs["n"][0] > 10_000) == (300, True)


@pytest.mark.parametrize(
    ("query", "n_rows"),
    [
        (f"SELECT TOP 2 objectId FROM {CATALOG} -- '; DROP TABLE jobs", 2),
        (f"SELECT TOP 2 'it''s; -- \"' AS text FROM {CATALOG}", 2),
    ],
    ids=["comment", "text"],
)
def test_signs_of_other_languages_in_texts_and_comments_mean_nothing(
    http: httpx.Client, query: str, n_rows: int
) -> None:
    answer = http.post("/crossmatch/sync", data={"QUERY": query, "RESPONSEFORMAT": "csv"})
    assert answer.status_code == 200, answer.text
    assert len(answer.text.strip().splitlines()) == n_rows + 1


# --- the CDS X-Match protocol

FIELDS = {
    **{"REQUEST": "xmatch", "RESPONSEFORMAT": "votable", "distMaxArcsec": "1", "selection": "all"},
    **{"cat2": f"vizier:{CATALOG}", "colRA1": "ra", "colDec1": "dec"},
}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"colRA1": "alpha"}, "alpha"),
        ({"colDec1": ""}, "colDec1: is missing"),
        ({"distMaxArcsec": "wide"}, "'wide' is no radius in arcsec"),
        ({"distMaxArcsec": "100"}, "above 5 arcsec, the margin of"),
        ({"cat2": "vizier:mock_objct"}, CATALOG),
        ({"cat2": ""}, "names no catalog"),
        ({"REQUEST": "match"}, "must be xmatch"),
        ({"area": "healpix"}, "must be allsky"),
        ({"cols1": "nothing"}, "nothing"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_an_xmatch_request_with_a_wrong_field_says_which(
    http: httpx.Client, small_table: Path, changed: dict[str, str], reason: str
) -> None:
    form = {name: value for name, value in (FIELDS | changed).items() if value}
    files = {"cat1": ("t.vot", small_table.read_bytes())}
    assert reason in said(http.post("/xmatch/sync", data=form, files=files))


def test_swapped_coordinates_are_places_elsewhere_and_match_nothing(http: httpx.Client, small_table: Path) -> None:
    # No mistake that could be told from a block of a table that lies elsewhere, which STILTS sends and wants empty.
    form = FIELDS | {"colRA1": "dec", "colDec1": "ra", "RESPONSEFORMAT": "csv"}
    answer = http.post("/xmatch/sync", data=form, files={"cat1": ("t.vot", small_table.read_bytes())})
    assert (answer.status_code, len(answer.text.splitlines())) == (200, 1)


def test_an_xmatch_request_without_a_table_says_so(http: httpx.Client) -> None:
    assert "no table came with the request" in said(http.post("/xmatch/sync", data=FIELDS))


@pytest.mark.parametrize(
    "body",
    [
        b"--other\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--other--\r\n",
        # What STILTS sends again behind a 401: a body whose rows cannot be read twice.
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="cat1"; filename="t"\r\n\r\n<VOTABLE><RES'.encode(),
        b"",
    ],
    ids=["another-boundary", "half-a-body", "nothing"],
)
def test_a_broken_body_is_refused_and_leaves_no_job(http: httpx.Client, body: bytes) -> None:
    jobs = http.get("/crossmatch/async").text.count("jobref")
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert said(http.post("/xmatch/sync", content=body, headers=headers))
    assert http.get("/crossmatch/async").text.count("jobref") == jobs
