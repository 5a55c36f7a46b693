"""Registering results on the PZ Server from the library, also when the server does not take them."""

from pathlib import Path

import pytest

import tsm
from tests.pz.fake_server import FakePzServer
from tests.system.sky_files import CATALOG

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


@pytest.fixture(scope="module")
def job(maker: tsm.TrainingSetMaker, small_table: Path) -> tsm.Job:
    """Of redshifts that were uploaded, so that nobody else may see them."""
    return maker.crossmatch(small_table, catalog=CATALOG, radius_arcsec=1.0).wait()


def test_private_redshifts_need_consent(job: tsm.Job, pz: FakePzServer) -> None:
    with pytest.raises(tsm.RequestRefusedError, match="share_private: true") as refused:
        job.register("Mine")
    assert [problem.parameter for problem in refused.value.problems] == ["share_private"]
    assert job.registration() is None
    assert not pz.products


def test_a_registration_that_failed_leaves_no_product_and_can_be_repeated(job: tsm.Job, pz: FakePzServer) -> None:
    pz.faults.fail_at["products"] = 500
    with pytest.raises(tsm.RegistrationFailedError, match="result is untouched"):
        job.register("Mine", share_private=True)
    told = job.registration()
    assert told is not None
    assert (told.state, told.product) == ("FAILED", None)
    assert len(job.result()) > 100

    pz.faults.fail_at.clear()
    product = job.register("Mine", share_private=True)
    (only,) = pz.products.values()
    assert (only.id, only.display_name) == (product.id, f"Mine [job {job.id}]")
