"""Commands for training sets in hand: split, plot, cite, and the same match as an LSDB script."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsm.cli.output import AsJson, answer
from tsm.cli.record_source import FileOrJob, ReleaseOption, is_published, record_named, training_set_named
from tsm.cli.service_option import ServiceUrl
from tsm.cli.target import Overwrite, require_targets

if TYPE_CHECKING:
    from tsm.sets.citations import Citations

__all__ = ["PlotKind", "add_to"]


class PlotKind(StrEnum):
    """Plots of `tsm.plots`, spelled for a shell."""

    REDSHIFT_DISTRIBUTION = "redshift-distribution"
    MAGNITUDE_DISTRIBUTION = "magnitude-distribution"
    COLOR_DISTRIBUTION = "color-distribution"
    SKY_MAP = "sky-map"
    SEPARATIONS = "separations"
    ASTROMETRIC_OFFSETS = "astrometric-offsets"
    MISSING_BANDS = "missing-bands"
    COMPILATION_COUNTS = "compilation-counts"
    COMPILATION_REDSHIFTS = "compilation-redshifts"
    COMPILATION_SKY = "compilation-sky"
    COMPILATION_REPEATS = "compilation-repeats"
    COMPILATION_AGREEMENT = "compilation-agreement"

    @property
    def function(self) -> str:
        """Name of the function."""
        return self.value.replace("-", "_")


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    for command in (plot, cite):
        program.command(rich_help_panel="Training sets")(command)
    program.command("lsdb-code", rich_help_panel="Training sets")(lsdb_code)


def plot(
    name: FileOrJob,
    kind: Annotated[PlotKind, typer.Argument(help="What to show.", metavar="KIND")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to make: .png, .pdf or .svg.")],
    overwrite: Overwrite = False,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Plot a training set or a compilation into a file.

    Kinds: redshift-distribution, magnitude-distribution, color-distribution, sky-map, separations,
    astrometric-offsets, missing-bands; of compilations sky-map, compilation-counts, compilation-redshifts,
    compilation-sky, compilation-repeats, compilation-agreement.
    """
    from tsm import plots
    from tsm.remote.placing import explained_disk_errors

    if output.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise typer.BadParameter(f"the name {output.name!r} should end in .png, .pdf or .svg.")
    require_targets([output], overwrite=overwrite)
    figure = getattr(plots, kind.function)(training_set_named(name, url))
    with explained_disk_errors(output):
        figure.savefig(output)
    answer({"file": str(output), "kind": kind.value}, lambda: str(output), as_json=as_json)


def cite(
    name: Annotated[
        str,
        typer.Argument(
            metavar="FILE_OR_JOB", help="A training set or its record, the id of a job, or compilation:NAME[@VERSION]."
        ),
    ],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="BibTeX entries instead of a list of references.")] = False,
    release: ReleaseOption = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show what to cite with a training set or a published compilation."""
    citations = _citations(name, release, url)
    document = [citation.model_dump(mode="json") for citation in citations]
    answer(document, lambda: citations.bibtex if bibtex else citations.text, as_json=as_json)


def _citations(name: str, release: str | None, url: str | None) -> "Citations":
    import tsm
    from tsm.sets.citations import Citations

    if is_published(name):
        with tsm.TrainingSetMaker(url) as maker:
            return maker.cite_redshifts(name, release=release)
    if release is not None:
        raise typer.BadParameter("--release tells the version of compilation:NAME; leave it out.")
    return Citations(record_named(name, url).citations)


def lsdb_code(
    name: FileOrJob,
    redshifts: Annotated[str, typer.Argument(help="Table of redshifts that the script is to read.")],
    catalog_path: Annotated[
        str | None,
        typer.Option(help="HATS collection of the objects, where it lies elsewhere.", show_default=False),
    ] = None,
    url: ServiceUrl = None,
    as_json: AsJson = False,
) -> None:
    """Print a Python script that makes the same match with LSDB."""
    code = training_set_named(name, url).to_lsdb_code(redshifts, catalog_path=catalog_path)
    answer({"code": code}, lambda: code, as_json=as_json)
