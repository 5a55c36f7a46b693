"""A cross-match through the whole service, asked in every way, against an independent answer."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
import pyvo
import requests
from astropy.io.votable import parse_single_table

import tsm
from service.stack import Stack
from tests.system.sky_files import CATALOG, nearest_objects
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

RADIUS = 1.0

Pairs = dict[int, tuple[int, float]]


@pytest.fixture(scope="session")
def expected(mock_sky: MockSky, small_table: Path) -> Pairs:
    pairs = nearest_objects(mock_sky, small_table, radius_arcsec=RADIUS)
    assert 100 < len(pairs) < 300
    return pairs


def follow(http: httpx.Client, job_url: str) -> str:
    """Wait for the end of a job as UWS clients do."""
    phase = http.get(f"{job_url}/phase").text
    while phase in {"PENDING", "QUEUED", "EXECUTING"}:
        http.get(job_url, params={"WAIT": "20", "PHASE": phase})
        phase = http.get(f"{job_url}/phase").text
    return phase


def pairs_of(rows: Any) -> Pairs:
    """Object id and separation by redshift id."""
    return {
        int(redshift): (int(object_id), float(arcsec))
        for redshift, object_id, arcsec in zip(rows["id"], rows["objectId"], rows["separation_arcsec"], strict=True)
    }


def assert_same(found: Pairs, expected: Pairs) -> None:
    assert {key: pair[0] for key, pair in found.items()} == {key: pair[0] for key, pair in expected.items()}
    keys = sorted(expected)
    np.testing.assert_allclose([found[key][1] for key in keys], [expected[key][1] for key in keys], rtol=0, atol=1e-6)


def test_a_form_as_curl_sends_it_gives_votable_and_parquet_with_the_right_rows(
    http: httpx.Client, small_table: Path, expected: Pairs
) -> None:
    form = {
        "CATALOG": CATALOG,
        "REDSHIFTS": "mine",
        "UPLOAD": "mine,param:table",
        "RADIUS": str(RADIUS),
        "UNIQUE": "none",
        "FORMATS": "parquet",
        "PHASE": "RUN",
    }
    with small_table.open("rb") as file:
        created = http.post("/crossmatch/async", data=form, files={"table": (small_table.name, file)})
    assert created.status_code == 303, created.text
    job_url = created.headers["Location"]
    assert follow(http, job_url) == "COMPLETED", http.get(f"{job_url}/error").text
    votable = parse_single_table(io.BytesIO(http.get(f"{job_url}/results/result").content)).to_table()
    parquet = pq.read_table(io.BytesIO(http.get(f"{job_url}/results/parquet").content)).to_pydict()
    assert_same(pairs_of(votable), expected)
    assert_same(pairs_of(parquet), expected)


def test_json_gives_the_same_rows(
    maker: tsm.TrainingSetMaker, small_table: Path, expected: Pairs, tmp_path: Path
) -> None:
    job = maker.crossmatch(
        catalog=CATALOG, redshifts=maker.upload(small_table), radius_arcsec=RADIUS, unique="none"
    ).wait()
    table = pq.read_table(job.download("parquet", tmp_path)).to_pydict()
    assert_same(pairs_of(table), expected)


def test_pyvo_submits_follows_and_fetches(stack: Stack, small_table: Path, expected: Pairs) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {stack.connection.token}"
    job = pyvo.dal.AsyncTAPJob.create(
        f"{stack.url}/crossmatch",
        "-",
        session=session,
        uploads={"mine": str(small_table)},
        CATALOG=CATALOG,
        REDSHIFTS="mine",
        RADIUS=RADIUS,
        UNIQUE="none",
    )
    job.run()
    job.wait(timeout=120)
    job.raise_if_error()
    assert_same(pairs_of(job.fetch_result().to_table()), expected)
    again = pyvo.dal.AsyncTAPJob(job.url, session=session)
    assert again.phase == "COMPLETED"
    assert len(again.fetch_result()) == len(expected)
    again.delete()


def test_sync_answers_with_the_table(http: httpx.Client, small_table: Path, expected: Pairs) -> None:
    form = {"CATALOG": CATALOG, "REDSHIFTS": "mine", "UPLOAD": "mine,param:table", "RADIUS": "1", "UNIQUE": "none"}
    with small_table.open("rb") as file:
        answer = http.post("/crossmatch/sync", data=form, files={"table": (small_table.name, file)})
    assert answer.status_code == 200, answer.text
    assert_same(pairs_of(parse_single_table(io.BytesIO(answer.content)).to_table()), expected)


def test_a_split_is_the_same_whoever_asks_and_marks_the_training_set(
    http: httpx.Client, maker: tsm.TrainingSetMaker, small_table: Path, tmp_path: Path
) -> None:
    redshifts = maker.upload(small_table)
    split = {"train": 0.7, "validation": 0.15, "test": 0.15}
    by_json = maker.crossmatch(catalog=CATALOG, redshifts=redshifts, radius_arcsec=RADIUS, split=split, seed=5).wait()
    form = {
        "CATALOG": CATALOG,
        "REDSHIFTS": redshifts.source,
        "RADIUS": str(RADIUS),
        "SPLIT": "train=0.7,validation=0.15,test=0.15",
        "SEED": "5",
        "PHASE": "RUN",
    }
    job_url = http.post("/crossmatch/async", data=form).headers["Location"]
    assert follow(http, job_url) == "COMPLETED"
    by_form = maker.job(job_url.rsplit("/", 1)[1])
    tables = [
        pq.read_table(job.download("parquet", tmp_path / f"{job.id}.parquet")).to_pandas() for job in (by_json, by_form)
    ]
    assert tables[0]["subset"].tolist() == tables[1]["subset"].tolist()
    assert set(tables[0]["subset"]) == {"train", "validation", "test"}
    assert (tables[0]["is_training_set"] == (tables[0]["subset"] == "train")).all()


def test_provenance_names_the_input_by_its_checksum(
    maker: tsm.TrainingSetMaker, small_table: Path, tmp_path: Path
) -> None:
    redshifts = maker.upload(small_table)
    job = maker.crossmatch(catalog=CATALOG, redshifts=redshifts).wait()
    provenance = json.loads(job.download("provenance", tmp_path).read_text())
    assert redshifts.sha256 in json.dumps(provenance)
    assert job.id in json.dumps(provenance)


def test_a_result_of_one_job_is_the_redshift_table_of_the_next(maker: tsm.TrainingSetMaker, small_table: Path) -> None:
    first = maker.crossmatch(catalog=CATALOG, redshifts=maker.upload(small_table), radius_arcsec=RADIUS).wait()
    second = maker.crossmatch(catalog=CATALOG, redshifts=f"job:{first.id}", radius_arcsec=RADIUS).wait()
    assert second.state.phase == "COMPLETED"


def test_a_damaged_result_is_not_kept(
    stack: Stack, maker: tsm.TrainingSetMaker, small_table: Path, tmp_path: Path
) -> None:
    job = maker.crossmatch(catalog=CATALOG, redshifts=maker.upload(small_table)).wait()
    (stored,) = (stack.folder.blobs / "jobs" / job.id).rglob("*.parquet")
    content = stored.read_bytes()
    stored.write_bytes(b"x" + content[1:])
    with pytest.raises(tsm.ChecksumError):
        job.download("parquet", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_token_is_shown_by_nothing(stack: Stack, maker: tsm.TrainingSetMaker, small_table: Path) -> None:
    job = maker.crossmatch(catalog=CATALOG, redshifts=maker.upload(small_table))
    secret = stack.connection.token.partition(".")[2]
    assert secret not in repr(maker) + repr(job) + repr(stack.connection) + str(job.state)
    job.wait()
    logs = "".join(path.read_text() for path in stack.folder.logs.iterdir())
    assert secret not in logs
