"""``tsm crossmatch`` and ``tsm upload``: from redshifts to a training set in one command, or step by step."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsm.cli.exit_code import ExitCode
from tsm.cli.job_text import job_document, size_text
from tsm.cli.jobs import telling_how_to_come_back
from tsm.cli.output import AsJson, answer, say
from tsm.cli.recipe_options import RecipeCommand, given_fields, read_recipe
from tsm.cli.service_option import ServiceUrl
from tsm.cli.target import Overwrite, Target, all_files, fetch, fields_for, require_targets

if TYPE_CHECKING:
    from trainingset.recipe import CrossmatchRecipe
    from tsm import Job, TrainingSetMaker
    from tsm.api.models.plan import Plan
    from tsm.api.models.upload import Upload

__all__ = ["add_to", "is_source", "require_table", "send", "wait_and_fetch"]

_SOURCE = re.compile(r"(upload|job|catalog|pz|compilation):.*", re.DOTALL)


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    program.command(rich_help_panel="Matching")(upload)
    program.command(cls=RecipeCommand, rich_help_panel="Matching")(crossmatch)


def upload(
    file: Annotated[Path, typer.Argument(help="Table of redshifts: VOTable, Parquet, FITS, CSV or ECSV.")],
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Send a table of redshifts.

    It can then be matched as often as you like, as upload:ID.
    """
    import tsm

    require_table(file)
    with tsm.TrainingSetMaker(url) as maker:
        sent = send(maker, file)
    answer(sent.to_dict(), lambda: sent.source, as_json=as_json)


def crossmatch(
    context: typer.Context,
    redshifts: Annotated[
        str,
        typer.Argument(
            metavar="FILE_OR_SOURCE", help="A table of redshifts, or upload:ID, job:ID, catalog:ID, compilation:NAME."
        ),
    ],
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="File to make; its suffix tells the format. May repeat."),
    ] = None,
    overwrite: Overwrite = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would read and give; make no job.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the job's id and do not wait for it.")] = False,
    run_id: Annotated[str | None, typer.Option(help="A name of your own for the job.", show_default=False)] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> int:
    """Match redshifts with an object catalog.

    The table is sent, the job waited for with a progress bar, and its files fetched:

    tsm crossmatch specz.fits --catalog lsst_dp1 --radius 1 --split train=0.7,test=0.3 -o set.parquet
    """
    import tsm

    if output and (no_wait or dry_run):
        raise typer.BadParameter("-o needs a job that is waited for: leave out --no-wait and --dry-run, or -o.")
    is_named = is_source(redshifts)
    recipe = read_recipe(given_fields(context), redshifts=redshifts if is_named else "table")
    targets = [Target.of(path) for path in output or ()]
    recipe = recipe.model_validate(_fields(recipe) | fields_for(targets, recipe))
    overwrite = require_targets(all_files(targets, recipe), overwrite=overwrite)
    if not is_named:
        require_table(Path(redshifts))
    with tsm.TrainingSetMaker(url) as maker:
        source = redshifts if is_named else send(maker, Path(redshifts)).source
        fields = _fields(recipe) | {"redshifts": source}
        if dry_run:
            return _show_plan(maker.crossmatch(dry_run=True, **fields), as_json=as_json)
        job = maker.crossmatch(run_id=run_id, **fields)
        if no_wait:
            say(f"Job {job.id} is {job.phase}. Wait for it with: tsm wait {job.id}")
            answer(job_document(job), lambda: job.id, as_json=as_json)
        else:
            wait_and_fetch(job, targets, overwrite=overwrite, as_json=as_json)
    return ExitCode.OK


def _fields(recipe: "CrossmatchRecipe") -> dict[str, Any]:
    """What was given, as JSON."""
    return recipe.model_dump(mode="json", exclude_unset=True)


def is_source(text: str) -> bool:
    """Whether this names redshifts that the service has."""
    return _SOURCE.fullmatch(text) is not None


def require_table(path: Path) -> None:
    """Refuse what is no file, before anything is sent.

    Raises
    ------
    DiskError
        If it is none.
    """
    from tsm.errors import DiskError

    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise DiskError(f"{path} {what}: name a table of redshifts, or upload:ID, job:ID or catalog:ID")


def send(maker: "TrainingSetMaker", path: Path) -> "Upload":
    """Send a table, and say so."""
    say(f"Sending {path} ({size_text(path.stat().st_size)})")
    return maker.upload(path)


def wait_and_fetch(
    job: "Job", targets: list[Target], *, overwrite: bool, as_json: bool, report: Path | None = None
) -> None:
    """Wait for a job, and write its files."""
    say(f"Job {job.id}: {job.url}")
    with telling_how_to_come_back(job):
        job.wait()
        say(f"Job {job.id} is {job.phase}{_rows_text(job)}.")
        for note in job.notes:
            say(f"Note: {note}")
        files = fetch(job, targets, overwrite=overwrite)
        if report is not None:
            files.append(job.download("report", report, overwrite=overwrite))
    if not files:
        say(f"Fetch its results with: tsm fetch {job.id} -o set.parquet")
    document = job_document(job) | {"files": [str(file) for file in files]}
    answer(document, lambda: "\n".join(map(str, files)) or job.id, as_json=as_json)


def _rows_text(job: "Job") -> str:
    progress = job.state.progress
    return f": {progress.rows} rows" if progress is not None and progress.rows is not None else ""


def _show_plan(plan: "Plan", *, as_json: bool) -> ExitCode:
    """Print a plan; with problems, making the job would be refused."""
    answer(plan.to_dict(), lambda: _plan_text(plan), as_json=as_json)
    return ExitCode.REFUSED if plan.problems else ExitCode.OK


def _plan_text(plan: "Plan") -> str:
    document = plan.to_dict()
    numbers = {
        "redshifts": document.get("n_redshifts"),
        "in the footprint": document.get("n_redshifts_in_footprint"),
        "partitions": document.get("n_partitions"),
        "row groups": document.get("n_row_groups"),
        "to read": None if plan.bytes_to_read is None else size_text(plan.bytes_to_read),
        "rows, at most": document.get("expected_rows"),
        "memory": None if plan.memory_bytes is None else size_text(plan.memory_bytes),
        "seconds to run": plan.seconds,
    }
    lines = [f"{name:<17} {value}" for name, value in numbers.items() if value is not None]
    lines += [f"note: {note}" for note in plan.notes]
    lines += [f"problem: {problem['parameter']}: {problem['message']}" for problem in document["problems"]]
    return "\n".join(lines)
