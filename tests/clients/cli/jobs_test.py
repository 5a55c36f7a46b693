"""Commands for jobs that were sent earlier."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.clients.cli.shell import Run, Shell

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def names(run: Run) -> list[str]:
    assert run.code == 0, run.err
    return [Path(line).name for line in run.out.splitlines()]


def test_jobs_are_listed_with_all_that_the_service_tells(signed_in: Shell, job_id: str) -> None:
    jobs = {job["id"]: job for job in signed_in("jobs", "--json", "--phase", "COMPLETED").document}
    assert {result["id"] for result in jobs[job_id]["results"]} >= {"parquet", "provenance"}
    assert len(signed_in("jobs", "--json", "--last", 1).document) == 1
    assert signed_in("jobs", "--json", "--after", "2100-01-01").document == []


def test_status_tells_phase_and_results_in_words(signed_in: Shell, job_id: str) -> None:
    run = signed_in("status", job_id)
    assert run.code == 0
    assert "COMPLETED" in run.out
    assert "training_set.parquet" in run.out


def test_a_job_is_found_by_its_address(signed_in: Shell, job_id: str) -> None:
    url = signed_in("status", job_id, "--json").document["url"]
    assert signed_in("status", url, "--json").document["id"] == job_id


def test_waiting_for_a_job_that_has_ended_tells_how(signed_in: Shell, job_id: str) -> None:
    assert signed_in("wait", job_id, "--json").document["phase"] == "COMPLETED"


def test_waiting_ends_when_its_time_is_over_and_the_job_goes_on_until_aborted(signed_in: Shell, long_job: str) -> None:
    run = signed_in("wait", long_job, "--timeout", 0.2)
    assert run.code == 11
    assert f"tsm wait {long_job}" in run.err
    assert signed_in("abort", long_job, "--json").document["phase"] == "ABORTED"
    assert signed_in("wait", long_job).code == 7
    fetched = signed_in("fetch", long_job, "--json")
    assert (fetched.code, fetched.document["error"]["name"]) == (7, "job_failed")


def test_results_of_a_job_that_runs_are_not_there_yet(signed_in: Shell, long_job: str) -> None:
    run = signed_in("fetch", long_job)
    assert run.code == 3
    assert f"tsm wait {long_job}" in run.err
    assert signed_in("delete", long_job, "--json").document == {"id": long_job, "deleted": True}
    assert signed_in("status", long_job).code == 3


def test_fetching_gives_the_parquet_file_unless_told_otherwise(
    signed_in: Shell, job_id: str, made: Path, tmp_path: Path
) -> None:
    assert names(signed_in("fetch", job_id, "-o", tmp_path)) == ["training_set.parquet"]
    assert (tmp_path / "training_set.parquet").read_bytes() == made.read_bytes()


def test_a_file_name_brings_its_format_and_the_record(signed_in: Shell, job_id: str, tmp_path: Path) -> None:
    assert names(signed_in("fetch", job_id, "-o", tmp_path / "a.parquet")) == ["a.parquet", "a.provenance.json"]
    assert pq.read_table(tmp_path / "a.parquet").num_rows > 0
    again = signed_in("fetch", job_id, "-o", tmp_path / "a.parquet")
    assert again.code == 8
    assert names(signed_in("fetch", job_id, "-o", tmp_path / "a.parquet", "--overwrite"))


def test_one_result_or_all_can_be_fetched(signed_in: Shell, job_id: str, tmp_path: Path) -> None:
    assert names(signed_in("fetch", job_id, "--result", "provenance", "-o", tmp_path / "p.json")) == ["p.json"]
    assert names(signed_in("fetch", job_id, "--format", "parquet", "-o", tmp_path / "q")) == ["q"]
    every = names(signed_in("fetch", job_id, "--all", "-o", tmp_path))
    assert every == ["training_set.parquet", "provenance.json"]


def test_a_format_that_the_job_did_not_make_is_told_with_what_it_has(
    signed_in: Shell, job_id: str, tmp_path: Path
) -> None:
    run = signed_in("fetch", job_id, "-o", tmp_path / "a.fits")
    assert run.code == 3
    assert "parquet" in run.err
    assert signed_in("fetch", job_id, "--format", "fits", "-o", tmp_path).code == 3
    assert list(tmp_path.iterdir()) == []


def test_a_job_is_shared_told_and_no_longer_shared(signed_in: Shell, job_id: str) -> None:
    assert "Nobody but you" in signed_in("share", job_id).out
    assert signed_in("share", job_id, "--everyone", "--json").document == ["everyone"]
    assert signed_in("share", job_id).out.strip() == "everyone"
    assert signed_in("jobs", "--shared", "--json").document == []
    refused = signed_in("share", job_id, "--group", "g_mistyped")
    assert (refused.code, "g_mistyped" in refused.err) == (3, True)
    for wrong in (("--revoke",), ("--everyone", "--group", "x")):
        assert signed_in("share", job_id, *wrong).code == 2
    for _ in range(2):
        assert signed_in("share", job_id, "--everyone", "--revoke", "--json").document == []
