"""A combine recipe against what it names, without reading a table: what the web process can tell at once.

Light. A worker finds the same and what only rows tell.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from trainingset.combine_recipe import CombineInput, CombineRecipe, Repeats
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError
from trainingset.profile import TableProfile
from trainingset.roles import given_role_problems
from trainingset.specz.rule_file import read_rule_file
from trainingset.specz.survey_book import SurveyBook
from trainingset.wire import ResponseFormat

__all__ = ["check_combination", "combination_problems"]

_PRIORITIES = ("quality_flag", "instrument_type", "z_err", "date")
"""What decides between measurements besides extra columns."""


def check_combination(
    draft: Draft[CombineRecipe],
    *,
    problems: Iterable[Problem] = (),
    catalog_ids: Collection[str],
    footprint_names: Collection[str],
    profiles: Mapping[str, TableProfile],
) -> CombineRecipe:
    """Check a combine recipe against what is known of its inputs, and resolve what its preset sets.

    Parameters
    ----------
    draft
        Recipe as far as it could be read, with what is wrong in itself.
    problems
        What the caller already found wrong with the request; reported with the rest.
    catalog_ids
        Catalogs that the user may use.
    footprint_names
        Footprints that can be flagged, besides the coverage of catalogs.
    profiles
        Of the inputs that were inspected, by source.

    Returns
    -------
    CombineRecipe
        Resolved.

    Raises
    ------
    RecipeError
        With every problem, each once.
    """
    found = [
        *problems,
        *combination_problems(draft, catalog_ids=catalog_ids, footprint_names=footprint_names, profiles=profiles),
    ]
    if found:
        raise RecipeError(dict.fromkeys(found))
    return draft.recipe.resolved()


def combination_problems(
    draft: Draft[CombineRecipe],
    *,
    catalog_ids: Collection[str],
    footprint_names: Collection[str],
    profiles: Mapping[str, TableProfile],
) -> Iterator[Problem]:
    """All that is wrong with a combine recipe, as far as it is known; parameters as for `check_combination`."""
    yield from draft.problems
    recipe, refused = draft.recipe.resolved(), draft.refused
    if {"priority", "extra_columns"}.isdisjoint(refused):
        yield from _priority_problems(recipe)
    if "footprints" not in refused:
        yield from _footprint_problems(recipe, catalog_ids, footprint_names)
    yield from _format_problems(recipe)
    book: SurveyBook | None = None
    try:
        book = SurveyBook.of(read_rule_file(recipe.survey_rules, name="SURVEY_RULES") if recipe.survey_rules else ())
    except RecipeError as error:
        yield from error.problems
    if "inputs" not in refused:
        if book is not None:
            yield from _survey_problems(recipe, book, profiles)
        yield from _repeat_problems(recipe, profiles)
        for number, given in enumerate(recipe.inputs, start=1):
            yield from _role_problems(given, number, profiles.get(given.source))


def _priority_problems(recipe: CombineRecipe) -> Iterator[Problem]:
    extra = [text.partition("=")[0].strip() for text in recipe.extra_columns]
    known = [*_PRIORITIES, *extra]
    for name in recipe.priority or ():
        if name in _PRIORITIES or name.removeprefix("-") in extra:
            continue
        message = (
            f"{name!r} cannot decide between measurements{_meant(name.removeprefix('-'), known)} Further columns are "
            "named in EXTRA_COLUMNS first."
        )
        yield Problem(parameter="PRIORITY", message=message, value=name)


def _footprint_problems(
    recipe: CombineRecipe, catalog_ids: Collection[str], footprint_names: Collection[str]
) -> Iterator[Problem]:
    known = [*footprint_names, *(f"catalog:{catalog}" for catalog in catalog_ids)]
    folded = {name.casefold() for name in footprint_names}
    for name in recipe.footprints:
        if name not in known and name.casefold() not in folded:
            message = f"there is no footprint {name!r}{_meant(name, known)}"
            yield Problem(parameter="FOOTPRINTS", message=message, value=name)


def _format_problems(recipe: CombineRecipe) -> Iterator[Problem]:
    if ResponseFormat.HDF5 in (recipe.responseformat, *recipe.formats):
        parameter = "RESPONSEFORMAT" if recipe.responseformat is ResponseFormat.HDF5 else "FORMATS"
        message = (
            "an HDF5 file is for photo-z codes, which read magnitudes, and a compilation has none; cross-match it "
            "first, or ask for another format."
        )
        yield Problem(parameter=parameter, message=message, value=ResponseFormat.HDF5)


def _repeat_problems(recipe: CombineRecipe, profiles: Mapping[str, TableProfile]) -> Iterator[Problem]:
    """One source or one file given twice, unless the recipe allows it."""
    if recipe.repeats is Repeats.ALLOW:
        return
    first: dict[str, tuple[int, str]] = {}
    for number, given in enumerate(recipe.inputs, start=1):
        profile = profiles.get(given.source)
        name = profile.name if profile is not None else given.source
        content = profile.sha256 if profile is not None and profile.sha256 else given.source
        earlier = first.setdefault(content, (number, name))
        if earlier[0] != number:
            message = (
                f"input {number}, {name}, is the same file as input {earlier[0]}, {earlier[1]}; leave one out, or "
                "take both with REPEATS=allow."
            )
            yield Problem(parameter="INPUT", message=message, value=given.source)


def _survey_problems(
    recipe: CombineRecipe, book: SurveyBook, profiles: Mapping[str, TableProfile]
) -> Iterator[Problem]:
    """Surveys of whole inputs that nobody knows, where no column could tell the quality of rows without rules."""
    for number, given in enumerate(recipe.inputs, start=1):
        profile = profiles.get(given.source)
        if given.survey is None or book.rules(given.survey) is not None:
            continue
        if profile is None or _may_tell_quality(given, profile):
            continue
        close = get_close_matches(given.survey.upper(), book.names, n=2)
        meant = f"did you mean {' or '.join(close)}? " if close else ""
        message = (
            f"input {number}, {given.source}: there is no survey {given.survey!r}; {meant}Of a survey of your own send "
            "the rules: SURVEY_RULES."
        )
        yield Problem(parameter="INPUT", message=message, value=given.survey)


def _may_tell_quality(given: CombineInput, profile: TableProfile) -> bool:
    """Whether a column holds quality on the common scale, or may hold probabilities."""
    names = {column.name for column in profile.columns}
    return "z_flag_homogenized" in names or "quality_flag" in {**profile.roles, **given.roles}


def _role_problems(given: CombineInput, number: int, profile: TableProfile | None) -> Iterator[Problem]:
    """Roles that name columns which the table lacks; roles that nobody named are the survey's to tell."""
    if profile is None:
        return
    for problem in given_role_problems(given.roles, profile.columns):
        message = f"input {number}, {profile.name}: {problem.message}"
        yield problem.model_copy(update={"parameter": "INPUT", "message": message})


def _meant(name: str, known: Collection[str]) -> str:
    """``; did you mean ...?`` for a name that is close, else what there is."""
    folded = {candidate.casefold(): candidate for candidate in known}
    if close := get_close_matches(name.casefold(), folded, n=2):
        return f"; did you mean {' or '.join(folded[match] for match in close)}?"
    return f"; there are {', '.join(known)}."
