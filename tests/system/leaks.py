"""Tokens in anything that a running service has written: files, database, queue."""

import asyncio
import base64
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from service.postgres import running_postgres_url
from service.stack import Stack
from service.valkey import PROCESS_FILE, SOCKET

__all__ = ["assert_nothing_leaked", "dump_database", "find_tokens"]

_TOKEN = re.compile(rb"gt-[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}")
_CHUNK = 2**24
_OVERLAP = 200
"""Bytes of one piece that are read with the next: no token falls between."""


def find_tokens(folder: Path, secrets: Iterable[str], *, but_not_in: Iterable[Path] = ()) -> list[str]:
    """Where in the files below a folder a token is, whosever, or one of the secrets."""
    pattern, left_out = _pattern(secrets), set(but_not_in)
    files = [path for path in folder.rglob("*") if path.is_file() and path not in left_out]
    return [f"{path}: {_shown(found)}" for path in files for found in _search(path, pattern)]


def assert_nothing_leaked(stack: Stack) -> None:
    """Search everything that the service of a run wrote for the tokens that were used with it.

    The file that tells programs of this machine how to connect holds a token by design, readable for its owner alone.
    """
    token, folder = stack.connection.token, stack.folder
    basic = base64.b64encode(f"{token}:x-oauth-basic".encode()).decode()
    secrets = (token.partition(".")[2], basic)
    assert folder.connection.stat().st_mode & 0o077 == 0
    leaks = find_tokens(folder.root, secrets, but_not_in=[folder.connection])
    stores = {
        "database": asyncio.run(dump_database(folder.postgres)),
        "queue": asyncio.run(_dump_queue(folder.valkey)),
    }
    assert stores["database"], "at least the worker is there"
    leaks += [
        f"{store}: {_shown(found)}" for store, dump in stores.items() for found in _pattern(secrets).findall(dump)
    ]
    assert leaks == []


def _pattern(secrets: Iterable[str]) -> re.Pattern[bytes]:
    return re.compile(b"|".join([_TOKEN.pattern, *(re.escape(secret.encode()) for secret in secrets)]))


def _search(path: Path, pattern: re.Pattern[bytes]) -> Iterator[bytes]:
    rest = b""
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield from pattern.findall(rest + piece)
                rest = piece[-_OVERLAP:]
    except FileNotFoundError:  # the service is running: files come and go
        return


def _shown(found: bytes) -> str:
    """Enough to find it, not enough to use it."""
    return f"{found[:10].decode()}... of {len(found)} bytes"


async def dump_database(folder: Path) -> bytes:
    """Every row of every table as text, so that nothing is hidden by the compression of large values."""
    url = running_postgres_url(folder)
    assert url is not None
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [
            record[0]
            for table in tables
            for record in await connection.fetch(f'SELECT t::text FROM "{table["tablename"]}" AS t')
        ]
    finally:
        await connection.close()
    return "\n".join(rows).encode()


async def _dump_queue(folder: Path) -> bytes:
    """Every key with its content."""
    _, socket_folder = (folder / PROCESS_FILE).read_text().split()
    queue = Redis(unix_socket_path=str(Path(socket_folder) / SOCKET))
    try:
        dumps = [json.dumps(repr(key)).encode() + (await queue.dump(key) or b"") for key in await queue.keys("*")]
    finally:
        await queue.aclose()
    return b"\n".join(dumps)
