"""``make docs``: every page and the API reference, without a warning and without a network."""

import subprocess
import sys
from collections.abc import Set
from pathlib import Path

import pytest
from sphinx.util.inventory import InventoryFile

import tsm

pytestmark = pytest.mark.long

DOCS = Path(__file__).parents[2] / "docs"
OPTIONS = ("-b", "html", "-W", "--keep-going", "-q")
"""As in the Makefile."""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages."""
    target = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", *OPTIONS, "-d", target / "doctrees", DOCS, target / "html"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr[-5000:]
    return target / "html"


def described(build: Path) -> Set[str]:
    """Dotted names of everything that the reference describes."""
    inventory = InventoryFile.loads((build / "objects.inv").read_bytes(), uri="")
    names = ((kind, item) for kind, items in inventory.data.items() if kind.startswith("py:") for item in items)
    return {name for _, name in names}


def test_every_page_is_built_without_a_warning(build: Path) -> None:
    sources = [path for suffix in ("md", "rst", "ipynb") for path in DOCS.rglob(f"*.{suffix}")]
    pages = [build / path.relative_to(DOCS).with_suffix(".html") for path in sources]

    assert len(pages) > 20
    assert [page.name for page in pages if not page.exists()] == []


def test_every_public_name_of_the_library_is_described(build: Path) -> None:
    names = described(build)
    homes = {
        name: {f"tsm.{name}", f"{getattr(getattr(tsm, name), '__module__', 'tsm')}.{name}"} for name in tsm.__all__
    }

    assert [name for name, places in homes.items() if not places & names] == []
