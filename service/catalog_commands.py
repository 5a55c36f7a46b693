"""The commands ``tsm-service catalog ...``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

# What a command needs is imported in it, as in `service.cli`.

__all__ = ["catalog"]

catalog = typer.Typer(help="The object catalogs of the service.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option(help="Folder of the embedded service: its data, logs and settings.")]
RegistryPath = Annotated[Path | None, typer.Option(help="Registry file. [default: registry.yaml of the folder]")]
_FOLDER = Path(".tsm")
_MANY = 4


@catalog.command("check")
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Ids of registered catalogs, or paths of others. [default: all]")
    ] = None,
    registry: RegistryPath = None,
    folder: Folder = _FOLDER,
    quick: Annotated[bool, typer.Option("--quick", help="Only what a worker looks at: no file is opened.")] = False,
    sample: Annotated[
        int | None,
        typer.Option(min=0, help="Partitions whose rows are read; 0 reads footers alone. [default: all]"),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Folder that keeps what was found, to go on after an interruption.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Partitions looked at at the same time.")] = _MANY,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Look at registered catalogs as a worker does, and at all of their files; exits with 1 if any is BAD."""
    from service.catalog_check import Closeness, check_catalogs

    closeness = Closeness(quick=quick, sample=sample, resume=resume, workers=workers)
    path = registry if registry is not None else folder / "registry.yaml"
    raise typer.Exit(check_catalogs(path, names or (), closeness=closeness, as_json=as_json))


@catalog.command("add")
def add(
    path: Annotated[str, typer.Argument(help="HATS collection: a folder, or an s3:// or https:// address.")],
    catalog_id: Annotated[str, typer.Option("--id", help="Users write CATALOG=ID.")],
    release: Annotated[str | None, typer.Option(help="Is recorded in every training set. [default: asked]")] = None,
    title: Annotated[str | None, typer.Option(help="What lists show.")] = None,
    description: Annotated[str | None, typer.Option(help="What is in it.")] = None,
    required_right: Annotated[str | None, typer.Option(help="Data right that users need. [default: asked]")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Every user may match it.")] = False,
    id_column: Annotated[str | None, typer.Option(help="Column of the objects' ids, if it is not found.")] = None,
    sample: Annotated[int, typer.Option(min=0, help="Partitions whose rows are read in the check.")] = 16,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be added, and add nothing.")] = False,
    registry: RegistryPath = None,
    folder: Folder = _FOLDER,
) -> None:
    """Look at a collection, describe its columns, and add it to the registry."""
    from service.catalog_add import add_catalog

    if required_right is not None and is_open:
        raise typer.BadParameter("--required-right and --open contradict each other")
    release = release if release is not None else _asked("Release", "--release")
    if required_right is None and not is_open:
        required_right = _asked("Data right that users need (empty: none)", "--required-right or --open") or None
    code = add_catalog(
        registry if registry is not None else folder / "registry.yaml",
        path=path,
        catalog_id=catalog_id,
        release=release,
        title=title,
        description=description,
        required_right=required_right,
        object_id_column=id_column,
        sample=sample,
        dry_run=dry_run,
    )
    raise typer.Exit(code)


def _asked(question: str, option: str) -> str:
    """An answer from the terminal: who may see data is never guessed."""
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"say {option}: there is no terminal to ask on")
    answer: str = typer.prompt(question, default="", show_default=False)
    return answer.strip()


@catalog.command("convert")
def convert(
    source: Annotated[str, typer.Argument(help="HATS collection or HiPSCat catalog: a folder or an address.")],
    target: Annotated[Path, typer.Argument(help="Folder of the new collection; it must not exist.")],
    margin: Annotated[
        list[float] | None,
        typer.Option(min=0.01, help="Arcseconds; may repeat. [default: those that it has, or 5]"),
    ] = None,
    row_group_rows: Annotated[int, typer.Option(min=1_000, help="Rows of a row group.")] = 16_384,
    workers: Annotated[int, typer.Option(min=1, help="Partitions written at the same time.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it as JSON.")] = False,
) -> None:
    """Write a catalog anew: sorted, in small row groups, with statistics and margins; and check it."""
    from service.catalog_convert import convert as convert_catalog

    code = convert_catalog(
        source,
        target,
        margins_arcsec=tuple(margin or ()),
        row_group_rows=row_group_rows,
        workers=workers,
        as_json=as_json,
    )
    raise typer.Exit(code)
