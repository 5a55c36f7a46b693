"""The examples in the docstrings run as they are printed."""

import doctest
import shutil
from importlib import import_module
from pathlib import Path

import pytest

import tsm
from tsm.sets.training_set import TrainingSet

MODULES = (
    "tsm.sets.citations",
    "tsm.plots",
    "tsm.plots.accessor",
    "tsm.plots.bands",
    "tsm.plots.distributions",
    "tsm.plots.offsets",
    "tsm.plots.separations",
    "tsm.plots.sky",
    "tsm.sets.training_set",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(
    name: str, ts: TrainingSet, made_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made_folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    done = doctest.testmod(import_module(name), globs={"tsm": tsm, "ts": ts, **vars(import_module(name))})
    assert done.attempted > 0
    assert done.failed == 0
