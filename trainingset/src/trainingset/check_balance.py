"""What a catalog and a recipe cannot give of caps, weights and what is held out. Light, as `trainingset.check` is."""

from collections.abc import Iterator, Sequence

from trainingset.derived import derived_columns
from trainingset.errors import Problem
from trainingset.hold_out_names import held_out_names
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import CatalogCard

__all__ = ["balance_problems", "needs_survey"]


def balance_problems(recipe: CrossmatchRecipe, card: CatalogCard, refused: frozenset[str]) -> Iterator[Problem]:
    """Everything that stands in the way of a recipe's caps, weights and what it holds out.

    Parameters
    ----------
    refused
        Fields whose values could not be read; nothing is said of these again.
    """
    if recipe.cap is not None and "cap" not in refused:
        yield from _magnitude_problems(recipe, card, "CAP", () if recipe.cap_band is None else (recipe.cap_band,))
    if recipe.weights and "weights" not in refused:
        yield from _magnitude_problems(recipe, card, "WEIGHTS", recipe.weights)
        if not recipe.target_rows:
            message = "there is nothing to weight the set towards with TARGET_ROWS=0; leave that out."
            yield Problem(parameter="TARGET_ROWS", message=message, value="0")
    if "split" not in refused:
        yield from _split_problems(recipe)
    names = card.entry.fields
    for field in held_out_names(recipe.hold_out, "field"):
        if field.casefold() not in {name.casefold() for name in names}:
            known = f"there are {', '.join(sorted(names))}" if names else "it has none; hold out surveys"
            message = f"{card.entry.id} has no registered field {field!r}; {known}."
            yield Problem(parameter="HOLD_OUT", message=message, value=field)


def needs_survey(recipe: CrossmatchRecipe) -> bool:
    """Whether the survey of each redshift must be known; a cap takes redshifts without one as one survey."""
    return bool(held_out_names(recipe.hold_out, "survey"))


def _magnitude_problems(
    recipe: CrossmatchRecipe, card: CatalogCard, parameter: str, bands: Sequence[str]
) -> Iterator[Problem]:
    entry, kind = card.entry, recipe.flux[0]
    if recipe.select is not None or not recipe.magnitudes:
        why = "SELECT" if recipe.select is not None else "MAGNITUDES=false"
        message = f"it needs magnitudes, and there are none with {why}; leave one of the two out."
        yield Problem(parameter=parameter, message=message)
        return
    if kind not in entry.fluxes:
        return
    available = {column.name for column in card.columns}
    known = {column.band for column in derived_columns(entry, (kind,), available=available)}
    missing = [band for band in bands if band not in known]
    if missing or not known:
        there = ", ".join(band for band in entry.bands if band in known) or "none"
        message = f"{entry.id} has no {kind} flux in {', '.join(missing) or 'any band'}; bands that have: {there}."
        yield Problem(parameter="CAP_BAND" if parameter == "CAP" and missing else parameter, message=message)


def _split_problems(recipe: CrossmatchRecipe) -> Iterator[Problem]:
    for parameter, asked in (("HOLD_OUT", recipe.hold_out), ("CAP_SUBSETS", recipe.cap_subsets)):
        if asked and not recipe.split:
            message = "it is about subsets, and there are none without SPLIT; name them: SPLIT=train=0.8,test=0.2."
            yield Problem(parameter=parameter, message=message, value=",".join(asked))
    if recipe.cap_subsets and recipe.cap is None:
        message = "it is about a cap, and there is none; say how many rows a cell may have: CAP=100."
        yield Problem(parameter="CAP_SUBSETS", message=message, value=",".join(recipe.cap_subsets))
    if recipe.split and (unknown := [name for name in recipe.cap_subsets if name not in recipe.subset_names]):
        message = f"no subset {', '.join(map(repr, unknown))}; there are {', '.join(recipe.subset_names)}."
        yield Problem(parameter="CAP_SUBSETS", message=message, value=",".join(unknown))
