"""The page ``docs/curl.md`` does what it says: all of its blocks, in order, in one shell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.stack import Stack
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

PAGE = Path(__file__).parents[2] / "docs" / "curl.md"


def test_every_block_of_the_page_runs(stack: Stack, mock_sky: MockSky, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    (fits,) = (path for path in mock_sky.surveys.values() if path.suffix == ".fits")
    shutil.copy(fits, tmp_path / "specz.fits")
    script = "set -euxo pipefail\n" + "\n".join(blocks)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "BASE": f"{stack.url}/crossmatch",
        "TOKEN": stack.connection.token,
    }
    run = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240
    )
    assert run.returncode == 0, run.stderr[-3000:]
