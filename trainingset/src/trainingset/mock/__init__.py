"""An invented sky with known truth, for the demo, the tests and the benchmarks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainingset.mock.place import CATALOG_ID, MARGIN_ARCSEC, MockSky

if TYPE_CHECKING:
    from trainingset.mock.make import make_mock_sky

__all__ = ["CATALOG_ID", "MARGIN_ARCSEC", "MockSky", "make_mock_sky"]


def __getattr__(name: str) -> Callable[..., Any]:
    # Making a sky loads LSDB, which takes seconds; knowing where one lies must not.
    if name == "make_mock_sky":
        from trainingset.mock.make import make_mock_sky

        return make_mock_sky
    raise AttributeError(name)
