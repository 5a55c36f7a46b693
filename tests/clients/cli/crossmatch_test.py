"""``tsm crossmatch``: from a table of redshifts to a training set in one command."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.system.sky_files import nearest_objects
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_one_command_leaves_the_training_set_with_the_right_rows(made: Path, table: Path, mock_sky: MockSky) -> None:
    rows = pq.read_table(made).to_pydict()
    found = dict(zip(rows["id"], rows["objectId"], strict=True))
    expected = {key: pair[0] for key, pair in nearest_objects(mock_sky, table, radius_arcsec=1.0).items()}
    assert found.items() <= expected.items()
    assert len(found) > 100
    assert set(rows["subset"]) == {"train", "test"}
