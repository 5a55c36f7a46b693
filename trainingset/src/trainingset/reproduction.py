"""What it takes to make a training set again from its record: one that can be trusted, and what differs in the end."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from trainingset.combine_recipe import CombineRecipe
from trainingset.errors import Problem, RecipeError
from trainingset.provenance import Provenance
from trainingset.recipe import CrossmatchRecipe

__all__ = [
    "BY_NAME",
    "ColumnDifference",
    "Difference",
    "Example",
    "RecordError",
    "RowDifferences",
    "differences_of",
    "read_record",
    "recipe_of",
    "sources_of_recipe",
]

BY_NAME = ("catalog:", "compilation:", "pz:")
"""Sources that are asked for by name again; whether they are what they were, their recorded checksum tells."""

_VERSION = 1
_NOT_COMPARED = {"redshifts", "inputs"}
"""Fields of the recipe that say where the redshifts lie now, and not what they are."""


class RecordError(RecipeError):
    """A provenance record that cannot be understood, or cannot be run again."""


class Difference(BaseModel):
    """One thing that is not as it was."""

    model_config = ConfigDict(frozen=True)

    what: str
    """``recipe``, ``input``, ``catalog``, ``rules``, ``corrections``, ``counts`` or ``software``."""
    name: str
    recorded: str
    found: str

    def __str__(self) -> str:
        return f"{self.what} {self.name}: {self.recorded} was recorded, {self.found} was found"


class Example(BaseModel):
    """One value that is not as it was."""

    model_config = ConfigDict(frozen=True)

    key: str
    recorded: str
    found: str


class ColumnDifference(BaseModel):
    """A column of which values differ."""

    model_config = ConfigDict(frozen=True)

    column: str
    rows: int
    """Rows that are in both sets and have another value here."""
    examples: tuple[Example, ...] = ()

    def __str__(self) -> str:
        shown = "; ".join(f"{item.key}: {item.recorded} -> {item.found}" for item in self.examples)
        return f"column {self.column}: {self.rows} rows differ" + (f" ({shown})" if shown else "")


class RowDifferences(BaseModel):
    """How the rows of two sets differ; sides are the recorded one and the one that was found."""

    model_config = ConfigDict(frozen=True)

    only_recorded: int
    only_found: int
    keys_only_recorded: tuple[str, ...] = ()
    keys_only_found: tuple[str, ...] = ()
    columns_only_recorded: tuple[str, ...] = ()
    columns_only_found: tuple[str, ...] = ()
    columns: tuple[ColumnDifference, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        sides = (
            ("recorded", self.only_recorded, self.keys_only_recorded, self.columns_only_recorded),
            ("found", self.only_found, self.keys_only_found, self.columns_only_found),
        )
        for side, n_rows, keys, columns in sides:
            if n_rows:
                yield f"{n_rows} rows were only {side}: {', '.join(keys)}{', ...' if n_rows > len(keys) else ''}"
            if columns:
                yield f"columns that were only {side}: {', '.join(columns)}"
        yield from map(str, self.columns)


def read_record(content: bytes | Mapping[str, Any]) -> Provenance:
    """Read a provenance record that somebody kept.

    Parameters
    ----------
    content
        The JSON text, or what it says.

    Raises
    ------
    RecordError
        If it is no record of this version, with everything that is wrong with it.
    """
    try:
        if isinstance(content, bytes):
            return Provenance.model_validate_json(content)
        # Through JSON, so that what is taken does not depend on how it came.
        return Provenance.model_validate_json(json.dumps(content))
    except ValidationError as error:
        version = _later_version(content)
        if version is not None:
            message = f"the record is of version {version}, and this release reads version {_VERSION}: update pz-tsm"
            problem = Problem(parameter="schema_version", message=message, value=str(version), limit=str(_VERSION))
            raise RecordError([problem]) from error
        raise RecordError(_problems(error, "")) from error


def recipe_of(record: Provenance) -> CrossmatchRecipe | CombineRecipe:
    """The recipe of a record, which can be run again.

    Raises
    ------
    RecordError
        With everything that prevents it: it is of a plain query, its recipe is none, or names inputs or a catalog of
        which it tells nothing.
    """
    if record.kind == "query":
        message = "is of a plain query, which is repeated by sending its text again"
        raise RecordError([Problem(parameter="kind", message=message, value="query")])
    model = CombineRecipe if record.kind == "combine" else CrossmatchRecipe
    try:
        recipe = model.model_validate(record.recipe)
    except ValidationError as error:
        raise RecordError(_problems(error, "recipe.")) from error
    if problems := list(_untold(record, recipe)):
        raise RecordError(problems)
    return recipe


def sources_of_recipe(recipe: CrossmatchRecipe | CombineRecipe) -> Iterator[str]:
    """Sources that a recipe names itself; those of a compilation in an input are its own matter."""
    if isinstance(recipe, CrossmatchRecipe) and not isinstance(recipe.redshifts, CombineRecipe):
        yield recipe.source
        return
    combination = recipe if isinstance(recipe, CombineRecipe) else recipe.redshifts
    if isinstance(combination, CombineRecipe):
        yield from (item.source for item in combination.inputs)


def _untold(record: Provenance, recipe: CrossmatchRecipe | CombineRecipe) -> Iterator[Problem]:
    known = {item.source for item in record.inputs}
    if lost := sorted(set(sources_of_recipe(recipe)) - known):
        yield Problem(parameter="inputs", message=f"nothing is told of {', '.join(lost)}, which the recipe names")
    if isinstance(recipe, CrossmatchRecipe) and recipe.catalog not in {used.id for used in record.catalogs}:
        yield Problem(parameter="catalogs", message=f"nothing is told of {recipe.catalog}, which the recipe names")


def _problems(error: ValidationError, prefix: str) -> Iterator[Problem]:
    for found in error.errors(include_url=False, include_context=False):
        place = ".".join(map(str, found["loc"])) or "the whole"
        value = found["input"]
        shown = repr(value)[:80] if isinstance(value, str | int | float | bool) and found["loc"] else None
        yield Problem(parameter=f"{prefix}{place}", message=found["msg"].removeprefix("Value error, "), value=shown)


def _later_version(content: bytes | Mapping[str, Any]) -> int | None:
    """Version of a record that a newer release wrote."""
    try:
        document = json.loads(content) if isinstance(content, bytes) else content
    except ValueError:
        return None
    version = document.get("schema_version") if isinstance(document, Mapping) else None
    return version if isinstance(version, int) and version > _VERSION else None


def differences_of(record: Provenance, found: Provenance) -> Iterator[Difference]:
    """All that differs between a record and that of its repetition, the nearest causes first."""
    yield from _changes("recipe", _recipe_texts(record), _recipe_texts(found))
    yield from _changes("input", _input_texts(record), _input_texts(found))
    yield from _changes("catalog", _catalog_texts(record), _catalog_texts(found))
    yield from _changes("rules", _rule_texts(record), _rule_texts(found))
    yield from _changes("corrections", _correction_texts(record), _correction_texts(found))
    yield from _changes("counts", _count_texts(record), _count_texts(found))
    yield from _changes("software", record.software, found.software)


def _changes(what: str, recorded: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Difference]:
    for name in dict.fromkeys([*recorded, *found]):
        before, after = recorded.get(name, "nothing"), found.get(name, "nothing")
        if before != after:
            yield Difference(what=what, name=name, recorded=before, found=after)


def _recipe_texts(record: Provenance) -> dict[str, str]:
    return {name: str(value) for name, value in record.recipe.items() if name not in _NOT_COMPARED}


def _input_texts(record: Provenance) -> dict[str, str]:
    texts: dict[str, str] = {}
    for number, used in enumerate(record.inputs, start=1):
        texts |= {f"{number} SHA-256": used.sha256, f"{number} name": used.name, f"{number} rows": str(used.rows)}
        texts |= {f"{number} role {role}": column for role, column in used.roles.items()}
    return texts


def _catalog_texts(record: Provenance) -> dict[str, str]:
    return {
        f"{used.id} {name}": str(value)
        for used in record.catalogs
        for name, value in (("release", used.release), ("fingerprint", used.fingerprint), ("rows", used.rows))
    }


def _rule_texts(record: Provenance) -> dict[str, str]:
    return {
        f"{used.survey} {name}": str(value)
        for used in record.survey_rules
        for name, value in (("version", used.version), ("release", used.release), ("source", used.source))
    }


def _correction_texts(record: Provenance) -> dict[str, str]:
    return {} if record.corrections is None else record.corrections.facts()


def _count_texts(record: Provenance) -> dict[str, str]:
    texts = {"rows": str(record.rows)}
    for stage in record.stages:
        texts |= {f"{stage.stage} in": str(stage.rows_in), f"{stage.stage} out": str(stage.rows_out)}
        texts |= {f"{stage.stage} {name}": str(count) for name, count in stage.details.items()}
    texts |= {f"subset {name}": str(count) for name, count in record.rows_by_subset.items()}
    return texts | {f"survey {name}": str(count) for name, count in record.rows_by_survey.items()}
