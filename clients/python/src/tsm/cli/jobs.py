"""Commands for jobs that were sent earlier: from any shell, on any machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tsm.cli.job_text import job_document, job_text
from tsm.cli.listings import show_listing
from tsm.cli.output import AsJson, answer, say
from tsm.cli.questions import confirm, is_interactive
from tsm.cli.service_option import ServiceUrl

if TYPE_CHECKING:
    from tsm import Job

__all__ = ["JobName", "add_to", "telling_how_to_come_back"]

JobName = Annotated[str, typer.Argument(metavar="JOB", help="Id or address of a job.")]

_PHASES = ("PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "ARCHIVED")


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    for command in (jobs, status, wait, abort, delete, share, register):
        program.command(rich_help_panel="Jobs")(command)


def jobs(
    phase: Annotated[
        list[str] | None,
        typer.Option(help="Only jobs in this phase; may repeat.", autocompletion=lambda: list(_PHASES)),
    ] = None,
    after: Annotated[
        datetime | None, typer.Option(help="Only jobs created later than this; UTC.", show_default=False)
    ] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many, the latest.", show_default=False)] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Jobs that others share with you, instead.")] = False,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """List your jobs, the latest first."""
    from datetime import UTC

    import tsm

    moment = after.replace(tzinfo=UTC) if after is not None and after.tzinfo is None else after
    if shared and (phase or after or last):
        raise typer.BadParameter("--shared goes with no other filter.")
    with tsm.TrainingSetMaker(url) as maker:
        if shared:
            show_listing(maker.shared_jobs(), as_json=as_json)
            return
        show_listing(maker.jobs(phase=phase or None, after=moment, last=last), as_json=as_json)


def status(job: JobName, url: ServiceUrl = None, as_json: AsJson = False) -> None:
    """Show one job as it is now."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        found = maker.job(job)
        answer(job_document(found), lambda: job_text(found), as_json=as_json)


def share(
    job: JobName,
    group: Annotated[str | None, typer.Option(help="One of your groups.", show_default=False)] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="All who hold the data rights of the result.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="End that share, rather than make it.")] = False,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Let others read a job, its results and its provenance; without a group, tell who may."""
    import tsm

    if everyone and group is not None:
        raise typer.BadParameter("name either --group or --everyone.")
    if revoke and not everyone and group is None:
        raise typer.BadParameter("--revoke needs --group or --everyone.")
    with tsm.TrainingSetMaker(url) as maker:
        found = maker.job(job)
        if everyone or group is not None:
            change = found.unshare if revoke else found.share
            change(group, everyone=everyone)
        readers = found.shares()
        answer(readers, lambda: "\n".join(readers) or "Nobody but you may read it.", as_json=as_json)


def register(
    job: JobName,
    name: Annotated[str, typer.Option(help="Name of the product; the id of the job is added.")] = "TSM",
    description: Annotated[str, typer.Option(help="Text for its readers; how it was made is added.")] = "",
    release: Annotated[
        str | None, typer.Option(help="Who sees this release of the PZ Server sees the product.", show_default=False)
    ] = None,
    share_private: Annotated[
        bool, typer.Option("--share-private", help="Agree that redshifts only you can see become visible with it.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Most seconds to wait; it goes on then.", show_default=False)
    ] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a published product of the PZ Server from the result of a job; to repeat it is safe."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        product = maker.job(job).register(
            name, description=description, release=release, share_private=share_private, timeout=timeout
        )
        text = f"{product.display_name}\n{product.access.web_page}\n{product.access.curl}"
        answer(product.to_dict(), lambda: text, as_json=as_json)


def wait(
    job: JobName,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Most seconds to wait; the job goes on then.", show_default=False)
    ] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Wait until a job has ended; Ctrl-C lets it go on."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        found = maker.job(job)
        with telling_how_to_come_back(found):
            found.wait(timeout=timeout)
        answer(job_document(found), lambda: job_text(found), as_json=as_json)


def abort(job: JobName, url: ServiceUrl = None, as_json: AsJson = False) -> None:
    """Stop a job; one that has ended stays as it is."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        found = maker.job(job)
        found.abort()
        answer(job_document(found), lambda: f"Job {found.id} is {found.phase}.", as_json=as_json)


def delete(
    job: JobName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Remove a job, its results and its record for good."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        found = maker.job(job)
        question = f"Remove job {found.id} ({found.phase}) and its results for good?"
        if not yes and is_interactive() and not confirm(question):
            raise typer.Abort
        found.delete()
        answer({"id": found.id, "deleted": True}, lambda: f"Job {found.id} is deleted.", as_json=as_json)


@contextmanager
def telling_how_to_come_back(job: "Job") -> Iterator[None]:
    """Say on Ctrl-C that the job goes on."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"\nJob {job.id} goes on without you. Come back with: tsm wait {job.id}; end it with: tsm abort {job.id}")
        raise
