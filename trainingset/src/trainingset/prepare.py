"""Makes an order ready to run: reads or combines its redshifts, opens its catalog's card, finds all that is wrong."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from trainingset.card import read_card
from trainingset.check import check_recipe
from trainingset.combine import combine_inputs
from trainingset.combine_prepare import prepare_combination
from trainingset.combine_recipe import CombineRecipe, Mode
from trainingset.compiled import Compiled
from trainingset.corrections import Corrections
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.formats import MOST_FITS_COLUMNS
from trainingset.inspection import profile_table, require_rows_within
from trainingset.order import InputFile, Order, Report
from trainingset.pair_descriptions import PAIR_COLUMNS
from trainingset.presets import find_preset
from trainingset.provenance import InputUsed
from trainingset.recipe import COMBINED, CrossmatchRecipe, Engine, Match, validate_recipe
from trainingset.redshifts import KEPT_ROWS, Redshifts, is_marked_compilation, prepare_redshifts
from trainingset.registry import CatalogCard, CatalogEntry, RegistryError
from trainingset.rows import ResultColumns, result_columns
from trainingset.tables import read_catalog, read_sent
from trainingset.wire import ResponseFormat

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
    """The file of redshifts; of a combination it has a name alone."""
    table_format: str
    compiled: Compiled | None = None
    """The compilation that the redshifts are, None if they are a file or a catalog."""
    notes: tuple[str, ...] = ()
    """What was done to the redshifts, in sentences."""

    @property
    def columns(self) -> ResultColumns:
        """Columns of the result."""
        return result_columns(self.redshifts.table.schema, self.card, self.recipe)

    @property
    def corrections(self) -> Corrections:
        """What magnitudes are corrected for."""
        return Corrections.of(self.recipe, self.card.entry)

    @property
    def redshift_catalog(self) -> CatalogEntry | None:
        """The registered catalog that the redshifts are, None if they are a file."""
        return _redshift_catalog(self.recipe, self.order)

    @property
    def inputs_used(self) -> tuple[InputUsed, ...]:
        """The tables of redshifts that went in."""
        if self.compiled is not None:
            return self.compiled.inputs_used
        return (
            InputUsed(
                source=self.recipe.source,
                name=self.input.name,
                sha256=self.input.sha256,
                size=self.input.size,
                rows=self.redshifts.counts.read,
                table_format=self.table_format,
                roles=self._roles_sent,
            ),
        )

    @property
    def _roles_sent(self) -> dict[str, str]:
        """Column by role, the redshift's under the name that it has in the source and not in the result."""
        z = self.redshifts.redshift_column
        others = {role: column for role, column in self.redshifts.roles.items() if role != "z"}
        return others if z is None else others | {"z": z}

    @property
    def radius_arcsec(self) -> float:
        """Match radius."""
        assert self.recipe.radius_arcsec is not None, "a checked recipe has a radius"
        return self.recipe.radius_arcsec


def prepare(order: Order, report: Report = lambda _: None) -> Prepared:
    """Read and check everything that an order names; combine its redshifts, if a combine recipe takes their place.

    Raises
    ------
    RecipeError
        With every problem: of the request, of the recipe against the catalog, of the redshift table.
    SourceUnavailableError
        If an input or the catalog cannot be read now.
    """
    if any(problem.parameter == "QUERY" for problem in order.problems):
        # A query that could not be read says nothing of catalog and redshifts, and nobody is to name them besides.
        raise RecipeError(order.problems)
    draft = _with_catalog_roles(validate_recipe(order.request), order)
    recipe = draft.recipe
    problems = [*order.problems, *_engine_problems(recipe)]
    card = None if "catalog" in draft.refused else _card(recipe.catalog, order.catalogs)
    source = _source(draft, order)
    compiled, profile, redshifts = None, None, None
    notes: tuple[str, ...] = ()
    try:
        if isinstance(source, InputFile):
            compiled = _combined(recipe, order, report)
            table = _read_redshifts(source, recipe, order) if compiled is None else compiled.table
            draft, notes = _with_kept_rows(draft, table, compiled)
            profile = profile_table(table, name=source.name, sha256=source.sha256)
            redshifts = _prepare_redshifts(table, source, draft)
    except RecipeError as error:
        problems += error.problems
    recipe = check_recipe(
        draft,
        problems=problems,
        card_of=lambda _: card,
        catalog_ids=[entry.id for entry in order.catalogs],
        table=source if isinstance(source, Problem) else profile,
    )
    assert card is not None, "a checked recipe has a catalog"
    assert redshifts is not None, "a checked recipe has redshifts"
    assert profile is not None, "a checked recipe has redshifts"
    assert isinstance(source, InputFile), "a checked recipe has redshifts"
    prepared = Prepared(order, recipe, card, redshifts, source, profile.table_format, compiled, notes)
    if no_room := _format_problems(prepared):
        raise RecipeError(no_room)
    return prepared


def _card(catalog: str, entries: tuple[CatalogEntry, ...]) -> CatalogCard | None:
    try:
        return next((read_card(entry) for entry in entries if entry.id == catalog), None)
    except RegistryError as error:
        # It was right when it was registered: nobody who sends a recipe can do anything about it.
        raise SourceUnavailableError(str(error)) from error


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


def _redshift_catalog(recipe: CrossmatchRecipe, order: Order) -> CatalogEntry | None:
    """The registered catalog that the redshifts are, None if they are a file."""
    kind, _, catalog = recipe.source.partition(":")
    return next((entry for entry in order.catalogs if kind == "catalog" and entry.id == catalog), None)


def _with_catalog_roles(draft: Draft[CrossmatchRecipe], order: Order) -> Draft[CrossmatchRecipe]:
    """Roles that registry or PZ Server tell of a table need not be found; a recipe's own come first."""
    if "redshifts" in draft.refused:
        return draft
    entry, file = _redshift_catalog(draft.recipe, order), order.inputs.get(draft.recipe.source)
    told = entry.redshift_roles if entry is not None else file.roles if file is not None else {}
    if not told or "roles" in draft.refused:
        return draft
    return replace(draft, recipe=draft.recipe.model_copy(update={"roles": told | draft.recipe.roles}))


def _source(draft: Draft[CrossmatchRecipe], order: Order) -> InputFile | Problem | None:
    """Where the redshifts lie, or why nowhere; None if that was said already."""
    if "redshifts" in draft.refused:
        return None
    redshifts = draft.recipe.source
    if isinstance(draft.recipe.redshifts, CombineRecipe):
        return InputFile(name=COMBINED, path="")
    if (entry := _redshift_catalog(draft.recipe, order)) is not None:
        return InputFile(name=entry.id, path=entry.path, sha256=read_card(entry).fingerprint)
    if (file := order.inputs.get(redshifts)) is not None:
        return file
    if any(problem.parameter in ("REDSHIFTS", "UPLOAD") for problem in order.problems):
        return None
    message = f"there is no table {redshifts!r} with this request; send it along or name another."
    return Problem(parameter="REDSHIFTS", message=message, value=redshifts)


def _combined(recipe: CrossmatchRecipe, order: Order, report: Report) -> Compiled | None:
    """The compilation that the redshifts are, None if they are none of this request's."""
    if not isinstance(recipe.redshifts, CombineRecipe):
        return None
    draft = Draft(recipe.redshifts, (), frozenset())
    return combine_inputs(prepare_combination(draft, order, report), report)


def _with_kept_rows(
    draft: Draft[CrossmatchRecipe], table: pa.Table, compiled: Compiled | None
) -> tuple[Draft[CrossmatchRecipe], tuple[str, ...]]:
    """Of a marked compilation only the rows that it keeps are matched, unless the recipe says otherwise."""
    recipe = draft.recipe
    notes: tuple[str, ...] = ()
    if compiled is not None:
        recipe, notes = recipe.model_copy(update={"redshifts": compiled.recipe}), compiled.notes
    # What a recipe removed is gone already, and ties that it keeps are wanted.
    is_marked = is_marked_compilation(table) and (compiled is None or compiled.recipe.mode is Mode.MARK)
    if is_marked and "redshifts_where" not in draft.refused and (where := _of_kept_rows(recipe)) is not None:
        recipe = recipe.model_copy(update={"redshifts_where": where})
        notes = (*notes, _KEPT_ROWS_NOTE)
    return replace(draft, recipe=recipe), notes


def _of_kept_rows(recipe: CrossmatchRecipe) -> str | None:
    """The constraint on redshifts that leaves out what a compilation does not keep; None if the user said another."""
    if recipe.redshifts_where is None:
        return KEPT_ROWS
    preset = None if recipe.preset is None else find_preset(recipe.preset)
    if preset is None or preset.parameters.get("redshifts_where") != recipe.redshifts_where:
        return None
    return f"({recipe.redshifts_where}) AND {KEPT_ROWS}"


_KEPT_ROWS_NOTE = (
    f"The redshifts are a marked compilation: only the rows that it keeps ({KEPT_ROWS}) were matched; REDSHIFTS_WHERE "
    "can say otherwise."
)


def _read_redshifts(source: InputFile, recipe: CrossmatchRecipe, order: Order) -> pa.Table:
    if recipe.source.startswith("catalog:"):
        return read_catalog(source.path, name=source.name)
    try:
        table = read_sent(Path(source.path), name=source.name, media_type=source.media_type)
    except OSError as error:
        raise SourceUnavailableError(f"the table {source.name!r} cannot be read now: {error}") from error
    if not recipe.source.startswith(("job:", "compilation:")):
        require_rows_within(table, order.most_rows, name=source.name)
    return table


def _prepare_redshifts(table: pa.Table, source: InputFile, draft: Draft[CrossmatchRecipe]) -> Redshifts:
    recipe, refused = draft.recipe, draft.refused
    return prepare_redshifts(
        table,
        name=source.name,
        roles={} if "roles" in refused else recipe.roles,
        bad_rows=recipe.bad_rows,
        where=None if "redshifts_where" in refused else recipe.redshifts_where,
        are_positions=recipe.select is not None,
    )
