"""``tsm-service catalog add``: look at a collection, describe it, and add it to the registry."""

import os
from pathlib import Path

import typer

from service.catalog_check import Closeness, look_closely
from service.catalog_registry import entry_text, registered, replace_file, text_with_entry, unified_diff, write_registry
from service.catalog_report import tell_faults
from trainingset.errors import TrainingSetError
from trainingset.registry import CatalogEntry, Registry, RegistryError

__all__ = ["add_catalog"]

_FAILED = 1


def add_catalog(
    registry_path: Path,
    *,
    path: str,
    catalog_id: str,
    release: str,
    title: str | None = None,
    description: str | None = None,
    required_right: str | None = None,
    object_id_column: str | None = None,
    sample: int | None = 16,
    dry_run: bool = False,
) -> int:
    """Add a collection to a registry file, unless anything is wrong with it.

    Returns
    -------
    int
        Exit code: 1 if nothing was added.
    """
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    from trainingset.catalog_care.describe import EntryWishes, describe_catalog

    absolute = path if "://" in path else str(Path(path).absolute())
    try:
        _refuse_duplicates(registered(registry_path), catalog_id, absolute)
        wishes = EntryWishes(
            path=absolute,
            id=catalog_id,
            release=release,
            title=title,
            description=description,
            required_right=required_right,
            object_id_column=object_id_column,
        )
        described = describe_catalog(wishes)
        if not _is_in_order(described.entry, sample):
            typer.echo(f"{catalog_id} was not added: mend what is BAD first.")
            return _FAILED
        for note in described.notes:
            typer.echo(f"note {note}")
        return _write(registry_path, described.entry, dry_run=dry_run)
    except (TrainingSetError, OSError) as error:
        typer.echo(f"BAD  {error}")
        return _FAILED


def _refuse_duplicates(registry: Registry, catalog_id: str, path: str) -> None:
    for entry in registry:
        if entry.id == catalog_id:
            raise RegistryError(f"{catalog_id} is registered already, at {entry.path}: choose another --id")
        if "://" not in path and "://" not in entry.path and Path(entry.path).resolve() == Path(path).resolve():
            raise RegistryError(f"{path} is registered already, as {entry.id}")
        if entry.path.rstrip("/") == path.rstrip("/"):
            raise RegistryError(f"{path} is registered already, as {entry.id}")


def _is_in_order(entry: CatalogEntry, sample: int | None) -> bool:
    checked = look_closely(entry, Closeness(sample=sample))
    tell_faults(checked.faults)
    return not checked.errors


def _write(registry_path: Path, entry: CatalogEntry, *, dry_run: bool) -> int:
    with write_registry(registry_path) as real:
        before = real.read_text(encoding="utf-8") if real.exists() else ""
        # Somebody else may have added it while this one was looked at.
        known = registered(real)
        _refuse_duplicates(known, entry.id, entry.path)
        after = text_with_entry(before, entry_text(entry, _path_in(real, entry.path)))
        _require_same(real, after, known, entry)
        typer.echo(unified_diff(before, after, registry_path), nl=False)
        if dry_run:
            typer.echo(f"{entry.id} was not added: this was a dry run.")
            return 0
        replace_file(real, after)
    typer.echo(f"{entry.id} was added to {registry_path}; running workers notice it within half a minute.")
    return 0


def _path_in(registry_path: Path, path: str) -> str:
    """As the registry spells it: relative below its own folder, unless a link leads elsewhere."""
    if "://" in path or not Path(path).resolve().is_relative_to(registry_path.parent) or Path(path).is_symlink():
        return path
    path = str(Path(path).resolve())
    return str(Path(path).relative_to(registry_path.parent))


def _require_same(path: Path, text: str, before: Registry, entry: CatalogEntry) -> None:
    """Read the new text in the file's place: everything else must be as it was."""
    probe = path.with_name(f".{path.name}.probe")
    try:
        probe.write_text(text, encoding="utf-8")
        after = Registry.load(probe)
    finally:
        probe.unlink(missing_ok=True)
    registered_path = entry.path if "://" in entry.path else str(Path(entry.path).resolve())
    ours = after.get(entry.id)
    if ours is None or (entry.path != ours.path and registered_path != ours.path):
        raise RegistryError(f"{path} would name another folder than {entry.path}: add the entry by hand")
    expected = {known.id: known for known in before} | {entry.id: entry.model_copy(update={"path": ours.path})}
    if {known.id: known for known in after} != expected or after.footprints != before.footprints:
        raise RegistryError(f"{path} could not be added to without changing what is in it: add the entry by hand")
