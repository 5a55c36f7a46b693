"""What the service has: object catalogs, surveys, redshift catalogs, your uploads."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsm.cli.output import AsJson, answer
from tsm.cli.service_option import ServiceUrl

if TYPE_CHECKING:
    from tsm.remote.listing import Listing

__all__ = ["add_to", "show_listing"]


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    for command in (catalogs, surveys, redshifts, uploads):
        program.command(rich_help_panel="What there is")(command)


def catalogs(url: ServiceUrl = None, as_json: AsJson = False) -> None:
    """List the object catalogs to match with."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        show_listing(maker.catalogs(), as_json=as_json)


def surveys(url: ServiceUrl = None, as_json: AsJson = False) -> None:
    """List the redshift surveys that the service knows."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        show_listing(maker.surveys(), as_json=as_json)


def redshifts(
    latest: Annotated[bool, typer.Option("--latest", help="Of each series, the latest release alone.")] = False,
    release: Annotated[
        str | None, typer.Option("--release", help="Only of this data release, such as dp2.", show_default=False)
    ] = None,
    survey: Annotated[
        str | None, typer.Option("--survey", help="Only with redshifts of this survey.", show_default=False)
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="pz lists products of the PZ Server.", show_default=False)
    ] = None,
    product_type: Annotated[
        str | None, typer.Option("--type", help="Of products, only this type.", show_default=False)
    ] = None,
    official: Annotated[
        bool | None, typer.Option("--official/--unofficial", help="Of products, only these.", show_default=False)
    ] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the redshift catalogs and compilations that are there to match or to combine."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        found = maker.redshifts(
            latest=latest, release=release, survey=survey, source=source, type=product_type, official=official
        )
        show_listing(found, as_json=as_json)


def uploads(url: ServiceUrl = None, as_json: AsJson = False) -> None:
    """List the tables that you have sent."""
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        show_listing(maker.uploads(), as_json=as_json)


def show_listing(listing: "Listing[Any]", *, as_json: bool) -> None:
    """Print a listing: one row an item, or all that the service tells of each."""
    if as_json:
        answer([item.to_dict() for item in listing], str, as_json=True)
    else:
        # A listing cleans its cells itself, and has colors where a terminal shows them.
        typer.echo(str(listing))
