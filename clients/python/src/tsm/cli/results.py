"""``tsm fetch``: files of a job that has ended, or of a published compilation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsm.cli.output import AsJson, answer
from tsm.cli.record_source import ReleaseOption, is_published
from tsm.cli.service_option import ServiceUrl
from tsm.cli.target import FORMAT_NAMES, Overwrite, Target, all_files, fetch, require_targets

if TYPE_CHECKING:
    from tsm import Job

__all__ = ["add_to"]


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("fetch", rich_help_panel="Jobs")(fetch_results)


def fetch_results(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Id or address of a job, or compilation:NAME[@VERSION].")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="File to make, or a folder. Without --result and --format, the suffix tells the format.",
            show_default=False,
        ),
    ] = None,
    result: Annotated[str | None, typer.Option(help="Result of this id, see `tsm status`.", show_default=False)] = None,
    fmt: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(FORMAT_NAMES),
            help="The result in this format.",
            autocompletion=lambda: list(FORMAT_NAMES),
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every result, into the folder.")] = False,
    release: ReleaseOption = None,
    overwrite: Overwrite = False,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Download results of a job that is completed, or the file of a published compilation.

    Each is verified by its checksum. With a file name alone, the provenance record is put beside the file. Without
    any option, the Parquet file comes.
    """
    import tsm

    if is_published(job):
        if result is not None or fmt is not None or every:
            raise typer.BadParameter("a compilation is one file: leave out --result, --format and --all.")
        _fetch_compilation(job, output or Path(), release, url, overwrite=overwrite, as_json=as_json)
        return
    if release is not None:
        raise typer.BadParameter("--release tells the version of compilation:NAME; leave it out.")
    if sum((result is not None, fmt is not None, every)) > 1:
        raise typer.BadParameter("give one of --result, --format and --all.")
    folder = Path() if output is None else output if every or output.is_dir() else None
    target = Target.of(output) if output is not None and folder is None and not (result or fmt) else None
    with tsm.TrainingSetMaker(url) as maker:
        found = maker.job(job)
        _require_completed(found)
        if target is not None:
            overwrite = require_targets(all_files([target], found.recipe), overwrite=overwrite)
            files = fetch(found, [target], overwrite=overwrite)
        else:
            names = list(found.results) if every else [result or _result_of(found, fmt or "parquet")]
            files = _download(found, names, folder, output, overwrite=overwrite)
    answer(
        {"id": found.id, "files": [str(file) for file in files]}, lambda: "\n".join(map(str, files)), as_json=as_json
    )


def _fetch_compilation(
    name: str, output: Path, release: str | None, url: str | None, *, overwrite: bool, as_json: bool
) -> None:
    """Write the file of a compilation."""
    import tsm

    if not output.is_dir():
        overwrite = require_targets([output], overwrite=overwrite)
    with tsm.TrainingSetMaker(url) as maker:
        file = maker.fetch_redshifts(name, output, release=release, overwrite=overwrite)
    answer({"source": name, "files": [str(file)]}, lambda: str(file), as_json=as_json)


def _require_completed(job: "Job") -> None:
    """Say what is to be done with a job that has no results."""
    from tsm.errors import UnknownResultError

    if job.is_final:
        job.wait()  # which says why it failed
    else:
        raise UnknownResultError(f"job {job.id} is {job.phase} and has no results yet; wait with: tsm wait {job.id}")


def _result_of(job: "Job", fmt: str) -> str:
    """Id of the result in a format."""
    name = fmt.replace("/", "_")
    return "result" if name not in job.results and job.recipe.responseformat.value == fmt else name


def _download(job: "Job", names: list[str], folder: Path | None, output: Path | None, *, overwrite: bool) -> list[Path]:
    """Fetch results by id, into a folder under the service's names or to one path."""
    from tsm.errors import UnknownResultError

    if unknown := [name for name in names if name not in job.results]:
        raise UnknownResultError(f"job {job.id} has no result {unknown[0]!r}; it has: {', '.join(job.results)}")
    if folder is None:
        assert output is not None
        paths = {names[0]: output}
    else:
        # Two results may be one file: the answer and the format that it has.
        by_file = {job.results[name].filename: name for name in reversed(names)}
        paths = {name: folder / Path(filename).name for filename, name in reversed(by_file.items())}
    overwrite = require_targets(paths.values(), overwrite=overwrite)
    return [job.download(name, path, overwrite=overwrite) for name, path in paths.items()]
