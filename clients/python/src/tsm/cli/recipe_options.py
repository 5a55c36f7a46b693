"""The options of a recipe: one for each field of `trainingset.recipe.CrossmatchRecipe`, as it declares them.

The recipe reads their values itself, so that all mistakes are told together, in the words that the service has too.
"""

import inspect
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from trainingset.recipe import CrossmatchRecipe
    from trainingset.wire import Wire

__all__ = ["RecipeCommand", "given_fields", "read_recipe"]

_META = "tsm.recipe"
_ARGUMENT = "redshifts"
"""The field that is an argument of the commands, not an option."""
_PANEL = "Recipe"


class RecipeCommand(TyperCommand):
    """A command with an option for each field of a recipe; `given_fields` has what was given."""

    _recipe_options: tuple[Any, ...] | None = None

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters; made when they are asked for, since the recipe takes longer to load than this program."""
        if self._recipe_options is None:
            self._recipe_options = tuple(_options())
        own, help_option = super().get_params(ctx)[:-1], super().get_params(ctx)[-1]
        return [*own, *self._recipe_options, help_option]

    def invoke(self, ctx: Any) -> Any:
        """Run the command's function, which declares its own parameters alone."""
        names = [option.name for option in self._recipe_options or ()]
        values = {name: ctx.params.pop(name) for name in names}
        ctx.meta[_META] = {name: value for name, value in values.items() if value not in (None, [], ())}
        return super().invoke(ctx)


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
    from trainingset.wire import parameter_names
    from tsm.cli.problems import UsageProblemsError

    draft = validate_recipe({**given, _ARGUMENT: redshifts})
    if draft.problems:
        options = {
            wire.name: spelled.get(name, _option_name(wire))
            for name, wire in parameter_names(CrossmatchRecipe).values()
        }
        raise UsageProblemsError(
            problem.model_copy(update={"parameter": options[problem.parameter]}) for problem in draft.problems
        )
    return draft.recipe


def _options() -> list[Any]:
    from trainingset.recipe import CrossmatchRecipe
    from trainingset.wire import parameter_names

    fields = CrossmatchRecipe.model_fields
    parameters = [
        _parameter(name, fields[name], wire)
        for name, wire in parameter_names(CrossmatchRecipe).values()
        if name != _ARGUMENT
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
    is_flag = field.annotation is bool
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
    found = [kind for kind in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(kind, type)]
    return [member.value for kind in found if issubclass(kind, StrEnum) for member in kind]


def _metavar(field: "FieldInfo", wire: "Wire", choices: list[str]) -> str:
    if choices:
        return "|".join(choices)
    kinds = {field.annotation, *getattr(field.annotation, "__args__", ())}
    if getattr(field.annotation, "__origin__", None) is dict:
        return "NAME=VALUE,..."
    if wire.multiple:
        return "NAME,..."
    unit = f" {wire.unit}" if wire.unit else ""
    return f"NUMBER{unit}" if kinds & {int, float} else "TEXT"


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
