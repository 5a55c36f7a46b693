"""The kinds of jobs that users ask for: which recipe each has, and where its redshifts come from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, NamedTuple, assert_never

from fastapi import Path
from starlette.convertors import Convertor, register_url_convertor

from trainingset.combine_recipe import CombineRecipe, validate_combine
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError
from trainingset.recipe import CrossmatchRecipe, validate_recipe

__all__ = [
    "KIND_PATH",
    "AnyDraft",
    "AnyRecipe",
    "JobKind",
    "JobKindPath",
    "NamedSource",
    "combination_of",
    "kind_of",
    "read_recipe",
    "recipe_model",
    "sources_of",
]

AnyRecipe = CrossmatchRecipe | CombineRecipe
AnyDraft = Draft[CrossmatchRecipe] | Draft[CombineRecipe]


class JobKind(StrEnum):
    """What a job makes; each kind has a UWS job list of its own, under its name."""

    CROSSMATCH = "crossmatch"
    COMBINE = "combine"


class NamedSource(NamedTuple):
    """A source that a recipe names."""

    source: str
    """As the recipe spells it."""
    number: int | None = None
    """Its place among the inputs of a combination, from 1; None for the redshifts of a cross-match."""
    parameter_name: str | None = None
    """Wire name of another parameter that names it."""

    @property
    def parameter(self) -> str:
        """Wire name of the parameter that names it."""
        if self.parameter_name is not None:
            return self.parameter_name
        return "REDSHIFTS" if self.number is None else "INPUT"


class _KindConvertor(Convertor[JobKind]):
    """Lets a path begin with the name of a kind, and with nothing else."""

    regex = "|".join(JobKind)

    def convert(self, value: str) -> JobKind:
        return JobKind(value)

    def to_string(self, value: JobKind) -> str:
        return value.value


register_url_convertor("job_kind", _KindConvertor())

KIND_PATH = "/{kind:job_kind}"
"""Begins the paths that every kind of job has."""

JobKindPath = Annotated[JobKind, Path()]


def recipe_model(kind: JobKind) -> type[CrossmatchRecipe] | type[CombineRecipe]:
    """The recipe of a kind of job."""
    match kind:
        case JobKind.CROSSMATCH:
            return CrossmatchRecipe
        case JobKind.COMBINE:
            return CombineRecipe
        case _:
            assert_never(kind)


def kind_of(values: Mapping[str, object]) -> JobKind:
    """The kind that a recipe names; a cross-match if it names none.

    Raises
    ------
    RecipeError
        If there is no such kind.
    """
    kind = values.get("kind", JobKind.CROSSMATCH)
    if isinstance(kind, str) and kind in set(JobKind):
        return JobKind(kind)
    message = f"{str(kind)[:80]!r} is no kind of recipe; there are {', '.join(JobKind)}"
    raise RecipeError([Problem(parameter="kind", message=message, value=str(kind)[:80])])


def read_recipe(kind: JobKind, values: Mapping[str, object]) -> AnyDraft:
    """Read the fields of a recipe, each on its own; texts are read as on the wire."""
    match kind:
        case JobKind.CROSSMATCH:
            return validate_recipe(values)
        case JobKind.COMBINE:
            return validate_combine(values)
        case _:
            assert_never(kind)


def combination_of(recipe: AnyRecipe) -> CombineRecipe | None:
    """The combination that a recipe is or begins with; None for a cross-match of redshifts as they are."""
    if isinstance(recipe, CombineRecipe):
        return recipe
    return recipe.redshifts if isinstance(recipe.redshifts, CombineRecipe) else None


def sources_of(draft: AnyDraft) -> tuple[NamedSource, ...]:
    """Every source that a recipe names; none where it could not be read, of which the recipe itself complains."""
    if {"redshifts", "inputs"} & draft.refused:
        return ()
    combination = combination_of(draft.recipe)
    if combination is not None:
        return tuple(NamedSource(given.source, number) for number, given in enumerate(combination.inputs, start=1))
    assert isinstance(draft.recipe, CrossmatchRecipe), "what is no combination matches redshifts"
    return (NamedSource(draft.recipe.source),)
