"""Makes a compilation ready to run: reads its inputs, finds its footprints and the rules that the user sent.

What is wrong is gathered, not raised: the rows of the sound inputs are looked at too before anything is told.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
from pydantic import TypeAdapter

from trainingset.combine_check import combination_problems
from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.inspection import require_rows_within
from trainingset.order import InputFile, Order, Report, StageProgress
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.registry import CatalogCard, CatalogEntry
from trainingset.specz.compilation_table import HOMOGENIZED, MARKS, WANTED
from trainingset.specz.footprint import DP1, Footprint, coverage_footprint, footprint_column
from trainingset.specz.rule_file import read_rule_file
from trainingset.specz.survey_book import SurveyBook
from trainingset.tables import read_catalog, read_table

__all__ = ["InputTable", "PreparedCombination", "input_problem", "prepare_combination"]

_FOOTPRINT: TypeAdapter[Footprint] = TypeAdapter(Footprint)

_TAKEN = frozenset({*HOMOGENIZED.names, *MARKS.names, KEY_COLUMN, WANTED, "z_best", "z_err_best"})
"""Columns that every compilation may have; all are in lower case."""


@dataclass(frozen=True, slots=True)
class InputTable:
    """An input that was read."""

    number: int
    """Its place in the recipe, from 1."""
    given: CombineInput
    """With the roles that the registry tells of a catalog."""
    file: InputFile
    table: pa.Table
    entry: CatalogEntry | None = None
    """The registered catalog that it is, None if it is a file."""

    @property
    def name(self) -> str:
        """Name by which the user knows it."""
        return self.file.name


@dataclass(frozen=True, slots=True)
class PreparedCombination:
    """What a compilation starts from, and what is wrong with the rest."""

    recipe: CombineRecipe
    """With every default resolved."""
    inputs: tuple[InputTable, ...]
    """Those that could be read."""
    book: SurveyBook = field(default_factory=SurveyBook.of)
    footprints: tuple[Footprint, ...] = ()
    problems: tuple[Problem, ...] = ()
    bad: Mapping[int, str] = field(default_factory=dict)
    """Inputs that could not be read: name by number."""


def prepare_combination(
    draft: Draft[CombineRecipe],
    order: Order,
    report: Report = lambda _: None,
    *,
    tables: Mapping[str, pa.Table] = MappingProxyType({}),
) -> PreparedCombination:
    """Read what a combine recipe names.

    Parameters
    ----------
    draft
        Recipe as far as it could be read.
    order
        Where inputs lie, which catalogs and footprints there are.
    tables
        Inputs that are in memory, by source.

    Raises
    ------
    SourceUnavailableError
        If an input cannot be read now.
    """
    recipe = draft.recipe.resolved()
    of_operator = map(_FOOTPRINT.validate_python, order.footprints)
    named = {footprint.name.casefold(): footprint for footprint in (DP1, *of_operator)}
    problems = [*draft.problems, *_recipe_problems(draft, order, named)]
    book = _book(recipe, problems)
    footprints = tuple(dict.fromkeys(_footprints(recipe, order, named)))
    reading = _Reading(order, tables)
    given = () if "inputs" in draft.refused else recipe.inputs
    for number, item in enumerate(given, start=1):
        report(StageProgress(stage="reading", done=number - 1, total=len(given)))
        reading.read(item, number)
    problems += reading.problems
    return PreparedCombination(recipe, tuple(reading.found), book, footprints, tuple(problems), reading.bad)


def input_problem(problem: Problem, number: int, name: str) -> Problem:
    """A problem of a table as one of an input: which one comes first, and roles are said behind its source."""
    message = problem.message.replace("ROLES=", "INPUT=...;")
    return problem.model_copy(update={"parameter": "INPUT", "message": f"input {number}, {name}: {message}"})


def _recipe_problems(draft: Draft[CombineRecipe], order: Order, named: Collection[str]) -> list[Problem]:
    """What the recipe alone tells."""
    # Inputs are read here, which tells more of them than their profiles do.
    aside = replace(draft, problems=(), refused=draft.refused | {"inputs"})
    catalogs = [entry.id for entry in order.catalogs]
    found = combination_problems(aside, catalog_ids=catalogs, footprint_names=named, profiles={})
    extra = {} if "extra_columns" in draft.refused else draft.recipe.extra_sources
    taken = _TAKEN | {footprint_column(name.removeprefix("catalog:")).casefold() for name in draft.recipe.footprints}
    return [*found, *(_taken(name) for name in extra if name.casefold() in taken)]


def _taken(name: str) -> Problem:
    message = (
        f"{name!r} is a column of this compilation; keep yours under another name: EXTRA_COLUMNS=my_{name}={name}."
    )
    return Problem(parameter="EXTRA_COLUMNS", message=message, column=name)


def _book(recipe: CombineRecipe, problems: list[Problem]) -> SurveyBook:
    if recipe.survey_rules is None:
        return SurveyBook.of()
    try:
        return SurveyBook.of(read_rule_file(recipe.survey_rules, name="SURVEY_RULES"))
    except RecipeError as error:
        problems += error.problems
        return SurveyBook.of()


def _footprints(recipe: CombineRecipe, order: Order, named: Mapping[str, Footprint]) -> Iterator[Footprint]:
    """Footprints that the recipe names and that there are."""
    for name in recipe.footprints:
        entry = _entry(name, order)
        footprint = coverage_footprint(_card(entry)) if entry is not None else named.get(name.casefold())
        if footprint is not None:
            yield footprint


def _card(entry: CatalogEntry) -> CatalogCard:
    # A late import: it loads HATS, which takes seconds, and few compilations name catalogs.
    from trainingset.card import read_card

    return read_card(entry)


def _entry(source: str, order: Order) -> CatalogEntry | None:
    kind, _, catalog = source.partition(":")
    return next((entry for entry in order.catalogs if kind == "catalog" and entry.id == catalog), None)


class _Reading:
    """Inputs one after the other, and what is wrong with them."""

    def __init__(self, order: Order, tables: Mapping[str, pa.Table]) -> None:
        self._order = order
        self._tables = tables
        self.found: list[InputTable] = []
        self.bad: dict[int, str] = {}
        self.problems: list[Problem] = []

    def read(self, given: CombineInput, number: int) -> None:
        """Read one input, or take down why it cannot be read."""
        if (table := self._tables.get(given.source)) is not None:
            self.found.append(InputTable(number, given, InputFile(name=given.source, path=""), table))
            return
        file, entry = _file(given, self._order)
        if file is None:
            self.problems += _missing(given, number, self._order)
            self.bad[number] = given.source
            return
        try:
            table = _read(given.source, file, self._order)
        except RecipeError as error:
            self.problems += [input_problem(problem, number, file.name) for problem in error.problems]
            self.bad[number] = file.name
            return
        self.found.append(InputTable(number, _with_registry(given, entry), file, table, entry))


def _file(given: CombineInput, order: Order) -> tuple[InputFile | None, CatalogEntry | None]:
    entry = _entry(given.source, order)
    if entry is None:
        return order.inputs.get(given.source), None
    return InputFile(name=entry.id, path=entry.path, sha256=_card(entry).fingerprint), entry


def _missing(given: CombineInput, number: int, order: Order) -> Iterable[Problem]:
    """Why an input lies nowhere, unless that was said already."""
    if any(problem.parameter in ("INPUT", "UPLOAD") and given.source in problem.message for problem in order.problems):
        return ()
    message = f"input {number}: there is no table {given.source!r} with this request; send it along or name another."
    return (Problem(parameter="INPUT", message=message, value=given.source),)


def _read(source: str, file: InputFile, order: Order) -> pa.Table:
    if source.startswith("catalog:"):
        return read_catalog(file.path, name=file.name)
    try:
        table = read_table(Path(file.path), name=file.name, media_type=file.media_type)
    except OSError as error:
        raise SourceUnavailableError(f"the table {file.name!r} cannot be read now: {error}") from error
    if not source.startswith(("job:", "compilation:")):
        require_rows_within(table, order.most_rows, name=file.name)
    return table


def _with_registry(given: CombineInput, entry: CatalogEntry | None) -> CombineInput:
    """Roles that the registry tells of a catalog need not be found; a recipe's own come first."""
    if entry is None:
        return given
    return given.model_copy(update={"roles": entry.redshift_roles | given.roles})
