"""Data rights by group: our copy of a table of the identity provider, which may change while the service runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog
import yaml
from pydantic import TypeAdapter, ValidationError

__all__ = ["RightsTable", "RightsTableError"]

_log = structlog.get_logger("app.rights")

_TABLE: TypeAdapter[dict[str, frozenset[str]]] = TypeAdapter(dict[str, frozenset[str]])
_LARGEST_BYTES = 1_000_000


class RightsTableError(Exception):
    """The file of data rights cannot be read; the message names it and what is wrong."""


class RightsTable:
    """Data rights of groups, from the settings or from a file that is read again when it changes.

    Parameters
    ----------
    by_group
        From the settings.
    path
        YAML file of lists of rights by group, whose entries come before those of the settings; None = there is none.

    Raises
    ------
    RightsTableError
        If the file cannot be read at the start. Later the last good one stays.
    """

    def __init__(self, by_group: Mapping[str, frozenset[str]], path: Path | None = None) -> None:
        self._by_group = by_group
        self._path = path
        self._of_file: Mapping[str, frozenset[str]] = {}
        self._seen: tuple[int, int] | None = None
        if path is not None:
            self._read(path)

    def rights_of(self, groups: Iterable[str]) -> frozenset[str]:
        """All rights that these groups give."""
        self._look_again()
        table = {**self._by_group, **self._of_file}
        return frozenset(right for group in groups for right in table.get(group, ()))

    def _look_again(self) -> None:
        if self._path is None:
            return
        try:
            if _state(self._path) != self._seen:
                self._read(self._path)
        except (OSError, RightsTableError) as error:
            _log.error("data rights cannot be read, the last good ones stay", error=str(error))

    def _read(self, path: Path) -> None:
        try:
            # The state before the content: a change in between is seen the next time.
            state = _state(path)
            if state[1] > _LARGEST_BYTES:
                raise RightsTableError(
                    f"{path} has {state[1]} bytes; a table of data rights has at most {_LARGEST_BYTES}"
                )
            self._of_file = _TABLE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
        except (OSError, ValueError, yaml.YAMLError, ValidationError) as error:
            raise RightsTableError(
                f"{path} is no table of data rights by group (GROUP: [RIGHT, ...]): {error}"
            ) from error
        self._seen = state


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
