"""``tsm provenance``: the record itself, W3C PROV, and a page for people, of a file and of a job."""

import json
from pathlib import Path

import pytest

from tests.clients.cli.shell import Shell
from tsm import TrainingSet

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_the_record_of_a_job_is_that_beside_its_file(signed_in: Shell, made: Path, job_id: str) -> None:
    beside = json.loads(made.with_name("set.provenance.json").read_text())
    assert signed_in("provenance", job_id, "--json").document == beside
    assert json.loads(signed_in("provenance", made).out) == beside


def test_prov_and_page_are_made_of_the_same_record(signed_in: Shell, made: Path, job_id: str, tmp_path: Path) -> None:
    checksum = json.loads(made.with_name("set.provenance.json").read_text())["row_checksum"]
    prov = signed_in("provenance", job_id, "--prov", "--json").document
    assert prov["entity"]["tsm:rows"]["tsm:row_checksum"] == checksum
    page = tmp_path / "page.html"
    run = signed_in("provenance", job_id, "--html", "-o", page)
    assert (run.code, run.out.strip()) == (0, str(page))
    assert checksum in page.read_text(encoding="utf-8")
    assert signed_in("provenance", job_id, "--html", "-o", page).code != 0  # it is there already


def test_two_forms_at_once_are_wrong_usage(stranger: Shell) -> None:
    assert stranger("provenance", "set.json", "--prov", "--html").code == 2


@pytest.mark.parametrize("suffix", [".vot", ".fits", ".parquet"])
def test_a_file_alone_tells_its_record(signed_in: Shell, made: Path, job_id: str, tmp_path: Path, suffix: str) -> None:
    lonely = tmp_path / f"lonely{suffix}"
    TrainingSet.open(made).write(lonely)
    assert not list(tmp_path.glob("*.json"))
    told = json.loads(signed_in("provenance", lonely).out)
    whole = signed_in("provenance", job_id, "--json").document
    # A file cannot hold its own checksum.
    assert told in (whole, {**whole, "outputs": []})
