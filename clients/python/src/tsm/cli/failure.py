"""How a command that failed says so: one message with all problems, a code, never a traceback or a token."""

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tsm.cli.exit_code import ExitCode, exit_code_of
from tsm.cli.output import answer, say

if TYPE_CHECKING:
    from trainingset.errors import Problem

__all__ = ["report"]

_SOURCES = Path(__file__).parents[2]


_HEADS = {
    ExitCode.USAGE: "these options cannot be taken, and nothing was sent",
    ExitCode.REFUSED: "the service refuses the request",
    ExitCode.JOB_FAILED: "the job failed",
    ExitCode.LOCAL_FILE: "this table cannot be taken",
}
"""What is said before problems where the error says nothing else."""


def report(error: BaseException, *, as_json: bool) -> ExitCode:
    """Tell the user, and with what code to end.

    Parameters
    ----------
    as_json
        Whether an error document is wanted on standard output, too.
    """
    code = _code_of(error)
    problems: tuple[Problem, ...] = getattr(error, "problems", ())
    message = _message(error, code, problems)
    say("\n".join([f"tsm: {message}", *(f"  {problem}" for problem in problems)]))
    if as_json:
        answer(_document(code, message, problems), lambda: "", as_json=True)
    return code


def _code_of(error: BaseException) -> ExitCode:
    if isinstance(error, typer.TyperException):
        return ExitCode.USAGE
    return ExitCode.INTERRUPTED if isinstance(error, typer.Abort) else exit_code_of(error)


def _document(code: ExitCode, message: str, problems: "tuple[Problem, ...]") -> dict[str, Any]:
    return {
        "error": {
            "exit_code": int(code),
            "name": code.name.lower(),
            "message": message,
            "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in problems],
        }
    }


def _message(error: BaseException, code: ExitCode, problems: "tuple[Problem, ...]") -> str:
    if isinstance(error, typer.TyperException):
        return _usage_message(error)
    if code is ExitCode.INTERRUPTED:
        return "nothing more was done"
    if code is ExitCode.FAULT:
        # The text of an error that nobody expected may hold anything, even the token.
        return f"an error of tsm itself ({type(error).__name__} at {_place(error)}). Please report this line."
    if isinstance(error, OSError) and error.strerror:
        names = " to ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
        return f"{names or 'a file'}: {error.strerror}"
    # Errors that carry problems join them in their text; here each has a line of its own.
    text = str(error)
    if not problems:
        return text
    head = min((text.partition(said)[0] for said in (str(problems[0]), problems[0].message)), key=len)
    return f"{head.rstrip(' :;') or _HEADS[code]}:"


def _usage_message(error: typer.TyperException) -> str:
    """What the reader of options found, and where the right ones are."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "tsm"
    return f"{error.format_message()} See: {path} --help"


def _place(error: BaseException) -> str:
    """The innermost line of this package that took part."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_SOURCES)] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
