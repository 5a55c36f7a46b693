"""Runs a notebook from start to end, in a folder, with the kernel of this environment."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient

__all__ = ["run_notebook"]

_CELL_SECONDS = 120


def run_notebook(path: Path, *, folder: Path, environment: Mapping[str, str]) -> nbformat.NotebookNode:
    """Run all cells and return the notebook with its outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises; the message shows the cell.
    """
    # A kernel of our own, whatever kernels the user of this machine has.
    kernel = folder / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": command, "display_name": "Python 3", "language": "python"}))
    # An empty home, so that nobody's settings help; but the cache of fonts takes seconds to make again.
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_CACHE_HOME": cache}
    variables = {**own, "JUPYTER_PATH": str(folder / "jupyter"), **environment}
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=_CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    executed: nbformat.NotebookNode = client.execute(env=variables)
    return executed
