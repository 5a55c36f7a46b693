"""``tsm-service catalog check``: look at every registered catalog as a worker does, and at all of its files."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import typer
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from service.catalog_report import tell_faults, told_progress
from trainingset.catalog_care.faults import CatalogFault, FaultKind, Severity
from trainingset.errors import Problem, TrainingSetError
from trainingset.profile import TableProfile
from trainingset.registry import CatalogCard, CatalogContent, CatalogEntry, NamedFootprint, Registry, RegistryError

__all__ = ["CheckedCatalog", "Closeness", "check_catalogs", "complaints_about", "look_closely"]

_FAILED = 1


class Closeness(BaseModel):
    """How closely to look."""

    model_config = ConfigDict(frozen=True)

    quick: bool = False
    """Only what a worker looks at: no list of files, no footers, no rows."""
    sample: int | None = None
    """Partitions whose rows are read; None reads all, 0 footers alone."""
    resume: Path | None = None
    """Folder that keeps what was found in each catalog, for going on after an interruption."""
    workers: int = 4


class CheckedCatalog(BaseModel):
    """A catalog, and what is wrong with it."""

    model_config = ConfigDict(frozen=True)

    id: str
    path: str
    content: CatalogContent = CatalogContent.OBJECTS
    rows: int | None = None
    partitions: int | None = None
    partitions_read: int = 0
    """Of which every row was looked at."""
    columns: int | None = None
    margins: dict[str, float] = Field(default_factory=dict)
    """Thresholds in arcseconds by name."""
    rows_without_coordinates: int = 0
    faults: tuple[CatalogFault, ...] = ()

    @property
    def errors(self) -> tuple[CatalogFault, ...]:
        """What makes it useless."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)


def check_catalogs(
    registry_path: Path,
    names: Sequence[str] = (),
    *,
    closeness: Closeness = Closeness(),  # noqa: B008 (frozen)
    as_json: bool = False,
) -> int:
    """Say of each catalog what was found, or what is wrong with it.

    Parameters
    ----------
    names
        Ids of registered catalogs, or paths of others; all that are registered, if none is named.

    Returns
    -------
    int
        Exit code: 1 if a catalog cannot be used.
    """
    # hats compiles its tree alignment otherwise, which takes longer than the whole check.
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    try:
        registry = _registry(registry_path, names)
    except RegistryError as error:
        typer.echo(str(error), err=as_json)
        return _FAILED
    entries = list(registry)
    if not as_json and not names:
        typer.echo(f"{registry_path}: {len(entries)} catalog{'s' if len(entries) != 1 else ''}")
    progress = told_progress(is_silent=as_json)
    checked = []
    for name in names or [entry.id for entry in entries]:
        checked.append(_look_for(name, registry.get(name), closeness, progress))
        if not as_json:
            _tell(checked[-1])
    if as_json:
        typer.echo(json.dumps([found.model_dump(mode="json", exclude_none=True) for found in checked], indent=2))
    footprints = () if names else registry.footprints
    codes = [_check_footprint(footprint, is_silent=as_json) for footprint in footprints]
    return max((*codes, *(_FAILED for found in checked if found.errors)), default=0)


def _registry(path: Path, names: Sequence[str]) -> Registry:
    """The registry; none is needed where everything named is a path."""
    if names and not path.exists():
        return Registry()
    return Registry.load(path)


Progress = Callable[[str, int, int], None]


def _look_for(name: str, entry: CatalogEntry | None, closeness: Closeness, progress: Progress) -> CheckedCatalog:
    if entry is not None:
        return look_closely(entry, closeness, progress)
    if "://" in name or Path(name).exists():
        return _check_files(CheckedCatalog(id=Path(name).name, path=name), closeness, progress)
    message = f"no catalog {name} is registered, and there is nothing at a path of this name"
    fault = CatalogFault.of(FaultKind.NO_CATALOG, name, message)
    return CheckedCatalog(id=name, path=name, faults=(fault,))


def look_closely(
    entry: CatalogEntry,
    closeness: Closeness = Closeness(),  # noqa: B008 (frozen)
    progress: Progress = lambda *_: None,
) -> CheckedCatalog:
    """Look at a registered catalog: whether its entry fits, and whether its files are right."""
    from trainingset.catalog_inspection import inspect_catalog

    checked = CheckedCatalog(id=entry.id, path=entry.path, content=entry.content)
    try:
        card = inspect_catalog(entry)
    except TrainingSetError as error:
        # The files may tell more closely what it is.
        closer = checked if closeness.quick else _check_files(checked, closeness, progress)
        if not closer.errors:
            closer = _with(closer, CatalogFault.of(FaultKind.ENTRY, entry.id, str(error)))
        return closer
    margins = {} if card.margin_arcsec is None else {"widest": card.margin_arcsec}
    update = {
        "rows": card.n_rows,
        "partitions": card.n_partitions,
        "columns": len(card.columns),
        "margins": margins,
    }
    checked = checked.model_copy(update=update)
    checked = checked if closeness.quick else _check_files(checked, closeness, progress)
    complaints = complaints_about(entry, card)
    is_told = {fault.kind for fault in checked.faults}
    faults = [CatalogFault.of(FaultKind.ENTRY, entry.id, complaint) for complaint in complaints]
    if FaultKind.MARGIN_MISSING in is_told:
        faults = [fault for fault in faults if "no margin" not in fault.message]
    return _with(checked, *faults)


def _with(checked: CheckedCatalog, *faults: CatalogFault) -> CheckedCatalog:
    return checked.model_copy(update={"faults": (*faults, *checked.faults)})


def _check_files(checked: CheckedCatalog, closeness: Closeness, progress: Progress) -> CheckedCatalog:
    from trainingset.catalog_care.check import CheckOrder, check_collection

    resume = closeness.resume / f"{checked.id}.jsonl" if closeness.resume is not None else None
    if closeness.resume is not None:
        closeness.resume.mkdir(parents=True, exist_ok=True)
    order = CheckOrder(path=checked.path, sample=closeness.sample, workers=closeness.workers, resume=resume)
    report = check_collection(order, progress)
    faults = report.faults
    if checked.content is CatalogContent.REDSHIFTS:
        # Nothing is matched with them, so they need none.
        faults = tuple(fault for fault in faults if fault.kind is not FaultKind.MARGIN_MISSING)
    if not report.partitions:
        return _with(checked, *faults)
    found = report.model_dump(exclude={"path", "faults"})
    return _with(checked.model_copy(update=found), *faults)


def _tell(checked: CheckedCatalog) -> None:
    word = "BAD " if checked.errors else "ok  "
    if checked.rows is None:
        typer.echo(f"{word} {checked.id}")
    else:
        columns = f", {checked.columns} columns" if checked.columns is not None else ""
        typer.echo(
            f"{word} {checked.id}: {checked.rows:,} rows in {checked.partitions} partitions"
            f"{columns}, {_told_margins(checked)}{_told_read(checked)}"
        )
    tell_faults(checked.faults)


def _told_margins(checked: CheckedCatalog) -> str:
    if checked.content is CatalogContent.REDSHIFTS:
        return "redshifts"
    widths = sorted(checked.margins.values())
    return f"margin {' and '.join(f'{width:g}' for width in widths)} arcsec" if widths else "no margin"


def _told_read(checked: CheckedCatalog) -> str:
    if not checked.partitions_read:
        return ""
    return f", rows of {'all' if checked.partitions_read == checked.partitions else checked.partitions_read} read"


def _check_footprint(named: NamedFootprint, *, is_silent: bool) -> int:
    from trainingset.specz.footprint import Footprint, footprint_column

    try:
        TypeAdapter[Footprint](Footprint).validate_python(named.model_dump())
    except ValidationError as error:
        typer.echo(f"BAD  footprint {named.name}: {error}", err=is_silent)
        return _FAILED
    if not is_silent:
        typer.echo(f"ok   footprint {named.name}: flagged as {footprint_column(named.name)}")
    return 0


def complaints_about(entry: CatalogEntry, card: CatalogCard) -> list[str]:
    """What the entry names and the files lack."""
    known = {column.name for column in card.columns}
    named = {
        "ra_column": (entry.ra_column,),
        "dec_column": (entry.dec_column,),
        "object_id_column": (entry.object_id_column,),
        "default_columns": entry.expand(entry.default_columns),
        **{f"groups.{name}": entry.expand(columns) for name, columns in entry.groups.items()},
        **{f"fluxes.{kind}": _flux_names(entry, kind) for kind in entry.fluxes},
    }
    complaints = [
        f"{field} names columns that the catalog does not have: {', '.join(missing)}"
        for field, names in named.items()
        if (missing := [name for name in names if name not in known])
    ]
    if card.profile is not None:
        return complaints + [problem.message for problem in _problems(card.profile)]
    if card.margin_arcsec is None:
        complaints.append("it has no margin, so nothing can be matched: make one with `tsm-service catalog convert`")
    elif entry.default_radius_arcsec > card.margin_arcsec:
        complaints.append(
            f"default_radius_arcsec {entry.default_radius_arcsec:g} is above the margin, {card.margin_arcsec:g} arcsec"
        )
    return complaints


def _problems(profile: TableProfile) -> tuple[Problem, ...]:
    """What users of a catalog of redshifts would have to settle in each recipe."""
    return profile.role_problems + profile.coordinate_problems


def _flux_names(entry: CatalogEntry, kind: str) -> tuple[str, ...]:
    columns = (entry.flux_columns(kind, band) for band in entry.bands)
    return tuple(name for flux, error, flags in columns for name in (flux, error, *flags))
