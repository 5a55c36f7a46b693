"""What is wrong with the inputs of a compilation as a whole, and with what the recipe leaves of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from trainingset.combine_prepare import InputTable
from trainingset.combine_recipe import CombineRecipe, Repeats, Ties
from trainingset.errors import Problem
from trainingset.same_rows import are_same_rows
from trainingset.specz.input_report import InputReport
from trainingset.specz.survey_book import SurveyBook

__all__ = [
    "no_such_extra_columns",
    "nothing_kept",
    "nothing_wanted",
    "release_problems",
    "repeat_problem",
    "repeated_inputs",
    "summary_problem",
]

_MOST_NAMED = 20
"""Inputs or columns that a message names; more would hide the sentence."""


def repeated_inputs(inputs: Sequence[InputTable], recipe: CombineRecipe) -> list[tuple[InputTable, InputTable]]:
    """Inputs given before, as a file or by their rows, each with the first one; none if the recipe allows it."""
    if recipe.repeats is Repeats.ALLOW:
        return []
    repeated, seen = [], list[InputTable]()
    for item in inputs:
        earlier = next((other for other in seen if _is_same(item, other)), None)
        if earlier is None:
            seen.append(item)
        else:
            repeated.append((item, earlier))
    return repeated


def repeat_problem(item: InputTable, earlier: InputTable) -> Problem:
    """That a table is given twice."""
    what = "is the same file as" if _is_same_file(item, earlier) else "has the same rows as"
    message = (
        f"input {item.number}, {item.name}, {what} input {earlier.number}, {earlier.name}; leave one "
        "out, or take both with REPEATS=allow."
    )
    return Problem(parameter="INPUT", message=message, value=item.given.source)


def _is_same(one: InputTable, other: InputTable) -> bool:
    # A catalog that is read later has columns alone here, which tell nothing of its rows.
    return _is_same_file(one, other) or (one.table.num_rows > 0 and are_same_rows(one.table, other.table))


def _is_same_file(one: InputTable, other: InputTable) -> bool:
    return (one.file.sha256 or one.given.source) == (other.file.sha256 or other.given.source)


def release_problems(reports: Mapping[int, InputReport], recipe: CombineRecipe, book: SurveyBook) -> Iterator[Problem]:
    """Surveys that are there in two releases, unless the recipe allows it.

    Parameters
    ----------
    reports
        By number of the input.
    """
    if recipe.repeats is Repeats.ALLOW:
        return
    found: dict[str, dict[tuple[str, str], str]] = {}
    for number, report in reports.items():
        for survey in report.surveys:
            release = (survey.survey, survey.release or "")
            found.setdefault(book.family(survey.survey), {}).setdefault(release, f"input {number}, {report.name},")
    for family, releases in found.items():
        if len(releases) > 1:
            places = " and ".join(f"{place} has {_release_text(release)}" for release, place in releases.items())
            message = f"{places}: releases of {family}. Leave one out, or take all with REPEATS=allow."
            yield Problem(parameter="INPUT", message=message, value=family, limit="one release")


def no_such_extra_columns(inputs: Sequence[InputTable], recipe: CombineRecipe) -> Iterator[Problem]:
    """Extra columns that no input has."""
    known = dict.fromkeys(name for item in inputs for name in item.table.column_names)
    for name, column in recipe.extra_sources.items():
        if column in known:
            continue
        folded = {candidate.casefold(): candidate for candidate in known}
        close = [folded[match] for match in get_close_matches(column.casefold(), folded, n=3)]
        hint = f"; did you mean {' or '.join(close)}?" if close else f"; they have {_listed(known)}."
        message = f"no input has the column {column!r}{hint}"
        yield Problem(parameter="EXTRA_COLUMNS", message=message, column=column, value=name)


def summary_problem(inputs: Sequence[InputTable], bad: Mapping[int, str], total: int) -> Problem:
    """Which inputs cannot be used, and that nothing is wrong with the others.

    Parameters
    ----------
    inputs
        Those that could be read.
    bad
        Names of those that cannot be used, by number.
    """
    good = [f"{item.number} ({item.name})" for item in inputs if item.number not in bad]
    named = _listed(f"{number} ({name})" for number, name in sorted(bad.items()))
    message = f"{len(bad)} of {total} inputs cannot be used: {named}."
    if good:
        message += f" Nothing was found wrong with the others: {_listed(good)}."
    return Problem(parameter="INPUT", message=message, value=f"{len(bad)} of {total}")


def nothing_wanted(rows: int, limits: Mapping[str, int], recipe: CombineRecipe) -> Problem:
    """Why the recipe's limits leave no row."""
    texts = {name: _limit_text(name, recipe) for name in limits}
    taken = "; ".join(f"{texts[name]} takes {count}" for name, count in limits.items() if count)
    if taken:
        message = f"no row is left of {rows}: {taken}. Set weaker limits, or see what is there with PRESET=complete."
    else:
        message = "no row is left: no input has a row with a position. Look at their coordinates."
    worst = max(limits, key=lambda name: limits[name]) if taken else "INPUT"
    return Problem(parameter=worst, message=message, value="0 rows", limit=texts.get(worst))


def nothing_kept(rows: int, marks: Mapping[str, int], recipe: CombineRecipe) -> Problem:
    """Why nothing is left when repeated measurements are removed."""
    stars = f"{marks.get('3', 0)} are stars" if marks.get("3") else ""
    tied = f"{marks.get('2', 0)} contradict each other" if marks.get("2") else ""
    message = f"MODE=remove leaves no row of {rows}: {' and '.join(filter(None, (tied, stars))) or 'none is the best'}."
    hint = " Ask for TIES=keep_all or draw_one, or for MODE=mark." if recipe.ties is Ties.REMOVE_ALL else ""
    return Problem(parameter="MODE", message=message + (hint or " Ask for MODE=mark."), value="0 rows")


def _limit_text(name: str, recipe: CombineRecipe) -> str:
    values: dict[str, str] = {
        "MIN_QUALITY": f"{recipe.min_quality or 0:g}",
        "INSTRUMENT_TYPES": ",".join(recipe.instrument_types or ()),
        "STARS": str(recipe.stars),
        "Z_MIN": "" if recipe.z_min is None else f"{recipe.z_min:g}",
    }
    return f"{name}={values[name]}"


def _release_text(release: tuple[str, str]) -> str:
    survey, name = release
    return f"{survey} ({name})" if name else survey


def _listed(names: Iterable[str] | Collection[str]) -> str:
    listed = list(names)
    return (", ".join(listed[:_MOST_NAMED]) + (", ..." if len(listed) > _MOST_NAMED else "")) or "none"
