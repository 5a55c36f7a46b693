"""The sample sky of the embedded service: generated once, registered as a catalog."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from service.service_folder import ServiceFolder
from trainingset.registry import Registry

__all__ = ["CATALOG", "SampleSkyError", "make_sample_sky", "sample_survey"]

CATALOG = "mock_object"
"""Id of the sample sky's object catalog."""
_SURVEY_FOLDER = "surveys"


class SampleSkyError(Exception):
    """The sample sky could not be made; the message ends with why."""


def make_sample_sky(
    folder: ServiceFolder, *, n_objects: int = 300_000, say: Callable[[str], None] = lambda text: None
) -> None:
    """Make the sample sky and register it, unless both was done before.

    Parameters
    ----------
    folder
        Of the service.
    n_objects
        Objects of the catalog.
    say
        Gets a sentence for each thing worth telling.
    """
    folder.prepare()
    if not (folder.sky / "registry.yaml").exists():
        say(f"Making the sample sky ({n_objects:,} objects) in {folder.sky} ...")
        # A process of its own: the supervisor, which lives for days, keeps nothing of LSDB in memory.
        program = [sys.executable, "-m", "service.sample_sky", str(folder.sky), str(n_objects)]
        made = subprocess.run(program, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True)
        if made.returncode != 0:
            raise SampleSkyError(f"The sample sky could not be made:\n{made.stderr[-2000:]}")
    _register(folder, say)


def sample_survey(folder: ServiceFolder) -> Path:
    """A redshift table that goes with the sample sky: the largest one."""
    return max((folder.sky / _SURVEY_FOLDER).iterdir(), key=lambda path: path.stat().st_size)


def _register(folder: ServiceFolder, say: Callable[[str], None]) -> None:
    registered = {entry.id for entry in Registry.load(folder.registry)}
    if CATALOG in registered:
        return
    if registered:
        say(f"{folder.registry} lists catalogs of yours and stays as it is: add {folder.sky}/registry.yaml by hand.")
        return
    content: dict[str, Any] = yaml.safe_load((folder.sky / "registry.yaml").read_text(encoding="utf-8"))
    for entry in content["catalogs"]:
        entry["path"] = f"{folder.sky.name}/{entry['path']}"
    folder.registry.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


if __name__ == "__main__":
    from trainingset.mock.make import make_mock_sky

    make_mock_sky(Path(sys.argv[1]), n_objects=int(sys.argv[2]))
