"""A small HTTP server that misbehaves as a test says: it cuts, refuses, redirects and answers pages for browsers."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Answer", "FaultyServer", "a_job", "an_upload", "events", "json_answer", "problem", "serving"]


@dataclass(frozen=True)
class Answer:
    """One answer of the server."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes of the body after which the connection breaks; None sends all."""
    is_silent: bool = False
    """Send the headers, then nothing until the test is over."""
    is_dropped: bool = False
    """Break the connection without any answer."""


@dataclass(frozen=True)
class Request:
    """What came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FaultyServer:
    """Answers by path: each in turn, the last one for ever."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.is_over = threading.Event()
        self._answers: dict[tuple[str, str], list[Answer]] = {}

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answer a path below the prefix in this way."""
        self._answers[method, f"/tsm{path}"] = list(answers)

    def requests_to(self, method: str, path: str) -> list[Request]:
        return [request for request in self.requests if (request.method, request.path) == (method, f"/tsm{path}")]

    def take(self, request: Request) -> Answer:
        self.requests.append(request)
        answers = self._answers.get((request.method, request.path))
        if answers is None:
            return problem(404, f"There is nothing at {request.path}.")
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def serving() -> Iterator[FaultyServer]:
    """The server, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            path = self.path.partition("?")[0]
            answer = faulty.take(Request(self.command, path, dict(self.headers), self.rfile.read(length)))
            if answer.is_dropped:
                return self.break_connection()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut_after])
            self.wfile.flush()
            if answer.cut_after is not None:
                self.break_connection()
            if answer.is_silent:
                faulty.is_over.wait(20)
            return None

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def break_connection(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()

        def finish(self) -> None:
            if self.connection.fileno() >= 0:
                super().finish()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    faulty = FaultyServer(f"http://127.0.0.1:{server.server_port}/tsm")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield faulty
    finally:
        faulty.is_over.set()
        server.shutdown()
        server.server_close()


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


def problem(status: int, detail: str, **headers: str) -> Answer:
    """A problem document, as the service sends it."""
    body = {"type": "about:blank", "title": "No", "status": status, "detail": detail, "problems": []}
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/problem+json", **headers})


def a_job(phase: str = "EXECUTING", **fields: Any) -> dict[str, Any]:
    """The document of a job."""
    return {
        "id": "j1",
        "url": "https://data.example.org/tsm/crossmatch/async/j1",
        "kind": "crossmatch",
        "owner": "mlima",
        "phase": phase,
        "run_id": None,
        "creation_time": "2026-11-22T14:03:11.120000Z",
        "start_time": None,
        "end_time": None,
        "quote": None,
        "destruction": None,
        "execution_duration": 3600,
        "recipe": {"kind": "crossmatch", "catalog": "mock.object", "redshifts": "upload:u1"},
        "progress": None,
        "notes": [],
        "results": [],
        "error": None,
        **fields,
    }


def an_upload(**fields: Any) -> dict[str, Any]:
    """The document of an upload."""
    return {
        "id": "u1",
        "source": "upload:u1",
        "url": "https://data.example.org/tsm/api/v1/uploads/u1",
        "name": "z.csv",
        "media_type": "text/csv",
        "size": 10,
        "sha256": "00",
        "creation_time": "2026-11-22T14:03:11.120000Z",
        "destruction": None,
        "state": "ready",
        "profile": None,
        "error": None,
        **fields,
    }


def events(*documents: dict[str, Any], **faults: Any) -> Answer:
    """A stream of a job's events that then ends, or breaks."""
    body = b"".join(b"event: job\r\ndata: " + json.dumps(document).encode() + b"\r\n\r\n" for document in documents)
    return Answer(200, body, {"Content-Type": "text/event-stream"}, **faults)
