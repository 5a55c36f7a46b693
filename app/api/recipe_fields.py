"""A recipe in a request body: documented as the recipe, but left unread."""

from typing import Any

from pydantic import GetCoreSchemaHandler, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from trainingset.recipe import Recipe

__all__ = ["RecipeFields"]


class RecipeFields:
    """Documents a field as a recipe but leaves it unread: `check` reads it so that no mistake hides another.

    Parameters
    ----------
    recipe
        The kind of recipe; any, unless told otherwise.
    """

    def __init__(self, recipe: Any = Recipe) -> None:
        self._recipe = recipe

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_require_object, handler.generate_schema(self._recipe))


def _require_object(value: object, _read_recipe: ValidatorFunctionWrapHandler) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be an object with the fields of a recipe")
    return value
