"""Where the parts of a mock sky lie; reading it loads nothing heavy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CATALOG_ID", "COMPILATION_ID", "MARGIN_ARCSEC", "SURVEY_FILES", "MockSky"]

CATALOG_ID = "mock_object"
"""Id of the object catalog in the mock registry."""
COMPILATION_ID = "mock_redshifts"
"""Id of the redshift catalog in the mock registry: all surveys together."""
MARGIN_ARCSEC = 5.0
"""Width of the margin, as in the HATS copies of DP1 and DP2."""

SURVEY_FILES = {
    "WIDEZ": "widez.vot",
    "FIBERDEEP": "fiberdeep.fits",
    "NEARBYCZ": "nearbycz.ecsv",
    "GRISMFIELD": "grismfield.parquet",
}
"""File name by survey."""


@dataclass(frozen=True)
class MockSky:
    """Where the parts of a mock sky lie."""

    folder: Path

    @property
    def registry(self) -> Path:
        """Registry file (YAML) that holds the catalogs `CATALOG_ID` and `COMPILATION_ID`."""
        return self.folder / "registry.yaml"

    @property
    def collection(self) -> Path:
        """HATS collection of the objects, with a margin of `MARGIN_ARCSEC`."""
        return self.folder / "object_collection"

    @property
    def compilation(self) -> Path:
        """HATS collection of the redshifts of all surveys, in the columns of a compilation."""
        return self.folder / "redshift_collection"

    @property
    def surveys(self) -> Mapping[str, Path]:
        """Redshift table of each survey by its name: VOTable, FITS, ECSV and Parquet."""
        return {name: self.folder / "surveys" / filename for name, filename in SURVEY_FILES.items()}

    @property
    def sources(self) -> Path:
        """Parquet table of all true sources (`trainingset.mock.truth.true_sources`)."""
        return self.folder / "truth" / "sources.parquet"

    @property
    def objects(self) -> Path:
        """Parquet table that tells which source is in which object (`trainingset.mock.truth.true_objects`)."""
        return self.folder / "truth" / "objects.parquet"

    @property
    def redshifts(self) -> Path:
        """Parquet table of all survey rows with their truth (`trainingset.mock.truth.true_redshifts`)."""
        return self.folder / "truth" / "redshifts.parquet"
