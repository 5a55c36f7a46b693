"""``tsm provenance``: the record of a training set as JSON, as W3C PROV, or as a page for people."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsm.cli.output import AsJson, answer
from tsm.cli.record_source import FileOrJob, record_named
from tsm.cli.service_option import ServiceUrl
from tsm.cli.target import Overwrite, require_targets

if TYPE_CHECKING:
    from trainingset.provenance import Provenance

__all__ = ["add_to"]


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("provenance", rich_help_panel="Training sets")(show_provenance)


def show_provenance(
    name: FileOrJob,
    html: Annotated[bool, typer.Option("--html", help="One HTML page that needs no network.")] = False,
    prov: Annotated[bool, typer.Option("--prov", help="W3C PROV-JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to make, instead of printing.", show_default=False)
    ] = None,
    overwrite: Overwrite = False,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show how a training set was made: the record itself, W3C PROV, or a page to read."""
    from tsm.remote.placing import explained_disk_errors

    if html and prov:
        raise typer.BadParameter("give one of --html and --prov.")
    if output is not None:
        require_targets([output], overwrite=overwrite)
    text = _text(record_named(name, url), html=html, prov=prov)
    if output is None:
        answer({"text": text} if html else json.loads(text), lambda: text.rstrip("\n"), as_json=as_json)
        return
    with explained_disk_errors(output):
        output.write_text(text, encoding="utf-8")
    answer({"file": str(output)}, lambda: str(output), as_json=as_json)


def _text(record: "Provenance", *, html: bool, prov: bool) -> str:
    from trainingset.provenance_html import provenance_html
    from trainingset.provenance_prov import prov_document

    if html:
        return provenance_html(record)
    return json.dumps(prov_document(record), indent=2, ensure_ascii=False) + "\n" if prov else record.to_json()
