"""The tutorial runs from start to end against the real service, and shows what it promises."""

import base64
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from service.stack import Stack
from tests.docs.notebook import run_notebook
from trainingset.mock.place import MockSky

pytestmark = pytest.mark.long

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"
PLOTS = 8
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


@pytest.fixture(scope="module")
def executed(stack: Stack, mock_sky: MockSky, folder: Path) -> nbformat.NotebookNode:
    shutil.copy(mock_sky.surveys["WIDEZ"], folder / "specz.vot")
    environment = {"TSM_URL": stack.url, "TSM_TOKEN": stack.connection.token}
    return run_notebook(TUTORIAL, folder=folder, environment=environment)


def outputs(notebook: nbformat.NotebookNode) -> list[tuple[str, Any]]:
    """Code of the cell and output, for each output."""
    return [(cell.source, output) for cell in notebook.cells for output in cell.get("outputs", [])]


def text_of(notebook: nbformat.NotebookNode, code: str) -> str:
    """What the cell that has this code printed or showed, as text."""
    found = [output for source, output in outputs(notebook) if code in source]
    return "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in found)


@pytest.mark.system
@pytest.mark.xdist_group("system")
def test_the_tutorial_runs_and_leaves_a_split_set_for_rail(executed: nbformat.NotebookNode, folder: Path) -> None:
    assert executed.cells

    made = {path.name for path in folder.iterdir()}
    assert {"train.hdf5", "train.yaml", "test.hdf5", "rail_train.hdf5", "training_set.parquet"} <= made


@pytest.mark.system
@pytest.mark.xdist_group("system")
def test_the_tutorial_shows_every_plot(executed: nbformat.NotebookNode) -> None:
    pictures = [output.data["image/png"] for _, output in outputs(executed) if "image/png" in output.get("data", {})]

    assert [base64.b64decode(picture)[:4] for picture in pictures] == [PNG] * PLOTS


@pytest.mark.system
@pytest.mark.xdist_group("system")
def test_the_tutorial_tells_mistakes_sources_and_sameness(executed: nbformat.NotebookNode) -> None:
    assert "did you mean i_gaap1p0SNR" in text_of(executed, "mistakes = ")
    assert "@misc{" in text_of(executed, "ts.citations.bibtex")
    assert "The rows are the same" in text_of(executed, "tsm.reproduce(")
    assert "import lsdb" in text_of(executed, "to_lsdb_code(")


@pytest.mark.system
@pytest.mark.xdist_group("system")
def test_nothing_is_shown_twice_and_no_warning_comes_up(executed: nbformat.NotebookNode) -> None:
    shown = [source for source, output in outputs(executed) if output.output_type in {"execute_result", "display_data"}]
    printed = "".join(output.text for _, output in outputs(executed) if output.output_type == "stream")

    assert [source for source in set(shown) if shown.count(source) > 1] == []
    assert "Warning" not in printed


def test_the_tutorial_is_kept_without_outputs_machine_paths_and_tokens() -> None:
    notebook = nbformat.read(TUTORIAL, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert [cell for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert [cell.id for cell in notebook.cells if cell.metadata] == []
    assert re.search(r"/(home|root|tmp|Users)/|gt-[\w-]{10}|127\.0\.0\.1", TUTORIAL.read_text(encoding="utf-8")) is None


def test_the_first_program_of_the_tutorial_has_ten_lines() -> None:
    first = next(cell for cell in nbformat.read(TUTORIAL, as_version=4).cells if cell.cell_type == "code")

    assert len([line for line in first.source.splitlines() if line.strip()]) <= 10
