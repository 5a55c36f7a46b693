"""A recipe against what it names: the catalog's card and the redshift table's profile.

Everything that can be known before computing is found here, at once, by the web process and the worker alike.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches

from trainingset.check_balance import balance_problems, needs_survey
from trainingset.check_corrections import correction_problems
from trainingset.columns import ColumnType
from trainingset.corrections import Corrections
from trainingset.derived import condition_columns, derived_columns
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError
from trainingset.expression import parse_condition
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe, Dereddening, How, SplitBy
from trainingset.registry import CatalogCard, CatalogContent
from trainingset.roles import given_role_problems
from trainingset.wire import BadRows, ResponseFormat, parameter_names

__all__ = ["check_recipe", "object_condition_columns", "redshift_aliases", "redshift_condition_columns"]

_UNCORRECTED = Corrections()


def check_recipe(
    draft: Draft[CrossmatchRecipe],
    *,
    problems: Iterable[Problem] = (),
    card_of: Callable[[str], CatalogCard | None],
    catalog_ids: Collection[str],
    table: TableProfile | Problem | None,
) -> CrossmatchRecipe:
    """Check a recipe against its catalog and its redshifts, and resolve its defaults.

    Parameters
    ----------
    draft
        Recipe as far as it could be read, with what is wrong in itself.
    problems
        What the caller already found wrong with the request; reported with the rest.
    card_of
        Card of a registered catalog; None where the catalog is unknown or not for this user.
    catalog_ids
        Catalogs that the user may use, for close matches.
    table
        Profile of the redshift table, or why there is none; None where it is not known yet.

    Returns
    -------
    CrossmatchRecipe
        With ``radius_arcsec`` filled in, and ``columns`` the exact object columns of the result: id, coordinates,
        defaults of the catalog, fluxes with errors and flags, and what was asked for.

    Raises
    ------
    RecipeError
        With every problem, each once, in the order of the parameters.
    """
    found = [*problems, *draft.problems]
    recipe = draft.recipe
    card = None if "catalog" in draft.refused else card_of(recipe.catalog)
    if card is not None and card.entry.content is CatalogContent.REDSHIFTS:
        found.append(_no_objects(recipe.catalog))
    elif card is not None:
        object_check = _ObjectCheck(recipe, card, draft.refused)
        found += object_check.problems()
        recipe = object_check.resolved()
    elif "catalog" not in draft.refused:
        found.append(_unknown_catalog(recipe.catalog, catalog_ids))
    if isinstance(table, Problem):
        found.append(table)
    elif table is not None:
        found += _redshift_problems(draft, table)
        if card is not None:
            found += _no_common_sky(recipe, table, card)
    if card is not None and recipe.select is not None and "select" not in draft.refused:
        found += _select_problems(recipe, card, None if isinstance(table, Problem) else table)
    if found:
        raise RecipeError(_in_order(found))
    return recipe


def object_condition_columns(
    card: CatalogCard, kinds: Iterable[str], corrections: Corrections = _UNCORRECTED
) -> dict[str, ColumnType]:
    """Columns that ``WHERE`` may name: the catalog's own, and those derived from its fluxes.

    ``{band}_state`` is decided by the first of `kinds`; a derived name hides a column of the same name.
    """
    columns = {column.name: column.datatype for column in card.columns}
    derived = condition_columns(card, kinds, corrections)
    return columns | {name: column.description.datatype for name, column in derived.items()}


def redshift_condition_columns(columns: Mapping[str, ColumnType], roles: Mapping[str, str]) -> dict[str, ColumnType]:
    """Columns that ``REDSHIFTS_WHERE`` may name: the table's own, and `redshift_aliases`."""
    return dict(columns) | {alias: columns[name] for alias, name in redshift_aliases(columns, roles).items()}


def redshift_aliases(columns: Collection[str], roles: Mapping[str, str]) -> dict[str, str]:
    """Columns of redshifts by names that constraints may use for them, so that one text is good for many tables.

    ``redshift`` is always the one that holds the redshift; ``quality_flag`` and ``survey`` are those of this meaning in
    tables that have no column of the name.
    """
    aliases = {"redshift": roles.get("z")}
    aliases |= {role: roles.get(role) for role in ("quality_flag", "survey") if role not in columns}
    return {alias: name for alias, name in aliases.items() if name is not None and name in columns}


class _ObjectCheck:
    """What a recipe asks of its catalog."""

    def __init__(self, recipe: CrossmatchRecipe, card: CatalogCard, refused: frozenset[str]) -> None:
        self._recipe = recipe
        self._card = card
        self._entry = card.entry
        self._refused = refused
        self._names = {column.name: column for column in card.columns}
        self._kinds = () if "flux" in refused else recipe.flux

    def resolved(self) -> CrossmatchRecipe:
        """The recipe with radius and columns filled in; of use only without problems."""
        radius = self._recipe.radius_arcsec
        return self._recipe.model_copy(
            update={
                "radius_arcsec": self._entry.default_radius_arcsec if radius is None else radius,
                "columns": self._columns(),
            }
        )

    def problems(self) -> list[Problem]:
        """Everything that the catalog cannot give."""
        return [
            *self._radius(),
            *self._unknown_kinds(),
            *self._unknown_columns(),
            *self._constraint(),
            *correction_problems(self._recipe, self._card),
            *self._no_fields(),
            *balance_problems(self._recipe, self._card, self._refused),
            *self._nothing_for_photo_z(),
        ]

    def _columns(self) -> tuple[str, ...]:
        entry = self._entry
        names = [entry.object_id_column, entry.ra_column, entry.dec_column]
        if self._recipe.select is not None:
            return tuple(dict.fromkeys([*names, *self._selected(), *self._found(self._asked())]))
        # Names that the catalog lacks are the registry's mistake, which `catalog check` reports to the operator.
        names += [name for name in entry.expand(entry.default_columns) if name in self._names]
        for kind in self._kinds:
            for band in entry.bands if kind in entry.fluxes else ():
                flux, error, flags = entry.flux_columns(kind, band)
                names += [name for name in (flux, error, *flags) if name in self._names]
        if self._recipe.dereddening is not Dereddening.NONE and entry.ebv_column in self._names:
            names.append(entry.ebv_column)
        names += self._found(self._asked())
        return tuple(dict.fromkeys(names))

    def _found(self, asked: Iterable[str]) -> list[str]:
        return [name for item in asked for name in self._expanded(item) if name in self._names]

    def _selected(self) -> tuple[str, ...]:
        # A late import: the parser takes a third of a second to load, which only those who use one should pay.
        from trainingset.query.check import selected_object_columns

        return selected_object_columns(self._recipe, self._card)

    def _asked(self) -> tuple[str, ...]:
        return () if "columns" in self._refused else self._recipe.columns

    def _expanded(self, asked: str) -> tuple[str, ...]:
        if asked in self._entry.groups:
            return self._entry.expand(self._entry.groups[asked])
        return (asked,)

    def _radius(self) -> list[Problem]:
        margin = self._card.margin_arcsec
        if margin is None:
            message = f"{self._entry.id} has no margin, so pairs across partition edges would be lost; ask its operator"
            return [Problem(parameter="CATALOG", message=f"{message} to add one.", value=self._entry.id)]
        radius = self._recipe.radius_arcsec
        asked = self._entry.default_radius_arcsec if radius is None else radius
        if "radius_arcsec" in self._refused or asked <= margin:
            return []
        message = (
            f"{asked:g} arcsec is above {margin:g} arcsec, the margin of {self._entry.id}: pairs across partition "
            f"edges would be lost. Ask for at most {margin:g} arcsec."
        )
        return [Problem(parameter="RADIUS", message=message, value=f"{asked:g}", limit=f"{margin:g} arcsec")]

    def _unknown_kinds(self) -> list[Problem]:
        kinds = self._entry.fluxes
        problems = [
            Problem(
                parameter="FLUX",
                message=f"{self._entry.id} has no flux kind {kind!r}{_meant(kind, kinds)}",
                value=kind,
            )
            for kind in self._kinds
            if kind not in kinds
        ]
        for kind in self._kinds:
            if kind in kinds and not derived_columns(self._entry, (kind,), available=self._names):
                message = f"{self._entry.id} describes the flux kind {kind!r} but has none of its columns; take another"
                problems.append(Problem(parameter="FLUX", message=f"{message}.", value=kind))
        return problems

    def _unknown_columns(self) -> list[Problem]:
        known = {*self._names, *self._entry.groups}
        return [
            Problem(
                parameter="COLUMNS",
                message=f"{self._entry.id} has no column or group {asked!r}{_meant(asked, known)}",
                column=asked,
            )
            for asked in self._asked()
            if asked not in known
        ]

    def _constraint(self) -> list[Problem]:
        given = {"where": self._recipe.where, "target_where": self._recipe.target_where}
        columns = object_condition_columns(self._card, self._kinds, Corrections.of(self._recipe, self._entry))
        return [
            problem
            for field, text in given.items()
            if text is not None and field not in self._refused
            for problem in _condition_problems(text, columns, field.upper())
        ]

    def _no_fields(self) -> list[Problem]:
        recipe, entry = self._recipe, self._entry
        if not recipe.split or recipe.split_by is not SplitBy.FIELD or entry.fields:
            return []
        message = f"{entry.id} has no registered fields to keep whole; split by sky, which keeps HEALPix pixels whole."
        return [Problem(parameter="SPLIT_BY", message=message, value=recipe.split_by)]

    def _nothing_for_photo_z(self) -> list[Problem]:
        """HDF5 files are input of photo-z codes: magnitudes are what they are about."""
        recipe = self._recipe
        if ResponseFormat.HDF5 not in (recipe.responseformat, *recipe.formats):
            return []
        if not recipe.magnitudes:
            why = "and there are none with MAGNITUDES=false; leave that out, or ask for another format."
        elif not derived_columns(self._entry, self._entry.fluxes, available=self._names):
            why = f"and {self._entry.id} has no fluxes to make them of; ask for another format."
        else:
            return []
        parameter = "RESPONSEFORMAT" if recipe.responseformat is ResponseFormat.HDF5 else "FORMATS"
        message = f"an HDF5 file is for photo-z codes, which read magnitudes, {why}"
        return [Problem(parameter=parameter, message=message, value=ResponseFormat.HDF5)]


def _unknown_catalog(catalog: str, catalog_ids: Collection[str]) -> Problem:
    return Problem(parameter="CATALOG", message=f"no catalog {catalog!r}{_meant(catalog, catalog_ids)}", value=catalog)


def _no_objects(catalog: str) -> Problem:
    message = (
        f"{catalog} holds redshifts and no objects: name it as the source, REDSHIFTS=catalog:{catalog}, and an object "
        "catalog here."
    )
    return Problem(parameter="CATALOG", message=message, value=catalog)


def _redshift_problems(draft: Draft[CrossmatchRecipe], table: TableProfile) -> list[Problem]:
    recipe, refused = draft.recipe, draft.refused
    given = {} if "roles" in refused else recipe.roles
    types = {column.name: column.datatype for column in table.columns}
    problems = list(given_role_problems(given, table.columns))
    # With a select list, positions are enough.
    unasked = {*given, "z"} if recipe.select is not None else {*given}
    problems += [problem for problem in table.role_problems if problem.value not in unasked]
    # A constraint may leave bad rows out; only the rows themselves tell.
    if not {"ra", "dec"} & given.keys() and recipe.redshifts_where is None:
        all_bad = 0 < table.n_rows == table.bad_coordinate_rows
        if recipe.bad_rows == BadRows.ERROR or all_bad:
            problems += table.coordinate_problems
    if recipe.redshifts_where is not None and "redshifts_where" not in refused:
        columns = redshift_condition_columns(types, {**table.roles, **given})
        problems += _condition_problems(recipe.redshifts_where, columns, "REDSHIFTS_WHERE")
    if recipe.split and recipe.split_by is SplitBy.SURVEY and "survey" not in {**table.roles, **given}:
        message = (
            f"{table.name!r} has no column that is known as the survey of a redshift, so surveys cannot be kept whole; "
            "name it: ROLES=survey=COLUMN, or split by something else."
        )
        problems.append(Problem(parameter="SPLIT_BY", message=message, value=recipe.split_by))
    if needs_survey(recipe) and "survey" not in {**table.roles, **given}:
        message = (
            f"{table.name!r} has no column that is known as the survey of a redshift, so none can be held out; name "
            "it: ROLES=survey=COLUMN."
        )
        problems.append(Problem(parameter="HOLD_OUT", message=message, value=",".join(recipe.hold_out)))
    return problems


def _select_problems(recipe: CrossmatchRecipe, card: CatalogCard, table: TableProfile | None) -> Iterable[Problem]:
    # A late import, as above.
    from trainingset.query.check import select_problems

    return select_problems(recipe, card, table)


def _no_common_sky(recipe: CrossmatchRecipe, table: TableProfile, card: CatalogCard) -> list[Problem]:
    is_known = bool(table.coverage_pixels) and table.coverage_order is not None and bool(card.coverage_pixels)
    if recipe.how != How.INNER or not is_known or {"ra", "dec"} & recipe.roles.keys():
        return []
    assert table.coverage_order is not None
    order = min(table.coverage_order, card.coverage_order)
    left = {pixel >> 2 * (table.coverage_order - order) for pixel in table.coverage_pixels}
    right = {pixel >> 2 * (card.coverage_order - order) for pixel in card.coverage_pixels}
    if left & right:
        return []
    message = (
        f"{table.name!r} and {card.entry.id} have no sky in common (no shared HEALPix pixel of order {order}); "
        "check coordinates and their unit, or ask for HOW=left to keep unmatched redshifts."
    )
    message = " ".join((message, *(note for note in table.notes if "radians" in note)))
    return [Problem(parameter="REDSHIFTS", message=message, value=recipe.source)]


def _condition_problems(text: str, columns: Mapping[str, ColumnType], parameter: str) -> list[Problem]:
    try:
        parse_condition(text, columns, parameter=parameter)
    except RecipeError as error:
        return list(error.problems)
    return []


def _meant(name: str, known: Collection[str] | Mapping[str, object]) -> str:
    """``; did you mean ...?`` for a name that is close, else what there is if that is short."""
    folded = {candidate.casefold(): candidate for candidate in known}
    if close := get_close_matches(name.casefold(), folded, n=3):
        return f"; did you mean {' or '.join(folded[match] for match in close)}?"
    if 0 < len(known) <= 12:
        return f"; there are {', '.join(sorted(known))}."
    return "."


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, in the order of the parameters; what concerns none of them comes first."""
    order = {name: number for number, name in enumerate(parameter_names(CrossmatchRecipe))}
    return sorted(dict.fromkeys(problems), key=lambda problem: order.get(problem.parameter, -1))
