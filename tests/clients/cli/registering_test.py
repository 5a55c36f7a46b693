"""``tsm register``: a job becomes a product of the PZ Server."""

import pytest

from tests.clients.cli.shell import Shell
from tests.pz.fake_server import FakePzServer

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_a_job_is_registered_once_and_the_command_tells_how_to_get_the_product(
    signed_in: Shell, job_id: str, pz: FakePzServer
) -> None:
    asked = ("register", job_id, "--name", "By command")
    refused = signed_in(*asked)
    assert refused.code != 0
    assert "share_private" in refused.err
    assert not pz.products

    document = signed_in(*asked, "--share-private", "--json").document
    (product,) = pz.products.values()
    assert document["id"] == product.id
    assert document["access"]["web_page"] in signed_in(*asked, "--share-private").out
    assert len(pz.products) == 1
