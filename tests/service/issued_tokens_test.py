"""The operator's look at the tokens that users made."""

import asyncio
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from service.cli import cli
from uws.assembly import JobLife


async def run(*arguments: str) -> str:
    result = await asyncio.to_thread(CliRunner().invoke, cli, ["tokens", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


async def test_the_tokens_of_a_user_are_listed_and_ended(
    job_life: JobLife, database_url: str, queue_url: str, blob_root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DATABASE": database_url, "QUEUE": queue_url}.items():
        monkeypatch.setenv(f"TSM_{name}_URL", value)
    monkeypatch.setenv("TSM_BLOB_ROOT", blob_root)
    for owner in ("mlima", "mlima", "other"):
        await job_life.api_tokens.create(
            owner, name=f"of {owner}", scopes={"read"}, rights=(), groups=(), lifetime=timedelta(days=1), most=5
        )

    assert (await run("list")).count("of ") == 3
    assert (await run("list", "--owner", "other")).count("of ") == 1
    assert await run("revoke", "mlima") == "Revoked 2 tokens of mlima.\n"
    assert (await run("list")).count("of ") == 1
