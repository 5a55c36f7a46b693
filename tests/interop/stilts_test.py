"""STILTS matches through the service as it does by itself: TAP with uploads, and the CDS X-Match protocol."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from astropy.table import Table

from app.documents.job import JOB_INFO_NAMESPACE
from tests.system.sky_files import CATALOG

pytestmark = [
    pytest.mark.slow,
    # FITS has no null for flags, which astropy says of each column.
    pytest.mark.filterwarnings("ignore:Column .* contains NULL"),
]

RADIUS_ARCSEC = 1.0
LOCAL = {"all": "all", "best": "best1", "best-remote": "best2", "each": "best1", "each-dist": "best1"}
"""What STILTS's own match calls the same choice of pairs."""
EXPLAINED = (
    # It has no schema for what UWS lets us add in namespaces of our own.
    "Schema from unknown namespace during validation: urn:uwscustom",
    f"Schema from unknown namespace during validation: {JOB_INFO_NAMESPACE}",
)

LOST_XTYPE = "Upload result column xtype mismatch timestamp != null"
"""Tables are read as numbers, texts and flags; what else VOTable says of a text does not come back with it."""


def run(*arguments: str) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def local_match(stilts: str, redshifts: Path, objects: Path, find: str, target: Path) -> Table:
    run(
        *(stilts, "tskymatch2", f"in1={redshifts}", f"in2={objects}", "ra1=ra", "dec1=dec", "ra2=coord_ra"),
        *("dec2=coord_dec", f"error={RADIUS_ARCSEC}", f"find={LOCAL[find]}", f"out={target}"),
        f"join={'all1' if find.startswith('each') else '1and2'}",
    )
    return Table.read(target)


def assert_same(found: Table, distance: str, expected: Table, *, by_id: bool) -> None:
    distances = (found[distance], expected["Separation"])
    sorted_distances: list[npt.NDArray[np.float64]] = [
        np.sort(np.ma.filled(np.ma.asarray(values, dtype=np.float64), -1)) for values in distances
    ]
    ours, own = sorted_distances
    assert len(own) > 100
    np.testing.assert_allclose(ours, own, rtol=0, atol=2e-6)
    if by_id:
        pairs = [sorted(zip(rows["id"].tolist(), rows["objectId"].tolist(), strict=True)) for rows in (found, expected)]
        assert pairs[0] == pairs[1]


@pytest.mark.parametrize("find", LOCAL)
def test_cdsskymatch_gives_the_rows_of_a_local_match(
    find: str, stilts: str, signed_url: str, redshift_table: Path, local_objects: Path, tmp_path: Path
) -> None:
    run(
        *(stilts, "cdsskymatch", f"serviceurl={signed_url}/xmatch/sync", f"cdstable={CATALOG}"),
        *(f"in={redshift_table}", "ra=ra", "dec=dec", f"radius={RADIUS_ARCSEC}", f"find={find}", "usemoc=false"),
        *("blocksize=130", f"out={tmp_path / 'ours.fits'}"),
    )
    own = local_match(stilts, redshift_table, local_objects, find, tmp_path / "own.fits")
    # Where unmatched rows stay their ids are no numbers.
    assert_same(Table.read(tmp_path / "ours.fits"), "angDist", own, by_id=not find.startswith("each"))


@pytest.mark.parametrize(
    ("find", "sync"), [("all", "true"), ("best", "false"), ("each", "true"), ("each-dist", "true")]
)
def test_tapskymatch_gives_the_rows_of_a_local_match(
    find: str, sync: str, stilts: str, signed_url: str, redshift_table: Path, local_objects: Path, tmp_path: Path
) -> None:
    run(
        *(stilts, "tapskymatch", f"tapurl={signed_url}/crossmatch", f"taptable={CATALOG}", "taplon=coord_ra"),
        *("taplat=coord_dec", f"in={redshift_table}", "inlon=ra", "inlat=dec", f"sr={RADIUS_ARCSEC / 3600}"),
        *(f"find={find}", f"sync={sync}", "blocksize=200", f"out={tmp_path / 'ours.fits'}"),
    )
    own = local_match(stilts, redshift_table, local_objects, find, tmp_path / "own.fits")
    found = Table.read(tmp_path / "ours.fits")
    distance = next(name for name in found.colnames if name.lower().startswith(("sep", "dist")))
    assert_same(found, distance, own, by_id=not find.startswith("each"))


def test_tapquery_runs_a_query_with_an_upload(
    stilts: str, signed_url: str, redshift_table: Path, tmp_path: Path
) -> None:
    query = (
        f"SELECT t.id, o.objectId FROM {CATALOG} AS o JOIN TAP_UPLOAD.mine AS t ON 1=CONTAINS("
        f"POINT('ICRS', o.coord_ra, o.coord_dec), CIRCLE('ICRS', t.ra, t.dec, {RADIUS_ARCSEC / 3600}))"
    )
    target = tmp_path / "rows.vot"
    run(
        *(stilts, "tapquery", f"tapurl={signed_url}/crossmatch", "nupload=1", f"upload1={redshift_table}"),
        *("upname1=mine", f"adql={query}", "sync=false", f"out={target}"),
    )
    assert Table.read(target, format="votable").colnames == ["id", "objectId"]


def errors_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Give what taplint calls errors, of all its sections."""
    return [one for section in report["sections"] for one in section["reports"] if one["level"] == "ERROR"]


def test_taplint_has_no_error_and_every_warning_is_explained(stilts: str, signed_url: str) -> None:
    report = json.loads(
        run(
            *(stilts, "taplint", "stages=UWS CPV AVV TMV TME CAP EXA", "format=json", "report=EWF"),
            *(
                f"tapurl={signed_url}/crossmatch",
                f"asyncurl={signed_url}/crossmatch/async?CATALOG={CATALOG}&REDSHIFTS=x",
            ),
        )
    )
    assert report["totals"]["ERROR"] == 0, errors_of(report)
    complaints = {message["text"] for section in report["sections"] for message in section["reports"]}
    assert complaints <= set(EXPLAINED)


def test_taplint_finds_no_fault_of_queries(stilts: str, signed_url: str) -> None:
    stages = "TMV TME TMS TMC QGE QPO QAS MDQ UPL"
    report = json.loads(
        run(stilts, "taplint", f"stages={stages}", "format=json", "report=EWF", f"tapurl={signed_url}/crossmatch")
    )
    complaints = {message["text"] for section in report["sections"] for message in section["reports"]}
    assert complaints <= {LOST_XTYPE}
    ran = {section["code"]: section for section in report["sections"]}
    assert set(stages.split()) <= ran.keys()


MATCH = (
    f"SELECT * FROM {CATALOG} AS o JOIN TAP_UPLOAD.t AS t "
    f"ON DISTANCE(o.coord_ra, o.coord_dec, t.ra, t.dec) < {RADIUS_ARCSEC}/3600."
)
TABLE = {"UPLOAD": "t,param:t"}
RECIPE = {**TABLE, "CATALOG": CATALOG, "REDSHIFTS": "t", "RADIUS": str(RADIUS_ARCSEC)}
XMATCH = {"REQUEST": "xmatch", "distMaxArcsec": "1", "colRA1": "ra", "colDec1": "dec", "cat2": CATALOG}
VOTABLES: dict[str, tuple[str, dict[str, str]]] = {
    "a cross-match in ADQL": ("/crossmatch/sync", {**TABLE, "QUERY": MATCH}),
    "a cross-match in parameters": ("/crossmatch/sync", {**RECIPE, "SPLIT": "train=0.7,test=0.3", "HOW": "left"}),
    "rows as text": ("/crossmatch/sync", {**RECIPE, "RESPONSEFORMAT": "votable/td"}),
    "no rows": ("/crossmatch/sync", {**RECIPE, "WHERE": "objectId = 1"}),
    "rows that were cut off": ("/crossmatch/sync", {**RECIPE, "MAXREC": "5"}),
    "columns alone": ("/crossmatch/sync", {"QUERY": f"SELECT TOP 5 * FROM {CATALOG}", "MAXREC": "0"}),
    "rows of a catalog": ("/crossmatch/sync", {"QUERY": f"SELECT TOP 5 * FROM {CATALOG}"}),
    "a count": ("/crossmatch/sync", {"QUERY": f"SELECT COUNT(*) FROM {CATALOG}"}),
    "tables of the service": ("/crossmatch/sync", {"QUERY": "SELECT * FROM TAP_SCHEMA.tables"}),
    "columns of the service": ("/crossmatch/sync", {"QUERY": "SELECT * FROM TAP_SCHEMA.columns"}),
    "a compilation": ("/combine/sync", {**TABLE, "INPUT": "t;survey_name=VVDS;quality_flag=id", "MODE": "concatenate"}),
    "X-Match": ("/xmatch/sync", {**XMATCH, "RESPONSEFORMAT": "votable"}),
    "a syntax error": ("/crossmatch/sync", {"QUERY": "SELECT FROM WHERE"}),
    "an unknown table": ("/crossmatch/sync", {"QUERY": "SELECT ra FROM nowhere"}),
    "a recipe that is refused": ("/crossmatch/sync", {"CATALOG": "nowhere", "REDSHIFTS": "upload:none"}),
    "an X-Match that is refused": ("/xmatch/sync", {**XMATCH, "cat2": "nowhere", "RESPONSEFORMAT": "votable"}),
}
"""Address and form of each kind of VOTable that the service writes."""


@pytest.mark.parametrize("kind", VOTABLES)
def test_votlint_finds_nothing_in_any_votable(
    kind: str, stilts: str, signed_url: str, redshift_table: Path, tmp_path: Path
) -> None:
    path, form = VOTABLES[kind]
    files = {"t": redshift_table} if "UPLOAD" in form else {"cat1": redshift_table} if "xmatch" in path else {}
    texts = [part for name, value in form.items() for part in ("--form-string", f"{name}={value}")]
    tables = [part for name, file in files.items() for part in ("-F", f"{name}=@{file}")]
    target = tmp_path / "answer.vot"
    run("curl", "-sS", *texts, *tables, "-o", str(target), f"{signed_url}{path}")
    assert "<VOTABLE" in target.read_text(errors="replace")[:500]
    assert run(stilts, "votlint", f"votable={target}").strip() == ""
    is_error = 'value="ERROR"' in target.read_text(errors="replace")
    assert is_error == (kind.startswith("a syntax") or "unknown" in kind or "refused" in kind)
