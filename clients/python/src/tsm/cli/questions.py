"""What a command asks: on standard error, so that standard output holds the answer alone."""

import sys
from getpass import getpass

import typer

from tsm.cli.output import without_control_characters

__all__ = ["ask", "ask_hidden", "confirm", "is_interactive"]


def is_interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """A line of text.

    Raises
    ------
    typer.Abort
        If the input ends instead.
    """
    # The prompts of typer leave a blank on standard output.
    print(without_control_characters(question), end=" ", file=sys.stderr, flush=True)  # noqa: T201
    line = sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip()


def ask_hidden(question: str) -> str:
    """A line of text that is not shown while it is typed."""
    return getpass(f"{without_control_characters(question)} ", stream=sys.stderr).strip()


def confirm(question: str) -> bool:
    """Whether the answer is yes; anything else is a no."""
    return ask(f"{question} [y/N]").lower() in ("y", "yes")
