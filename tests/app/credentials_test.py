"""Tokens in the Authorization header: two schemes, three places, and nothing else."""

import base64
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.credentials import (
    InvalidTokenError,
    MalformedCredentialsError,
    NotSignedInError,
    Token,
    TokenSource,
    challenge,
    read_token,
)
from tests.app.gafaelfawr import A_TOKEN


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (f"Bearer {A_TOKEN}", TokenSource.BEARER),
        (f"bearer   {A_TOKEN} ", TokenSource.BEARER),
        (_basic("x-oauth-basic", A_TOKEN), TokenSource.BASIC_PASSWORD),
        (_basic(A_TOKEN, "x-oauth-basic"), TokenSource.BASIC_USERNAME),
        (_basic(A_TOKEN, ""), TokenSource.BASIC_USERNAME),
        (_basic(A_TOKEN, A_TOKEN), TokenSource.BASIC_USERNAME),
    ],
)
def test_token_is_found_wherever_clients_put_it(header: str, source: TokenSource) -> None:
    token = read_token([header])

    assert (token.reveal(), token.source) == (A_TOKEN, source)


@pytest.mark.parametrize("headers", [[], ["Token x"], ["Negotiate abc"], [""]])
def test_request_without_a_token_is_not_signed_in(headers: list[str]) -> None:
    with pytest.raises(NotSignedInError):
        read_token(headers)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
        f"Bearer {A_TOKEN}x",
        f"Bearer {A_TOKEN[:-1]}",
        _basic("me", "secret"),
    ],
)
def test_foreign_secret_is_refused_by_its_form(header: str) -> None:
    with pytest.raises(InvalidTokenError):
        read_token([header])


@pytest.mark.parametrize(
    "headers",
    [[_basic(A_TOKEN, A_TOKEN[:-1] + "a")], ["Basic ???"], ["Basic //79"], [f"Bearer {A_TOKEN}", f"Bearer {A_TOKEN}"]],
)
def test_unreadable_or_conflicting_credentials_are_refused(headers: list[str]) -> None:
    with pytest.raises(MalformedCredentialsError):
        read_token(headers)


@given(st.text())
def test_any_header_is_refused_on_purpose_and_never_quoted(header: str) -> None:
    with pytest.raises((NotSignedInError, MalformedCredentialsError)) as refusal:
        read_token([f"{header}{A_TOKEN}"])

    assert A_TOKEN not in str(refusal.value)


def test_showing_a_token_tells_its_key_alone() -> None:
    token = Token(A_TOKEN, TokenSource.BEARER)
    secret = A_TOKEN.partition(".")[2]

    shown = f"{token} {token!r} {[token]}"

    assert token.key in shown
    assert secret not in shown


def test_refused_credentials_are_not_quoted_in_the_error() -> None:
    try:
        read_token([f"Bearer {A_TOKEN}x"])
    except InvalidTokenError as error:
        shown = "".join(traceback.format_exception(error))
    assert A_TOKEN not in shown


def test_challenge_names_basic_first_and_bearer_beside_it() -> None:
    header = challenge("tsm", error="insufficient_scope", scope="read:tap")["WWW-Authenticate"]

    assert header == 'Basic realm="tsm", Bearer realm="tsm", error="insufficient_scope", scope="read:tap"'
