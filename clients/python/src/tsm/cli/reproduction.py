"""``tsm reproduce``: make a training set again from its record, and compare."""

from pathlib import Path
from typing import Annotated

import typer

from tsm.cli.exit_code import ExitCode
from tsm.cli.output import AsJson, answer
from tsm.cli.service_option import ServiceUrl

__all__ = ["add_to"]


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("reproduce", rich_help_panel="Training sets")(reproduce_file)


def reproduce_file(
    file: Annotated[
        Path, typer.Argument(metavar="RECORD", help="A provenance record, or a saved training set that has one.")
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="NAME=FILE",
            help="A table that the service no longer has, by its name in the record. May repeat.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Most seconds to wait for the job.", show_default=False)
    ] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> int:
    """Make a training set again from its provenance record.

    Says whether the rows are the same. The recipe runs with every default as it was resolved then. If the rows differ,
    so does the exit code, and what may have caused it is listed: recipe, inputs, catalog, counts of each stage,
    software.
    """
    import tsm
    from tsm.sets.reproduction import record_of_file, reproduce

    files = _pairs(inputs or [])
    record = record_of_file(file)
    with tsm.TrainingSetMaker(url) as maker:
        outcome = reproduce(record, files, maker=maker, timeout=timeout)
    answer(outcome.model_dump(mode="json"), lambda: str(outcome), as_json=as_json)
    return ExitCode.OK if outcome.is_same else ExitCode.NOT_REPRODUCED


def _pairs(texts: list[str]) -> dict[str, Path]:
    pairs = {}
    for text in texts:
        name, sign, file = text.partition("=")
        if not name or not sign or not file:
            raise typer.BadParameter(f"--input {text!r} is not of the form NAME=FILE.")
        pairs[name] = Path(file)
    return pairs
