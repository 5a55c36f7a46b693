"""``tsm-service tokens``: the tokens that users made for their scripts, for operators who must end them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service.known_stores import NoServiceError, known_stores
from service.service_folder import ServiceFolder
from uws.api_tokens import ApiTokenService
from uws.database import Database
from uws.errors import UwsError

__all__ = ["list_tokens", "revoke_tokens"]


def list_tokens(root: Path, *, owner: str | None) -> int:
    """Print the living tokens, the latest first."""

    async def print_all(tokens: ApiTokenService, console: Console) -> None:
        table = Table("owner", "key", "name", "scopes", "made", "expires", "last used", box=None)
        for token in await tokens.list(owner=owner):
            last_use = "never" if token.last_use_time is None else f"{token.last_use_time:%Y-%m-%d}"
            days = (f"{instant:%Y-%m-%d}" for instant in (token.creation_time, token.expiry_time))
            table.add_row(token.owner, token.key, token.name, " ".join(sorted(token.scopes)), *days, last_use)
        console.print(table)

    return _run(print_all, root)


def revoke_tokens(root: Path, *, owner: str) -> int:
    """End every token of a user, who left or lost a right."""

    async def revoke(tokens: ApiTokenService, console: Console) -> None:
        console.print(f"Revoked {await tokens.revoke_all(owner)} tokens of {owner}.", markup=False)

    return _run(revoke, root)


def _run(command: Callable[[ApiTokenService, Console], Awaitable[None]], root: Path) -> int:
    console = Console(soft_wrap=True, highlight=False)

    async def run(url: str) -> None:
        database = Database(url)
        try:
            await command(ApiTokenService(database), console)
        finally:
            await database.close()

    try:
        asyncio.run(run(known_stores(ServiceFolder(root.absolute())).database_url))
    except (NoServiceError, UwsError) as error:
        console.print(str(error), markup=False)
        return 1
    return 0
