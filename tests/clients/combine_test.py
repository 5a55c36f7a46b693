"""Compilations from Python, from a shell and without a service are one and the same."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tsm
from service.stack import Stack
from tests.clients.cli.shell import Shell
from tests.system.sky_files import CATALOG
from trainingset.checksum import checksum_rows
from trainingset.mock.place import MockSky
from trainingset.redshift_keys import KEY_COLUMN
from tsm.tables.reading import read_redshifts

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

SURVEYS = ("VVDS", "OZDES")
RECIPE = {"preset": "complete", "radius_arcsec": 0.5, "min_quality": 0.0}


@pytest.fixture(scope="module")
def maker(stack: Stack) -> tsm.TrainingSetMaker:
    return tsm.TrainingSetMaker(stack.url, stack.connection.token)


@pytest.fixture(scope="module")
def inputs(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, dict[str, object]]]:
    """Two surveys of the mock sky: a data frame, and a path; the first with its roles."""
    first, second = (_frame(mock_sky.surveys[survey]) for survey in ("FIBERDEEP", "WIDEZ"))
    path = tmp_path_factory.mktemp("inputs") / "second.csv"
    second.to_csv(path, index=False)
    roles = {"ra": "ra", "dec": "dec", "z": "z", "quality_flag": "q"}
    return [(first, {"survey": "VVDS", "roles": roles}), (path, {"survey": "OZDES", "roles": roles})]


def _frame(path: Path) -> pd.DataFrame:
    table = read_redshifts(path)
    roles = table.meta["roles"]
    frame = table[[roles["ra"], roles["dec"], "redshift"]].to_pandas().set_axis(["ra", "dec", "z"], axis="columns")
    return frame.assign(q=4).head(150)


@pytest.fixture(scope="module")
def made(maker: tsm.TrainingSetMaker, inputs: list[tuple[object, dict[str, object]]]) -> tsm.CombineJob:
    return maker.combine(inputs, run_id="two surveys", **RECIPE).wait(timeout=60)  # type: ignore[arg-type]


def test_a_compilation_has_rows_a_record_a_report_and_citations(
    made: tsm.CombineJob, maker: tsm.TrainingSetMaker, tmp_path: Path
) -> None:
    compilation = made.result(tmp_path / "two.parquet")

    assert isinstance(compilation, tsm.Compilation)
    assert len(compilation) == len(compilation.to_pandas()) == 300
    assert compilation.recipe.preset == "complete"
    assert set(compilation.to_pandas()["survey"]) == set(SURVEYS)
    assert compilation.report.lstrip().lower().startswith("<!doctype html")
    assert compilation.summary().rows == 300
    assert compilation.summary().surveys == dict.fromkeys(SURVEYS, 150)
    assert compilation.citations.text
    assert compilation.write(tmp_path / "again.fits").exists()
    opened = tsm.TrainingSet.open(compilation.write(tmp_path / "again.parquet"))
    assert isinstance(opened, tsm.Compilation)
    assert opened.to_arrow().equals(compilation.to_arrow())
    assert isinstance(maker.job(made.id), tsm.CombineJob)


def test_a_compilation_made_here_has_the_rows_of_the_service(
    made: tsm.CombineJob, inputs: list[tuple[object, dict[str, object]]]
) -> None:
    here = tsm.local.combine(inputs, **RECIPE)  # type: ignore[arg-type]
    there = made.result()

    # The column `source` tells by which name each side knew the input.
    assert here.to_arrow().drop_columns(["source"]).equals(there.to_arrow().drop_columns(["source"]))
    assert here.report
    assert checksum_rows(here.path, key=KEY_COLUMN) == here.provenance.row_checksum


def test_what_is_matched_may_be_combined_on_the_way(made: tsm.CombineJob, maker: tsm.TrainingSetMaker) -> None:
    chained = maker.crossmatch(made.recipe, catalog=CATALOG, radius_arcsec=1.0)
    stepwise = maker.crossmatch(made, catalog=CATALOG, radius_arcsec=1.0)

    chain, steps = (job.wait(timeout=90).result() for job in (chained, stepwise))

    assert len(chain) > 0
    assert sorted(chain.to_pandas()[KEY_COLUMN]) == sorted(steps.to_pandas()[KEY_COLUMN])
    assert set(chain.summary().surveys) <= set(SURVEYS)


def test_inputs_that_are_none_are_told_together(maker: tsm.TrainingSetMaker) -> None:
    with pytest.raises(tsm.TableRefusedError) as refused:
        maker.combine([{"survey": "VVDS"}, ("upload:a", {"zz": 1})])

    assert [problem.message[:8] for problem in refused.value.problems] == ["input 1:", "input 2:"]


@pytest.fixture
def some_bad(inputs: list[tuple[object, dict[str, object]]], tmp_path: Path) -> list[object]:
    """A good table between one that is not sent and one that the service refuses."""
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing else")
    return [tmp_path / "empty.csv", inputs[1], tmp_path / "broken.parquet"]


BAD_AND_GOOD = (
    "2 of 3 inputs cannot be used: 1 (empty.csv), 3 (broken.parquet). Nothing was found wrong with the others: "
    "2 (second.csv)."
)


def test_every_table_is_looked_at_before_any_refusal_is_told(maker: tsm.TrainingSetMaker, some_bad: list[Any]) -> None:
    with pytest.raises(tsm.RequestRefusedError) as refused:
        maker.combine(some_bad)

    summary, *others = (problem.message for problem in refused.value.problems)
    assert summary == BAD_AND_GOOD
    assert {message.partition(":")[0] for message in others} == {"input 1 (empty.csv)", "input 3 (broken.parquet)"}
    assert summary in str(refused.value)


def test_tables_that_are_not_there_are_told_together_without_a_service(
    inputs: list[tuple[object, dict[str, object]]], tmp_path: Path
) -> None:
    with pytest.raises(tsm.TableRefusedError) as refused:
        tsm.local.combine([tmp_path / "no.csv", inputs[1], tmp_path])

    assert "1 (no.csv), 3" in refused.value.problems[0].message
    assert len(refused.value.problems) == 3


def test_a_shell_tells_every_refused_table_by_the_name_of_its_file(
    stack: Stack, some_bad: list[Any], tmp_path: Path
) -> None:
    shell = Shell(tmp_path, {"TSM_URL": stack.url, "TSM_TOKEN": stack.connection.token})
    told = ";survey_name=OZDES;ra=ra;dec=dec;z=z;quality_flag=q"

    run = shell("combine", some_bad[0], f"{some_bad[1][0]}{told}", some_bad[2], "--json")
    absent = shell("combine", tmp_path / "no.csv", some_bad[1][0], tmp_path / "nor.csv", "--json")
    mistaken = shell("combine", f"{some_bad[0]};zz=1", f"{some_bad[2]};z=a,b", "--radius", "-1", "--json")

    assert run.code == 3
    assert run.document["error"]["problems"][0]["message"] == BAD_AND_GOOD
    assert absent.code == 8
    assert "1 (no.csv), 3 (nor.csv)" in absent.document["error"]["problems"][0]["message"]
    assert mistaken.code == 2
    parameters = [problem["parameter"] for problem in mistaken.document["error"]["problems"]]
    assert parameters == [str(some_bad[0]), str(some_bad[2]), "--radius"]


def test_a_shell_combines_files(
    stack: Stack, inputs: list[tuple[object, dict[str, object]]], made: tsm.CombineJob, tmp_path: Path
) -> None:
    shell = Shell(tmp_path, {"TSM_URL": stack.url, "TSM_TOKEN": stack.connection.token})
    first, second = tmp_path / "first.csv", inputs[1][0]
    inputs[0][0].to_csv(first, index=False)  # type: ignore[attr-defined]
    out, report = tmp_path / "c.parquet", tmp_path / "r.html"
    told = ";ra=ra;dec=dec;z=z;quality_flag=q"
    options = ["--preset", "complete", "--min-quality", "0", "-o", out, "--report", report]

    run = shell("combine", f"{first};survey_name=VVDS{told}", f"{second};survey_name=OZDES{told}", *options, "--json")

    assert run.code == 0, run.err
    assert run.document["files"] == [str(out), str(tmp_path / "c.provenance.json"), str(report)]
    compilation = tsm.TrainingSet.open(out)
    assert sorted(compilation.to_pandas()[KEY_COLUMN]) == sorted(made.result().to_pandas()[KEY_COLUMN])


def test_a_shell_tells_all_mistakes_of_a_compilation_together(tmp_path: Path) -> None:
    run = Shell(tmp_path)("combine", "a.csv", "--radius", "-1", "--preset", "best", "--stars", "some", "--json")

    assert run.code == 2
    assert {problem["parameter"] for problem in run.document["error"]["problems"]} == {
        "--radius",
        "--preset",
        "--stars",
    }


def test_redshifts_of_a_release_are_listed_and_cited(maker: tsm.TrainingSetMaker, tmp_path: Path) -> None:
    (known,) = maker.redshifts(latest=True, name="mock_redshifts")

    assert list(maker.redshifts(latest=True, release=known.release)) == [known]
    assert not len(maker.redshifts(release="no such release"))
    assert maker.cite_redshifts(known).text
    with pytest.raises(tsm.UnknownResultError, match="no file"):
        maker.fetch_redshifts(known, tmp_path)
    with pytest.raises(tsm.RequestRefusedError, match="no version"):
        maker.fetch_redshifts("compilation:none@1", tmp_path)


def test_a_compilation_is_made_again_from_its_record(made: tsm.CombineJob, maker: tsm.TrainingSetMaker) -> None:
    outcome = tsm.reproduce(made.provenance(), maker=maker, timeout=60)

    assert outcome.is_same, outcome
