"""``tsm combine``: from the tables of many surveys to one compilation in one command."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsm.cli.job_text import job_document
from tsm.cli.matching import is_source, require_table, send, wait_and_fetch
from tsm.cli.output import AsJson, answer, say
from tsm.cli.recipe_options import CombineCommand, given_fields, read_combination
from tsm.cli.service_option import ServiceUrl
from tsm.cli.target import Overwrite, Target, all_files, fields_for, require_targets

if TYPE_CHECKING:
    from trainingset.combine_recipe import CombineRecipe
    from trainingset.errors import Problem
    from tsm import TrainingSetMaker

__all__ = ["add_to"]


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command(cls=CombineCommand, rich_help_panel="Matching")(combine)


def combine(
    context: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE_OR_SOURCE...",
            help="Tables of redshifts, or upload:ID, job:ID, catalog:ID, compilation:NAME; each with what its columns "
            "do not tell: 'deep2.csv;survey_name=DEEP2;z=ZBEST'.",
        ),
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="File to make; its suffix tells the format. May repeat."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="File for the report on its quality (HTML).", show_default=False)
    ] = None,
    overwrite: Overwrite = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the job's id and do not wait for it.")] = False,
    run_id: Annotated[str | None, typer.Option(help="A name of your own for the job.", show_default=False)] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make one table of the redshift tables of many surveys.

    The tables are sent, the job waited for with a progress bar, and its files fetched:

    tsm combine vvds.fits deep2.csv --preset training -o compilation.parquet
    """
    import tsm

    if (output or report) and no_wait:
        raise typer.BadParameter("-o and --report need a job that is waited for: leave out --no-wait, or these.")
    tables = [_Table(text) for text in inputs]
    given = _with_rules(given_fields(context))
    recipe = _read_recipe(given, tables)
    targets = [Target.of(path) for path in output or ()]
    recipe = recipe.model_validate(recipe.model_dump(mode="json", exclude_unset=True) | fields_for(targets, recipe))
    files = [*all_files(targets, recipe), *((report,) if report else ())]
    overwrite = require_targets(files, overwrite=overwrite)
    _require_files(tables)
    fields = recipe.model_dump(mode="json", exclude_unset=True)
    del fields["inputs"]
    fields.pop("kind", None)
    with tsm.TrainingSetMaker(url) as maker:
        sources = _sent(maker, tables)
        entries = [
            {"source": source, "survey": item.survey, "roles": item.roles}
            for source, item in zip(sources, recipe.inputs, strict=True)
        ]
        job = maker.combine(entries, run_id=run_id, **fields)
        if no_wait:
            say(f"Job {job.id} is {job.phase}. Wait for it with: tsm wait {job.id}")
            answer(job_document(job), lambda: job.id, as_json=as_json)
        else:
            wait_and_fetch(job, targets, overwrite=overwrite, as_json=as_json, report=report)


class _Table:
    """One table as it was typed: a file or a source, and after semicolons what is told of it."""

    def __init__(self, text: str) -> None:
        self.place, _, self.told = (part.strip() for part in text.partition(";"))

    def spelled(self, stand_in: str) -> str:
        """The input as a recipe has it; a file, which is not sent yet, by a name that stands in for it."""
        source = self.place if is_source(self.place) else stand_in
        return f"{source};{self.told}" if self.told else source

    def problems(self) -> "list[Problem]":
        """What is wrong with what is told of it, under the name that was typed."""
        from trainingset.combine_recipe import validate_combine
        from trainingset.errors import Problem

        draft = validate_combine({"inputs": [self.spelled("table")]})
        found = [problem for problem in draft.problems if problem.parameter == "INPUT"]
        if not found and len(draft.recipe.inputs) != 1:
            found = [Problem(parameter="INPUT", message="a comma ends an input: tell more of it behind semicolons")]
        return [problem.model_copy(update={"parameter": self.place, "value": self.told}) for problem in found]


def _read_recipe(given: Mapping[str, Any], tables: Iterable[_Table]) -> "CombineRecipe":
    """The recipe of these options and tables.

    Raises
    ------
    UsageProblemsError
        With everything that is wrong with both.
    """
    from tsm.cli.problems import UsageProblemsError

    told, spelled = [], []
    for number, table in enumerate(tables):
        stand_in = f"table{number}"
        problems = table.problems()
        told += problems
        # What is wrong with a table is told already; a name stands in for it while the options are read.
        spelled.append(stand_in if problems else table.spelled(stand_in))
    try:
        recipe = read_combination(given, inputs=spelled)
    except UsageProblemsError as error:
        raise UsageProblemsError([*told, *error.problems]) from error
    if told:
        raise UsageProblemsError(told)
    return recipe


def _require_files(tables: Iterable[_Table]) -> None:
    """Refuse files that are none, all at once and before anything is sent."""
    from tsm.remote.refused_tables import RefusedTables, table_name

    refused = RefusedTables()
    for table in tables:
        with refused.looking_at(table.place if is_source(table.place) else table_name(table.place)):
            if not is_source(table.place):
                require_table(Path(table.place))
    refused.require_none()


def _sent(maker: "TrainingSetMaker", tables: Iterable[_Table]) -> list[str]:
    """Sources of all tables; each file is sent before any refusal is told, so that all are."""
    from tsm.remote.refused_tables import RefusedTables, table_name

    sources = []
    refused = RefusedTables()
    for table in tables:
        with refused.looking_at(table.place if is_source(table.place) else table_name(table.place)):
            sources.append(table.place if is_source(table.place) else send(maker, Path(table.place)).source)
    refused.require_none()
    return sources


def _with_rules(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with the survey rules read, where a file of them is named."""
    from tsm.remote.combine_fields import plain_combine_fields

    rules = given.get("survey_rules")
    # Rules have several lines, so a single one can only be the name of a file.
    if isinstance(rules, str) and "\n" not in rules:
        return plain_combine_fields({**given, "survey_rules": Path(rules)})
    return dict(given)
