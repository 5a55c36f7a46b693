"""``tsm login`` and ``tsm logout``: the address and the token of a service, stored for later."""

import sys
from typing import Annotated

import typer

from tsm.cli.output import AsJson, answer, say
from tsm.cli.questions import ask, ask_hidden, is_interactive

__all__ = ["add_to"]


def add_to(program: typer.Typer) -> None:
    """Add the commands."""
    for command in (login, logout):
        program.command(rich_help_panel="Signing in")(command)


def login(
    url: Annotated[
        str | None,
        typer.Argument(help="Address of the service, such as https://data.example.org/tsm.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Store the address of a service and your token.

    Both are tried first. The token is asked for without showing it, or read from standard input: tsm login URL <
    token-file. It is never an argument, since others on a computer can see those. You alone can read the file that
    keeps it.
    """
    from tsm import TrainingSetMaker
    from tsm.remote import settings

    if url is None and is_interactive():
        url = ask("Address of the service:")
    address = settings.find_settings(url).url
    token = _token(address)
    with TrainingSetMaker(address, token) as maker:
        username = maker.me().username
    settings.login(address, token)
    path = settings.settings_path()
    document = {"url": address, "username": username, "stored_in": str(path)}
    answer(document, lambda: f"Signed in to {address} as {username}; the token is kept in {path}.", as_json=as_json)


def logout(
    url: Annotated[
        str | None, typer.Argument(help="Address of the service; without it, all are forgotten.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forget a stored token."""
    from tsm.remote import settings

    settings.logout(url)
    what = "all services" if url is None else settings.service_url(url)
    answer({"forgotten": what}, lambda: f"The token of {what} is forgotten.", as_json=as_json)


def _token(address: str) -> str:
    """The token, from whoever sits there or from standard input."""
    if is_interactive():
        return ask_hidden(f"Token for {address}:")
    say(f"Reading the token for {address} from standard input.")
    return sys.stdin.readline().strip()
