"""How long to look for faults: a little in every run of the tests, long in ``make fuzz``."""

import pytest

from tests.fuzz.hunt import Hunt


@pytest.fixture(scope="session")
def hunt() -> Hunt:
    """How many cases, and which."""
    return Hunt.of_this_run()
