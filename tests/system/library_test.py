"""The library against the running service: what a scientist does in a notebook."""

from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.table import Table

import tsm
from service.stack import Stack
from tests.system.sky_files import CATALOG

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


@pytest.fixture(scope="module")
def redshifts(small_table: Path) -> Table:
    table: Table = Table.read(small_table, format="votable")
    return table


@pytest.fixture(scope="module")
def job(maker: tsm.TrainingSetMaker, redshifts: Table) -> tsm.Job:
    """A finished job, made of a table in hand."""
    fields: tsm.RecipeFields = {"radius_arcsec": 1.0, "split": {"train": 0.7, "test": 0.3}, "seed": 1}
    return maker.crossmatch(redshifts, catalog=CATALOG, run_id="library", **fields).wait()


def test_a_table_in_hand_becomes_a_training_set(job: tsm.Job, tmp_path: Path) -> None:
    training_set = job.result()

    assert len(training_set) > 100
    assert set(training_set.subsets) == {"train", "test"}
    assert training_set.provenance.rows == len(training_set)
    assert job.result(tmp_path / "kept.parquet").provenance == training_set.provenance
    assert (tmp_path / "kept.parquet").exists()


def test_a_job_is_found_again_by_id_address_and_list(maker: tsm.TrainingSetMaker, job: tsm.Job) -> None:
    found = [maker.job(job.id), maker.job(job.url), maker.job(f"{maker.url}/api/v1/jobs/{job.id}")]

    assert [again.recipe for again in found] == [job.recipe] * 3
    assert job.id in {state.id for state in maker.jobs(phase=["COMPLETED", "ERROR"])}
    assert job.id not in {state.id for state in maker.jobs(phase="ABORTED")}
    assert len(maker.jobs(last=1)) == 1


def test_a_dry_run_tells_what_would_be_read_and_makes_no_job(maker: tsm.TrainingSetMaker, redshifts: Table) -> None:
    upload = maker.upload(redshifts)
    before = [state.id for state in maker.jobs()]

    plan = maker.crossmatch(upload, catalog=CATALOG, radius_arcsec=1.0, dry_run=True)
    refused = maker.crossmatch(upload, catalog=CATALOG, radius_arcsec=99, where="nonsense >", dry_run=True)

    assert plan.n_redshifts == len(redshifts)
    assert plan.is_possible
    assert {problem.parameter for problem in refused.problems} >= {"RADIUS", "WHERE"}
    assert [state.id for state in maker.jobs()] == before


def test_what_the_service_has_is_listed(maker: tsm.TrainingSetMaker) -> None:
    assert CATALOG in {catalog.id for catalog in maker.catalogs()}
    assert CATALOG in str(maker.catalogs())
    assert {"objectId"} <= {column.name for column in maker.catalog(CATALOG).columns}
    assert len(maker.surveys()) > 5
    assert maker.redshifts(latest=True).to_pandas() is not None
    assert maker.me().limits.upload_rows > 0


def test_units_of_a_table_in_hand_are_honored(maker: tsm.TrainingSetMaker, redshifts: Table) -> None:
    in_radians = redshifts.copy()
    for name in ("ra", "dec"):
        in_radians[name] = np.asarray(redshifts[name], float) * u.deg.to(u.rad)
        in_radians[name].unit = u.rad
    fields: tsm.RecipeFields = {"radius_arcsec": 1.0, "unique": "none"}

    jobs = [maker.crossmatch(table, catalog=CATALOG, **fields).wait() for table in (redshifts, in_radians)]

    counts = [job.provenance().rows for job in jobs]
    assert counts[0] == counts[1] > 100


def test_a_job_in_a_context_is_gone_afterwards(maker: tsm.TrainingSetMaker, redshifts: Table) -> None:
    with maker.crossmatch(redshifts, catalog=CATALOG, start=False) as job:
        assert job.phase == "PENDING"

    with pytest.raises(tsm.RequestRefusedError, match=job.id):
        maker.job(job.id)


async def test_the_asynchronous_twin_does_the_same(stack: Stack, job: tsm.Job) -> None:
    async with tsm.AsyncTrainingSetMaker(stack.url, stack.connection.token) as maker:
        again = await maker.crossmatch(f"job:{job.id}", catalog=CATALOG, radius_arcsec=1.0)
        await again.wait()

        assert again.phase == "COMPLETED"


def test_module_functions_use_the_service_of_the_environment(
    stack: Stack, job: tsm.Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSM_URL", stack.url)
    monkeypatch.setenv("TSM_TOKEN", stack.connection.token)

    assert tsm.job(job.id).phase == "COMPLETED"
    assert CATALOG in {catalog.id for catalog in tsm.catalogs()}


def test_a_wrong_token_is_told(stack: Stack) -> None:
    wrong = "gt-AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"

    with tsm.TrainingSetMaker(stack.url, wrong) as maker, pytest.raises(tsm.SignInError, match="tsm login"):
        maker.me()


def test_a_wrong_prefix_is_told(stack: Stack) -> None:
    with (
        tsm.TrainingSetMaker(f"{stack.url}/elsewhere", stack.connection.token) as maker,
        pytest.raises(tsm.NotTheServiceError, match="no PZ Training Set Maker"),
    ):
        maker.me()
