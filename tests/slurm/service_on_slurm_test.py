"""The whole service on a real Slurm: settings of an operator, a job of a user, and nothing left in Slurm."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import tsm
from service.service_folder import ServiceFolder
from service.stack import Stack
from tests.slurm.slurm_cluster import SlurmCluster
from tests.system.sky_files import CATALOG, nearest_objects, register, write_redshifts
from trainingset.mock.place import MockSky

pytestmark = pytest.mark.slow

SETTINGS = {
    "TSM_DASK__KIND": "slurm",
    "TSM_DASK__WORKERS": "2",
    "TSM_DASK__MEMORY_BYTES_PER_WORKER": str(2 * 2**30),
    "TSM_DASK__HOST": "127.0.0.1",
}


def test_a_job_is_matched_by_slurm(
    slurm: SlurmCluster, mock_sky: MockSky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write_redshifts(mock_sky, tmp_path / "redshifts.vot", n_rows=300)
    service = ServiceFolder(tmp_path / "service")
    service.root.mkdir()
    register(mock_sky, service)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    before = slurm.jobs().keys()
    with (
        Stack.start(service.root, port=0, fsync=False) as stack,
        tsm.TrainingSetMaker(stack.url, stack.connection.token) as maker,
    ):
        job = maker.crossmatch(table, catalog=CATALOG, radius_arcsec=1.0, responseformat="parquet")
        job.wait()
        assert slurm.jobs().keys() - before
        rows = pq.read_table(job.download("result", tmp_path))
    assert not slurm.jobs().keys() - before
    pairs = nearest_objects(mock_sky, table, radius_arcsec=1.0)
    assert dict(zip(rows["id"].to_pylist(), rows["objectId"].to_pylist(), strict=True)) == {
        redshift: object_id for redshift, (object_id, _) in pairs.items()
    }
