"""Every page whose examples can be run is run, against the real service."""

import shutil
from pathlib import Path

import pytest

from service.stack import Stack
from tests.clients.vvds_file import write_vvds
from tests.docs.pages import blocks_of, run_page
from tests.pz.fake_server import FakePzServer
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

DOCS = Path(__file__).parents[2] / "docs"
OPERATIONS = tuple(DOCS / "operations" / f"{name}.md" for name in ("catalogs", "security"))
EXAMPLES = (DOCS.parent / "README.md", DOCS / "curl.md", DOCS / "standardized-sets.md", *OPERATIONS)
PAGES = [*EXAMPLES, *sorted((DOCS / "how-to").glob("*.md"))]
RUN = [pytest.param(page, marks=pytest.mark.long if page.stem == "catalogs" else ()) for page in PAGES]
FILES = {"specz.fits": "FIBERDEEP", "specz.vot": "WIDEZ", "grism.parquet": "GRISMFIELD"}
"""Survey of the mock sky by the name under which pages find its table."""


@pytest.fixture
def environment(
    stack: Stack, mock_sky: MockSky, pz: FakePzServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """What a page finds: its folder, the tables in it, and the environment of somebody who is signed in."""
    for name, survey in FILES.items():
        shutil.copy(mock_sky.surveys[survey], tmp_path / name)
    pz.add_product((tmp_path / "specz.vot").read_bytes(), filename="specz.vot", official=True)
    write_vvds(mock_sky, tmp_path / "vvds.csv")
    (tmp_path / "object_collection").symlink_to(mock_sky.collection)
    token = stack.connection.token
    signed_in = {"TSM_URL": stack.url, "TSM_TOKEN": token, "BASE": f"{stack.url}/crossmatch", "TOKEN": token}
    for name, value in signed_in.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return signed_in


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run_in_order(page: Path, environment: dict[str, str]) -> None:
    if shutil.which("curl") is None and any("curl " in block.code for block in blocks_of(page)):
        pytest.skip("curl is not installed")

    run_page(page, environment=environment)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_examples(page: Path) -> None:
    assert list(blocks_of(page))
