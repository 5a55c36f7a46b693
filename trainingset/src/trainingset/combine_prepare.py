"""Makes a compilation ready to run: reads its inputs, finds its footprints and the rules that the user sent.

What is wrong is gathered, not raised: the rows of the sound inputs are looked at too before anything is told.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from trainingset.specz.large.source import Leaf, catalog_parts
from trainingset.specz.rule_file import read_rule_file
from trainingset.specz.survey_book import SurveyBook
from trainingset.tables import read_catalog, read_sent

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
    """Its rows; none but the columns of a catalog that stays on disk."""
    entry: CatalogEntry | None = None
    """The registered catalog that it is, None if it is a file."""
    leaves: tuple[Leaf, ...] = ()
    """Partitions of a catalog that stays on disk, since all inputs together are too large for memory."""
    leaf_rows: int = 0
    """Rows in these."""

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.leaf_rows if self.leaves else self.table.num_rows

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

    @property
    def rows(self) -> int:
        """Rows of all inputs."""
        return sum(item.rows for item in self.inputs)


def prepare_combination(
    draft: Draft[CombineRecipe],
    order: Order,
    report: Report = lambda _: None,
    *,
    tables: Mapping[str, pa.Table] = MappingProxyType({}),
    most_in_memory: int | None = None,
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
    most_in_memory
        If all inputs have more rows than this together, catalogs stay on disk. None reads them in any case.

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
    given = () if "inputs" in draft.refused else recipe.inputs
    reading = _read_all(given, _Reading(order, tables), most_in_memory, report)
    return PreparedCombination(
        recipe, tuple(reading.in_order()), book, footprints, (*problems, *reading.problems), reading.bad
    )


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
        self._found: dict[int, InputTable] = {}
        self._wrong: dict[int, list[Problem]] = {}
        self.bad: dict[int, str] = {}

    def in_order(self) -> list[InputTable]:
        """What was read, in the order of the recipe."""
        return [self._found[number] for number in sorted(self._found)]

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, in the order of the recipe."""
        return [problem for number in sorted(self._wrong) for problem in self._wrong[number]]

    @property
    def rows(self) -> int:
        """Rows that were read."""
        return sum(item.rows for item in self._found.values())

    def entry(self, given: CombineInput) -> CatalogEntry | None:
        """The registered catalog that an input is, None if it is a file."""
        return _entry(given.source, self._order)

    def read_file(self, given: CombineInput, number: int) -> None:
        """Read a table, or take down why it cannot be read."""
        if (table := self._tables.get(given.source)) is not None:
            self._found[number] = InputTable(number, given, InputFile(name=given.source, path=""), table)
        elif (file := self._order.inputs.get(given.source)) is not None:
            given = given.model_copy(update={"roles": file.roles | given.roles})
            with self._taking_down(number, file.name):
                self._found[number] = InputTable(number, given, file, _read(given.source, file, self._order))
        else:
            self._wrong[number] = list(_missing(given, number, self._order))
            self.bad[number] = given.source

    def read_registered(self, given: CombineInput, number: int, entry: CatalogEntry, *, is_left: bool) -> None:
        """Read a catalog, or only its columns if its rows are left where they are."""
        card = _card(entry)
        file = InputFile(name=entry.id, path=entry.path, sha256=card.fingerprint)
        given = given.model_copy(update={"roles": entry.redshift_roles | given.roles})
        with self._taking_down(number, entry.id):
            if is_left:
                leaves = tuple(catalog_parts(entry.path, name=entry.id))
                columns = leaves[0].tidy(leaves[0].raw()).schema.empty_table()
                self._found[number] = InputTable(number, given, file, columns, entry, leaves, card.n_rows)
            else:
                table = read_catalog(entry.path, name=entry.id)
                self._found[number] = InputTable(number, given, file, table, entry)

    @contextmanager
    def _taking_down(self, number: int, name: str) -> Iterator[None]:
        try:
            yield
        except RecipeError as error:
            self._wrong[number] = [input_problem(problem, number, name) for problem in error.problems]
            self.bad[number] = name


def _read_all(given: Sequence[CombineInput], reading: _Reading, most_in_memory: int | None, report: Report) -> _Reading:
    """Read files first: how many rows they have decides whether those of catalogs fit beside them."""
    catalogs = {number: (item, entry) for number, item in enumerate(given, 1) if (entry := reading.entry(item))}
    files = {number: item for number, item in enumerate(given, 1) if number not in catalogs}
    for number, item in files.items():
        report(StageProgress(stage="reading", done=number - 1, total=len(given)))
        reading.read_file(item, number)
    rows = reading.rows + sum(_card(entry).n_rows for _, entry in catalogs.values())
    is_left = most_in_memory is not None and rows > most_in_memory
    for number, (item, entry) in catalogs.items():
        report(StageProgress(stage="reading", done=number - 1, total=len(given)))
        reading.read_registered(item, number, entry, is_left=is_left)
    return reading


def _missing(given: CombineInput, number: int, order: Order) -> Iterable[Problem]:
    """Why an input lies nowhere, unless that was said already."""
    if any(problem.parameter in ("INPUT", "UPLOAD") and given.source in problem.message for problem in order.problems):
        return ()
    message = f"input {number}: there is no table {given.source!r} with this request; send it along or name another."
    return (Problem(parameter="INPUT", message=message, value=given.source),)


def _read(source: str, file: InputFile, order: Order) -> pa.Table:
    try:
        table = read_sent(Path(file.path), name=file.name, media_type=file.media_type)
    except OSError as error:
        raise SourceUnavailableError(f"the table {file.name!r} cannot be read now: {error}") from error
    if not source.startswith(("job:", "compilation:")):
        require_rows_within(table, order.most_rows, name=file.name)
    return table
