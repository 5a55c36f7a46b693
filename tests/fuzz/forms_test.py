"""Forms of any parameters to the DALI faces: a job, an answer or an error in words, never an error of ours."""

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.conditions import conditions, nearly_conditions
from tests.fuzz.hunt import thorough
from tests.fuzz.service import Service

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.long]

_NAMES = st.sampled_from(
    ["CATALOG", "REDSHIFTS", "UPLOAD", "RADIUS", "MATCH", "NEIGHBORS", "WHERE", "REDSHIFTS_WHERE", "SPLIT", "SPLIT_BY",
     "SEED", "RESPONSEFORMAT", "FORMATS", "MAXREC", "RUNID", "EXECUTIONDURATION", "DESTRUCTION", "ROLES", "COLUMNS",
     "INPUT", "PRESET", "where", "LANG", "QUERY", "FOO", ""]
)  # fmt: skip
_VALUES = (
    st.sampled_from(
        ["mock.object", "upload:none", "job:../../etc", "mine", "mine,param:table", "mine,https://localhost/x", "1",
         "-1", "1e400", "NaN", "99999999999999999999", "nearest", "train=0.7,test=0.3", "train=1e999", "votable",
         "2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0", "ra=RA,dec=DEC", "{}", '{"kind":"combine","inputs":[]}',
         "text/html", "[" * 500, "%00", "\0", "é" * 100, "a" * 5000, "", "gaap1p0",
         "catalog:mock.object", "compilation:x@1"]
    )
    | conditions
    | nearly_conditions
    | st.text(max_size=20)
)  # fmt: skip
_PATHS = st.sampled_from(
    ["/crossmatch/async", "/combine/async", "/crossmatch/async", "/combine/async", "/crossmatch/sync"]
)
_FILES = st.none() | st.tuples(st.sampled_from(["table", "mine", "WHERE", "", "é"]), st.binary(max_size=50))


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, headers=service.headers, timeout=30) as client:
        yield client


@thorough(60)
@given(path=_PATHS, form=st.lists(st.tuples(_NAMES, _VALUES), max_size=6), file=_FILES, starts=st.booleans())
def test_any_form_is_answered(
    client: httpx.Client,
    path: str,
    form: list[tuple[str, str]],
    file: tuple[str, bytes] | None,
    starts: bool,
) -> None:
    fields: dict[str, list[str]] = {}
    for name, value in [*form, *([("PHASE", "RUN")] if starts else [])]:
        fields.setdefault(name, []).append(value.encode(errors="replace").decode())
    files = None if file is None else {file[0]: ("a/../b\n.csv", file[1], "text/html")}

    answer = client.post(path, data=fields, files=files)

    # A sync request whose job takes longer than its connection is kept is told so, with 504; nothing else is 5xx.
    assert answer.status_code < 500 or (path.endswith("sync") and answer.status_code == 504), answer.text
    if answer.status_code == 303:
        job = client.get(answer.headers["location"])
        assert job.status_code == 200
        assert job.headers["content-type"].startswith(("text/xml", "application/xml"))
