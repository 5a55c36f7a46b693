"""Where address and token come from, and who gets to see the token."""

import copy
import json
import pickle
import stat
from pathlib import Path

import httpx
import pytest

import tsm
from tsm.remote.connection import _TokenForOneService
from tsm.remote.settings import Secret, find_settings, settings_path

URL = "https://data.example.org/tsm"
TOKEN = "gt-AAAAAAAAAAAAAAAAAAAAAA.SSSSSSSSSSSSSSSSSSSSSS"
OTHER = "gt-BBBBBBBBBBBBBBBBBBBBBB.TTTTTTTTTTTTTTTTTTTTTT"


def token_of(**given: str | None) -> str | None:
    found = find_settings(URL, **given).token
    return found.reveal() if found is not None else None


def test_arguments_come_before_the_environment_and_that_before_the_file(
    no_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert token_of() is None
    tsm.login(URL, "stored")
    assert token_of() == "stored"
    monkeypatch.setenv("ACCESS_TOKEN", "of-the-notebook")
    assert token_of() == "of-the-notebook"
    monkeypatch.setenv("TSM_TOKEN", "of-the-environment")
    assert token_of() == "of-the-environment"
    assert token_of(token="given") == "given"


def test_addresses_are_found_in_the_same_order(no_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(tsm.NotTheServiceError, match=r"TSM_URL.*tsm login"):
        find_settings()
    tsm.login(f"{URL}/stored", TOKEN)
    assert find_settings().url == f"{URL}/stored"
    monkeypatch.setenv("TSM_URL", f"{URL}/environment")
    assert find_settings().url == f"{URL}/environment"
    assert find_settings(f"{URL}/given").url == f"{URL}/given"


def test_a_stored_token_is_for_its_own_service_alone(no_settings: Path) -> None:
    tsm.login(URL, TOKEN)
    tsm.login("https://other.example.org/tsm", OTHER)

    assert token_of() == TOKEN
    assert find_settings("https://evil.example.org/tsm").token is None
    assert find_settings("http://data.example.org/tsm").token is None


def test_the_file_is_for_its_owner_alone_and_refused_when_it_is_not(no_settings: Path) -> None:
    tsm.login(URL, TOKEN)
    path = settings_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]

    path.chmod(0o644)

    with pytest.raises(tsm.SignInError, match="chmod 600") as refusal:
        find_settings(URL)
    assert TOKEN not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"default": null, "tokens": []}', f'{{"tokens": "{TOKEN}"}}'])
def test_a_damaged_file_is_told_without_its_content(no_settings: Path, content: str) -> None:
    tsm.login(URL, TOKEN)
    settings_path().write_text(content)

    with pytest.raises(tsm.SignInError, match="damaged") as refusal:
        find_settings(URL)

    assert TOKEN not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_logout_forgets(no_settings: Path) -> None:
    tsm.login(URL, TOKEN)
    tsm.login("https://other.example.org/tsm", OTHER)

    tsm.logout(URL)
    assert token_of() is None
    assert json.loads(settings_path().read_text())["tokens"] == {"https://other.example.org/tsm": OTHER}

    tsm.logout()
    assert not settings_path().exists()


@pytest.mark.parametrize(
    "address",
    [f"{URL}/", f" {URL} ", f"{URL}/api/v1", f"{URL}/api/v1/", f"{URL}/api/v1/openapi.json", f"{URL}/api"],
)
def test_addresses_are_taken_as_people_copy_them(address: str) -> None:
    assert find_settings(address, TOKEN).url == URL


@pytest.mark.parametrize(
    "address",
    [
        "data.example.org/tsm",
        "ftp://data.example.org",
        "https://",
        "https://host:port/tsm",
        "https://data.example.org/tsm?x=1",
        "file:///etc/passwd",
        "/tsm",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(tsm.NotTheServiceError, match=r"should look like https://data\.example\.org/tsm"):
        find_settings(address, TOKEN)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(tsm.NotTheServiceError) as refusal:
        find_settings("https://user:secret@data.example.org/tsm", TOKEN)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("token", ["", " ", "gt-a b", "gt-a\nX-Evil: 1", "gt-ü"])
def test_what_can_be_no_token_is_refused_unseen(token: str) -> None:
    with pytest.raises(tsm.SignInError) as refusal:
        find_settings(URL, token)

    assert not token.strip() or token not in str(refusal.value)


def test_a_token_is_shown_by_nothing() -> None:
    settings = find_settings(URL, TOKEN)

    assert TOKEN not in f"{settings} {settings!r} {settings.token} {settings.token!r} {vars(settings)}"
    with pytest.raises(TypeError):
        pickle.dumps(settings)
    with pytest.raises(TypeError):
        copy.deepcopy(settings)
    assert Secret(TOKEN) == settings.token


def test_a_token_of_the_pz_server_is_taken_from_the_environment_and_not_shown() -> None:
    environment = {"TSM_TOKEN": "gt-ours", "TSM_PZ_TOKEN": "5e5e5e"}

    found = find_settings(URL, environment=environment)

    assert found.pz_token == Secret("5e5e5e")
    assert "5e5e5e" not in repr(found)
    assert find_settings(URL, "gt-given", environment={}).pz_token is None


def test_the_token_of_the_pz_server_goes_to_the_service_alone() -> None:
    signed = _TokenForOneService(find_settings(URL, "gt-ours", environment={"TSM_PZ_TOKEN": "5e5e5e"}))

    ours = next(signed.auth_flow(httpx.Request("GET", f"{URL}/api/v1/redshifts")))

    assert ours.headers["X-PZ-Token"] == "5e5e5e"
    with pytest.raises(tsm.ServiceUnavailableError, match="not sent there"):
        next(signed.auth_flow(httpx.Request("GET", "https://elsewhere.example/api/v1/redshifts")))
