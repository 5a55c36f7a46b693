"""Mistakes of users, told in words that help, on both faces; nothing is lost."""

import io
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse

import tsm
from tests.system.sky_files import CATALOG
from tests.system.submit_test import follow

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


@pytest.fixture
def table_with_gaps(tmp_path: Path) -> Path:
    columns = {"ra": [53.1, np.nan, 53.1, np.inf], "dec": [-27.8, -27.8, np.nan, -27.8], "z": [0.5, 0.6, 0.7, 0.8]}
    pq.write_table(pa.table(columns), tmp_path / "gaps.parquet")
    return tmp_path / "gaps.parquet"


def run_form(http: httpx.Client, table: Path, **parameters: str) -> str:
    """Send a job with an inline table; returns its URL when it has ended."""
    form = {"CATALOG": CATALOG, "REDSHIFTS": "mine", "UPLOAD": "mine,param:table", "PHASE": "RUN", **parameters}
    with table.open("rb") as file:
        created = http.post("/crossmatch/async", data=form, files={"table": (table.name, file)})
    assert created.status_code == 303, created.text
    follow(http, created.headers["Location"])
    return created.headers["Location"]


def error_of(http: httpx.Client, job_url: str) -> str:
    """The message of the error document, which must be the one of the job document."""
    answer = http.get(f"{job_url}/error")
    assert answer.status_code == 200, answer.text
    votable = parse(io.BytesIO(answer.content))
    (info,) = [info for info in votable.resources[0].infos if info.name == "QUERY_STATUS"]
    assert info.value == "ERROR"
    summary = http.get(job_url).text
    first_line = info.content.splitlines()[0]
    assert first_line.strip() in summary
    return str(info.content)


def test_rows_without_coordinates_are_counted_and_named(http: httpx.Client, table_with_gaps: Path) -> None:
    message = error_of(http, run_form(http, table_with_gaps))
    assert "ra" in message
    assert "dec" in message
    assert "BAD_ROWS" in message


def test_rows_without_coordinates_are_dropped_when_asked(http: httpx.Client, table_with_gaps: Path) -> None:
    job_url = run_form(http, table_with_gaps, BAD_ROWS="drop", HOW="left")
    assert http.get(f"{job_url}/phase").text == "COMPLETED", http.get(f"{job_url}/error").text


def test_all_problems_of_a_form_are_in_one_error(http: httpx.Client, small_table: Path) -> None:
    job_url = run_form(
        http, small_table, RADIUS="77", WHERE="i_gaap1p0SRN > 5", RADIOUS="1", SPLIT="train=0.7,test=0.2", SEED="-1"
    )
    message = error_of(http, job_url)
    for part in ("RADIUS", "77", "5", "i_gaap1p0SNR", "RADIOUS", "SPLIT", "0.9", "SEED"):
        assert part in message, f"{part} is missing in: {message}"


def test_all_problems_of_a_json_request_come_at_once(maker: tsm.TrainingSetMaker, small_table: Path) -> None:
    redshifts = maker.upload(small_table)
    with pytest.raises(tsm.RequestRefusedError) as refusal:
        maker.crossmatch(catalog=CATALOG, redshifts=redshifts, radius_arcsec=77, where="nonsense >", formats=["xls"])
    assert refusal.value.status == 422
    assert {problem.parameter for problem in refusal.value.problems} >= {"RADIUS", "WHERE", "FORMATS"}


def test_a_file_that_is_no_table_is_refused_before_it_is_sent(maker: tsm.TrainingSetMaker, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(tsm.TableRefusedError, match="PNG image"):
        maker.upload(tmp_path / "letter.txt")


def test_an_xml_bomb_is_rejected_and_the_next_table_is_read(
    maker: tsm.TrainingSetMaker, tmp_path: Path, small_table: Path
) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE VOTABLE [{entities}]><VOTABLE version="1.3">&e11;</VOTABLE>'
    (tmp_path / "bomb.vot").write_text(bomb)
    with pytest.raises(tsm.RequestRefusedError):
        maker.upload(tmp_path / "bomb.vot")
    assert maker.upload(small_table).state == "ready"


def test_redshifts_of_another_sky_are_refused(maker: tsm.TrainingSetMaker, tmp_path: Path) -> None:
    pq.write_table(pa.table({"ra": [200.0], "dec": [70.0], "z": [0.1]}), tmp_path / "north.parquet")
    redshifts = maker.upload(tmp_path / "north.parquet")
    with pytest.raises(tsm.RequestRefusedError) as refusal:
        maker.crossmatch(catalog=CATALOG, redshifts=redshifts)
    assert "sky" in str(refusal.value).lower()


def test_sync_answers_a_wrong_request_with_400_and_an_error_votable(http: httpx.Client) -> None:
    answer = http.get("/crossmatch/sync", params={"CATALOG": "nothing", "REDSHIFTS": "upload:none", "RADIUS": "-1"})
    assert answer.status_code == 400
    votable = parse(io.BytesIO(answer.content))
    message = votable.resources[0].infos[0].content
    assert "CATALOG" in message
    assert "RADIUS" in message
