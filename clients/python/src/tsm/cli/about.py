"""``tsm version``: what is installed."""

import typer

from tsm.cli.output import AsJson, answer

__all__ = ["add_to"]

_DISTRIBUTIONS = ("pz-tsm", "pz-trainingset", "numpy", "pandas", "pyarrow", "astropy")
_EXTRAS = ("matplotlib", "lsdb", "hats")


def add_to(program: typer.Typer) -> None:
    """Add the command."""
    program.command("version", rich_help_panel="About")(version)


def version(as_json: AsJson = False) -> None:
    """Show the versions of this program and its parts."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of
    from platform import python_version

    versions = {"python": python_version()}
    for name in (*_DISTRIBUTIONS, *_EXTRAS):
        try:
            versions[name] = version_of(name)
        except PackageNotFoundError:
            continue
    answer(versions, lambda: "\n".join(f"{name:<15} {number}" for name, number in versions.items()), as_json=as_json)
