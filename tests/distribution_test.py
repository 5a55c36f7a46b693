"""Tests that share what takes long to start are run by one process of several."""

import pytest


@pytest.mark.xdist_group("distribution")
def test_processes_are_told_of_groups(request: pytest.FixtureRequest) -> None:
    is_grouped = bool(request.config.getoption("loadgroup", default=False))
    assert request.node.nodeid.endswith("@distribution") == is_grouped
