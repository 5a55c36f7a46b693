"""The options of a recipe: one for each field of a cross-match's or a compilation's recipe, as it declares them.

The recipe reads their values itself, so that all mistakes are told together, in the words that the service has too.
"""

import inspect
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import typer
from typer.core import TyperCommand
from typer.main import get_command

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from trainingset.combine_recipe import CombineRecipe
    from trainingset.draft import Draft
    from trainingset.recipe import CrossmatchRecipe
    from trainingset.wire import Wire

__all__ = ["CombineCommand", "RecipeCommand", "given_fields", "read_combination", "read_recipe"]

Kind = TypeVar("Kind", bound="BaseModel")

_META = "tsm.recipe"
_ARGUMENTS = ("redshifts", "inputs")
"""The fields that are arguments of the commands, not options."""
_PANEL = "Recipe"


class RecipeCommand(TyperCommand):
    """A command with an option for each field of a cross-match; `given_fields` has what was given."""

    _is_combination: ClassVar[bool] = False
    _recipe_options: tuple[Any, ...] | None = None

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters; made when they are asked for, since the recipe takes longer to load than this program."""
        if self._recipe_options is None:
            self._recipe_options = tuple(_options(_model(is_combination=self._is_combination)))
        own, help_option = super().get_params(ctx)[:-1], super().get_params(ctx)[-1]
        return [*own, *self._recipe_options, help_option]

    def invoke(self, ctx: Any) -> Any:
        """Run the command's function, which declares its own parameters alone."""
        names = [option.name for option in self._recipe_options or ()]
        values = {name: ctx.params.pop(name) for name in names}
        ctx.meta[_META] = {name: value for name, value in values.items() if value not in (None, [], ())}
        return super().invoke(ctx)


class CombineCommand(RecipeCommand):
    """A command with an option for each field of a compilation."""

    _is_combination = True


def given_fields(context: typer.Context) -> dict[str, Any]:
    """Values of the recipe's fields as they were given, by field."""
    return dict(context.meta[_META])


def read_recipe(
    given: Mapping[str, Any], *, redshifts: str, spelled: Mapping[str, str] = MappingProxyType({})
) -> "CrossmatchRecipe":
    """The recipe that the options say.

    Parameters
    ----------
    given
        Values by field.
    redshifts
        Source of redshifts.
    spelled
        Options by field, where a command spells them in its own way.

    Raises
    ------
    UsageProblemsError
        With everything that is wrong with them.
    """
    from trainingset.recipe import validate_recipe

    return _sound(validate_recipe({**given, "redshifts": redshifts}), spelled)


def read_combination(
    given: Mapping[str, Any], *, inputs: Sequence[str], spelled: Mapping[str, str] = MappingProxyType({})
) -> "CombineRecipe":
    """The compilation that the options say.

    Parameters
    ----------
    given
        Values by field.
    inputs
        Tables as the recipe spells them, each a source and what is told of it.
    spelled
        Options by field, where a command spells them in its own way.

    Raises
    ------
    UsageProblemsError
        With everything that is wrong with them.
    """
    from trainingset.combine_recipe import validate_combine

    return _sound(validate_combine({**given, "inputs": list(inputs)}), spelled)


def _sound(draft: "Draft[Kind]", spelled: Mapping[str, str]) -> "Kind":
    from trainingset.wire import parameter_names
    from tsm.cli.problems import UsageProblemsError

    if draft.problems:
        names = parameter_names(type(draft.recipe)).values()
        options = {wire.name: spelled.get(name, _option_name(wire)) for name, wire in names}
        raise UsageProblemsError(
            problem.model_copy(update={"parameter": options.get(problem.parameter or "", problem.parameter)})
            for problem in draft.problems
        )
    return draft.recipe


def _model(*, is_combination: bool) -> "type[BaseModel]":
    from trainingset.combine_recipe import CombineRecipe
    from trainingset.recipe import CrossmatchRecipe

    return CombineRecipe if is_combination else CrossmatchRecipe


def _options(model: "type[BaseModel]") -> list[Any]:
    from trainingset.wire import parameter_names

    fields = model.model_fields
    parameters = [
        _parameter(name, fields[name], wire) for name, wire in parameter_names(model).values() if name not in _ARGUMENTS
    ]

    def declare(**fields: Any) -> None: ...

    # Typer makes options of a function's signature, and promises no other way.
    declare.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    declare.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    program = typer.Typer(add_completion=False)
    program.command(add_help_option=False)(declare)
    return list(get_command(program).params)


def _parameter(name: str, field: "FieldInfo", wire: "Wire") -> inspect.Parameter:
    option = _option_name(wire)
    choices = _choices(field)
    is_flag = bool in _kinds(field)
    declared = typer.Option(
        f"{option}/--no-{option.removeprefix('--')}" if is_flag else option,
        metavar=None if is_flag else _metavar(field, wire, choices),
        help=_help(field),
        show_default=False,
        autocompletion=(lambda incomplete: [choice for choice in choices if choice.startswith(incomplete)])
        if choices
        else None,
        rich_help_panel=_PANEL,
    )
    kind = bool if is_flag else list[str] if wire.multiple else str
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, declared]
    )


def _option_name(wire: "Wire") -> str:
    return "--" + wire.name.lower().replace("_", "-")


def _choices(field: "FieldInfo") -> list[str]:
    """Values of a closed set, also where a field takes several of them."""
    found = [kind for kind in _kinds(field) if isinstance(kind, type)]
    return [member.value for kind in found if issubclass(kind, StrEnum) for member in kind]


def _kinds(field: "FieldInfo") -> tuple[Any, ...]:
    """What a field may be: its type, and the members of a union or of a tuple."""
    return (field.annotation, *getattr(field.annotation, "__args__", ()))


def _metavar(field: "FieldInfo", wire: "Wire", choices: list[str]) -> str:
    if choices:
        return "|".join(choices)
    if getattr(field.annotation, "__origin__", None) is dict:
        return "NAME=VALUE,..."
    if wire.multiple:
        return "NAME,..."
    unit = f" {wire.unit}" if wire.unit else ""
    return f"NUMBER{unit}" if {int, float} & set(_kinds(field)) else "TEXT"


def _help(field: "FieldInfo") -> str:
    default = _default_text(field)
    return f"{field.description} [default: {default}]" if default else str(field.description)


def _default_text(field: "FieldInfo") -> str:
    match None if field.is_required() else field.get_default(call_default_factory=True):
        case StrEnum() as member:
            return str(member.value)
        case bool() as value:
            return "yes" if value else "no"
        case tuple() as items:
            return ", ".join(map(str, items))
        case int() | float() as number:
            return f"{number:g}"
        case _:
            return ""
