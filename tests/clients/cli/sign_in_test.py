"""``tsm login``: what it stores, where, and for whom."""

import stat
from pathlib import Path

import pytest

from service.stack import Stack
from tests.clients.cli.shell import Shell

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_a_token_from_standard_input_is_stored_for_its_owner_alone_and_used_from_then_on(
    stranger: Shell, stack: Stack
) -> None:
    run = stranger("login", stack.url, stdin=stack.connection.token + "\n")
    assert run.code == 0, run.err
    assert stack.connection.token not in run.out + run.err
    (stored,) = (path for path in stranger.folder.rglob("*") if path.is_file())
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert stranger("catalogs").code == 0


def test_a_token_that_is_refused_is_not_stored(stranger: Shell, stack: Stack) -> None:
    run = stranger("login", stack.url, stdin="gt-wrongwrongwrongwrong.wrongwrongwrongwrong\n")
    assert run.code == 4
    assert "wrongwrong" not in run.out + run.err
    assert not stranger.folder.exists()


def test_a_token_is_no_argument(stranger: Shell, stack: Stack) -> None:
    assert stranger("login", stack.url, "gt-abc.def").code == 2
    assert stranger("login", stack.url, "--token", "gt-abc.def").code == 2


def test_logging_out_forgets_the_token(stranger: Shell, stack: Stack) -> None:
    stranger("login", stack.url, stdin=stack.connection.token)
    assert stranger("logout", stack.url, "--json").document == {"forgotten": stack.url}
    assert stranger("catalogs", "--url", stack.url).code == 4


def test_login_says_as_json_who_signed_in(stranger: Shell, stack: Stack, tmp_path: Path) -> None:
    document = stranger("login", stack.url, "--json", stdin=stack.connection.token).document
    assert (document["url"], document["username"]) == (stack.url, "demo")
    assert Path(document["stored_in"]).is_relative_to(tmp_path)
