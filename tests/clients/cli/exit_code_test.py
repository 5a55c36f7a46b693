"""Each exit code is what happened; messages are one text, without traceback and token."""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest

import tsm
from service.stack import Stack
from tests.clients.cli.shell import COMMAND, Shell
from tests.system.sky_files import CATALOG
from tsm.cli.exit_code import ExitCode

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

PAGE = Path(__file__).parents[3] / "docs" / "command-line.md"
TOKEN = "gt-secretsecretsecret.secretsecretsecret"


@contextmanager
def answering(status: int, content: str, media_type: str) -> Iterator[str]:
    """A server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tsm"
        server.shutdown()


def knowing(shell: Shell, url: str) -> Shell:
    return replace(shell, variables={"TSM_URL": url, "TSM_TOKEN": TOKEN})


def test_success_is_0(signed_in: Shell) -> None:
    assert signed_in("catalogs").code == 0


def test_a_fault_of_ours_is_1_and_tells_where_but_nothing_secret(signed_in: Shell) -> None:
    with (
        patch.object(tsm.TrainingSetMaker, "me", side_effect=KeyError(TOKEN)),
        patch.object(tsm.TrainingSetMaker, "catalogs", side_effect=KeyError(TOKEN)),
    ):
        run = signed_in("catalogs")
    assert run.code == 1
    assert re.fullmatch(
        r"tsm: an error of tsm itself \(KeyError at [a-z_]+\.py:\d+\)\. Please report this line\.\n", run.err
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("jobs", "--lats"),
        ("status",),
        ("crossmatch",),
        ("plot", "a.parquet", "pie"),
        ("jobs", "--last", "0"),
    ],
)
def test_wrong_usage_is_2_and_names_the_help(stranger: Shell, arguments: tuple[str, ...]) -> None:
    run = stranger(*arguments)
    assert (run.code, run.out) == (2, "")
    assert "--help" in run.err
    assert "Traceback" not in run.err


def test_wrong_usage_is_a_document_with_json(stranger: Shell) -> None:
    assert stranger("jobs", "--lats", "--json").document["error"]["name"] == "usage"


def test_a_refusal_by_the_service_is_3(signed_in: Shell) -> None:
    assert signed_in("status", "nojob").code == 3


def test_a_token_that_is_not_valid_is_4_and_is_not_shown(signed_in: Shell, stack: Stack) -> None:
    run = knowing(signed_in, stack.url)("jobs", "--json")
    assert (run.code, run.document["error"]["name"]) == (4, "sign_in")
    assert TOKEN not in run.out + run.err


def test_a_missing_token_is_4(stranger: Shell, stack: Stack) -> None:
    assert stranger("jobs", "--url", stack.url).code == 4


def test_a_service_that_does_not_answer_is_5(stranger: Shell) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    run = knowing(stranger, f"http://127.0.0.1:{port}/tsm")("catalogs")
    assert run.code == 5
    assert str(port) in run.err


def test_an_error_of_the_service_is_6_and_has_the_number_to_report(stranger: Shell) -> None:
    problem = json.dumps({"title": "Internal Server Error", "status": 500, "detail": "It is in the log as abc123."})
    with answering(500, problem, "application/problem+json") as url:
        run = knowing(stranger, url)("catalogs")
    assert run.code == 6
    assert "abc123" in run.err


def test_a_local_file_is_8(stranger: Shell, tmp_path: Path) -> None:
    (tmp_path / "not.parquet").write_text("no table")
    assert stranger("cite", tmp_path / "not.parquet").code == 8
    assert stranger("cite", tmp_path / "missing.json").code == 8
    assert stranger("plot", tmp_path / "not.parquet", "sky-map", "-o", tmp_path / "a.png").code == 8


def test_an_address_without_a_service_is_10(stranger: Shell) -> None:
    with answering(200, "<html>Please sign in</html>", "text/html") as url:
        assert knowing(stranger, url)("catalogs").code == 10
    assert stranger("catalogs").code == 10
    assert stranger("catalogs", "--url", "no address").code == 10


def test_a_damaged_download_is_12_and_leaves_nothing(
    signed_in: Shell, stack: Stack, table: Path, tmp_path: Path
) -> None:
    job = signed_in("crossmatch", table, "--catalog", CATALOG, "--json").document["id"]
    (stored,) = (stack.folder.blobs / "jobs" / job).rglob("*.parquet")
    content = stored.read_bytes()
    stored.write_bytes(b"x" + content[1:])
    assert signed_in("fetch", job, "-o", tmp_path).code == 12
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_is_13_and_is_named(stranger: Shell, made: Path, tmp_path: Path) -> None:
    hidden = {name: None for name in sys.modules if name.partition(".")[0] == "matplotlib"} | {"matplotlib": None}
    with patch.dict(sys.modules, hidden):
        run = stranger("plot", made, "sky-map", "-o", tmp_path / "sky.png")
    assert run.code == 13
    assert 'pip install "pz-tsm[plots]"' in run.err


def test_a_reader_that_has_enough_is_no_error(signed_in: Shell) -> None:
    pipe = f"{' '.join(COMMAND)} crossmatch --help | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", pipe], env=signed_in.environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_lists_every_code() -> None:
    listed = dict(re.findall(r"^\| (\d+) \| `([a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {int(code): name for code, name in listed.items()} == {code.value: code.name.lower() for code in ExitCode}
