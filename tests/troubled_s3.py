"""A real S3 API (moto) in this process that can be told to behave as badly as stores do."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from moto.server import DomainDispatcherApplication, create_backend_app
from upath import UPath
from werkzeug.serving import make_server

__all__ = ["Asked", "Trouble", "TroubledS3", "cut", "do_first", "refuse", "serving_s3", "stall"]

CREDENTIALS = {"key": "test", "secret": "test"}
BUCKET = "tsm"

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


@dataclass(frozen=True)
class Asked:
    """One request, as far as troubles choose by it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]

    @property
    def is_read(self) -> bool:
        """Whether the content of an object is asked for."""
        return self.method == "GET" and self.path.count("/") > 1 and "list-type" not in self.query


class Trouble(Protocol):
    """What happens to a request instead of its answer."""

    def __call__(self, environ: dict[str, Any], start: Start, answer: Application) -> Iterable[bytes]: ...


@dataclass
class _Rule:
    trouble: Trouble
    wanted: Callable[[Asked], bool]
    left: int


@dataclass
class TroubledS3:
    """A store with one bucket."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    """Every request since the troubles were cleared."""
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def options(self) -> dict[str, str]:
        """Of the file system ``s3://``."""
        return {"endpoint_url": self.url, **CREDENTIALS}

    @property
    def files(self) -> Any:
        """The file system itself, which remembers nothing."""
        return UPath(f"s3://{BUCKET}", use_listings_cache=False, **self.options).fs

    @contextmanager
    def troubled(
        self, trouble: Trouble, wanted: Callable[[Asked], bool] = lambda asked: True, *, times: int = 10**9
    ) -> Iterator[None]:
        """Let requests that are wanted go wrong, so many times at most."""
        rule = _Rule(trouble, wanted, times)
        with self._lock:
            self._rules.append(rule)
        try:
            yield
        finally:
            with self._lock:
                self._rules.remove(rule)

    def next_trouble(self, asked: Asked) -> Trouble | None:
        """Note a request, and say what is to happen to it."""
        with self._lock:
            self.asked.append(asked)
            for rule in self._rules:
                if rule.left and rule.wanted(asked):
                    rule.left -= 1
                    return rule.trouble
        return None


def refuse(status: int, code: str) -> Trouble:
    """Answer an error, as S3 says it."""

    def say(environ: dict[str, Any], start: Start, answer: Application) -> Iterable[bytes]:
        _take_body(environ)
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>key AKIASECRET</Message></Error>".encode()
        start(f"{status} Trouble", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    return say


def cut(environ: dict[str, Any], start: Start, answer: Application) -> Iterable[bytes]:
    """Break the connection in the middle of the answer."""
    content = b"".join(answer(environ, start))
    yield content[: len(content) // 2]
    raise ConnectionAbortedError("cut by the test")


def stall(seconds: float) -> Trouble:
    """Answer late."""

    def wait(environ: dict[str, Any], start: Start, answer: Application) -> Iterable[bytes]:
        time.sleep(seconds)
        return answer(environ, start)

    return wait


def do_first(action: Callable[[], None]) -> Trouble:
    """Do something to the store, then answer."""

    def act(environ: dict[str, Any], start: Start, answer: Application) -> Iterable[bytes]:
        action()
        return answer(environ, start)

    return act


@contextmanager
def serving_s3() -> Iterator[TroubledS3]:
    """Serve until the end of the block."""
    store = TroubledS3()
    moto = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        names = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        asked = Asked(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), names)
        trouble = store.next_trouble(asked)
        return moto(environ, start) if trouble is None else trouble(environ, start, moto)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    server.log = lambda *arguments: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.url = f"http://127.0.0.1:{server.server_port}"
    store.files.mkdir(BUCKET)
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()


def _take_body(environ: dict[str, Any]) -> None:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
