"""Tokens of the embedded stack."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.tokens import InvalidUsernameError, TokenFile, TokenKey


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "tokens.json", clock=lambda: 1_000.0)


def test_a_new_token_has_the_form_of_gafaelfawr_and_is_found(tokens: TokenFile) -> None:
    token = tokens.create("mlima", scopes=("read:tap",), lifetime_seconds=60)
    found = tokens.find(token)
    assert found is not None
    key, record = found
    assert token.startswith(f"gt-{key}.")
    assert len(token) == 48
    assert (record.username, record.scopes, record.created, record.expires) == ("mlima", ("read:tap",), 1_000, 1_060)


def test_the_file_holds_no_token_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    token = TokenFile(tmp_path / "tokens.json").create("mlima")
    secret = token.partition(".")[2]
    assert secret not in (tmp_path / "tokens.json").read_text()
    assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600


def test_the_key_with_another_secret_opens_nothing(tokens: TokenFile) -> None:
    key = tokens.create("mlima").partition(".")[0]
    assert tokens.find(f"{key}.{'A' * 22}") is None


def test_an_expired_token_is_unknown(tmp_path: Path) -> None:
    token = TokenFile(tmp_path / "tokens.json", clock=lambda: 1_000.0).create("mlima", lifetime_seconds=60)
    assert TokenFile(tmp_path / "tokens.json", clock=lambda: 1_059.0).find(token) is not None
    assert TokenFile(tmp_path / "tokens.json", clock=lambda: 1_060.0).find(token) is None


def test_a_revoked_token_is_unknown_and_others_stay(tokens: TokenFile) -> None:
    first, second = tokens.create("mlima"), tokens.create("mlima")
    tokens.revoke(TokenKey(first[3:25]))
    assert tokens.find(first) is None
    assert tokens.find(second) is not None


@pytest.mark.parametrize("name", ["", "Mlima", "m--lima", "-mlima", "mlima-", "123", "bot-x", "m lima", "m/../x"])
def test_impossible_user_names_are_refused(tokens: TokenFile, name: str) -> None:
    with pytest.raises(InvalidUsernameError):
        tokens.create(name)


@pytest.mark.parametrize("text", ["", "gt-", "gt-short.short", "x" * 48, "gt-" + "a" * 45])
def test_malformed_tokens_are_unknown(tokens: TokenFile, text: str) -> None:
    tokens.create("mlima")
    assert tokens.find(text) is None


def test_no_token_is_lost_when_several_are_made_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: TokenFile(tmp_path / "tokens.json").create(f"user{n}"), range(40)))
    tokens = TokenFile(tmp_path / "tokens.json")
    assert [found[1].username for token in made if (found := tokens.find(token))] == [f"user{n}" for n in range(40)]
