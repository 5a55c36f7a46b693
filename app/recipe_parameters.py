"""A recipe spelled as DALI parameters: what the UWS face shows of a job that was made over JSON, and the way back."""

import json

from pydantic import BaseModel

from app.job_kinds import AnyRecipe, JobKind, read_recipe
from app.parameters import RecipeValues, recipe_values
from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.wire import parameter_names
from uws.job import Job, Parameter

__all__ = ["given_values", "parameters_of"]


def parameters_of(recipe: AnyRecipe) -> tuple[Parameter, ...]:
    """The fields that were given."""
    given = recipe.model_fields_set
    values = {
        wire.name: getattr(recipe, field) for field, wire in parameter_names(type(recipe)).values() if field in given
    }
    return tuple(Parameter(name, _on_the_wire(value)) for name, value in values.items() if value is not None)


def given_values(job: Job) -> RecipeValues:
    """The recipe fields that a pending job was given.

    Its parameters tell, since a UWS client may have changed them. While they are those of the recipe that came as
    JSON, that one is taken: parameters cannot spell everything, such as an empty list or a comma in a column's name.
    """
    kind = JobKind(job.kind)
    stored = job.request.get("recipe")
    if stored is not None and parameters_of(read_recipe(kind, stored).recipe) == job.parameters:
        return RecipeValues(dict(stored), ())
    return recipe_values(kind, job.parameters)


def _on_the_wire(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case CombineInput():
            return _input_text(value)
        case CombineRecipe():
            return _json(value)
        case dict():
            return ",".join(f"{key}={_on_the_wire(item)}" for key, item in value.items())
        case tuple():
            return ",".join(_on_the_wire(item) for item in value)
        case float():
            return repr(value)
        case _:
            return str(value)


def _input_text(given: CombineInput) -> str:
    survey = {"survey_name": given.survey} if given.survey is not None else {}
    return ";".join([given.source, *(f"{key}={text}" for key, text in (survey | given.roles).items())])


def _json(recipe: BaseModel) -> str:
    return json.dumps(recipe.model_dump(mode="json", exclude_unset=True))
