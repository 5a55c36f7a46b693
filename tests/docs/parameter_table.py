"""The parameters of a kind of recipe as a table in Markdown."""

from enum import Enum

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from trainingset.wire import parameter_names

__all__ = ["parameter_table", "text_of"]


def text_of(value: object) -> str:
    """A value as a page shows it."""
    match value:
        case None:
            return ""
        case Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return ", ".join(f"`{item}`" for item in value)
        case _:
            return f"`{value}`"


def parameter_table(recipe: type[BaseModel]) -> str:
    """Parameter, field, default and meaning of each."""
    lines = ["| parameter | field | default | meaning |", "|---|---|---|---|"]
    for wire_name, (name, wire) in parameter_names(recipe).items():
        field = recipe.model_fields[name]
        if field.is_required():
            default = "required"
        else:
            default = "" if field.default is PydanticUndefined else text_of(field.default)
        star = r"\*" if wire.multiple else ""
        lines.append(f"| `{wire_name}`{star} | `{name}` | {default} | {field.description} |")
    return "\n".join([*lines, "", r"\* may repeat, or list several values with commas.", ""])
