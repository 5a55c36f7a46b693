"""Answers of VizieR and SDSS, as astroquery gives them, made tables of redshifts: roles, survey, citation."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import astropy.units as u
from astropy.coordinates import Angle
from astropy.table import Column, Table

from trainingset.arrow_metadata import schema_descriptions
from trainingset.columns import ColumnDescription
from trainingset.errors import Problem, TableError
from trainingset.registry import Citation
from trainingset.roles import NUMBERS, find_roles
from trainingset.specz.survey import Survey, find_survey
from trainingset.tables import tidied
from tsm.errors import TableRefusedError
from tsm.tables.raw_columns import raw_table
from tsm.tables.vizier_tables import catalog_citation, catalog_of, known_survey

__all__ = ["from_astroquery"]

_UCDS = {
    "ra": "pos.eq.ra;meta.main",
    "dec": "pos.eq.dec;meta.main",
    "z": "src.redshift;meta.main",
    "z_err": "stat.error;src.redshift",
    "id": "meta.id;meta.main",
}
"""UCDs that tell a service the roles of these columns without being asked."""

_SEXAGESIMAL_UNITS: dict[str, u.UnitBase] = {"h:m:s": u.hourangle, "d:m:s": u.deg}
"""How VizieR says that a text is an angle."""

_ADDED = ("survey", "instrument_type")
"""Columns that are added, of the roles that have the same names."""

_VELOCITY_UCDS = ("spect.dopplerveloc", "phys.veloc")
_SDSS_IDS = ("specobjid", "specobj_id")
_SDSS_RELEASE = "SDSS_DR17"
"""What astroquery asks unless told otherwise."""
_MAGNITUDES = frozenset({"u", "g", "r", "i"})
"""Beside these an SDSS column ``z`` is a magnitude."""


def from_astroquery(
    result: object,
    roles: Mapping[str, str] = MappingProxyType({}),
    *,
    survey: str | None = None,
) -> Table:
    """Make a table of redshifts of an answer of VizieR or SDSS.

    Parameters
    ----------
    result
        What ``Vizier.get_catalogs``, ``Vizier.query_region``, ``SDSS.query_region(..., spectro=True)`` or
        ``SDSS.query_sql`` of astroquery give: a list of tables, of which one has redshifts, or a table.
    roles
        Columns by meaning, where UCDs and names do not tell: ``{"z": "zsp"}``.
    survey
        Name of the survey, where it is not told by the VizieR catalog (whose id it is otherwise), or SDSS was asked
        for another release than DR17.

    Returns
    -------
    Table
        A copy with a column ``survey``; UCDs tell its roles to `tsm.crossmatch`, sexagesimal coordinates are degrees.
        Its ``meta`` has ``roles``, ``survey``, ``source`` and ``citations``.

    Raises
    ------
    TableRefusedError
        If there is no table or no redshift in it, several might be it, or velocities have no unit; candidates are
        named.
    """
    table = _with_degrees(_chosen(result, roles))
    source = _source(table)
    columns = _columns(table)
    found = _roles(columns, roles, source)
    known = _survey(table, source, survey)
    name = survey or (known.name if known is not None else source)
    _mark(table, found)
    _add_survey(table, name, known)
    citations = known.references if known is not None else (_citation(table, source),)
    table.meta |= {
        "roles": {**found, **{role: role for role in _ADDED if role in table.colnames}},
        "survey": name,
        "source": source,
        "citations": [citation.model_dump(exclude_none=True) for citation in citations],
    }
    return table


def _chosen(result: object, roles: Mapping[str, str]) -> Table:
    """The one table that has redshifts."""
    if result is None:
        raise _refused(
            "astroquery found nothing: the answer is None. Ask for another region or without spectro limits."
        )
    if isinstance(result, Table):
        return result.copy()
    tables = _tables(result)
    if not tables:
        raise _refused("astroquery found nothing: the list has no tables. Ask for another region or catalog.")
    fit = {name: table for name, table in tables.items() if len(tables) == 1 or _has_redshifts(table, roles)}
    if len(fit) == 1:
        return next(iter(fit.values())).copy()
    names = ", ".join(map(repr, fit or tables))
    what = f"{len(fit)} tables have redshifts" if fit else "none of the tables has a column that is known as redshift"
    raise _refused(f"{what}: {names}; choose one: tsm.from_astroquery(result[{next(iter(fit or tables))!r}]).")


def _tables(result: object) -> dict[str, Table]:
    """Tables by name, of astroquery's list, a mapping or a plain list."""
    match result:
        case Mapping():
            found: dict[str, object] = {str(name): result[name] for name in result}
        case Sequence() if not isinstance(result, str | bytes):
            found = {str(getattr(table, "meta", {}).get("name", number)): table for number, table in enumerate(result)}
        case _:
            kind = type(result).__name__
            raise _refused(f"{kind} is no answer of astroquery; give the table or list of tables that it returned.")
    return {name: table for name, table in found.items() if isinstance(table, Table)}


def _has_redshifts(table: Table, roles: Mapping[str, str]) -> bool:
    columns = _columns(_with_degrees(table.copy()))
    given = {role: name for role, name in roles.items() if name in table.colnames}
    return "z" in find_roles(columns, given).roles or bool(_velocities(columns))


def _with_degrees(table: Table) -> Table:
    """Turn texts whose unit says that they are angles into degrees."""
    for name in table.colnames:
        unit = str(table[name].unit or "").strip("\"' ")
        if unit not in _SEXAGESIMAL_UNITS or table[name].dtype.kind not in "US":
            continue
        try:
            degrees = Angle(list(table[name]), unit=_SEXAGESIMAL_UNITS[unit]).deg
        except (ValueError, u.UnitsError, TypeError) as error:
            raise _refused(f"the column {name!r} has a text that is no angle: {error}", column=name) from error
        column = table[name]
        table[name] = Column(degrees, unit=u.deg, description=column.description, meta=dict(column.meta))
    return table


def _columns(table: Table) -> tuple[ColumnDescription, ...]:
    try:
        return schema_descriptions(tidied(raw_table(table, name="the table"), "the table").schema)
    except TableError as error:
        raise TableRefusedError(error.problems) from error


def _source(table: Table) -> str:
    """Where the table comes from: its VizieR catalog, SDSS, or an unknown place."""
    catalog = catalog_of(table.meta)
    if catalog is not None:
        return catalog
    names = {name.casefold() for name in table.colnames}
    is_sdss = not names.isdisjoint(_SDSS_IDS) or {"plate", "mjd", "fiberid"} <= names
    return "SDSS" if is_sdss else "astroquery"


def _roles(columns: Sequence[ColumnDescription], given: Mapping[str, str], source: str) -> dict[str, str]:
    """Columns by meaning; a velocity serves where there is no redshift."""
    told = dict(given)
    names = {column.name.casefold(): column.name for column in columns}
    if source == "SDSS" and (ids := [names[name] for name in _SDSS_IDS if name in names]):
        told.setdefault("id", ids[0])
    if "z" not in told and names.keys() >= {*_MAGNITUDES, "z"} and "redshift" not in names:
        message = (
            f"{names['z']!r} beside u, g, r and i is the z-band magnitude and no redshift; ask for the redshift too "
            "(SQL: s.z AS redshift), or say that it is one: roles={'z': 'z'}."
        )
        raise _refused(message, column=names["z"])
    found = find_roles(columns, told)
    velocities = _velocities(columns)
    if "z" not in found.roles and not any("may each be" in problem.message for problem in _of_z(found.problems)):
        told["z"] = _velocity(velocities, columns)
        found = find_roles(columns, told)
    if problems := [problem for problem in found.problems if problem.value in (*_UCDS, "survey")]:
        raise TableRefusedError(problems)
    return found.roles


def _of_z(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.value == "z"]


def _velocities(columns: Sequence[ColumnDescription]) -> list[ColumnDescription]:
    """Columns of radial velocities, by UCD or name."""
    return [
        column
        for column in columns
        if column.datatype in NUMBERS
        and ((column.ucd or "").casefold().startswith(_VELOCITY_UCDS) or column.name.casefold() in _VELOCITY_NAMES)
    ]


_VELOCITY_NAMES = frozenset({"cz", "hrv", "rv", "czhel", "vhel", "vh", "cz_hel", "cz_helio", "v_helio"})


def _velocity(candidates: Sequence[ColumnDescription], columns: Sequence[ColumnDescription]) -> str:
    """The one velocity that stands for the redshift."""
    numbers = [column.name for column in columns if column.datatype in NUMBERS]
    match candidates:
        case [column] if column.unit:
            return column.name
        case [column]:
            message = (
                f"there is no redshift, and the velocity {column.name!r} has no unit; give it one "
                f"(table[{column.name!r}].unit = 'km/s') or divide it by 299792.458."
            )
            raise _refused(message, column=column.name)
        case []:
            message = "no column is known as redshift; say which one is: roles={'z': COLUMN}. Columns of numbers: "
            raise _refused(message + f"{', '.join(numbers[:30]) or 'none'}.")
        case _:
            names = " and ".join(repr(column.name) for column in candidates)
            raise _refused(
                f"there is no redshift, and {names} may each be its velocity; say which: roles={{'z': ...}}."
            )


def _survey(table: Table, source: str, given: str | None) -> Survey | None:
    """The survey, if it is one that is known here."""
    if given is not None:
        return find_survey(given)
    if source == "SDSS":
        return find_survey(_SDSS_RELEASE)
    return known_survey(source)


def _citation(table: Table, source: str) -> Citation:
    description = str(table.meta.get("description", ""))
    if source in ("SDSS", "astroquery"):
        return Citation(text=f"{source}{': ' if description else ''}{description}")
    return catalog_citation(source, description)


def _mark(table: Table, roles: Mapping[str, str]) -> None:
    """Put the roles into UCDs, which go with the table wherever it goes; no other column keeps such a UCD."""
    for role, ucd in _UCDS.items():
        for name in table.colnames:
            if role in roles and str(table[name].info.meta.get("ucd", "")).casefold() == ucd and name != roles[role]:
                table[name].info.meta["ucd"] = ucd.removesuffix(";meta.main")
        if role in roles:
            table[roles[role]].info.meta["ucd"] = ucd


def _add_survey(table: Table, name: str, survey: Survey | None) -> None:
    for taken in [column for column in table.colnames if column.casefold() in ("survey", "survey_name")]:
        # SDSS calls its programmes surveys; a survey here is what has one rule and one citation.
        table.rename_column(taken, f"{taken}_of_source")
    table["survey"] = Column([name] * len(table), description="Survey of the redshift", meta={"ucd": "meta.id"})
    if survey is not None and len(survey.instrument_types) == 1 and "instrument_type" not in table.colnames:
        kind = str(survey.instrument_types[0])
        about = "How redshifts were measured: s spectra, g grism, p photometry"
        table["instrument_type"] = Column([kind] * len(table), description=about)


def _refused(message: str, column: str | None = None) -> TableRefusedError:
    return TableRefusedError([Problem(parameter="TABLE", message=message, column=column)])
