"""Commands for training sets in hand: split, plot, cite."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from tests.clients.cli.shell import Shell
from tsm import plots
from tsm.cli.training_sets import PlotKind

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

HALVES = ("--fractions", "train=0.7,test=0.3")


def test_a_set_that_is_split_here_has_the_parts_that_the_service_made(
    stranger: Shell, made: Path, tmp_path: Path
) -> None:
    run = stranger("split", made, *HALVES, "--seed", 1, "-o", tmp_path / "split.parquet", "--json")
    assert run.code == 0, run.err
    ours, theirs = (pq.read_table(path).to_pydict() for path in (tmp_path / "split.parquet", made))
    assert ours["subset"] == theirs["subset"]
    assert run.document["subsets"] == {name: theirs["subset"].count(name) for name in ("test", "train")}


@pytest.mark.parametrize("suffix", ["fits", "csv", "vot", "td.vot"])
def test_a_split_is_written_in_the_format_of_the_suffix(
    stranger: Shell, table: Path, tmp_path: Path, suffix: str
) -> None:
    target = tmp_path / f"split.{suffix}"
    assert stranger("split", table, *HALVES, "-o", target).code == 0
    formats = {"fits": "fits", "csv": "ascii.csv"}
    rows = Table.read(target, format=formats.get(suffix, "votable"))
    assert len(rows) == 300
    assert set(map(str, rows["subset"])) == {"train", "test"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--fractions", "train=0.7,test=0.2", "-o", "a.csv"), 2),
        ((*HALVES, "--by", "field", "-o", "a.csv"), 2),
        ((*HALVES, "--by", "field", "--field", "a=1,2", "-o", "a.csv"), 2),
        ((*HALVES, "-o", "a.hdf5"), 2),
        ((*HALVES, "--by", "survey", "-o", "a.csv"), 8),
        ((*HALVES, "--roles", "ra=nowhere", "-o", "a.csv"), 8),
    ],
)
def test_a_split_that_cannot_be_made_says_why(
    stranger: Shell, table: Path, options: tuple[str, ...], code: int
) -> None:
    run = stranger("split", table, *options)
    assert (run.code, run.out) == (code, "")
    assert run.err.startswith("tsm: ")


def test_every_plot_is_a_kind() -> None:
    assert sorted(kind.function for kind in PlotKind) == sorted(plots.__all__)


def test_a_plot_of_a_file_and_of_a_job_is_a_picture(signed_in: Shell, made: Path, job_id: str, tmp_path: Path) -> None:
    for number, source in enumerate((made, job_id)):
        target = tmp_path / f"{number}.png"
        run = signed_in("plot", source, "separations", "-o", target, "--json")
        assert run.document == {"file": str(target), "kind": "separations"}
        assert target.read_bytes().startswith(b"\x89PNG")


def test_a_plot_in_no_format_of_pictures_is_a_wrong_option(stranger: Shell, made: Path) -> None:
    assert stranger("plot", made, "separations", "-o", "a.parquet").code == 2


def test_what_to_cite_is_the_same_from_a_file_its_record_and_the_job(signed_in: Shell, made: Path, job_id: str) -> None:
    record = made.with_name("set.provenance.json")
    answers = [signed_in("cite", source, "--json").document for source in (made, record, job_id)]
    assert answers[0]
    assert answers[1:] == [answers[0]] * 2


def test_citations_are_a_list_of_references_or_bibtex(stranger: Shell, made: Path) -> None:
    assert stranger("cite", made, "--bibtex").out.startswith("@")
    assert "@" not in stranger("cite", made).out


def test_the_same_match_is_printed_as_a_script(signed_in: Shell, made: Path, job_id: str) -> None:
    script = signed_in("lsdb-code", made, "specz.vot").out
    compile(script, "script", "exec")
    assert "import lsdb" in script
    assert signed_in("lsdb-code", job_id, "specz.vot", "--json").document["code"].strip() == script.strip()
