"""``tsm-service catalog check``: open every registered catalog as a worker does."""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from trainingset.errors import Problem, TrainingSetError
from trainingset.profile import TableProfile
from trainingset.registry import CatalogCard, CatalogContent, CatalogEntry, NamedFootprint, Registry, RegistryError

__all__ = ["check_catalogs", "complaints_about"]


def check_catalogs(registry_path: Path) -> int:
    """Say of each catalog what was found, or what is wrong with it.

    Returns
    -------
    int
        Exit code: 1 if a catalog cannot be used.
    """
    console = Console(soft_wrap=True, highlight=False)
    try:
        registry = Registry.load(registry_path)
    except RegistryError as error:
        console.print(str(error), markup=False)
        return 1
    entries = list(registry)
    console.print(f"{registry_path}: {len(entries)} catalog{'s' if len(entries) != 1 else ''}")
    codes = [_check(entry, console) for entry in entries]
    return max((*codes, *(_check_footprint(footprint, console) for footprint in registry.footprints)), default=0)


def _check_footprint(named: NamedFootprint, console: Console) -> int:
    from trainingset.specz.footprint import Footprint, footprint_column

    try:
        TypeAdapter[Footprint](Footprint).validate_python(named.model_dump())
    except ValidationError as error:
        console.print(f"BAD  footprint {named.name}: {error}", markup=False)
        return 1
    console.print(f"ok   footprint {named.name}: flagged as {footprint_column(named.name)}", markup=False)
    return 0


def _check(entry: CatalogEntry, console: Console) -> int:
    # hats compiles its tree alignment otherwise, which takes longer than the whole check.
    os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
    from trainingset.catalog_inspection import inspect_catalog

    try:
        card = inspect_catalog(entry)
    except TrainingSetError as error:
        console.print(f"BAD  {entry.id}: {error}", markup=False)
        return 1
    complaints = complaints_about(entry, card)
    margin = f"margin {card.margin_arcsec:g} arcsec" if card.margin_arcsec is not None else "no margin"
    told = margin if entry.content is CatalogContent.OBJECTS else "redshifts"
    console.print(
        f"{'BAD ' if complaints else 'ok  '} {entry.id}: {card.n_rows:,} rows in {card.n_partitions} partitions, "
        f"{len(card.columns)} columns, {told}"
    )
    for complaint in complaints:
        console.print(f"     {complaint}", markup=False)
    return 1 if complaints else 0


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
        complaints.append("it has no margin, so nothing can be matched: make one with hats-import")
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
