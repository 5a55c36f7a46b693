"""Redshifts of the mock sky as a survey publishes them whose rules are known."""

from pathlib import Path

from trainingset.mock.place import MockSky
from tsm.tables.reading import read_redshifts

__all__ = ["write_vvds"]


def write_vvds(mock_sky: MockSky, path: Path, *, n_rows: int = 150) -> Path:
    """Write a CSV file with the columns of VVDS."""
    table = read_redshifts(mock_sky.surveys["FIBERDEEP"])
    roles = table.meta["roles"]
    frame = table[[roles["ra"], roles["dec"], "redshift"]].to_pandas().set_axis(["ra", "dec", "z"], axis="columns")
    frame.assign(ZFLAGS=4).head(n_rows).to_csv(path, index=False)
    return path
