"""Corrections that a recipe asks for, against what the catalog's registry entry and card have for them."""

from collections.abc import Collection

from trainingset.derived import derived_columns
from trainingset.errors import Problem
from trainingset.extinction import extinction_of
from trainingset.recipe import CrossmatchRecipe, Dereddening, ZeroPoints
from trainingset.registry import CatalogCard

__all__ = ["correction_problems"]


def correction_problems(recipe: CrossmatchRecipe, card: CatalogCard) -> list[Problem]:
    """Why magnitudes cannot be corrected as asked: nothing to correct, corrected already, or numbers missing."""
    return [*_dereddening_problems(recipe, card), *_zero_point_problems(recipe, card)]


def _dereddening_problems(recipe: CrossmatchRecipe, card: CatalogCard) -> list[Problem]:
    entry = card.entry
    extinction = extinction_of(entry, recipe.dereddening)
    if extinction is None:
        return []
    if not recipe.magnitudes:
        return [_nothing_to_correct("DEREDDEN", recipe.dereddening)]
    if entry.is_dereddened:
        message = (
            f"the fluxes of {entry.id} are corrected for dust in the Milky Way already; correcting them again would be "
            "double dereddening. Leave DEREDDEN out."
        )
        return [Problem(parameter="DEREDDEN", message=message, value=recipe.dereddening)]
    problems = []
    if entry.ebv_column is None or card.column(entry.ebv_column) is None:
        lacks = "has no registered column" if entry.ebv_column is None else f"lacks the column {entry.ebv_column!r}"
        message = f"{entry.id} {lacks} with E(B-V), which dereddening needs; leave DEREDDEN out, or ask its operator"
        problem = Problem(
            parameter="DEREDDEN",
            message=f"{message} to register one.",
            column=entry.ebv_column,
            value=recipe.dereddening,
        )
        problems.append(problem)
    if missing := _bands_without(extinction.coefficients, card):
        message = (
            f"the coefficients '{recipe.dereddening}' do not tell {_of_bands(missing)} of {entry.id}; take another "
            "set, leave DEREDDEN out, or ask its operator to register them."
        )
        problems.append(Problem(parameter="DEREDDEN", message=message, value=recipe.dereddening))
    return problems


def _zero_point_problems(recipe: CrossmatchRecipe, card: CatalogCard) -> list[Problem]:
    entry = card.entry
    if recipe.zero_points is ZeroPoints.NONE:
        return []
    if not recipe.magnitudes:
        return [_nothing_to_correct("ZEROPOINTS", recipe.zero_points)]
    if entry.zero_points is None:
        message = f"no zero-point offsets are registered for {entry.id} {entry.release}; leave ZEROPOINTS out."
        return [Problem(parameter="ZEROPOINTS", message=message, value=recipe.zero_points)]
    if missing := _bands_without(entry.zero_points.values, card):
        message = (
            f"the zero-point offsets registered for {entry.id} {entry.release} do not tell {_of_bands(missing)}; "
            "leave ZEROPOINTS out, or ask its operator to add them."
        )
        return [Problem(parameter="ZEROPOINTS", message=message, value=recipe.zero_points)]
    return []


def _nothing_to_correct(parameter: str, value: Dereddening | ZeroPoints) -> Problem:
    message = "corrects magnitudes, and there are none with MAGNITUDES=false; leave one of the two out."
    return Problem(parameter=parameter, message=message, value=value)


def _bands_without(numbers: Collection[str], card: CatalogCard) -> list[str]:
    """Bands that the catalog has fluxes of, but that have no number."""
    available = {column.name for column in card.columns}
    columns = derived_columns(card.entry, card.entry.fluxes, available=available)
    return [band for band in dict.fromkeys(column.band for column in columns) if band not in numbers]


def _of_bands(bands: list[str]) -> str:
    return f"band {bands[0]}" if len(bands) == 1 else f"bands {', '.join(bands)}"
