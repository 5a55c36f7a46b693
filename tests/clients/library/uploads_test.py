"""Sending tables and recipes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
import pytest

import tsm
from tests.clients.library.faulty_server import Answer, FaultyServer, a_job, an_upload, json_answer, problem
from trainingset.recipe import CrossmatchRecipe, Match
from tsm.remote.recipe_fields import RecipeFields, plain_fields

LIMITS = {
    "upload_bytes": 1_000_000,
    "upload_rows": 100,
    "stored_uploads_bytes": 1_000_000,
    "stored_results_bytes": 1_000_000,
    "running_jobs": 1,
    "queued_jobs": 1,
    "requests_per_second": 100.0,
    "held_requests": 10,
    "default_execution_duration": 1,
    "max_execution_duration": 1,
    "default_lifetime": 1,
    "max_lifetime": 1,
    "max_wait": 30,
}
ME = {
    "username": "mlima",
    "email": None,
    "rights": [],
    "quota": {},
    "limits": LIMITS,
    "stored": {"uploads_bytes": 0, "results_bytes": 0},
}
UPLOADS = "/api/v1/uploads"


@pytest.fixture(autouse=True)
def signed_in(server: FaultyServer) -> None:
    server.on("GET", "/api/v1/me", json_answer(ME))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "z.csv"
    path.write_text("ra,dec,z\n1.0,2.0,0.5\n")
    return path


def test_a_file_is_sent_as_it_is_and_waited_for(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, table: Path
) -> None:
    server.on("POST", UPLOADS, json_answer(an_upload(state="inspecting"), 201))
    server.on("GET", f"{UPLOADS}/u1", json_answer(an_upload(state="inspecting")), json_answer(an_upload()))

    upload = faulty_maker.upload(table)

    assert upload.source == "upload:u1"
    assert server.requests_to("POST", UPLOADS)[0].body == table.read_bytes()


def test_a_table_in_hand_is_sent_and_matched(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("POST", UPLOADS, json_answer(an_upload(), 201))
    server.on("POST", "/api/v1/jobs", json_answer(a_job(), 201))

    faulty_maker.crossmatch(pd.DataFrame({"ra": [1.0], "dec": [2.0], "z": [0.5]}), catalog="mock.object")

    assert server.requests_to("POST", UPLOADS)[0].body.startswith(b"PAR1")
    assert b'"redshifts":"upload:u1"' in server.requests_to("POST", "/api/v1/jobs")[0].body


def test_an_upload_that_may_have_arrived_is_not_sent_again(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, table: Path
) -> None:
    server.on("POST", UPLOADS, Answer(is_dropped=True), json_answer(an_upload(), 201))

    with pytest.raises(tsm.ServiceUnavailableError):
        faulty_maker.upload(table)

    assert len(server.requests_to("POST", UPLOADS)) == 1


def test_an_upload_that_was_turned_away_is_sent_whole_again(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, table: Path
) -> None:
    server.on("POST", UPLOADS, problem(503, "Starting."), json_answer(an_upload(), 201))

    assert faulty_maker.upload(table).id == "u1"
    assert [request.body for request in server.requests_to("POST", UPLOADS)] == [table.read_bytes()] * 2


def test_a_rejected_table_is_told_with_its_problems(
    server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, table: Path
) -> None:
    found = {"parameter": "UPLOAD", "message": "has no redshifts", "rows": [1, 2]}
    error = {"type": "fatal", "message": "UPLOAD: has no redshifts", "problems": [found]}
    server.on("POST", UPLOADS, json_answer(an_upload(state="rejected", error=error), 201))

    with pytest.raises(tsm.RequestRefusedError, match="has no redshifts") as refusal:
        faulty_maker.upload(table)

    assert refusal.value.problems[0].rows == (1, 2)


def test_too_many_rows_are_not_sent(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    rows = pd.DataFrame({"ra": np.zeros(101), "dec": np.zeros(101), "z": np.ones(101)})

    with pytest.raises(tsm.TableRefusedError, match=r"101 rows.*registered"):
        faulty_maker.crossmatch(rows, catalog="mock.object")

    assert server.requests_to("POST", UPLOADS) == []


def test_too_many_bytes_are_not_sent(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker, tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(b"ra,dec,z\n" + b"1.0,2.0,0.5\n" * 90_000)

    with pytest.raises(tsm.RequestRefusedError, match="one upload may have 1 MB"):
        faulty_maker.upload(tmp_path / "big.csv")

    assert server.requests_to("POST", UPLOADS) == []


def test_redshifts_may_be_named_in_many_ways(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("POST", "/api/v1/jobs", json_answer(a_job(), 201))
    redshifts: dict[str, Any] = {
        "job:j1": faulty_maker.crossmatch("catalog:c1", catalog="mock.object"),
        "upload:u1": tsm.Upload.from_dict(an_upload()),
        "catalog:x.y": "catalog:x.y",
    }
    server.requests.clear()

    for given in redshifts.values():
        faulty_maker.crossmatch(given, catalog="mock.object")

    bodies = [request.body.decode() for request in server.requests]
    assert all(f'"redshifts":"{source}"' in body for source, body in zip(redshifts, bodies, strict=True))


def test_a_time_without_a_zone_is_utc(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    server.on("POST", "/api/v1/jobs", json_answer(a_job(), 201))
    when = datetime(2027, 1, 1)

    faulty_maker.crossmatch("upload:u1", catalog="c", destruction=when)
    faulty_maker.crossmatch("upload:u1", catalog="c", destruction=when.replace(tzinfo=UTC))

    assert b'"destruction":"2027-01-01T00:00:00+00:00"' in server.requests[0].body
    assert server.requests[0].body == server.requests[1].body


def test_keywords_of_a_crossmatch_are_the_fields_of_the_recipe() -> None:
    assert RecipeFields.__annotations__.keys() == CrossmatchRecipe.model_fields.keys() - {
        "kind",
        "catalog",
        "redshifts",
    }
    assert RecipeFields.__required_keys__ == frozenset()


def test_natural_values_make_the_recipe_that_is_meant() -> None:
    fields = plain_fields(
        {
            "radius_arcsec": 0.5 * u.arcmin,
            "match": Match.ALL,
            "neighbors": np.int64(3),
            "magnitudes": np.True_,
            "flux": "psf",
            "columns": pd.Index(["refExtendedness", "ebv"]),
            "formats": {"fits", "csv"},
            "split": {"train": np.float32(0.5), "test": 0.5},
            "seed": 1,
            "where": None,
        }
    )
    recipe = CrossmatchRecipe.model_validate({"catalog": "c", "redshifts": "upload:u1", **fields})

    assert recipe.radius_arcsec == pytest.approx(30)
    assert (recipe.match, recipe.neighbors, recipe.magnitudes, recipe.flux) == (Match.ALL, 3, True, ("psf",))
    assert recipe.columns == ("refExtendedness", "ebv")
    assert recipe.formats == ("csv", "fits")
    assert recipe.split == {"train": 0.5, "test": 0.5}


def test_a_plan_shows_numbers_or_problems(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    counts = {
        "n_redshifts": 20173,
        "n_redshifts_in_footprint": 4120,
        "n_partitions": 17,
        "n_row_groups": 158,
        "bytes_to_read": 81_264_640,
        "expected_rows": 4120,
        "memory_bytes": 683_181_000,
        "seconds": 1.3,
    }
    found = {"parameter": "RADIUS", "message": "is <b>"}
    good = {**counts, "problems": [], "recipe": None, "notes": ["An upper bound."]}
    bad = {
        **dict.fromkeys(counts),
        "problems": [found],
        "recipe": None,
        "notes": [],
    }
    server.on("POST", "/api/v1/plan", json_answer(good), json_answer(bad))

    plan, refused = (faulty_maker.crossmatch("upload:u1", catalog="c", dry_run=True) for _ in range(2))

    assert plan.is_possible
    assert all(text in repr(plan) for text in ("20,173", "158", "81.3", "683", "1.3", "An upper bound."))
    assert not refused.is_possible
    assert "RADIUS: is <b>" in str(refused)
    assert "is &lt;b&gt;" in refused._repr_html_()


def test_listings_show_well_and_keep_everything(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> None:
    jobs = [a_job("COMPLETED", run_id="<b>\x1b[31mred"), a_job("QUEUED", id="j2", run_id="[bold]plain[/bold]")]
    server.on("GET", "/api/v1/jobs", json_answer(jobs))

    listing = faulty_maker.jobs(phase=["COMPLETED", "QUEUED"], last=2)

    assert [job.id for job in listing[1:]] == ["j2"]
    assert all(text in str(listing) for text in ("Jobs: 2", "COMPLETED", "2026-11-22 14:03", "[bold]plain[/bold]"))
    assert "\x1b" not in str(listing)
    assert "&lt;b&gt;" in listing._repr_html_()
    assert set(jobs[0]) == set(listing.to_pandas().columns)
    with pytest.raises((TypeError, AttributeError)):
        listing[0] = listing[1]  # type: ignore[index]
    with pytest.raises(AttributeError):
        listing[0].phase = "ERROR"
