"""A published compilation as users meet it: listed, fetched and cited by its name, from Python and from a shell."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import tsm
from service.cli import cli
from service.stack import Stack
from tests.clients.cli.shell import Shell

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

RELEASE = "dp9"
"""Of this module alone: other tests publish for other releases."""


@pytest.fixture(scope="module")
def published(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """SHA-256 of two versions of one compilation, of which the second is the latest; and of another one."""
    folder = tmp_path_factory.mktemp("published")
    checksums = {}
    for name, version, n_rows in (("lensing", "1", 3), ("lensing", "2.0", 5), ("other", "1", 2)):
        path = folder / f"{name}-{version}.parquet"
        rows = {"ra": [10.0 + row for row in range(n_rows)], "dec": [-1.0] * n_rows, "z": [0.5] * n_rows}
        pq.write_table(pa.table(rows | {"survey": ["VVDS" if name == "lensing" else "2DFGRS"] * n_rows}), path)
        told = ["--name", name, "--version", version, "--release", RELEASE, "--title", name, "--latest"]
        given = ["--citation", f"The {name} team, release {version}", "--folder", str(stack.folder.root)]
        done = CliRunner().invoke(cli, ["compilation", "publish", str(path), *told, *given])
        assert done.exit_code == 0, done.output
        checksums[f"compilation:{name}@{version}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return checksums


@pytest.fixture(scope="module")
def shell(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("settings"), {"TSM_URL": stack.url, "TSM_TOKEN": stack.connection.token})


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_compilations_are_listed_by_release_name_survey_and_tag(
    maker: tsm.TrainingSetMaker, published: dict[str, str]
) -> None:
    def sources(*, latest: bool = False, survey: str | None = None, name: str | None = None) -> set[str]:
        return {found.source for found in maker.redshifts(latest, release=RELEASE, survey=survey, name=name)}

    assert sources() == set(published)
    assert sources(latest=True) == {"compilation:lensing@2.0", "compilation:other@1"}
    assert sources(latest=True, survey="VVDS") == {"compilation:lensing@2.0"}
    assert sources(name="other") == {"compilation:other@1"}
    assert not len(maker.redshifts(latest=True, release="dp8"))


def test_the_latest_is_fetched_by_its_name_and_older_versions_by_theirs(
    maker: tsm.TrainingSetMaker, published: dict[str, str], tmp_path: Path
) -> None:
    (listed,) = maker.redshifts(latest=True, release=RELEASE, name="lensing")

    latest = maker.fetch_redshifts("lensing", tmp_path / "latest.parquet", release=RELEASE)
    by_row = maker.fetch_redshifts(listed, tmp_path / "row.parquet")
    old = maker.fetch_redshifts("compilation:lensing@1", tmp_path)

    assert sha256(latest) == sha256(by_row) == published["compilation:lensing@2.0"]
    assert (old.parent, sha256(old)) == (tmp_path, published["compilation:lensing@1"])
    assert pq.read_table(old).num_rows == 3
    with pytest.raises(tsm.TargetExistsError):
        maker.fetch_redshifts("lensing@2.0", latest)
    with pytest.raises(tsm.UnknownResultError, match=r"fetch it as latest\.parquet"):
        maker.fetch_redshifts("lensing@2.0", tmp_path / "latest.fits")


def test_each_version_is_cited_with_its_surveys(maker: tsm.TrainingSetMaker, published: dict[str, str]) -> None:
    latest, old = maker.cite_redshifts("lensing", release=RELEASE), maker.cite_redshifts("lensing@1")

    assert latest[0].text == "The lensing team, release 2.0"
    assert old[0].text == "The lensing team, release 1"
    assert latest[1:].bibtex == old[1:].bibtex != ""
    assert "2013A&A...559A..14L" in latest.text


def test_a_shell_fetches_and_cites_what_it_names(shell: Shell, published: dict[str, str], tmp_path: Path) -> None:
    fetched = shell("fetch", "compilation:lensing", "--release", RELEASE, "-o", tmp_path / "l.parquet", "--json")
    old = shell("fetch", "compilation:lensing@1", "-o", tmp_path)
    cited = shell("cite", "compilation:lensing", "--release", RELEASE, "--json")
    bibtex = shell("cite", "compilation:lensing@2.0", "--bibtex")

    assert fetched.document == {"source": "compilation:lensing", "files": [str(tmp_path / "l.parquet")]}
    assert sha256(tmp_path / "l.parquet") == published["compilation:lensing@2.0"]
    assert sha256(Path(old.out.strip())) == published["compilation:lensing@1"]
    assert cited.document[0]["text"] == "The lensing team, release 2.0"
    assert bibtex.out.startswith("@")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("fetch", "compilation:nobody@1"), 3),
        (("fetch", "compilation:lensing", "--release", "dp8"), 3),
        (("fetch", "compilation:lensing@1", "-o", "lensing.fits"), 3),
        (("fetch", "compilation:lensing@1", "--all"), 2),
        (("fetch", "compilation:lensing@1", "--format", "fits"), 2),
        (("fetch", "nojob", "--release", "dp9"), 2),
        (("fetch", "compilation:lensing@1", "-o", "no/such/folder/a.parquet"), 8),
        (("cite", "compilation:nobody"), 3),
        (("cite", "nojob", "--release", "dp9"), 2),
    ],
)
@pytest.mark.usefixtures("published")
def test_what_cannot_be_fetched_or_cited_ends_with_the_code_of_its_kind(
    shell: Shell, arguments: tuple[str, ...], code: int
) -> None:
    run = shell(*arguments, "--json")

    assert run.code == code, run.err
    assert run.document["error"]["exit_code"] == code
