"""Magnitudes of fluxes and their correction for dust, computed here as the worker computes them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, overload

import astropy.units as u
import numpy as np
import pyarrow as pa

from trainingset.arrow_metadata import described
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.derived import Quantity, derived_columns
from trainingset.errors import Problem
from trainingset.extinction import LSST_EXTINCTIONS
from trainingset.photometry import AB_ZERO_POINTS, dereddened_magnitudes, derive
from trainingset.recipe import Dereddening
from trainingset.registry import CatalogEntry, FluxKind
from tsm.errors import TableRefusedError
from tsm.sets.training_set import TrainingSet
from tsm.tables.user_table import UserTable, arrow_of, user_table

__all__ = ["deredden", "to_magnitudes"]

Table = TypeVar("Table")

_MAGNITUDE = re.compile(r"(?P<band>[A-Za-z0-9]+)_(?P<kind>\w+?)Mag")
_DEREDDENED = "_dered"


@overload
def to_magnitudes(
    table: TrainingSet,
    bands: Iterable[str] | None = None,
    kind: str = "gaap1p0",
    unit: str | None = None,
    *,
    flux: str = "{band}_{kind}Flux",
    error: str = "{band}_{kind}FluxErr",
) -> Any: ...
@overload
def to_magnitudes(
    table: Table,
    bands: Iterable[str] | None = None,
    kind: str = "gaap1p0",
    unit: str | None = None,
    *,
    flux: str = "{band}_{kind}Flux",
    error: str = "{band}_{kind}FluxErr",
) -> Table: ...
def to_magnitudes(
    table: Any,
    bands: Iterable[str] | None = None,
    kind: str = "gaap1p0",
    unit: str | None = None,
    *,
    flux: str = "{band}_{kind}Flux",
    error: str = "{band}_{kind}FluxErr",
) -> Any:
    """Add AB magnitudes and their errors, as a cross-match with ``magnitudes=True`` makes them.

    Parameters
    ----------
    table
        pandas DataFrame, astropy Table or pyarrow Table, which comes back as what it is; of a `tsm.TrainingSet`, the
        astropy table of its rows.
    bands
        Bands: ``"ugrizy"`` or ``["g", "r"]``; without them, all whose flux and error the table has.
    kind
        Flux kind, part of all names.
    unit
        Unit of the fluxes, one of nJy, uJy, mJy, Jy; what the columns say must agree. nJy where nobody tells.
    flux, error
        How the columns of fluxes and errors are named.

    Returns
    -------
    Table
        With ``{band}_{kind}Mag`` and ``{band}_{kind}MagErr``, null where the flux is not positive.

    Raises
    ------
    TableRefusedError
        If columns are missing, exist already, or have units that contradict each other.

    Examples
    --------
    >>> import pandas as pd
    >>> fluxes = pd.DataFrame({"i_gaap1p0Flux": [3630.780548], "i_gaap1p0FluxErr": [36.3]})
    >>> tsm.to_magnitudes(fluxes)["i_gaap1p0Mag"].round(3).to_list()
    [22.5]
    """
    ours = user_table(table)
    chosen = tuple(bands) if bands is not None else _bands_of(ours, flux, error, kind)
    needed = [template.format(band=band, kind=kind) for band in chosen for template in (flux, error)]
    if not needed:
        raise _refused(f"the table has no columns of fluxes named {flux.format(band='{band}', kind=kind)!r}.")
    columns = arrow_of(ours, needed)
    known_unit = _unit_of(columns, unit)
    entry = _entry(chosen, kind, FluxKind(flux=_named(flux, kind), error=_named(error, kind), unit=known_unit))
    made = [column for column in derived_columns(entry, [kind]) if column.quantity is not Quantity.SNR]
    _refuse_existing(ours, [column.name for column in made])
    fields = pa.schema([described(column.description) for column in made])
    return ours.with_columns(pa.table([derive(column, columns, entry) for column in made], schema=fields)).plain


@overload
def deredden(
    table: TrainingSet,
    set: Dereddening | str | Mapping[str, float] = Dereddening.RAIL,
    ebv: str = "ebv",
) -> Any: ...
@overload
def deredden(
    table: Table,
    set: Dereddening | str | Mapping[str, float] = Dereddening.RAIL,
    ebv: str = "ebv",
) -> Table: ...
def deredden(
    table: Any,
    set: Dereddening | str | Mapping[str, float] = Dereddening.RAIL,
    ebv: str = "ebv",
) -> Any:
    """Add magnitudes without the dust of the Milky Way, as a cross-match with ``dereddening`` makes them.

    Parameters
    ----------
    table
        As for `to_magnitudes`; its magnitudes are the columns ``{band}_{kind}Mag`` and stay as they are.
    set
        ``rail`` or ``sf11``, or coefficients A(band)/E(B-V) by band. Sets differ by 12 to 18 %: do not mix them.
    ebv
        Column with E(B-V) in magnitudes.

    Returns
    -------
    Table
        With ``{band}_{kind}Mag_dered``, null where magnitude or E(B-V) is.

    Raises
    ------
    TableRefusedError
        If there are no magnitudes or no coefficients for a band, or the table is dereddened already, by its columns
        or by what it says of itself.

    Examples
    --------
    >>> import pandas as pd
    >>> dusty = pd.DataFrame({"i_gaap1p0Mag": [22.5], "ebv": [0.1]})
    >>> tsm.deredden(dusty, "rail")["i_gaap1p0Mag_dered"].round(3).to_list()
    [22.294]
    """
    ours = user_table(table)
    _refuse_dereddened(table, ours)
    magnitudes = {name: match["band"] for name in ours.names if (match := _MAGNITUDE.fullmatch(name))}
    if not magnitudes:
        raise _refused("the table has no magnitudes ({band}_{kind}Mag); make them of fluxes with tsm.to_magnitudes.")
    coefficients, source = _coefficients(set, magnitudes.values())
    columns = arrow_of(ours, [*magnitudes, ebv])
    reddening = _numbers(columns, ebv)
    fields, values = [], []
    for name, band in magnitudes.items():
        corrected = dereddened_magnitudes(_numbers(columns, name), reddening, coefficient=coefficients[band])
        about = f"{name} without the dust of the Milky Way: {coefficients[band]:g} E(B-V), {source}"
        description = ColumnDescription(
            name=f"{name}{_DEREDDENED}",
            datatype=ColumnType.FLOAT64,
            unit="mag",
            ucd=_ucd(columns, name),
            description=about,
        )
        fields.append(described(description))
        values.append(pa.array(corrected, from_pandas=True))
    return ours.with_columns(pa.table(values, schema=pa.schema(fields))).plain


def _named(template: str, kind: str) -> str:
    return template.format(band="{band}", kind=kind)


def _entry(bands: tuple[str, ...], kind: str, fluxes: FluxKind) -> CatalogEntry:
    """The description of a catalog that has these fluxes, by which the worker's code computes."""
    return CatalogEntry(
        id="table", title="", release="", path="", ra_column="", dec_column="", object_id_column="",
        bands=bands, fluxes={kind: fluxes},
    )  # fmt: skip


def _bands_of(table: UserTable, flux: str, error: str, kind: str) -> tuple[str, ...]:
    """Bands whose flux and error are both there, in the order of the table."""
    head, _, tail = _named(flux, kind).partition("{band}")
    bands = [
        name[len(head) : len(name) - len(tail)] for name in table.names if name.startswith(head) and name.endswith(tail)
    ]
    return tuple(band for band in bands if band and error.format(band=band, kind=kind) in table.names)


def _unit_of(columns: pa.Table, given: str | None) -> str:
    """The one unit of all fluxes."""
    told = {field.name: (field.metadata or {}).get(b"unit", b"").decode() for field in columns.schema}
    units = {unit: name for name, unit in reversed(told.items()) if unit}
    if given is not None:
        units.setdefault(given, "unit")
    if len(units) > 1:
        listed = ", ".join(f"{unit} ({name})" for unit, name in units.items())
        raise _refused(f"the fluxes have several units: {listed}; convert them to one.")
    unit = next(iter(units), "nJy")
    known = next((name for name in AB_ZERO_POINTS if _is_same(unit, name)), None)
    if known is None:
        message = f"the fluxes have the unit {unit!r}; magnitudes are made of {', '.join(AB_ZERO_POINTS)}."
        raise _refused(message, value=unit, limit=", ".join(AB_ZERO_POINTS))
    return known


def _is_same(unit: str, known: str) -> bool:
    """Whether a unit is one that is known, in whatever spelling."""
    return bool(u.Unit(unit, parse_strict="silent") == u.Unit(known))


def _refuse_existing(table: UserTable, names: list[str]) -> None:
    existing = [name for name in names if name in table.names]
    if existing:
        # Made anew they might lack corrections (zero points) that those have.
        raise _refused(f"the table has {', '.join(existing)} already; remove or rename them to make them anew.")


def _refuse_dereddened(given: object, table: UserTable) -> None:
    if existing := [name for name in table.names if name.endswith(_DEREDDENED)]:
        message = f"the table is dereddened already: it has {', '.join(existing)}. Correcting twice would be wrong."
        raise _refused(message, value=existing[0])
    corrections = given.provenance.corrections if isinstance(given, TrainingSet) else None
    told = [str(value) for key, value in table.meta.items() if str(key).casefold() in _CORRECTION_KEYS]
    if (corrections is not None and corrections.is_catalog_dereddened) or any(_CATALOG_WORDS in text for text in told):
        raise _refused("the catalog's own magnitudes are corrected for dust already; correcting twice would be wrong.")


_CORRECTION_KEYS = frozenset({"magnitude_corrections", "magnitude corrections"})
_CATALOG_WORDS = "by the catalog itself"
"""How `trainingset.corrections.Corrections.facts` says so in the head of a table."""


def _coefficients(
    chosen: Dereddening | str | Mapping[str, float], bands: Iterable[str]
) -> tuple[Mapping[str, float], str]:
    """Coefficients by band, and where they come from."""
    if isinstance(chosen, Mapping):
        coefficients, source = dict(chosen), "coefficients as given"
    else:
        known = {str(name): extinction for name, extinction in LSST_EXTINCTIONS.items()}
        if str(chosen) not in known:
            message = f"there is no set {str(chosen)!r}; the sets are {', '.join(known)}, or give coefficients by band."
            raise _refused(message, value=str(chosen), limit=", ".join(known))
        coefficients, source = known[str(chosen)].coefficients, known[str(chosen)].source
    if missing := sorted({*bands} - {*coefficients}):
        message = (
            f"there is no coefficient A/E(B-V) for {', '.join(missing)}: it has {', '.join(coefficients)}; give all of "
            "them: set={'g': 3.64, 'r': 2.70}."
        )
        raise _refused(message, value=missing[0])
    return coefficients, source


def _numbers(columns: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    try:
        return columns[name].cast(pa.float64()).to_numpy()  # type: ignore[no-any-return]  # pyarrow has no types
    except pa.ArrowInvalid as error:
        raise _refused(f"the column {name!r} holds {columns[name].type} values and no numbers.") from error


def _ucd(columns: pa.Table, name: str) -> str | None:
    ucd = (columns.schema.field(name).metadata or {}).get(b"ucd")
    return ucd.decode() if ucd else None


def _refused(message: str, **details: str) -> TableRefusedError:
    return TableRefusedError([Problem(parameter="TABLE", message=message, **details)])
