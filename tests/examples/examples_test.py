"""The programs of clients/examples, as users run them, bring home what the JSON interface gives."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.examples.answer import Rows, answer_of

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

EXAMPLES = Path(__file__).parents[2] / "clients" / "examples"


def run(command: list[str | Path], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in an empty home, so that nobody's settings help it."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=240)
    assert environment["TSM_TOKEN"] not in done.stdout + done.stderr
    return done


def needed(*programs: str) -> None:
    for program, name in {"curl": "curl", "stilts": "STILTS"}.items():
        if program in programs and shutil.which(program) is None:
            pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize("name", ["pyvo_uws.py", "astroquery_tap.py"])
def test_a_python_example_brings_the_rows_of_the_json_interface(
    name: str, redshifts: Path, expected: Rows, environment: dict[str, str], tmp_path: Path
) -> None:
    done = run([sys.executable, EXAMPLES / name, redshifts, "training_set.vot"], environment, tmp_path)

    assert done.returncode == 0, done.stderr
    assert answer_of(tmp_path / "training_set.vot") == expected
    assert f"{len(expected)} rows" in done.stdout


def test_the_curl_example_brings_the_rows_of_the_json_interface_and_tidies_up(
    redshifts: Path, expected: Rows, environment: dict[str, str], tmp_path: Path
) -> None:
    needed("curl")

    done = run([EXAMPLES / "curl.sh", redshifts, "training_set.vot"], environment, tmp_path)

    assert done.returncode == 0, done.stderr
    assert answer_of(tmp_path / "training_set.vot") == expected
    assert (tmp_path / "training_set.provenance.json").exists()
    job = done.stdout.split()[1]
    assert httpx.get(job, headers={"Authorization": f"Bearer {environment['TSM_TOKEN']}"}).status_code == 404


def test_the_curl_example_shows_what_is_wrong_with_a_table(environment: dict[str, str], tmp_path: Path) -> None:
    needed("curl")
    (tmp_path / "specz.csv").write_text("ra,dec\n53.1,-27.8\n")

    done = run([EXAMPLES / "curl.sh", "specz.csv", "training_set.vot"], environment, tmp_path)

    assert done.returncode == 1
    assert "The job is ERROR" in done.stderr
    assert "redshift" in done.stderr
    assert not (tmp_path / "training_set.vot").exists()


@pytest.mark.filterwarnings("ignore:Column .* contains NULL")  # astropy has no null booleans; none is compared here
def test_the_stilts_example_brings_the_rows_of_the_json_interface(
    redshifts: Path, expected: Rows, environment: dict[str, str], tmp_path: Path
) -> None:
    needed("curl", "stilts")

    done = run([EXAMPLES / "stilts.sh", redshifts, "training_set.fits"], environment, tmp_path)

    assert done.returncode == 0, done.stderr
    assert answer_of(tmp_path / "training_set.fits") == expected
    n_train = sum(subset == "train" for _, _, subset in expected)
    assert f"Total Rows: {n_train}" in done.stdout.replace(",", "")
