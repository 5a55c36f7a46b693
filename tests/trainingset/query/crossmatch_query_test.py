"""Queries of ADQL that are cross-matches: which recipe they are, and what is said of those that are none."""

import pytest

from trainingset.errors import RecipeError
from trainingset.query.crossmatch import crossmatch_of_query
from trainingset.query.tables import ObjectTable, QueryTables
from trainingset.recipe import How, Match, Unique
from trainingset.wire import BadRows

TABLES = QueryTables(
    objects={"dp1.object": ObjectTable("dp1.object", "ra", "dec", frozenset({"ra", "dec", "objectId", "g_psfFlux"}))},
    redshifts={"TAP_UPLOAD.up": "up", "TAP_UPLOAD.t1": "t1", "compilations.vetted": "compilation:vetted"},
)

STILTS = """SELECT r.*, u.tapupload_id AS tapupload_id_a,
  DISTANCE(POINT('ICRS', u.lon, u.lat), POINT('ICRS', r.ra, r.dec))*3600.0 AS SEP_ARCSEC
FROM dp1.object AS r JOIN TAP_UPLOAD.up AS u
ON 1=CONTAINS(POINT('ICRS', r.ra, r.dec), CIRCLE('ICRS', u.lon, u.lat, 0.000278))"""
TOPCAT_20 = """SELECT TOP 1000 * FROM dp1.object AS db JOIN TAP_UPLOAD.t1 AS tc
ON 1=CONTAINS(POINT('ICRS', db.ra, db.dec), CIRCLE('ICRS', tc.ra, tc.dec, 5./3600.))"""
TOPCAT_21 = """SELECT TOP 1000 * FROM dp1.object AS db JOIN TAP_UPLOAD.t1 AS tc
ON DISTANCE(db.ra, db.dec, tc.ra, tc.dec) < 5./3600."""

JOIN = "FROM dp1.object AS o JOIN TAP_UPLOAD.t1 AS t ON 1=CONTAINS(POINT(o.ra, o.dec), CIRCLE(t.x, t.y, 1/3600.))"
BOTH = "SELECT * FROM dp1.object o, TAP_UPLOAD.t1 t"


def recipe(query: str) -> dict[str, object]:
    return crossmatch_of_query(query, TABLES)


def messages(query: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        recipe(query)
    assert {problem.parameter for problem in caught.value.problems} == {"QUERY"}
    return [problem.message for problem in caught.value.problems]


def test_the_query_of_stilts_asks_for_all_pairs_and_the_separation() -> None:
    assert recipe(STILTS) == {
        "catalog": "dp1.object",
        "redshifts": "up",
        "roles": {"ra": "lon", "dec": "lat"},
        "radius_arcsec": 1.0008,
        "match": Match.ALL,
        "neighbors": 1000,
        "how": How.INNER,
        "unique": Unique.NONE,
        "bad_rows": BadRows.DROP,
        "select": "objects.*, redshifts.tapupload_id AS tapupload_id_a, "
        "(pairs.separation_arcsec / 3600.0) * 3600.0 AS SEP_ARCSEC",
    }


def test_both_dialects_of_the_example_that_topcat_offers_are_one_match() -> None:
    assert recipe(TOPCAT_20) == recipe(TOPCAT_21)
    assert recipe(TOPCAT_21)["radius_arcsec"] == 5.0
    assert recipe(TOPCAT_21)["select"] == "TOP 1000 objects.*, redshifts.*"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM TAP_UPLOAD.t1 t JOIN dp1.object o ON CONTAINS(POINT(t.a, t.b), CIRCLE(o.ra, o.dec, 1)) = 1",
        "SELECT * FROM TAP_UPLOAD.t1 tc, dp1.object db WHERE 1 = CONTAINS(POINT(tc.a, tc.b), CIRCLE(db.ra, db.dec, 1))",
        "select * from tap_upload.T1 tc join DP1.Object db on 1 > distance(point(tc.a, tc.b), point(db.ra, db.dec))",
        'SELECT * FROM "TAP_UPLOAD"."t1" AS "tc" JOIN dp1.object ON (DISTANCE("tc"."a", tc.b, ra, dec) <= (2 - 1.0))',
        "SELECT * -- all of it\nFROM TAP_UPLOAD.t1 tc INNER JOIN dp1.object -- here\n ON 1=CONTAINS(POINT('', a, b), "
        "CIRCLE(POINT('ICRS GEOCENTER', ra, dec), 2 * 0.5))",
    ],
)
def test_a_match_is_known_however_it_is_written(query: str) -> None:
    found = recipe(query)
    assert (found["catalog"], found["redshifts"], found["radius_arcsec"]) == ("dp1.object", "t1", 3600.0)
    assert found["roles"] == {"ra": "a", "dec": "b"}
    assert found["select"] == "redshifts.*, objects.*"


def test_rows_are_sorted_by_items_of_the_list_and_by_columns() -> None:
    found = recipe(f"SELECT t.n AS id, o.* {JOIN} ORDER BY id, 2 DESC, t.n ASC, o.objectId DESC")
    assert found["select"] == ("redshifts.n AS id, objects.* ORDER BY id, 2 DESC, redshifts.n, objects.objectId DESC")


def test_conditions_go_to_the_side_that_they_are_about() -> None:
    found = recipe(
        f"SELECT objectId {JOIN} WHERE g_psfFlux > 3 AND (t.z < 4 OR t.\"class\" LIKE 'GAL%') "
        "AND NOT (o.objectId BETWEEN 1 AND 9) AND z IS NOT NULL"
    )
    assert found["where"] == "(g_psfFlux > 3) AND (NOT (objectId BETWEEN 1 AND 9))"
    assert found["redshifts_where"] == "(z < 4 OR \"class\" LIKE 'GAL%') AND (NOT z IS NULL)"
    assert found["select"] == "objects.objectId"


@pytest.mark.parametrize(
    ("tables", "how"),
    [
        ("TAP_UPLOAD.t1 t LEFT OUTER JOIN dp1.object o", How.LEFT),
        ("dp1.object o RIGHT JOIN TAP_UPLOAD.t1 t", How.LEFT),
        ("dp1.object o INNER JOIN TAP_UPLOAD.t1 t", How.INNER),
    ],
)
def test_an_outer_join_on_the_side_of_redshifts_keeps_those_without_an_object(tables: str, how: How) -> None:
    assert recipe(f"SELECT * FROM {tables} ON DISTANCE(t.x, t.y, o.ra, o.dec) < 1")["how"] is how


def test_a_compilation_is_matched_as_an_upload_is() -> None:
    found = recipe("SELECT * FROM compilations.vetted c, dp1.object o WHERE DISTANCE(c.ra, c.dec, o.ra, o.dec) < 1")
    assert found["redshifts"] == "compilation:vetted"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "is empty."),
        ("DELETE FROM dp1.object", "is no query that can run here: it begins with SELECT."),
        ("SELECT 1", "has no FROM: name a table."),
        (f"SELECT * {JOIN} WHERE o.dec >", "cannot be read near '>' at character"),
        (f"SELECT * {JOIN}; DROP TABLE jobs", "a semicolon has nothing to end: one query is sent at a time"),
        (f"SELECT * {JOIN} /* hidden */", "/* begins no comment in ADQL"),
        (f"SELECT * {JOIN} WHERE 'open", "holds a quote that is not closed"),
        (f"SELECT DISTINCT t.x {JOIN}", "DISTINCT is not run here: load the result and remove repeated rows there"),
        (f"SELECT t.x {JOIN} GROUP  BY t.x HAVING t.x > 1", "HAVING is not run here"),
        ("SELECT * FROM (SELECT * FROM dp1.object) AS o", "a SELECT inside another is not run here"),
        (f"SELECT * {JOIN} UNION SELECT * {JOIN}", "UNION is not run here: send two queries"),
        (f"SELECT TOP -1 * {JOIN}", "cannot be read near '-'"),
        (f"SELECT TOP 1.5 * {JOIN}", "has a TOP without a whole number behind it."),
        ("SELECT * FROM dp1.objekt", "names the table 'dp1.objekt', which is not here; did you mean dp1.object?"),
        ("SELECT * FROM TAP_UPLOAD.t9, dp1.object", "send it with the request: UPLOAD=t9,param:FIELD."),
        ("SELECT TOP 5 * FROM dp1.object", "asks for rows of dp1.object alone"),
        ("SELECT * FROM dp1.object a, dp1.object b", "joins dp1.object and dp1.object, two object catalogs"),
        ("SELECT * FROM TAP_UPLOAD.up a, TAP_UPLOAD.t1 b", "joins TAP_UPLOAD.up and TAP_UPLOAD.t1, no object catalog"),
        ("SELECT * FROM dp1.object a, TAP_UPLOAD.t1 b, TAP_UPLOAD.up c", "joins 3 tables"),
        ("SELECT * FROM dp1.object a, TAP_UPLOAD.t1 a WHERE 1=2", "calls both tables 'a'"),
        ("SELECT * FROM dp1.object o, TAP_UPLOAD.t1 t", "joins two tables without saying how near"),
        ("SELECT * FROM dp1.object o CROSS JOIN TAP_UPLOAD.t1 t", "CROSS joins are not run here"),
        ("SELECT * FROM dp1.object o JOIN TAP_UPLOAD.t1 t USING (objectId)", "USING is not run here"),
        ("SELECT * FROM dp1.object o JOIN TAP_UPLOAD.t1 t ON o.objectId = t.id", "without saying how near"),
        ("SELECT * FROM dp1.object o LEFT JOIN TAP_UPLOAD.t1 t ON DISTANCE(o.ra, o.dec, t.x, t.y) < 1", "keeps all"),
        (f"{BOTH} WHERE DISTANCE(o.g_psfFlux, o.dec, t.x, t.y) < 1", "other columns"),
        (f"{BOTH} WHERE DISTANCE(o.ra, o.dec, o.ra, o.dec) < 1", "compares positions"),
        (f"{BOTH} WHERE DISTANCE(o.ra, o.dec, 3, 4) < 1", "no pair of columns"),
        (f"{BOTH} WHERE DISTANCE(o.ra, o.dec, t.x, t.y) < t.r", "no constant number"),
        (f"{BOTH} WHERE DISTANCE(o.ra, o.dec, t.x, t.y) < 1/0", "no constant number"),
        (f"{BOTH} WHERE DISTANCE(o.ra, o.dec, t.x, t.y) > 1", "uses geometry as no"),
        (f"{BOTH} WHERE 1=CONTAINS(POINT('GALACTIC', o.ra, o.dec), t.x)", "a POINT and"),
        (f"SELECT * {JOIN} AND DISTANCE(o.ra, o.dec, t.x, t.y) < 2", "joins by position twice"),
        (f"SELECT * {JOIN} AND o.g_psfFlux > t.z", "compares columns of both tables in a condition"),
        (f"SELECT * {JOIN} AND 1 = 1", "has a condition that names no column"),
        (f"SELECT q.x {JOIN}", "names 'q', which is no table of the query"),
        (f"SELECT STDDEV(t.x) {JOIN}", "no function STDDEV"),
        (f"SELECT * {JOIN} AND {'(' * 200}t.x > 1{')' * 200}", "is nested more than 25 deep"),
        (f"SELECT * {JOIN} AND t.x IN ({','.join('1' * 40_000)})", "at most 50000 are allowed"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_the_reason(query: str, message: str) -> None:
    assert any(message in found for found in messages(query)), messages(query)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert len(messages("SELECT DISTINCT t.x FROM (SELECT 1) GROUP BY x; HAVING")) == 4
    assert len(messages(f"SELECT COUNT(*), q.x {JOIN} AND o.ra > t.x")) == 2


def test_the_place_of_a_mistake_is_told() -> None:
    query = f"SELECT t.x {JOIN} AND o.ra > t.x"
    assert f"(at character {query.index('o.ra >') + 1})" in messages(query)[0]
