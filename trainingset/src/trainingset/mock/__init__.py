"""An invented sky with known truth, for the demo, the tests and the benchmarks."""

from trainingset.mock.make import CATALOG_ID, MARGIN_ARCSEC, MockSky, make_mock_sky

__all__ = ["CATALOG_ID", "MARGIN_ARCSEC", "MockSky", "make_mock_sky"]
