"""The page ``docs/command-line.md`` does what it says: all of its blocks, in order, in one shell."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.stack import Stack
from tests.clients.cli.shell import Shell
from tests.clients.vvds_file import write_vvds
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.xdist_group("system")]

PAGE = Path(__file__).parents[3] / "docs" / "command-line.md"


def test_every_block_of_the_page_runs(stranger: Shell, stack: Stack, mock_sky: MockSky, tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    (fits,) = (path for path in mock_sky.surveys.values() if path.suffix == ".fits")
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(fits, folder / "specz.fits")
    write_vvds(mock_sky, folder / "vvds.csv")
    (folder / "token-file").write_text(stack.connection.token)
    environment = stranger.environment | {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "SERVICE": stack.url,
    }
    script = "set -euxo pipefail\n" + "\n".join(blocks)
    run = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert {"compilation.parquet", "report.html", "matched.parquet"} <= {p.name for p in folder.iterdir()}
    assert {"set.parquet", "pilot.parquet", "n_of_z.png", "sky.pdf", "halves.csv"} <= {p.name for p in folder.iterdir()}
