"""Makes rows of a compilation out of the rows of any survey: one scale of quality, types, units, frame and validity."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.columns import ColumnType
from trainingset.combine_recipe import CombineInput, CombineRecipe, RadiusFrom, RuleSet, Sentinels, Stars
from trainingset.errors import Problem, TableError
from trainingset.positions import BoolArray, FloatArray, Positions, unit_of
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.roles import REQUIRED_ROLES, given_role_problems
from trainingset.specz.common_scale import CommonScale, read_common_scale
from trainingset.specz.compilation_table import HOMOGENIZED, STAR, WANTED
from trainingset.specz.earlier_marks import earlier_marks, mark_problems
from trainingset.specz.input_report import InputReport, SurveyReport
from trainingset.specz.observation_dates import decimal_years
from trainingset.specz.recognition import Recognition, find_survey_column, recognize
from trainingset.specz.redshift_frame import UNKNOWN, told_frame, whole_frame
from trainingset.specz.release_roles import (
    ReleaseRoles,
    as_released,
    is_earlier_output,
    readable_columns,
    release_roles,
)
from trainingset.specz.role_values import MeasuredRedshifts, joined_ids, read_redshifts, sky_positions, with_numbers
from trainingset.specz.rule_file import condition_columns
from trainingset.specz.sentinels import find_sentinels
from trainingset.specz.survey_book import SurveyBook
from trainingset.specz.survey_reports import survey_reports
from trainingset.tables import table_notes

__all__ = ["A_KNOWN_SURVEY", "Homogenized", "homogenize"]

A_KNOWN_SURVEY = "a known survey"
"""Limit of the problem that a survey has no rules."""

_ACCURACIES = 3.0
"""Match radius of a survey in units of its typical error of positions."""


@dataclass(frozen=True, slots=True)
class Homogenized:
    """Rows of one input, on common scales."""

    table: pa.Table
    """Columns of `HOMOGENIZED`, extra columns, `WANTED`; of earlier compilations also key and ``tie_result``."""
    report: InputReport
    surveys: tuple[str, ...]
    """Names in capitals, sorted."""


@dataclass(frozen=True, slots=True)
class _Input:
    """An input whose survey and columns are known."""

    table: pa.Table
    given: CombineInput
    recipe: CombineRecipe
    book: SurveyBook
    name: str
    survey: pa.Array
    """Of each row, in capitals, null for none."""
    roles: ReleaseRoles
    evidence: tuple[str, ...]
    surveys: tuple[str, ...]
    """Names in `survey`, sorted."""


def homogenize(
    table: pa.Table, given: CombineInput, recipe: CombineRecipe, book: SurveyBook, *, name: str
) -> Homogenized:
    """Bring the rows of one input on the common scales.

    Parameters
    ----------
    table
        As `trainingset.tables.read_table` gives it.
    given
        What its owner says of it.
    recipe
        With everything set (`CombineRecipe.resolved`).
    name
        Name by which its owner knows it: the column ``source``.

    Raises
    ------
    TableError
        With everything wrong: unknown survey, missing columns, text for numbers, rows without a position.
    """
    if not table.num_rows:
        message = f"{name} has columns but no rows; send a table with at least one redshift."
        raise TableError([Problem(parameter="INPUT", message=message, value="0 rows")])
    found, problems = _understood(table, given, recipe, book, name)
    if problems and not _can_read(found):
        raise TableError(problems)
    columns = found.roles.columns
    numeric = [column for column in _numeric_columns(found) if column in found.table.column_names]
    numbers, no_numbers = with_numbers(found.table, numeric)
    problems += no_numbers
    is_text = {problem.column for problem in no_numbers}
    places, measured = None, None
    if not is_text & {columns["ra"], columns["dec"]}:
        try:
            places = sky_positions(numbers, columns, recipe)
        except TableError as error:
            problems += error.problems
    if not is_text & {columns["z"], columns.get("z_err")}:
        try:
            measured = read_redshifts(numbers, columns, recipe)
        except TableError as error:
            problems += error.problems
    if problems:
        raise TableError(dict.fromkeys(problems))
    assert places is not None, "nothing is wrong with the positions"
    assert measured is not None, "nothing is wrong with the redshifts"
    return _homogenized(found, numbers, *places, measured)


def _can_read(found: _Input) -> bool:
    """Whether positions and redshifts can be looked at although something else is wrong, to tell it at once."""
    columns, names = found.roles.columns, {*found.table.column_names}
    is_there = columns.keys() >= {*REQUIRED_ROLES} and names.issuperset(columns.values())
    return is_there and not any(problem.parameter == "ROLES" for problem in found.roles.problems)


def _numeric_columns(found: _Input) -> list[str]:
    """Columns whose texts must be numbers: roles, and what the rules of all its surveys read as numbers."""
    columns = found.roles.columns
    numeric = [columns[role] for role in ("ra", "dec", "z", "z_err") if role in columns]
    rules = [rule for name in found.surveys if (rule := found.book.rules(name)) is not None]
    if not rules or _has_common_scale(found.table, found.given):
        return numeric
    types = [condition_columns(rule) for rule in rules]
    read_as: dict[str | None, set[ColumnType]] = {}
    for name in found.surveys:
        if (rule := found.book.rules(name)) is not None:
            read_as.setdefault(_flag_column(found, name), set()).add(condition_columns(rule)["z_flag"])
    numeric += [flag for flag, kinds in read_as.items() if flag is not None and kinds == {ColumnType.FLOAT64}]
    needed = {name for rule in rules for name in rule.columns.needed}
    return numeric + [name for name in sorted(needed) if {one.get(name) for one in types} <= {ColumnType.FLOAT64, None}]


def _understood(
    table: pa.Table, given: CombineInput, recipe: CombineRecipe, book: SurveyBook, name: str
) -> tuple[_Input, list[Problem]]:
    """Find out the survey of each row and the columns of the roles, and what is wrong with them."""
    survey, evidence, problems = _survey_of_rows(table, given, book)
    if problems:
        # Which columns are missing depends on the survey: what holds for none yet is not said beside the question.
        raise TableError([*problems, *given_role_problems(given.roles, readable_columns(table))])
    names = sorted(pc.unique(survey.drop_null()).to_pylist())
    rules = [rule for one in names if (rule := book.rules(one)) is not None]
    rules = [] if _has_common_scale(table, given) else rules
    table = as_released(table, rules)
    roles = release_roles(table, given.roles, rules)
    problems = roles.problems or list(_unknown_problems(table, roles, names, book))
    # In the whole table, before rows without a position are left out: so rows are counted as in the file.
    problems += (*mark_problems(table), *read_common_scale(table, roles).problems)
    found = _Input(table, given, recipe, book, name, survey, roles, (*evidence, *roles.evidence), tuple(names))
    return found, problems


def _has_common_scale(table: pa.Table, given: CombineInput) -> bool:
    return "z_flag_homogenized" in table.column_names or given.roles.get("quality_flag") == "z_flag_homogenized"


def _survey_of_rows(
    table: pa.Table, given: CombineInput, book: SurveyBook
) -> tuple[pa.Array, tuple[str, ...], list[Problem]]:
    """Survey of each row in capitals, why, and what must be asked."""
    n_rows = table.num_rows
    if given.survey is not None:
        return _constant(given.survey.strip().upper(), n_rows), (f"Its owner says {given.survey}.",), []
    column = given.roles.get("survey") or ("survey" if is_earlier_output(table) else None)
    column = column or find_survey_column(table, book, is_certain=True)
    recognized = recognize(table, book) if column is None else Recognition(None)
    if column is None and recognized.survey is None and not recognized.candidates:
        column = find_survey_column(table, book, is_certain=False)
    if column is not None and column in table.column_names:
        texts = pc.utf8_upper(pc.utf8_trim_whitespace(table[column].combine_chunks().cast(pa.string())))
        is_null = pc.is_in(texts, value_set=pa.array(["", "NONE", "NULL", "NAN"]))
        survey = pc.if_else(is_null, pa.scalar(None, pa.string()), texts)
        return survey, (f"The column {column!r} names the survey of each row.",), []
    if column is not None or "z_flag_homogenized" in table.column_names:
        return pa.nulls(n_rows, pa.string()), (), []
    asked = recognized.problem()
    if asked is not None:
        return pa.nulls(n_rows, pa.string()), (), [asked]
    if recognized.survey is None:
        return pa.nulls(n_rows, pa.string()), (), []
    return _constant(recognized.survey, n_rows), recognized.evidence, []


def _constant(text: str, n_rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n_rows, np.int32)), pa.array([text])).cast(pa.string())


def _unknown_problems(table: pa.Table, roles: ReleaseRoles, names: list[str], book: SurveyBook) -> Iterator[Problem]:
    """Surveys without rules, where nothing else tells the quality of their rows."""
    if read_common_scale(table, roles).tells_quality:
        return
    if not names:
        message = (
            "its survey is not known: no column names it, and its columns are those of no survey. Say survey_name=NAME "
            "behind the input (SURVEY_RULES takes rules of your own), or give a column z_flag_homogenized."
        )
        yield Problem(parameter="INPUT", message=message, value="survey")
    for name in names:
        if book.rules(name) is not None:
            continue
        close = get_close_matches(name, book.names, n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else f" There are {', '.join(book.names)}."
        message = f"there are no rules for the survey {name!r}.{hint} Rules of your own go into SURVEY_RULES."
        yield Problem(parameter="INPUT", message=message, value=name, limit=A_KNOWN_SURVEY)


def _homogenized(
    found: _Input, numbers: pa.Table, positions: Positions, wrapped: BoolArray, measured: MeasuredRedshifts
) -> Homogenized:
    kept = positions.is_valid
    survey, source = found.survey, numbers
    if not kept.all():
        survey, source = survey.filter(pa.array(kept)), source.filter(pa.array(kept))
    rows = _Rows(
        source=source,
        survey=survey,
        codes=_codes(survey, found.surveys),
        ra=positions.ra[kept],
        dec=positions.dec[kept],
        z=measured.z[kept],
        z_err=measured.z_err[kept],
        velocities=None if measured.velocities is None else measured.velocities[kept],
    )
    scale = _common_scale(found, rows)
    table, reports = _table(found, rows, scale)
    report = InputReport(
        source=found.given.source,
        name=found.name,
        rows=numbers.num_rows,
        kept=int(kept.sum()),
        without_position=int((~kept).sum()),
        wrapped_ra=int((wrapped & kept).sum()),
        z_unit=unit_of(numbers.schema.field(found.roles.columns["z"])),
        z_frame=whole_frame(_frames(found)),
        roles=found.roles.columns | ({"id": "-".join(found.roles.id)} if found.roles.id else {}),
        evidence=found.evidence,
        surveys=tuple(reports),
        notes=(*table_notes(found.table), *positions.notes, *measured.notes),
    )
    return Homogenized(table, report, found.surveys)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with a valid position; arrays of shape (n,)."""

    source: pa.Table
    survey: pa.Array
    codes: npt.NDArray[np.int64]
    """Place of each row's survey among those of the input, their number for none."""
    ra: FloatArray
    dec: FloatArray
    z: FloatArray
    """NaN for none."""
    z_err: FloatArray
    velocities: FloatArray | None
    """What `z` was converted from, in its unit; None where the release has redshifts."""


def _common_scale(found: _Input, rows: _Rows) -> CommonScale:
    """Quality and type of each row.

    Raises
    ------
    TableError
        If homogenized columns hold values that do not exist.
    """
    scale = read_common_scale(rows.source, found.roles)
    for name in found.surveys:
        rules = found.book.rules(name)
        if rules is not None:
            is_its = pc.fill_null(pc.equal(rows.survey, name), False)
            rule_table = _rule_table(rows, _flag_column(found, name))
            scale = scale.with_rules(rule_table, is_its, rules, found.recipe.rules or RuleSet.CURRENT)
    if scale.problems:
        raise TableError(scale.problems)
    return scale


def _flag_column(found: _Input, survey: str) -> str | None:
    """Column of a survey's own flags: in a table of several surveys each may have its own.

    An earlier compilation has them in one column; another of such a name is an extra one.
    """
    if is_earlier_output(found.table):
        return found.roles.columns.get("z_flag")
    rules = found.book.rules(survey)
    own = rules.columns.z_flag if rules is not None else None
    if own is not None and own in found.table.column_names and "quality_flag" not in found.given.roles:
        return own
    return found.roles.columns.get("z_flag")


def _flag_texts(found: _Input, rows: _Rows) -> pa.Array:
    """Each row's own flag, as its survey spells it."""
    usual = found.roles.columns.get("z_flag")
    texts = joined_ids(rows.source, (usual,) if usual else ())
    for name in found.surveys:
        own = _flag_column(found, name)
        if own is not None and own != usual:
            is_its = pc.fill_null(pc.equal(rows.survey, name), False)
            texts = pc.if_else(is_its, joined_ids(rows.source, (own,)), texts)
    return texts


def _rule_table(rows: _Rows, flag: str | None) -> pa.Table:
    """The release's columns, and the roles under the names that rules give them."""
    taken = {"z", "z_err", "z_flag"}
    columns = {name: rows.source[name] for name in rows.source.column_names if name not in taken}
    columns["z"] = pa.chunked_array([pa.array(rows.z, from_pandas=True)])
    columns["z_err"] = pa.chunked_array([pa.array(rows.z_err, from_pandas=True)])
    if flag is not None:
        columns["z_flag"] = rows.source[flag]
    return pa.table(columns)


def _table(found: _Input, rows: _Rows, scale: CommonScale) -> tuple[pa.Table, list[SurveyReport]]:
    recipe, columns = found.recipe, found.roles.columns
    n_rows = rows.source.num_rows
    sentinel = find_sentinels(rows.z, _by_survey(found, rows, "sentinels"), velocities=rows.velocities)
    z = np.where(sentinel, np.nan, rows.z) if recipe.sentinels is Sentinels.NULL else rows.z
    letters = columns.get("instrument_type")
    values: dict[str, pa.Array] = {
        "id": joined_ids(rows.source, found.roles.id),
        "ra": pa.array(rows.ra),
        "dec": pa.array(rows.dec),
        "z": pa.array(z, from_pandas=True),
        "z_flag": _flag_texts(found, rows),
        "z_err": pa.array(rows.z_err, from_pandas=True),
        "instrument_type": joined_ids(rows.source, (letters,) if letters else ()),
        "survey": rows.survey,
        "release": _releases(found, rows),
        "source": _constant(found.name, n_rows),
        "date": pa.array(_dates(found, rows), from_pandas=True),
        "z_flag_homogenized": pa.array(scale.quality, from_pandas=True),
        "instrument_type_homogenized": scale.instrument_type,
        "z_precision": pa.array(_precision(found, rows, z), from_pandas=True),
        "match_radius_arcsec": pa.array(_radii(found, rows)),
    }
    table = pa.table([values[field.name].cast(field.type) for field in HOMOGENIZED], schema=HOMOGENIZED)
    for output, column in recipe.extra_sources.items():
        absent = column not in rows.source.column_names
        extra = pa.nulls(n_rows) if absent else rows.source[column]
        field = pa.field(output, extra.type) if absent else rows.source.schema.field(column).with_name(output)
        table = table.append_column(field, extra)
    wanted = _wanted(recipe, scale, z)
    if is_earlier_output(found.table):
        if KEY_COLUMN in rows.source.column_names:
            table = table.append_column(KEY_COLUMN, rows.source[KEY_COLUMN])
        if (marks := earlier_marks(rows.source)) is not None:
            table = table.append_column("tie_result", marks)
    table = table.append_column(WANTED, pa.array(wanted))
    reports = survey_reports(
        table,
        scale,
        found.book,
        surveys=found.surveys,
        codes=rows.codes,
        z=rows.z,
        given=rows.z if rows.velocities is None else rows.velocities,
        sentinel=sentinel,
        frames=_frames(found),
    )
    return table, reports


def _wanted(recipe: CombineRecipe, scale: CommonScale, z: FloatArray) -> BoolArray:
    """Rows that the recipe's limits leave; stars pass the limit of quality, null flags fail any."""
    is_star = scale.quality == STAR
    wanted = np.ones(len(z), np.bool_)
    if recipe.min_quality:
        wanted &= (scale.quality >= recipe.min_quality) | is_star
    if recipe.instrument_types:
        letters = pa.array(list(recipe.instrument_types))
        wanted &= pc.is_in(scale.instrument_type, value_set=letters).to_numpy(zero_copy_only=False)
    if recipe.stars is Stars.DROP:
        wanted &= ~is_star
    if recipe.z_min is not None:
        wanted &= np.isfinite(z) & (z > recipe.z_min)
    return wanted


def _codes(survey: pa.Array, names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Place of each row's survey among the names, their number for none."""
    places = pc.index_in(survey, value_set=pa.array(names, pa.string()))
    codes = pc.fill_null(places, len(names)).to_numpy(zero_copy_only=False)
    return np.asarray(codes, np.int64)


def _by_survey(found: _Input, rows: _Rows, attribute: str) -> list[tuple[tuple[float, ...], BoolArray]]:
    """An attribute of the rules that is a list of numbers, with the rows of its survey."""
    codes = rows.codes
    rules = [found.book.rules(name) for name in found.surveys]
    return [(getattr(rule, attribute), codes == code) for code, rule in enumerate(rules) if rule is not None]


def _of_survey(found: _Input, rows: _Rows, numbers: list[float]) -> FloatArray:
    """A number of each survey for its rows, NaN for rows without one, shape (n,)."""
    spread: FloatArray = np.array([*numbers, np.nan])[rows.codes]
    return spread


def _precision(found: _Input, rows: _Rows, z: FloatArray) -> FloatArray:
    rules = [found.book.rules(name) for name in found.surveys]
    typical = [rule.precision.value if rule is not None and rule.precision is not None else np.nan for rule in rules]
    return np.where(rows.z_err > 0, rows.z_err, _of_survey(found, rows, typical) * (1 + z))


def _radii(found: _Input, rows: _Rows) -> FloatArray:
    recipe = found.recipe
    radii = [_radius(name, found) for name in found.surveys]
    own = _of_survey(found, rows, radii)
    return np.where(np.isnan(own), recipe.radius_arcsec, own)


def _radius(survey: str, found: _Input) -> float:
    recipe, rules = found.recipe, found.book.rules(survey)
    if survey in recipe.survey_radius:
        return recipe.survey_radius[survey]
    accuracy = rules.position_accuracy_arcsec if rules is not None else None
    if recipe.radius_from is RadiusFrom.SURVEY and accuracy is not None:
        return max(recipe.radius_arcsec, _ACCURACIES * accuracy.value)
    return recipe.radius_arcsec


def _releases(found: _Input, rows: _Rows) -> pa.Array:
    if "release" in rows.source.column_names and is_earlier_output(found.table):
        return rows.source["release"].combine_chunks().cast(pa.string())
    known = [survey.release if (survey := found.book.find(name)) is not None else None for name in found.surveys]
    return pa.array([*known, None], pa.string()).take(pa.array(rows.codes))


def _dates(found: _Input, rows: _Rows) -> FloatArray:
    years = [survey.year if (survey := found.book.find(name)) and survey.year else np.nan for name in found.surveys]
    published = _of_survey(found, rows, [float(year) for year in years])
    if (column := found.roles.columns.get("date")) is None:
        return published
    observed = decimal_years(rows.source[column])
    return np.where(np.isfinite(observed), observed, published)


def _frames(found: _Input) -> tuple[str, ...]:
    """Frame of the redshifts of each survey: as the column tells, else as the survey's rules do."""
    told = told_frame(found.table.schema.field(found.roles.columns["z"]))
    rules = [found.book.rules(name) for name in found.surveys]
    by_rules = (rule.z_frame if rule is not None else UNKNOWN for rule in rules)
    return tuple(told or frame for frame in by_rules)
