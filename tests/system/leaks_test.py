"""No token is kept anywhere, in whatever place of a request it was sent."""

import asyncio
import base64
from pathlib import Path

import httpx
import pytest

from service.stack import Stack
from tests.system.leaks import assert_nothing_leaked, dump_database, find_tokens

TOKEN = f"gt-{'a1' * 11}.{'b2' * 11}"

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


def test_tokens_in_all_the_wrong_places_are_forgotten(stack: Stack) -> None:
    token = stack.connection.token
    places = [
        ("/api/v1/me", {"Authorization": f"Bearer {token}x"}),
        ("/api/v1/me", {"Authorization": token}),
        ("/api/v1/me", {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}),
        (
            "/api/v1/me",
            {"Cookie": f"gafaelfawr={token}", "Referer": f"https://x.example/?t={token}", "User-Agent": token},
        ),
        ("/api/v1/me", {"X-Request-ID": token}),
        (f"/api/v1/jobs/{token}", {"Authorization": f"Bearer {token}"}),
        (f"/crossmatch/async/{token}", {"Authorization": f"Bearer {token}"}),
        (f"/api/v1/jobs?access_token={token}&last={token}", {"Authorization": f"Bearer {token}"}),
        (f"/nothing/{token}", {}),
    ]
    with httpx.Client(base_url=stack.url) as client:
        answers = [client.get(path, headers=headers).status_code for path, headers in places]
        job = client.post("/crossmatch/async", data={"RUNID": "kept"}, headers={"Authorization": f"Bearer {token}"})

    assert {200, 401, 404} <= set(answers)
    assert job.status_code == 303
    assert b"kept" in asyncio.run(dump_database(stack.folder.postgres))
    assert_nothing_leaked(stack)


def test_a_token_is_found_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "log").write_bytes(bytes(2**24 - 30) + TOKEN.encode())
    (tmp_path / "clean").write_bytes(b"gt-short and gt-***")
    (tmp_path / "basic").write_bytes(b"x c2VjcmV0 y")
    (tmp_path / "connection").write_text(TOKEN)

    found = find_tokens(tmp_path, ["c2VjcmV0"], but_not_in=[tmp_path / "connection"])

    assert sorted(line.partition(": ")[0].rpartition("/")[2] for line in found) == ["basic", "log"]
    assert TOKEN not in str(found)
