"""A recipe's select list against what is known of catalog and redshifts."""

from collections.abc import Iterator

from trainingset.columns import ColumnDescription
from trainingset.errors import Problem, RecipeError
from trainingset.pair_descriptions import pair_columns_of
from trainingset.profile import TableProfile
from trainingset.query.outputs import OBJECTS, PAIRS, REDSHIFTS, Outputs, read_outputs
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import CatalogCard
from trainingset.wire import ResponseFormat

__all__ = ["outputs_of", "select_problems", "selected_object_columns"]

_WHOLE_SETS = frozenset({ResponseFormat.HDF5, ResponseFormat.HATS})
"""Formats of whole training sets, which a table of chosen columns is not."""


def outputs_of(recipe: CrossmatchRecipe, card: CatalogCard, table: TableProfile | None) -> Outputs:
    """What a recipe's select list makes of its pairs.

    Parameters
    ----------
    table
        Profile of the redshifts; None where they are not known yet.

    Raises
    ------
    RecipeError
        With everything that is wrong with the list.
    """
    assert recipe.select is not None, "only recipes with a select list have outputs"
    columns: dict[str, tuple[ColumnDescription, ...]] = {OBJECTS: card.columns, PAIRS: pair_columns_of(recipe)}
    if table is not None:
        columns[REDSHIFTS] = table.columns
    return read_outputs(
        recipe.select, {origin: {column.name: column for column in found} for origin, found in columns.items()}
    )


def select_problems(recipe: CrossmatchRecipe, card: CatalogCard, table: TableProfile | None) -> Iterator[Problem]:
    """Everything that stands against a recipe's select list."""
    if recipe.select is None:
        return
    for parameter, formats in (("RESPONSEFORMAT", (recipe.responseformat,)), ("FORMATS", recipe.formats)):
        for fmt in dict.fromkeys(formats):
            if fmt in _WHOLE_SETS:
                message = (
                    f"{fmt} is for whole training sets, and SELECT makes a table of its own; leave one of them out."
                )
                yield Problem(parameter=parameter, message=message, value=fmt)
    try:
        outputs_of(recipe, card, table)
    except RecipeError as error:
        yield from error.problems


def selected_object_columns(recipe: CrossmatchRecipe, card: CatalogCard) -> tuple[str, ...]:
    """Object columns that the select list needs; of use only without problems."""
    try:
        return outputs_of(recipe, card, None).used_of(OBJECTS)
    except RecipeError:
        return ()
