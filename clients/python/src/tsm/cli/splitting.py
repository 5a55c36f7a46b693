"""``tsm split``: split a table here, without a service."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tsm.cli.output import AsJson, answer
from tsm.cli.target import Overwrite, Target, require_targets

if TYPE_CHECKING:
    import pyarrow as pa

    from trainingset.recipe import CrossmatchRecipe

__all__ = ["add_to"]

_MADE_BY_THE_SERVICE = ("hdf5", "hats")
"""Formats that need to know more than a table tells."""
_UNITS = ("object", "sky", "survey", "field")


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("split", rich_help_panel="Training sets")(split_file)


def split_file(
    file: Annotated[Path, typer.Argument(help="A training set or a table of redshifts: VOTable, Parquet, FITS, CSV.")],
    fractions: Annotated[
        str, typer.Option(metavar="NAME=FRACTION,...", help="Subsets, adding to 1: train=0.7,test=0.3.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to make; its suffix tells the format.")],
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Key of the hash that splits.")] = 0,
    by: Annotated[
        str,
        typer.Option(
            metavar="|".join(_UNITS),
            help="What stays together besides everything that is one sky object.",
            autocompletion=lambda: list(_UNITS),
        ),
    ] = "object",
    order: Annotated[int, typer.Option(min=0, max=12, help="HEALPix order of the pixels of --by sky.")] = 7,
    exact: Annotated[bool, typer.Option("--exact", help="Proportions exact to one unit.")] = False,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="NAME=RA,DEC,RADIUS",
            help="A field of --by field, in degrees. May repeat.",
            show_default=False,
        ),
    ] = None,
    roles: Annotated[
        str,
        typer.Option(
            metavar="ROLE=COLUMN,...", help="Columns by meaning, where names and UCDs do not tell.", show_default=False
        ),
    ] = "",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Split a table into subsets, by the service's own rule.

    The columns subset and is_training_set are added. One sky object is never in two subsets, and neither the order of
    the rows nor rows added elsewhere move anybody. No service is needed.
    """
    recipe = _recipe({"split": fractions, "seed": seed, "split_by": by, "split_order": order, "roles": roles})
    target = _target(output)
    circles = dict(_field(text) for text in fields or [])
    if by == "field" and not circles:
        raise typer.BadParameter("--by field needs at least one --field NAME=RA,DEC,RADIUS.")
    require_targets([target.path], overwrite=overwrite)
    from tsm.tables.splitting import split

    table = split(
        _read(file),
        recipe.split,
        recipe.seed,
        recipe.split_by,
        exact=exact,
        order=recipe.split_order,
        fields=circles,
        roles=recipe.roles,
    )
    _write(table, target)
    counts = _counts(table)
    text = "\n".join([str(output), *(f"{name:<14} {rows} rows" for name, rows in counts.items())])
    answer({"file": str(output), "subsets": counts}, lambda: text, as_json=as_json)


def _recipe(given: dict[str, Any]) -> "CrossmatchRecipe":
    from tsm.cli.recipe_options import read_recipe

    spelled = {"split": "--fractions", "split_by": "--by", "split_order": "--order"}
    return read_recipe({"catalog": "table", **given}, redshifts="table", spelled=spelled)


def _target(output: Path) -> Target:
    target = Target.of(output)
    if target.fmt.value in _MADE_BY_THE_SERVICE:
        raise typer.BadParameter(
            f"{target.fmt.value} cannot be written from a table alone; split with `tsm crossmatch --split`, or choose "
            "another suffix."
        )
    return target


def _field(text: str) -> tuple[str, tuple[float, float, float]]:
    name, _, numbers = text.partition("=")
    try:
        ra, dec, radius = (float(number) for number in numbers.split(","))
    except ValueError as error:
        raise typer.BadParameter(f"--field {text!r} is not of the form NAME=RA,DEC,RADIUS.") from error
    return name, (ra, dec, radius)


def _read(path: Path) -> "pa.Table":
    from trainingset.tables import read_table
    from tsm.errors import DiskError

    if not path.is_file():
        raise DiskError(f"{path} {'is a folder' if path.is_dir() else 'does not exist'}: name a table")
    return read_table(path, name=path.name)


def _write(table: "pa.Table", target: Target) -> None:
    from trainingset.formats import ParquetSink, write_table
    from tsm.remote.placing import explained_disk_errors

    # Beside the target, so that putting it in its place is one step.
    with explained_disk_errors(target.path), TemporaryDirectory(dir=target.path.parent, prefix=".tsm-") as folder:
        rows = Path(folder) / "rows.parquet"
        with ParquetSink(rows, table.schema) as sink:
            sink.write(table)
        write_table(rows, target.path, target.fmt)


def _counts(table: "pa.Table") -> dict[str, int]:
    import pyarrow.compute as pc

    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(table["subset"].drop_null()).to_pylist()}
    return dict(sorted(counts.items()))
