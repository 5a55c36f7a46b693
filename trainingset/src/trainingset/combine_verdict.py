"""Whether the inputs of a compilation are sound: everything that is wrong with them and the request, told at once."""

from collections.abc import Iterable, Mapping

from trainingset.combine_prepare import PreparedCombination, input_problem
from trainingset.combine_problems import (
    no_such_extra_columns,
    release_problems,
    repeat_problem,
    repeated_inputs,
    summary_problem,
)
from trainingset.errors import Problem, RecipeError
from trainingset.specz.homogenize import A_KNOWN_SURVEY
from trainingset.specz.input_report import InputReport

__all__ = ["require_sound"]


def require_sound(
    prepared: PreparedCombination,
    reports: Mapping[int, InputReport],
    wrong: Mapping[int, Iterable[Problem]],
    problems: Iterable[Problem],
) -> None:
    """Refuse a compilation with which anything at all is wrong.

    Parameters
    ----------
    reports
        Of the inputs that could be homogenized, by number.
    wrong
        Why the others could not, by number.
    problems
        What was found wrong with the request before.

    Raises
    ------
    RecipeError
        With every problem.
    """
    recipe, inputs = prepared.recipe, prepared.inputs
    bad = dict(prepared.bad)
    found: list[Problem] = []
    # A survey without rules may be one of those that could not be read.
    rules_are_read = not any(problem.parameter == "SURVEY_RULES" for problem in prepared.problems)
    for item in inputs:
        told = [one for one in wrong.get(item.number, ()) if rules_are_read or one.limit != A_KNOWN_SURVEY]
        found += [input_problem(problem, item.number, item.name) for problem in told]
        bad |= {item.number: item.name} if told else {}
    repeated = repeated_inputs(inputs, recipe)
    found += [repeat_problem(item, earlier) for item, earlier in repeated]
    bad |= {item.number: item.name for item, _ in repeated}
    found += release_problems(reports, recipe, prepared.book)
    found += no_such_extra_columns(inputs, recipe)
    total = len(recipe.inputs)
    summary = [summary_problem(inputs, bad, total)] if bad and total > 1 else []
    if every := [*problems, *summary, *prepared.problems, *found]:
        raise RecipeError(dict.fromkeys(every))
