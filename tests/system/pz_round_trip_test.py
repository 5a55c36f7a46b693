"""From a registered redshift product to a registered training set, which the published client reads."""

import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tsm
from tests.pz.fake_server import FakePzServer
from tests.system.pz_product_test import COLUMNS, N_ROWS, as_parquet
from tests.system.sky_files import CATALOG, write_redshifts
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.xdist_group("system")]

ROOT = Path(__file__).parents[2]
PZ_PYTHON = ROOT / ".venv-pz" / "bin" / "python"
SCRIPT = ROOT / "tests" / "pz" / "read_with_pzserver.py"


@pytest.fixture
def table(mock_sky: MockSky, tmp_path: Path) -> pa.Table:
    rows = pq.read_table(write_redshifts(mock_sky, tmp_path / "redshifts.parquet", n_rows=N_ROWS))
    return rows.rename_columns(list(COLUMNS))


def test_a_product_is_found_matched_split_registered_and_read_by_the_published_client(
    pz: FakePzServer, pz_server: tuple[FakePzServer, str], maker: tsm.TrainingSetMaker, table: pa.Table, tmp_path: Path
) -> None:
    if not PZ_PYTHON.exists():
        pytest.skip("pzserver is not installed (make .venv-pz/installed)")
    pz.add_product(as_parquet(table), columns=COLUMNS)
    (found,) = maker.redshifts(source="pz", type="redshift_catalog", official=False)
    job = maker.crossmatch(found, catalog=CATALOG, radius_arcsec=1.0, split={"train": 0.7, "test": 0.3})
    product = job.register("Mock set", description="Of a test.")
    again = job.register("Mock set", description="Of a test.")
    registration = job.registration()

    assert again.id == product.id
    assert registration is not None
    assert (registration.state, registration.product) == ("REGISTERED", product)
    assert product.access.web_page.endswith(product.internal_name)

    read = tmp_path / "read.parquet"
    told = read_with_pzserver(pz_server[1], pz.service_token, job.id, read)
    assert (told["id"], told["display_name"]) == (product.id, f"Mock set [job {job.id}]")
    made = pd.read_parquet(job.download("parquet", tmp_path))
    assert len(made) > 100
    rows = pd.read_parquet(read)
    assert list(rows.columns) == list(made.columns)
    # The client gives an astropy table, which has other types where values are missing.
    told_apart = ["row_key", "objectId", "redshift", "separation_arcsec", "subset"]
    pd.testing.assert_frame_equal(rows[told_apart], made[told_apart], check_dtype=False)


def read_with_pzserver(url: str, token: str, job_id: str, target: Path) -> dict[str, str]:
    command = [PZ_PYTHON, "-W", "ignore", SCRIPT, url, job_id, target]
    run = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PZ_TOKEN": token}, cwd=target.parent, timeout=120
    )
    assert run.returncode == 0, run.stderr + run.stdout
    found: dict[str, str] = json.loads(run.stdout.splitlines()[-1])
    return found
