"""Whatever breaks under load: every job ends COMPLETED with the right rows, once, and leaves nothing behind."""

import pytest

from tests.faults.cluster import Cluster
from tests.faults.conftest import Underload
from tests.faults.injuries import INJURIES, Injury, everything_at_once
from tests.faults.load import Sender

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("faults"), pytest.mark.timeout(600)]

QUICK: tuple[Injury, ...] = (everything_at_once,)

Service = tuple[Cluster, Sender]


def name_of(injury: Injury) -> str:
    return injury.__name__.replace("_", " ")


@pytest.mark.long
@pytest.mark.parametrize("injury", QUICK, ids=name_of)
def test_every_light_job_ends_well_and_once_whatever_breaks(
    injury: Injury, light_service: Service, under_load: Underload
) -> None:
    with under_load(light_service, fault=name_of(injury)) as load:
        injury(light_service[0], load)


@pytest.mark.slow
@pytest.mark.parametrize("injury", INJURIES, ids=name_of)
def test_every_job_ends_well_and_once_whatever_breaks(
    injury: Injury, real_service: Service, under_load: Underload
) -> None:
    with under_load(real_service, fault=name_of(injury)) as load:
        injury(real_service[0], load)
