"""The command ``tsm``: all commands together, run once."""

import os
import sys
from collections.abc import Sequence

import typer
from typer.main import get_command

from tsm.cli import (
    about,
    combining,
    jobs,
    listings,
    matching,
    provenance,
    reproduction,
    results,
    sign_in,
    splitting,
    training_sets,
)
from tsm.cli.exit_code import ExitCode
from tsm.cli.failure import report
from tsm.cli.output import is_asked_for_json

__all__ = ["program", "run"]

program = typer.Typer(
    name="tsm",
    help="Training sets for photometric redshifts: match spec-z with an LSST Object catalog, split them, fetch them.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    sign_in,
    listings,
    matching,
    combining,
    jobs,
    results,
    splitting,
    training_sets,
    provenance,
    reproduction,
    about,
):
    group.add_to(program)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and say with which code the process should end."""
    try:
        # What a command returns is its exit code, None for success.
        code = get_command(program).main(list(arguments), prog_name="tsm", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads has enough. The interpreter would complain of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except (Exception, KeyboardInterrupt) as error:
        return report(error, as_json=is_asked_for_json(list(arguments)))
    return ExitCode.OK if code is None else int(code)
