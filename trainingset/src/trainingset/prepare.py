"""Makes an order ready to run: reads its redshifts, opens its catalog's card, and finds all that is wrong at once."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from trainingset.card import read_card
from trainingset.check import check_recipe
from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.formats import MOST_FITS_COLUMNS
from trainingset.inspection import profile_table
from trainingset.order import InputFile, Order
from trainingset.pair_columns import PAIR_COLUMNS
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe, Draft, Engine, Match, ResponseFormat, validate_recipe
from trainingset.redshifts import Redshifts, prepare_redshifts
from trainingset.registry import CatalogCard, CatalogEntry
from trainingset.rows import ResultColumns, result_columns
from trainingset.tables import read_table

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a computation starts from; everything in it was checked."""

    order: Order
    recipe: CrossmatchRecipe
    """With every default resolved."""
    card: CatalogCard
    redshifts: Redshifts
    input: InputFile
    table_format: str

    @property
    def columns(self) -> ResultColumns:
        """Columns of the result."""
        return result_columns(self.redshifts.table.schema, self.card, self.recipe)

    @property
    def radius_arcsec(self) -> float:
        """Match radius."""
        assert self.recipe.radius_arcsec is not None, "a checked recipe has a radius"
        return self.recipe.radius_arcsec


def prepare(order: Order) -> Prepared:
    """Read and check everything that an order names.

    Raises
    ------
    RecipeError
        With every problem: of the request, of the recipe against the catalog, of the redshift table.
    SourceUnavailableError
        If an input or the catalog cannot be read now.
    """
    draft = validate_recipe(order.request)
    recipe = draft.recipe
    problems = [*order.problems, *_engine_problems(recipe)]
    card = None if "catalog" in draft.refused else _card(recipe.catalog, order.catalogs)
    table, profile, unread = _read_redshifts(draft, order)
    problems += unread
    redshifts = None
    if table is not None:
        try:
            redshifts = _prepare_redshifts(table, draft, order)
        except RecipeError as error:
            problems += error.problems
    recipe = check_recipe(
        draft,
        problems=problems,
        card_of=lambda _: card,
        catalog_ids=[entry.id for entry in order.catalogs],
        table=profile,
    )
    assert card is not None, "a checked recipe has a catalog"
    assert redshifts is not None, "a checked recipe has redshifts"
    assert profile is not None, "a checked recipe has redshifts"
    prepared = Prepared(order, recipe, card, redshifts, order.inputs[recipe.redshifts], profile.table_format)
    if no_room := _format_problems(prepared):
        raise RecipeError(no_room)
    return prepared


def _card(catalog: str, entries: tuple[CatalogEntry, ...]) -> CatalogCard | None:
    return next((read_card(entry) for entry in entries if entry.id == catalog), None)


def _format_problems(prepared: Prepared) -> list[Problem]:
    recipe, columns = prepared.recipe, prepared.columns
    n_columns = len(columns.redshifts) + len(columns.objects) + len(columns.derived) + len(PAIR_COLUMNS)
    if ResponseFormat.FITS not in (recipe.responseformat, *recipe.formats) or n_columns <= MOST_FITS_COLUMNS:
        return []
    message = (
        f"a FITS table holds at most {MOST_FITS_COLUMNS} columns, and this one would have {n_columns}; "
        "ask for fewer COLUMNS, or for another format."
    )
    parameter = "RESPONSEFORMAT" if recipe.responseformat is ResponseFormat.FITS else "FORMATS"
    return [Problem(parameter=parameter, message=message, value=str(n_columns), limit=str(MOST_FITS_COLUMNS))]


def _engine_problems(recipe: CrossmatchRecipe) -> list[Problem]:
    if recipe.engine is Engine.TSM or recipe.match is not Match.MUTUAL:
        return []
    message = "the stock algorithm knows no mutual pairs; ask for MATCH=nearest, MATCH=all, or ENGINE=tsm."
    return [Problem(parameter="ENGINE", message=message, value=recipe.engine)]


def _read_redshifts(draft: Draft, order: Order) -> tuple[pa.Table | None, TableProfile | None, list[Problem]]:
    if "redshifts" in draft.refused:
        return None, None, []
    file = order.inputs.get(draft.recipe.redshifts)
    if file is None:
        if any(problem.parameter in ("REDSHIFTS", "UPLOAD") for problem in order.problems):
            return None, None, []
        message = f"there is no table {draft.recipe.redshifts!r} with this request; send it along or name another."
        return None, None, [Problem(parameter="REDSHIFTS", message=message, value=draft.recipe.redshifts)]
    try:
        table = read_table(Path(file.path), name=file.name, media_type=file.media_type)
    except RecipeError as error:
        return None, None, list(error.problems)
    except OSError as error:
        raise SourceUnavailableError(f"the table {file.name!r} cannot be read now: {error}") from error
    return table, profile_table(table, name=file.name, sha256=file.sha256), []


def _prepare_redshifts(table: pa.Table, draft: Draft, order: Order) -> Redshifts:
    recipe, refused = draft.recipe, draft.refused
    return prepare_redshifts(
        table,
        name=order.inputs[recipe.redshifts].name,
        roles={} if "roles" in refused else recipe.roles,
        bad_rows=recipe.bad_rows,
        where=None if "redshifts_where" in refused else recipe.redshifts_where,
    )
