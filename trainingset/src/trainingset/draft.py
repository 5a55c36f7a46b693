"""A recipe that is being read: what could be understood of it, and everything that is wrong with the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from trainingset.errors import Problem
from trainingset.wire import wire_of

__all__ = ["Draft", "read_draft"]

Kind = TypeVar("Kind", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Draft(Generic[Kind]):
    """A recipe as far as it could be read, and what is wrong with the rest."""

    recipe: Kind
    """Refused fields hold their defaults (or are absent, where there is none): see ``refused``."""
    problems: tuple[Problem, ...]
    refused: frozenset[str]
    """Names of the recipe's fields whose values were refused or are missing."""


def read_draft(model: type[Kind], values: Mapping[str, object], *, stand_ins: Mapping[str, object]) -> Draft[Kind]:
    """Read every field on its own, so that one wrong value does not hide the next.

    Parameters
    ----------
    model
        The kind of recipe.
    stand_ins
        What fills required fields that were refused or are missing.
    values
        Recipe fields by name; texts are read as on the wire (``train=0.7,test=0.3``).
    """
    try:
        return Draft(model.model_validate(dict(values)), (), frozenset())
    except ValidationError as error:
        details = error.errors(include_url=False)
    refused = frozenset(str(detail["loc"][0]) for detail in details)
    accepted: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in values and name not in refused:
            accepted[name] = values[name]
        elif field.is_required():
            accepted[name] = stand_ins[name]
    # An item that is refused counts as none: that too few are left says nothing new.
    other = {detail["loc"][0] for detail in details if detail["type"] != "too_short"}
    details = [detail for detail in details if detail["type"] != "too_short" or detail["loc"][0] not in other]
    problems = tuple(_problem(dict(detail), model) for detail in details)
    return Draft(model.model_validate(accepted), problems, refused)


def _problem(detail: dict[str, Any], model: type[BaseModel]) -> Problem:
    """Say pydantic's finding in our words, with the parameter's wire name."""
    name = str(detail["loc"][0])
    field = model.model_fields.get(name)
    wire = wire_of(field) if field is not None else None
    parameter = wire.name if wire is not None else name
    if detail["type"] == "missing":
        description = field.description if field is not None else ""
        return Problem(parameter=parameter, message=f"is missing. {description}")
    if detail["type"] == "extra_forbidden":
        return Problem(parameter=parameter, message=f"is no field of a recipe.{_closest(name, model)}")
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "too_short":
        return Problem(parameter=parameter, message="is given, but names nothing; name at least one or leave it out")
    if detail["type"] == "too_long":
        message = f"names {detail['ctx']['actual_length']}; it may name {detail['ctx']['max_length']} at most"
        return Problem(parameter=parameter, message=message, limit=str(detail["ctx"]["max_length"]))
    if detail["type"] == "value_error":
        return Problem(parameter=parameter, message=message)
    value = str(detail["input"])[:80]
    unit = f" {wire.unit}" if wire is not None and wire.unit else ""
    limit = _limit(detail.get("ctx") or {}, unit)
    wanted = f"it must be {limit}" if limit else f"{message[0].lower()}{message[1:]}"
    return Problem(parameter=parameter, message=f"{value!r} is refused: {wanted}", value=value, limit=limit)


_BOUNDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


def _limit(context: Mapping[str, object], unit: str) -> str | None:
    """The bound that a value broke, in words: ``above 0 arcsec``."""
    # With ten digits, for :g alone would round the bound of SEED.
    return next((f"{words} {context[key]:.10g}{unit}" for key, words in _BOUNDS.items() if key in context), None)


def _closest(name: str, model: type[BaseModel]) -> str:
    matches = get_close_matches(name, model.model_fields, n=2)
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
