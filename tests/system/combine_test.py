"""Compilations through the whole service: combined, fetched, published, and matched."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse_single_table

from service.stack import Stack
from tests.system.sky_files import CATALOG
from tests.system.submit_test import follow
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

N_MINE, N_SHARED, N_YOURS = 40, 15, 25
"""Sources of the first survey, those of them that the second measured as well, and all that the second measured."""
RULES = """
name: {name}
title: A survey of this test
instrument_types: [s]
rules:
  version: 1
  source: this test
  columns: {{id: id, ra: ra, dec: dec, z: z, z_flag: flag}}
  quality: {{values: {{3: 3, 4: 4}}, default: 0}}
  instrument_type: {{default: s}}
"""
SURVEY_RULES = "---".join(RULES.format(name=name) for name in ("MINE", "YOURS"))


@pytest.fixture(scope="session")
def tables(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two surveys of lone mock sources: the second measured some of the first ones again, and saw them as secure."""
    n_sources = N_MINE + N_YOURS - N_SHARED
    truth = pq.read_table(mock_sky.sources, columns=["ra", "dec", "redshift", "i_mag"]).to_pandas()
    bright = truth[(truth["redshift"] > 0.1) & (truth["i_mag"] < 22)].sort_values("dec")
    # Spread over the whole range of declinations, they are far from each other.
    lone = bright.iloc[:: len(bright) // n_sources].head(n_sources)
    assert np.diff(lone["dec"]).min() > 5 / 3600
    rows = {"mine": lone.iloc[:N_MINE], "yours": lone.iloc[N_MINE - N_SHARED :]}
    folder = tmp_path_factory.mktemp("surveys")
    for name, flag in (("mine", 3), ("yours", 4)):
        found = rows[name]
        columns = {
            "id": [f"{name}{number}" for number in range(len(found))],
            "ra": found["ra"].to_numpy(),
            "dec": found["dec"].to_numpy(),
            "z": found["redshift"].to_numpy(),
            "flag": np.full(len(found), flag),
        }
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in rows}


@pytest.fixture(scope="session")
def uploads(http: httpx.Client, tables: dict[str, Path]) -> dict[str, str]:
    """The tables, sent once."""
    return {name: send(http, name, path.read_bytes()) for name, path in tables.items()}


def send(http: httpx.Client, name: str, content: bytes) -> str:
    answer = http.post("/api/v1/uploads", params={"name": name, "wait": 20}, content=content)
    return str(answer.json()["source"])


def a_combination(uploads: dict[str, str], **changes: Any) -> dict[str, Any]:
    inputs = [{"source": uploads[name], "survey": name.upper()} for name in ("mine", "yours")]
    return {"kind": "combine", "inputs": inputs, "survey_rules": SURVEY_RULES, **changes}


def made(http: httpx.Client, recipe: dict[str, Any]) -> dict[str, Any]:
    """The job of a recipe when it has ended well."""
    answer = http.post("/api/v1/jobs", json={"recipe": recipe})
    assert answer.status_code == 201, answer.text
    assert follow(http, answer.json()["url"]) == "COMPLETED", http.get(f"{answer.json()['url']}/error").text
    job: dict[str, Any] = http.get(f"/api/v1/jobs/{answer.json()['id']}").json()
    return job


def rows_of(http: httpx.Client, job: dict[str, Any]) -> pa.Table:
    return pq.read_table(io.BytesIO(http.get(f"{job['url']}/results/parquet").content))


@pytest.fixture(scope="session")
def compiled(http: httpx.Client, uploads: dict[str, str]) -> dict[str, Any]:
    """A compilation of both surveys, made once."""
    return made(http, a_combination(uploads))


def test_a_form_with_two_tables_gives_one_row_for_each_galaxy(http: httpx.Client, tables: dict[str, Path]) -> None:
    form = {
        "INPUT": ["a;survey_name=MINE", "b;survey_name=YOURS"],
        "UPLOAD": "a,param:x;b,param:y",
        "SURVEY_RULES": SURVEY_RULES,
        "PHASE": "RUN",
    }
    files = {"x": tables["mine"].read_bytes(), "y": tables["yours"].read_bytes()}

    created = http.post("/combine/async", data=form, files=files)

    assert created.status_code == 303, created.text
    job = created.headers["Location"]
    assert "/combine/async/" in job
    assert follow(http, job) == "COMPLETED", http.get(f"{job}/error").text
    votable = parse_single_table(io.BytesIO(http.get(f"{job}/results/result").content)).to_table()
    assert len(votable) == N_MINE + N_YOURS - N_SHARED
    assert sorted(map(str, set(votable["survey"]))) == ["MINE", "YOURS"]
    assert sum(str(survey) == "YOURS" for survey in votable["survey"]) == N_YOURS


def test_json_gives_the_same_rows_with_a_reason_for_each(http: httpx.Client, compiled: dict[str, Any]) -> None:
    rows = rows_of(http, compiled).to_pylist()

    assert compiled["kind"] == "combine"
    assert len(rows) == N_MINE + N_YOURS - N_SHARED
    shared = [row for row in rows if row["n_measurements"] == 2]
    assert len(shared) == N_SHARED
    assert {(row["survey"], row["resolved_by"], row["z_flag_homogenized"]) for row in shared} == {
        ("YOURS", "quality_flag", 4.0)
    }


def test_provenance_names_inputs_rules_and_what_became_of_them(
    http: httpx.Client, compiled: dict[str, Any], uploads: dict[str, str]
) -> None:
    record = http.get(f"/api/v1/jobs/{compiled['id']}/provenance").json()

    assert record["kind"] == "combine"
    assert [used["source"] for used in record["inputs"]] == [uploads["mine"], uploads["yours"]]
    assert {rules["survey"] for rules in record["survey_rules"]} == {"MINE", "YOURS"}
    assert all(rules["is_given"] for rules in record["survey_rules"])
    assert len(record["input_reports"]) == 2
    assert record["facts"]["job_id"] == compiled["id"]


def test_one_bad_input_is_named_and_the_others_are_good(http: httpx.Client, uploads: dict[str, str]) -> None:
    text = send(http, "text.csv", b"id,ra,dec,z,flag\n1,10.0,abc,0.5,4\n")
    recipe = a_combination(uploads)
    recipe["inputs"].append({"source": text, "survey": "MINE"})

    answer = http.post("/api/v1/jobs", json={"recipe": recipe})
    assert answer.status_code == 201, answer.text
    url = answer.json()["url"]

    assert follow(http, url) == "ERROR"
    error = http.get(f"{url}/error").text
    assert "1 of 3 inputs cannot be used: 3 (text.csv)" in error
    assert "1 (mine), 2 (yours)" in error


def test_a_chain_is_one_job(http: httpx.Client, uploads: dict[str, str], compiled: dict[str, Any]) -> None:
    step = made(http, {"catalog": CATALOG, "redshifts": f"job:{compiled['id']}"})
    chain = made(http, {"catalog": CATALOG, "redshifts": a_combination(uploads)})

    assert chain["kind"] == "crossmatch"
    by_key = [rows_of(http, job).sort_by("redshift_key") for job in (step, chain)]
    assert by_key[1].num_rows > 0
    assert by_key[0]["redshift_key"].to_pylist() == by_key[1]["redshift_key"].to_pylist()
    assert by_key[0]["objectId"].to_pylist() == by_key[1]["objectId"].to_pylist()


def test_a_published_compilation_is_listed_fetched_and_matched(
    http: httpx.Client, stack: Stack, compiled: dict[str, Any]
) -> None:
    command = [sys.executable, "-m", "service.cli", "compilation", "publish", compiled["id"], "--folder"]
    told = ["--name", "specz", "--version", "2026.1", "--release", "dp2", "--title", "All", "--latest"]

    done = subprocess.run([*command, str(stack.folder.root), *told], capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout + done.stderr
    (shown,) = http.get("/api/v1/redshifts", params={"latest": True, "release": "dp2", "survey": "mine"}).json()
    result = next(result for result in compiled["results"] if result["id"] == "parquet")
    assert (shown["source"], shown["n_rows"]) == ("compilation:specz@2026.1", N_MINE + N_YOURS - N_SHARED)
    assert shown["compilation"]["sha256"] == result["sha256"]
    assert http.get(shown["compilation"]["url"]).content == http.get(result["url"]).content
    for source in ("compilation:specz", "compilation:specz@2026.1"):
        job = made(http, {"catalog": CATALOG, "redshifts": source})
        record = http.get(f"/api/v1/jobs/{job['id']}/provenance").json()
        assert (record["inputs"][0]["name"], record["inputs"][0]["sha256"]) == ("specz@2026.1", result["sha256"])
    assert json.loads(http.get(shown["compilation"]["provenance_url"]).text)["facts"]["job_id"] == compiled["id"]
