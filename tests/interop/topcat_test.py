"""A person at the real TOPCAT: *Upload Join* from its own list of examples, run as a job, loaded as a table."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table

from tests.interop.chromium_test import SCREENSHOTS
from tests.system.sky_files import CATALOG, all_objects
from trainingset.mock.place import MockSky

pytestmark = pytest.mark.slow

SESSION = Path(__file__).with_name("topcat_session.py")
JAR = Path("/usr/share/java/starlink-topcat.jar")


@pytest.fixture
def display() -> Iterator[str]:
    """A screen that nobody sees, with a number of its own choice."""
    if shutil.which("Xvfb") is None or not JAR.exists():
        pytest.skip("TOPCAT is not installed")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
        server.terminate()


def test_upload_join_gives_the_pairs_of_brute_force(
    display: str, signed_url: str, redshift_table: Path, mock_sky: MockSky, tmp_path: Path
) -> None:
    table = Table.read(redshift_table)
    for name, ucd in (("ra", "pos.eq.ra;meta.main"), ("dec", "pos.eq.dec;meta.main")):
        table[name].unit, table[name].meta["ucd"] = u.deg, ucd
    table.write(tmp_path / "redshifts.vot", format="votable")
    command = [sys.executable, str(SESSION), f"{signed_url}/crossmatch", CATALOG, str(tmp_path / "redshifts.vot")]
    done = subprocess.run(
        [*command, str(tmp_path)],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in tmp_path.glob("*.png"):
        shutil.copy(picture, SCREENSHOTS)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])

    assert CATALOG in seen["tables"]
    assert seen["columns"] > 50
    (radius,) = re.findall(r"([0-9.]+)/3600", seen["adql"])
    objects = all_objects(mock_sky)
    there = SkyCoord(objects["coord_ra"].to_numpy(), objects["coord_dec"].to_numpy(), unit="deg")
    here = SkyCoord(table["ra"], table["dec"], unit="deg")
    pairs, _, _, _ = there.search_around_sky(here, float(radius) * u.arcsec)
    assert seen["rows"] == len(pairs)
    assert {"objectId", "coord_ra", "coord_dec"} < set(seen["names"])
    assert list((SCREENSHOTS).glob("topcat-result.png"))
