"""How pages that list what the package declares are written anew."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``pytest tests/docs --update-test-data`` write the pages instead of comparing them."""
    parser.addoption("--update-test-data", action="store_true", help="write generated parts of the docs anew")


@pytest.fixture
def update_test_data(request: pytest.FixtureRequest) -> bool:
    """Whether pages are to be written anew."""
    return bool(request.config.getoption("--update-test-data", default=False))
