"""DALI parameters: from a form to the parameters of a job, and from these to the recipe.

Names are case-insensitive, values are not; a name given twice with one value is given once. The job keeps every
parameter as it was given. What the values mean is asked at RUN: `recipe_values` then reports every problem at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from app.documents.markup import is_xml_text
from app.job_kinds import JobKind, recipe_model
from trainingset.errors import Problem
from trainingset.wire import MEDIA_TYPES, parameter_names
from uws.job import Job, Parameter, Result

__all__ = [
    "TEXT_FILES",
    "Given",
    "RecipeValues",
    "find_form_problems",
    "find_name_problems",
    "is_by_reference",
    "join_values",
    "listed_parameters",
    "merge",
    "recipe_values",
    "result_media_type",
]

TOLERATED = ("REQUEST", "LANG", "QUERY", "FORMAT", "tapclient", "jobname", "max_retries")
"""What VO clients always send and we have no use for: kept, echoed and otherwise ignored."""

CONTROLS = ("PHASE", "RUNID", "UPLOAD")
"""Names that the job's own machinery reads; listed among the parameters of a job, but no part of the recipe."""

UNLISTED_CONTROLS = ("EXECUTIONDURATION", "DESTRUCTION")
"""Controls that the job document shows as elements of their own."""

TEXT_FILES = frozenset({"SURVEY_RULES"})
"""Parameters of recipes that people keep in files: sent as one (``-F SURVEY_RULES=@mine.yaml``), they are text."""

MAX_NAME_LENGTH = 128

_RECIPES = {kind: parameter_names(recipe_model(kind)) for kind in JobKind}
_SPELLINGS = {
    kind: {name.upper(): name for name in (*recipe, *TOLERATED, *CONTROLS, *UNLISTED_CONTROLS)}
    for kind, recipe in _RECIPES.items()
}
_MULTIPLE = {
    kind: frozenset(name for name, (_, wire) in recipe.items() if wire.multiple) | {"UPLOAD"}
    for kind, recipe in _RECIPES.items()
}

Given = Mapping[str, tuple[str, ...]]
"""Different values of each parameter in their order, by the name's canonical spelling."""


class RecipeValues(NamedTuple):
    """Recipe fields as texts, for `app.job_kinds.read_recipe`, and what is no field of a recipe."""

    values: dict[str, object]
    problems: tuple[Problem, ...]


def merge(kind: JobKind, values: Iterable[tuple[str, str]]) -> Given:
    """Bring the values of one form together; unknown names keep the spelling of their first appearance."""
    given: dict[str, dict[str, None]] = {}
    spelling = dict(_SPELLINGS[kind])
    for name, value in values:
        given.setdefault(spelling.setdefault(name.upper(), name), {})[value] = None
    return {name: tuple(distinct) for name, distinct in given.items()}


def find_form_problems(kind: JobKind, given: Given) -> Iterator[Problem]:
    """What cannot be kept: impossible names and values, and two values for what may be given once."""
    for name, values in given.items():
        shown = name[:MAX_NAME_LENGTH]
        yield from find_name_problems(name)
        if any("\0" in value for value in values):
            yield Problem(parameter=shown, message="holds the character U+0000, which cannot be stored")
        if len(values) > 1 and name.upper() in _SPELLINGS[kind] and name not in _MULTIPLE[kind]:
            quoted = " and ".join(repr(value[:80]) for value in values[:2])
            yield Problem(parameter=name, message=f"is given as {quoted}; give it once", value=values[1][:80])


def find_name_problems(name: str) -> Iterator[Problem]:
    """What stands against a name of a parameter or of a form field with a file."""
    if not name or len(name) > MAX_NAME_LENGTH or not is_xml_text(name):
        message = f"is no name of a parameter: 1 to {MAX_NAME_LENGTH} characters that XML can hold"
        yield Problem(parameter=repr(name[:MAX_NAME_LENGTH]), message=message)


def join_values(given: Given) -> tuple[Parameter, ...]:
    """Parameters as a job keeps them: one for each name, several values joined as their readers split them."""
    return tuple(
        Parameter(name, (";" if name == "UPLOAD" else ",").join(values))
        for name, values in given.items()
        if name not in UNLISTED_CONTROLS
    )


def recipe_values(kind: JobKind, parameters: Iterable[Parameter]) -> RecipeValues:
    """Find the recipe in the parameters of a job.

    A parameter left empty, as forms send it, is one not given. Files and what only other clients need are passed
    over; a name that nobody knows is a problem, since a misspelt ``RADIUS`` must not silently mean the default.
    """
    recipe, known = _RECIPES[kind], _SPELLINGS[kind].keys()
    values: dict[str, object] = {}
    problems: list[Problem] = []
    for parameter in parameters:
        if parameter.blob is not None:
            continue
        if parameter.name in recipe:
            if parameter.value.strip():
                values[recipe[parameter.name][0]] = parameter.value
        elif parameter.name.upper() not in known:
            close = _closest(parameter.name, recipe)
            problems.append(Problem(parameter=parameter.name, message=f"is no parameter.{close}"))
    return RecipeValues(values, tuple(problems))


def listed_parameters(job: Job) -> tuple[Parameter, ...]:
    """Parameters as the job document lists them: as given, but the run id as it is now."""
    given = tuple(parameter for parameter in job.parameters if parameter.name != "RUNID")
    return given if job.run_id is None else (*given, Parameter("RUNID", job.run_id))


def is_by_reference(parameter: Parameter) -> bool:
    """Whether the parameter is a file, or text that XML cannot hold."""
    return parameter.blob is not None or not is_xml_text(parameter.value)


def result_media_type(job: Job, result: Result) -> str:
    """Media type of a result: for the answer, exactly the one that was asked for, if one was (DALI 1.1 §3.4.3)."""
    wanted = next((item.value.strip() for item in job.parameters if item.name == "RESPONSEFORMAT"), "")
    is_known = wanted.isascii() and wanted.replace(" ", "").lower() in MEDIA_TYPES
    return wanted if result.id == "result" and is_known else result.mime_type


def _closest(name: str, known: Iterable[str]) -> str:
    matches = get_close_matches(name.upper(), list(known), n=2)
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
