"""The registry file as text: an entry is added to it without touching what an operator wrote, comments included."""

import difflib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from trainingset.registry import CatalogEntry, Registry, RegistryError

__all__ = ["entry_text", "registered", "text_with_entry", "unified_diff", "write_registry"]

_FIRST = ("id", "title", "description", "content", "release", "path", "required_right")


def registered(path: Path) -> Registry:
    """What is registered; nothing, if there is no file yet."""
    return Registry.load(path) if path.exists() else Registry()


def entry_text(entry: CatalogEntry, path: str) -> str:
    """An entry as YAML, without what is left as it is by default."""
    told: dict[str, Any] = entry.model_dump(mode="json", exclude_defaults=True) | {"path": path}
    ordered = {name: told[name] for name in _FIRST if name in told} | told
    return yaml.safe_dump([ordered], sort_keys=False, allow_unicode=True, width=110)


def text_with_entry(text: str, addition: str) -> str:
    """The text of a registry file with one more entry at the end of its catalogs.

    Raises
    ------
    RegistryError
        If the entry has no place in it, as in a list that is written in one line.
    """
    root = yaml.compose(text) if text.strip() else None
    if root is None:
        return f"{text}catalogs:\n{_indented(addition, 2)}"
    if not isinstance(root, yaml.MappingNode):
        raise RegistryError("the registry file holds no mapping with catalogs")
    catalogs = next((value for key, value in root.value if key.value == "catalogs"), None)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if catalogs is None:
        return "".join([*lines, "catalogs:\n", _indented(addition, 2)])
    if not catalogs.value:
        start = catalogs.start_mark.line
        lines[start] = lines[start][: lines[start].index(":") + 1] + "\n"
        return "".join([*lines[: start + 1], _indented(addition, 2), *lines[catalogs.end_mark.line + 1 :]])
    if catalogs.flow_style:
        raise RegistryError("catalogs are written in brackets: put each of them under a dash on lines of its own first")
    place = min(catalogs.end_mark.line, len(lines))
    while not lines[place - 1].strip():
        place -= 1
    return "".join([*lines[:place], _indented(addition, catalogs.start_mark.column), *lines[place:]])


def _indented(text: str, width: int) -> str:
    return "".join(" " * width + line if line.strip() else line for line in text.splitlines(keepends=True))


def unified_diff(before: str, after: str, path: Path) -> str:
    """What would change, as ``diff -u`` shows it."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), str(path), f"{path} (new)"
    )
    return "".join(lines)


@contextmanager
def write_registry(path: Path) -> Iterator[Path]:
    """Hold the registry file against others who add to it; yields the real file behind links."""
    real = path.resolve()
    real.parent.mkdir(parents=True, exist_ok=True)
    with (real.parent / f".{real.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield real


def replace_file(path: Path, text: str) -> None:
    """Put a whole new file in the place of another at once, with the same mode."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
