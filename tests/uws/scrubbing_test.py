"""What is hidden in logs, and what is not."""

import pytest

from uws.scrubbing import scrub

TOKEN = f"gt-{'a1B2' * 5}xy.{'c3D4' * 5}zz"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"GET /?token={TOKEN}&x=1", "GET /?token=gt-***&x=1"),
        (f"'{TOKEN}x'", "'gt-***'"),
        (TOKEN[:40], "gt-***"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer gt-***"),
        ("Authorization: Basic bWxpbWE6Z3QtYWJjZGVm", "Authorization: Basic ***"),
        ("authorization: bearer eyJhbGciOiJIUzI1NiJ9.e30.abc", "authorization: bearer ***"),
        (f"Authorization: Token {'0f' * 20}", "Authorization: Token ***"),
        (f"made {TOKEN.replace('gt-', 'tsm-')}", "made tsm-***"),
        (
            "postgresql+asyncpg://tsm:p%40ss/w:rd@db.example:5432/tsm",
            "postgresql+asyncpg://tsm:***@db.example:5432/tsm",
        ),
        ("redis://:hunter2@queue.example/0", "redis://:***@queue.example/0"),
    ],
)
def test_secrets_are_hidden(text: str, left: str) -> None:
    assert scrub(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "https://data.example.org/tsm/crossmatch/async/5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a",
        'WWW-Authenticate: Basic realm="tsm", Bearer realm="tsm"',
        "redis://localhost:6379/0",
        "user mlima@example.org asked",
        "token accepted",
        "Token unacceptable here",
        "the basic rules of VVDS",
        "gt-short",
        "/tmp/tsm-abcdefghijklmnop/pg-socket.lock",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert scrub(text) == text
