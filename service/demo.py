"""``tsm-service demo``: one training set from the sample sky, through the whole service."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import tsm
from service.folder_lock import AlreadyRunningError
from service.foreground import EXIT_ALREADY_RUNNING, EXIT_NOT_STARTED, START_ERRORS, interrupt_on_signals
from service.sample_sky import CATALOG, SampleSkyError, make_sample_sky, sample_survey
from service.service_folder import Connection, ServiceFolder
from service.stack import Stack

__all__ = ["run_demo"]

_SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15}
_RECIPE: tsm.RecipeFields = {"radius_arcsec": 1.0, "where": "i_gaap1p0SNR > 5", "split": _SPLIT, "formats": ["fits"]}
_FAILED = 1


def run_demo(root: Path) -> int:
    """Make a training set and say where it is.

    A service that runs on the folder already is used; otherwise one is started and stopped again.

    Returns
    -------
    int
        Exit code of the command.
    """
    console = Console(soft_wrap=True, highlight=False)
    folder = ServiceFolder(root.absolute())
    interrupt_on_signals()
    try:
        make_sample_sky(folder, say=console.print)
        with _service(folder, console) as connection:
            _make_training_set(folder, connection, console)
    except AlreadyRunningError as error:
        console.print(f"A service is starting or stopping on {root} (process {error.pid}): try again shortly.")
        return EXIT_ALREADY_RUNNING
    except (*START_ERRORS, SampleSkyError) as error:
        console.print(str(error), markup=False)
        return EXIT_NOT_STARTED
    except tsm.TsmError as error:
        console.print(f"The demo failed: {error}", markup=False)
        return _FAILED
    except KeyboardInterrupt:
        console.print("Stopped.")
        return _FAILED
    return 0


@contextmanager
def _service(folder: ServiceFolder, console: Console) -> Iterator[Connection]:
    """The service on this folder: the one that runs, or one for this demo alone."""
    running = folder.running_service()
    if running is not None:
        console.print(f"Using the service that runs at {running.url}")
        yield running
        return
    with ExitStack() as stopping:
        with console.status("Starting PostgreSQL, Valkey, web process and worker ..."):
            stack = stopping.enter_context(Stack.start(folder.root, say=console.print))
        console.print(f"The service runs at {stack.url}")
        yield stack.connection
        console.print("Stopping the service; jobs and results stay for `tsm-service up`.")


def _make_training_set(folder: ServiceFolder, connection: Connection, console: Console) -> None:
    survey = sample_survey(folder)
    with tsm.TrainingSetMaker(connection.url, connection.token) as maker:
        console.print(f"Sending {survey.name} ({survey.stat().st_size / 1e6:.1f} MB)")
        redshifts = maker.upload(survey)
        job = maker.crossmatch(catalog=CATALOG, redshifts=redshifts, run_id="demo", **_RECIPE)
        _follow(job, console)
        target = folder.demo / job.id
        target.mkdir(parents=True)
        files = [job.download(name, target) for name in job.results if name not in {"result"}]
        files += [job.download("result", target)]
    _tell(job, files, console)


def _follow(job: tsm.Job, console: Console) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("QUEUED", total=None)

        def show(state: tsm.JobState) -> None:
            step = state.progress
            if step is None or job.is_final:
                bars.update(bar, description=state.phase, completed=int(job.is_final), total=1)
            else:
                bars.update(bar, description=f"{state.phase} {step.stage}", completed=step.done or 0, total=step.total)

        job.wait(progress=show)


def _tell(job: tsm.Job, files: list[Path], console: Console) -> None:
    table = next(file for file in files if file.suffix == ".parquet")
    subsets = pq.read_table(table, columns=["subset"]).column("subset").value_counts().to_pylist()
    counts = {str(entry["values"]): int(entry["counts"]) for entry in subsets}
    console.print()
    console.print(f"[bold]Training set: {table}[/bold]")
    for name in _SPLIT:
        console.print(f"  {name:<12}{counts.get(name, 0):>8,} rows")
    for file in sorted(set(files)):
        if file != table:
            console.print(f"Also made:    {file}")
    for note in job.state.notes:
        console.print(f"Note: {note}")
    console.print(f"Job:          {job.url}")
