"""What a command prints: its answer on standard output, everything else on standard error."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

__all__ = ["AsJson", "answer", "is_asked_for_json", "say", "without_control_characters"]

_OPTION = "--json"

AsJson = Annotated[bool, typer.Option(_OPTION, help="One JSON document on standard output and nothing else.")]
"""The option that every command has."""


def is_asked_for_json(arguments: list[str]) -> bool:
    """Whether the answer is JSON, known even where the arguments cannot be read."""
    return _OPTION in arguments


def answer(document: object, text: Callable[[], str], *, as_json: bool) -> None:
    """Print the answer of a command.

    Parameters
    ----------
    document
        The answer as JSON values; times and enums become texts.
    text
        Makes the answer for people; called only for them.
    as_json
        Whom to answer.
    """
    if as_json:
        typer.echo(json.dumps(document, indent=2, default=str))
    else:
        typer.echo(without_control_characters(text()))


def say(message: str) -> None:
    """A message to whoever watches."""
    typer.echo(without_control_characters(message), err=True)


def without_control_characters(text: str) -> str:
    """The text without what a terminal would take for orders: names and notes come from files and from afar."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)
