"""The operator's command: ``tsm-service``."""

import socket
from pathlib import Path
from typing import Annotated

import typer

from service.catalog_commands import catalog

# What a command needs is imported in it: `tsm-service --help` and `token` should not load web server and database.

__all__ = ["main"]

DEFAULT_FOLDER = Path(".tsm")

cli = typer.Typer(
    name="tsm-service",
    help="Run and look after the PZ Training Set Maker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.add_typer(catalog, name="catalog")
compilation = typer.Typer(help="The compilations of redshifts that are published here.", no_args_is_help=True)
cli.add_typer(compilation, name="compilation")
tokens = typer.Typer(help="The tokens that users made for their scripts.", no_args_is_help=True)
cli.add_typer(tokens, name="tokens")

Folder = Annotated[Path, typer.Option(help="Folder of the embedded service: its data, logs and settings.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="Port to listen on; 0 = any free one. [default: 8080, or any]")
]


@cli.command()
def up(
    folder: Folder = DEFAULT_FOLDER,
    port: Port = None,
    demo_data: Annotated[bool, typer.Option("--demo-data", help="Make the sample sky first, if missing.")] = False,
) -> None:
    """Run the whole service on this machine until Ctrl-C; its data stay for the next time."""
    from service.foreground import run_in_foreground

    raise typer.Exit(run_in_foreground(folder, port=port, demo_data=demo_data))


@cli.command()
def demo(folder: Folder = DEFAULT_FOLDER) -> None:
    """Make a training set from the sample sky through the real service, and say where it is."""
    from service.demo import run_demo

    raise typer.Exit(run_demo(folder))


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "0.0.0.0",  # noqa: S104 (a container's port)
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8080,
    forwarded_allow_ips: Annotated[
        str, typer.Option(help="Proxies whose X-Forwarded headers are believed, joined by commas.")
    ] = "127.0.0.1",
    inherited_socket: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the web process; settings come from the environment (TSM_...)."""
    from service.web_server import web_server

    server = web_server(host=host, port=port, forwarded_allow_ips=forwarded_allow_ips)
    sockets = [socket.socket(fileno=inherited_socket)] if inherited_socket is not None else None
    server.run(sockets=sockets)
    raise typer.Exit(0 if server.started else 1)


@cli.command()
def worker() -> None:
    """Run a worker; settings come from the environment (TSM_...)."""
    from worker.main import run_worker

    run_worker()


@cli.command()
def migrate() -> None:
    """Bring the tables of the database at TSM_DATABASE_URL up to date."""
    from migrations import upgrade
    from uws.config import StoreSettings

    upgrade(StoreSettings().database_url)
    typer.echo("The database is up to date.")


@cli.command()
def doctor(
    folder: Folder = DEFAULT_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    without_catalog_files: Annotated[
        bool, typer.Option("--without-catalog-files", help="Files of catalogs are not on this machine.")
    ] = False,
) -> None:
    """Examine the installation that TSM_... describes, or, without TSM_DATABASE_URL, this machine and the folder."""
    import asyncio
    import json
    from dataclasses import asdict

    from service.installation import examine_installation, is_installation

    if is_installation():
        findings = asyncio.run(examine_installation(has_catalog_files=not without_catalog_files))
    else:
        # Not before: images of an installation hold none of the embedded stores that it looks for.
        from service.doctor import examine

        findings = examine(folder)
    typer.echo(
        json.dumps([asdict(finding) for finding in findings], indent=2) if as_json else "\n".join(map(str, findings))
    )
    raise typer.Exit(1 if any(finding.is_bad for finding in findings) else 0)


@cli.command("check-files")
def check_files(folder: Folder = DEFAULT_FOLDER) -> None:
    """Compare what the database names with the files that are there, as after a restore; changes nothing."""
    from service.file_check import check_files

    raise typer.Exit(check_files(folder))


@cli.command()
def token(
    user: Annotated[str, typer.Argument(help="Name of the user: lower-case letters, digits, hyphens.")] = "demo",
    folder: Folder = DEFAULT_FOLDER,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires.")] = 30,
) -> None:
    """Make a token for a user of the embedded service and print it, this once."""
    from service.service_folder import ServiceFolder
    from service.settings import DEMO_GROUP
    from service.tokens import InvalidUsernameError

    try:
        made = ServiceFolder(folder).tokens.create(user, groups=(DEMO_GROUP,), lifetime_seconds=days * 86_400)
    except InvalidUsernameError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(made)


Name = Annotated[str, typer.Argument(help="Name of the compilation.")]
Version = Annotated[str, typer.Argument(help="One of its versions.")]


@compilation.command("publish")
def compilation_publish(
    source: Annotated[str, typer.Argument(help="A table of redshifts, or the id of a completed job.")],
    name: Annotated[str, typer.Option(help="Users write compilation:NAME.")],
    version: Annotated[str, typer.Option(help="Never used before with this name.")],
    release: Annotated[str, typer.Option(help="Data release that it is for, such as dp2.")],
    title: Annotated[str, typer.Option(help="What lists show.")],
    description: Annotated[str, typer.Option(help="What is in it.")] = "",
    doi: Annotated[str | None, typer.Option(help="By which it is cited.")] = None,
    notes: Annotated[str, typer.Option(help="What to know before using it.")] = "",
    citation: Annotated[list[str] | None, typer.Option(help="What users are asked to cite; may repeat.")] = None,
    provenance: Annotated[Path | None, typer.Option(help="Provenance record of a file; a job has its own.")] = None,
    required_right: Annotated[str | None, typer.Option(help="Data right that users need.")] = None,
    latest: Annotated[bool, typer.Option("--latest", help="Make it the latest of its release at once.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Publish a compilation: its file is kept for good, and this version never changes."""
    from service.publishing import PublishOrder, publish_compilation

    order = PublishOrder(
        source=source,
        name=name,
        version=version,
        release=release,
        title=title,
        description=description,
        doi=doi,
        notes=notes,
        citations=tuple(citation or ()),
        provenance=provenance,
        required_right=required_right,
        latest=latest,
    )
    raise typer.Exit(publish_compilation(order, folder))


@compilation.command("list")
def compilation_list(
    name: Annotated[str | None, typer.Option(help="Only this compilation.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Also versions that were retired.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """List what is published, the last published first."""
    from service.publishing import list_compilations

    raise typer.Exit(list_compilations(folder, name=name, with_retired=retired))


@compilation.command("tag")
def compilation_tag(
    name: Name,
    version: Version,
    release: Annotated[str, typer.Option(help="Data release of which it becomes the latest.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make a version the latest of a release, in the place of the one that was."""
    from service.publishing import tag_compilation

    raise typer.Exit(tag_compilation(name, version, folder, release=release))


@compilation.command("retire")
def compilation_retire(name: Name, version: Version, folder: Folder = DEFAULT_FOLDER) -> None:
    """Take a version from the lists; whoever knows it still gets it."""
    from service.publishing import retire_compilation

    raise typer.Exit(retire_compilation(name, version, folder))


def main() -> None:
    """Entry point of ``tsm-service``."""
    cli()


@tokens.command("list")
def tokens_list(
    owner: Annotated[str | None, typer.Option(help="Only those of this user.")] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """List the tokens that still work, the latest first."""
    from service.issued_tokens import list_tokens

    raise typer.Exit(list_tokens(folder, owner=owner))


@tokens.command("revoke")
def tokens_revoke(
    owner: Annotated[str, typer.Argument(help="User whose tokens end, all of them.")], folder: Folder = DEFAULT_FOLDER
) -> None:
    """End all tokens of a user, who left or lost a right."""
    from service.issued_tokens import revoke_tokens

    raise typer.Exit(revoke_tokens(folder, owner=owner))


if __name__ == "__main__":
    main()
