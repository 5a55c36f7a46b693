"""Fields of the form for a new job, made of the recipe: what the recipe learns, the form knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import NoneType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from app.job_kinds import JobKind, recipe_model
from trainingset.wire import Wire, wire_of

__all__ = ["FormField", "FormFields", "form_fields"]

_FIRST: Mapping[JobKind, tuple[str, ...]] = {
    JobKind.CROSSMATCH: ("CATALOG", "RADIUS", "MATCH", "WHERE", "SPLIT", "RESPONSEFORMAT"),
    JobKind.COMBINE: ("PRESET", "RADIUS", "RESPONSEFORMAT"),
}
"""What most people want to say; the rest is there on demand."""
_APART = frozenset({"REDSHIFTS", "INPUT"})
"""Where the tables come from has a place of its own on the page."""
_LONG_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as the page shows it."""

    name: str
    title: str
    help: str
    control: str
    """``choice``, ``number``, ``whole`` (a whole number), ``line`` or ``text``."""
    options: tuple[str, ...] = ()
    default: str = ""
    """What leaving it empty means; empty if nothing can be said."""
    unit: str | None = None
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class FormFields:
    """All fields of a kind of job but its tables."""

    first: tuple[FormField, ...]
    further: tuple[FormField, ...]


def form_fields(kind: JobKind, *, catalogs: Sequence[str]) -> FormFields:
    """Describe the form.

    Parameters
    ----------
    catalogs
        Object catalogs that the user may match with.
    """
    found: dict[str, FormField] = {}
    for field in recipe_model(kind).model_fields.values():
        wire = wire_of(field)
        if wire is not None and wire.name not in _APART:
            found[wire.name] = _field(wire, field, catalogs if wire.name == "CATALOG" else ())
    first = tuple(found.pop(name) for name in _FIRST[kind])
    return FormFields(first, tuple(found.values()))


def _field(wire: Wire, field: FieldInfo, known: Sequence[str]) -> FormField:
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not NoneType]
    options, control = tuple(known), "choice" if known else "line"
    match kinds:
        case [type() as kind] if issubclass(kind, Enum):
            control, options = "choice", tuple(str(item.value) for item in kind)
        case [type() as kind] if kind is bool:
            control, options = "choice", ("true", "false")
        case [type() as kind] if kind in (int, float):
            control = "number" if kind is float else "whole"
    if control == "line" and _longest(field) >= _LONG_TEXT and "ADQL" in (field.description or ""):
        control = "text"
    return FormField(
        name=wire.name,
        title=field.title or wire.name,
        help=(field.description or "").replace("`", ""),
        control=control,
        options=options,
        default="" if field.is_required() else _default(field.get_default(call_default_factory=True)),
        unit=wire.unit,
        is_required=field.is_required(),
    )


def _longest(field: FieldInfo) -> int:
    return max((getattr(item, "max_length", 0) or 0 for item in field.metadata), default=0)


def _default(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case tuple() | dict():
            return ",".join(map(str, value))
        case _:
            return str(value)
