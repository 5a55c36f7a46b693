"""Which column of a redshift table means what: by UCD, then by name, then by what the user says.

Light: it looks at names and metadata only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import Problem
from trainingset.frames import conversion_advice, frame_of_words

__all__ = [
    "NAMES",
    "NUMBERS",
    "NUMERIC_ROLES",
    "REQUIRED_ROLES",
    "UCDS",
    "FoundRoles",
    "find_roles",
    "given_role_problems",
    "other_frame_advice",
]

REQUIRED_ROLES = ("ra", "dec", "z")
"""Roles without which nothing can be trained."""

NUMERIC_ROLES = frozenset({"ra", "dec", "z", "z_err"})

NUMBERS = frozenset({ColumnType.INT16, ColumnType.INT32, ColumnType.INT64, ColumnType.FLOAT32, ColumnType.FLOAT64})

_MEANING = {"ra": "right ascension", "dec": "declination", "z": "redshift"}

UCDS: dict[str, tuple[str, ...]] = {
    "ra": ("pos.eq.ra;meta.main", "pos.eq.ra", "pos_eq_ra_main"),
    "dec": ("pos.eq.dec;meta.main", "pos.eq.dec", "pos_eq_dec_main"),
    "z": ("src.redshift;meta.main", "src.redshift", "redshift_hc"),
    "z_err": ("stat.error;src.redshift",),
    "id": ("meta.id;meta.main", "id_main"),
}
"""UCDs by role, the surest first: UCD1+ in lower case, then UCD1."""

NAMES: dict[str, tuple[str, ...]] = {
    "ra": (
        "ra", "raj2000", "ra_icrs", "_raj2000", "ra_j2000", "coord_ra", "radeg", "ra_deg", "ra_j2000_deg", "alpha",
        "alpha_j2000", "alphawin_j2000", "target_ra", "ra_targ", "ra_target", "raj2000_wfi", "right_ascension",
    ),
    "dec": (
        "dec", "dej2000", "decj2000", "de_icrs", "dec_icrs", "_dej2000", "dec_j2000", "coord_dec", "dedeg", "decdeg",
        "de_deg", "dec_deg", "dec_j2000_deg", "delta", "delta_j2000", "deltawin_j2000", "target_dec", "dec_targ",
        "dec_target", "dej2000_wfi", "declination", "decl",
    ),
    "z": (
        "redshift", "z", "zspec", "z_spec", "specz", "spec_z", "z_best", "zbest", "zfinal", "z_final", "z_mosfire",
        "zsp", "redshift_spec",
    ),
    "z_err": (
        "z_err", "zerr", "e_z", "ez", "z_error", "redshift_err", "redshift_error", "e_redshift", "zspec_err",
        "z_spec_err", "e_zspec",
    ),
    "id": (
        "redshift_key", "id", "object_id", "objid", "obj_id", "source_id", "unique_id", "targetid", "specid", "name",
        "recno", "num", "tmid", "phot_id", "id_vimos", "xmmes1",
    ),
    "survey": ("survey_name", "survey", "survey_id"),
    "quality_flag": (
        "quality_flag", "z_flag_homogenized", "z_flag", "zflag", "zflg", "z_quality", "zquality", "z_qual", "zqual",
        "quality", "qual", "qop", "q_z", "zfinal_quality", "z_spec_flag", "campaign_qf",
    ),
    "instrument_type": ("instrument_type_homogenized", "instrument_type"),
    "group": ("group_id", "group"),
}  # fmt: skip
"""Well-known names by role in lower case, the surest first; they are looked up whatever the case of letters."""


class FoundRoles(NamedTuple):
    """What the columns of a table were taken for."""

    roles: dict[str, str]
    evidence: dict[str, str]
    """Why each column was taken."""
    problems: tuple[Problem, ...]
    """Required roles that no column fills, or several; ``value`` is the role."""


def find_roles(columns: Sequence[ColumnDescription], given: Mapping[str, str] | None = None) -> FoundRoles:
    """Find what each column means.

    Parameters
    ----------
    given
        Column by role, as the user says (``ROLES``); it wins over everything else.
    """
    roles = dict(given or {})
    evidence = dict.fromkeys(roles, "given")
    problems: list[Problem] = list(given_role_problems(roles, columns))
    for role in NAMES:
        if role in roles:
            continue
        candidates, reason = _candidates(role, columns)
        free = [column for column in candidates if column.name not in roles.values()]
        match free:
            case [column]:
                roles[role], evidence[role] = column.name, f"{reason} {column.ucd if reason == 'UCD' else column.name}"
            case [] if role in REQUIRED_ROLES:
                problems.append(_missing(role, columns))
            case [_, *_] if role in REQUIRED_ROLES:
                problems.append(_ambiguous(role, free, reason))
            case _:
                # Without a clear answer an optional role stays empty; ROLES can fill it.
                continue
    return FoundRoles(roles, evidence, tuple(problems))


def given_role_problems(given: Mapping[str, str], columns: Iterable[ColumnDescription]) -> tuple[Problem, ...]:
    """What is wrong with the roles that a user gives: unknown columns, texts for numbers, one column for two roles."""
    types = {column.name: column.datatype for column in columns}
    problems = []
    for role, name in given.items():
        if name not in types:
            close = get_close_matches(name.casefold(), {column.casefold(): column for column in types}, n=3)
            meant = [column for column in types if column.casefold() in close]
            hint = f"; did you mean {' or '.join(meant)}?" if meant else f"; there are {_listed(types)}."
            message = f"{role}={name}: the redshift table has no column {name!r}{hint}"
        elif role in NUMERIC_ROLES and types[name] not in NUMBERS:
            message = f"{role}={name}: the column {name!r} holds {types[name]} values and no numbers; choose another."
        else:
            continue
        problems.append(Problem(parameter="ROLES", message=message, column=name, value=role))
    return (*problems, *_shared_column_problems(given))


def _shared_column_problems(given: Mapping[str, str]) -> Iterator[Problem]:
    """Columns given for a required role and for another: its values cannot mean both."""
    for name in dict.fromkeys(given.values()):
        roles = [role for role, column in given.items() if column == name]
        if len(roles) > 1 and not {*roles}.isdisjoint(REQUIRED_ROLES):
            message = (
                f"{', '.join(f'{role}={name}' for role in roles)}: one column cannot be all of them; choose others."
            )
            yield Problem(parameter="ROLES", message=message, column=name, value=roles[0])


def _candidates(role: str, columns: Sequence[ColumnDescription]) -> tuple[list[ColumnDescription], str]:
    """Columns that may fill a role, and whether UCD or name says so; texts only where no number would do."""
    if role not in NUMERIC_ROLES:
        return _by_ucd_or_name(role, columns)
    numbers = [column for column in columns if column.datatype in NUMBERS]
    found, reason = _by_ucd_or_name(role, numbers)
    return (found, reason) if found else _by_ucd_or_name(role, columns)


def _by_ucd_or_name(role: str, columns: Sequence[ColumnDescription]) -> tuple[list[ColumnDescription], str]:
    """Columns of the surest UCD that any has, else of the surest name."""
    for ucd in UCDS.get(role, ()):
        if found := [column for column in columns if (column.ucd or "").casefold().replace(" ", "") == ucd]:
            # Several may carry one UCD (other epochs, other frames); the only well-known name among them decides.
            known = [column for column in found if column.name.casefold() in NAMES[role]]
            return (known if len(known) == 1 else found), "UCD"
    return _by_name(role, columns), "name"


def _by_name(role: str, columns: Sequence[ColumnDescription]) -> list[ColumnDescription]:
    named = [[column for column in columns if column.name.casefold() == name] for name in NAMES[role]]
    if role == "z":
        # One table often holds several redshifts (zspec, z_best, a raw z): choosing one is the user's.
        return [column for found in named for column in found]
    return next(filter(None, named), [])


def _missing(role: str, columns: Sequence[ColumnDescription]) -> Problem:
    numbers = [column.name for column in columns if column.datatype in NUMBERS]
    message = (
        f"no column of the redshift table is known as {_MEANING[role]}; say which one is: "
        f"ROLES={role}=COLUMN. Its columns of numbers: {_listed(numbers)}."
    )
    if role == "ra" and (advice := other_frame_advice(columns)):
        message += f" {advice}"
    return Problem(parameter="ROLES", message=message, value=role)


def other_frame_advice(columns: Sequence[ColumnDescription]) -> str:
    """What to do where a table has positions in another frame only, else nothing."""
    frames = {column.name: frame_of_words(column.name, column.ucd) for column in columns if column.datatype in NUMBERS}
    for frame in dict.fromkeys(filter(None, frames.values())):
        match [name for name in frames if frames[name] == frame]:
            case [longitude, latitude]:
                advice = conversion_advice(frame, longitude, latitude)
                return f"{longitude!r} and {latitude!r} are {frame} coordinates: {advice}"
    return ""


def _ambiguous(role: str, candidates: Sequence[ColumnDescription], reason: str) -> Problem:
    names = [column.name for column in candidates]
    message = (
        f"{' and '.join(map(repr, names))} may each be the {_MEANING[role]}, by {reason}; say which one is: "
        f"ROLES={role}={names[0]} or ROLES={role}={names[1]}."
    )
    return Problem(parameter="ROLES", message=message, column=names[0], value=role)


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    return (", ".join(listed[:20]) + (", ..." if len(listed) > 20 else "")) or "none"
