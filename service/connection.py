"""One HTTP connection of the web process: how much it may send before it is a request, and how slowly."""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

__all__ = ["ConnectionLimits", "LimitedConnection", "limited_connections"]


class ConnectionLimits(BaseSettings):
    """What any client may do to this process before the application sees a request (``TSM_HTTP_...``)."""

    model_config = SettingsConfigDict(env_prefix="TSM_HTTP_", frozen=True)

    max_connections: int = Field(default=10_000, ge=1)
    """Open connections; fewer where the system allows fewer files. A newcomer displaces the one that idles longest."""
    head_bytes: int = Field(default=64 * 1024, ge=1024)
    """Of the request line and all headers together."""
    header_lines: int = Field(default=100, ge=10)
    url_bytes: int = Field(default=32 * 1024, ge=1024)
    """Of the request line's address: queries by GET may be long."""
    head_seconds: float = Field(default=30, gt=0)
    """From the first byte, or the connection, to the last header."""
    body_seconds: float = Field(default=60, gt=0)
    """The time in which a body must bring `body_bytes`."""
    body_bytes: int = Field(default=30_000, ge=1)
    """500 bytes a second: slower than any line that could bring a table."""
    stalled_seconds: float = Field(default=300, gt=0)
    """How long a client may leave an answer unread."""


class _RefusedError(Exception):
    """Ends the parsing of a request that has been refused."""


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's own connection with limits on size and time, which it does not have.

    A class of its own is made for each server by `limited_connections`.
    """

    limits: ClassVar[ConnectionLimits]
    idle: ClassVar["OrderedDict[LimitedConnection, None]"]
    """Those that are in no request, the longest first."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._refusal: tuple[int, str] | None = None
        self._unused_bytes = 0
        """Received since anything ended a head or was body: what the parser may have to keep."""
        self._head_bytes = 0
        self._header_lines = 0
        self._in_body = False
        self._body_bytes = 0
        self._was_paused = False
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    # Of asyncio

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # Like uvicorn's own: a transport that can be written, as every one of a stream is.
        super().connection_made(transport)
        if len(self.connections) > self.limits.max_connections and not self._displace_one():
            self._refuse(503, "This service has as many connections as it can hold: try again in a few seconds.")
            return
        self._rest()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.idle.pop(self, None)
        self._stop(self._reading)
        self._stop(self._writing)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal:
            return
        self._unused_bytes += len(data)
        super().data_received(data)
        if self._refusal or self.transport.is_closing():
            return
        if self._unused_bytes > self.limits.head_bytes:
            self._refuse(431, self._head_too_large())
        elif self._reading is None:
            # What keeps a connection alive may be a byte that begins no request.
            self._expect_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writing = self.loop.call_later(self.limits.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop(self._writing)
        self._writing = None

    # Of the parser; an exception here ends its work, and uvicorn then calls `send_400_response`

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._header_lines = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.url_bytes:
            self._reject(414, f"The address of the request is longer than {self.limits.url_bytes} bytes: use POST.")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)
        self._header_lines += 1
        if self._header_lines > self.limits.header_lines:
            self._reject(431, f"The request has more than {self.limits.header_lines} headers.")
        if self._head_bytes > self.limits.head_bytes:
            self._reject(431, self._head_too_large())

    def on_headers_complete(self) -> None:
        self._unused_bytes = 0
        self.idle.pop(self, None)
        super().on_headers_complete()
        self._expect_body()

    def on_body(self, body: bytes) -> None:
        self._unused_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)
        self._was_paused = self._was_paused or self.flow.read_paused

    def on_message_complete(self) -> None:
        self._unused_bytes = 0
        self._in_body = False
        self._stop(self._reading)
        self._reading = None
        super().on_message_complete()

    # Of uvicorn

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and self.cycle.response_complete:
            self._rest()
            if not self._in_body:
                # The time of the next head does not begin in this answer.
                self._stop(self._reading)
                self._expect_head()

    def send_400_response(self, msg: str) -> None:
        if self._refusal is None:
            super().send_400_response(msg)
        else:
            self._say(*self._refusal)

    # Ours

    def _head_too_large(self) -> str:
        return f"Request line and headers have more than {self.limits.head_bytes} bytes."

    def _rest(self) -> None:
        self.idle[self] = None
        self.idle.move_to_end(self)

    def _displace_one(self) -> bool:
        """Close the connection that is in no request for the longest time; False when all are in one."""
        if not self.idle:
            return False
        connection, _ = self.idle.popitem(last=False)
        # Forgotten at once: it counts until the loop has time for it.
        self.connections.discard(connection)
        connection.transport.abort()
        return True

    def _expect_head(self) -> None:
        self._reading = self.loop.call_later(self.limits.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # The next request waits behind this one's answer.
            self._expect_head()
        elif not self._unused_bytes:
            # Nothing was asked, and an answer could be taken for that of the next request.
            self.transport.close()
        else:
            self._refuse(408, f"The request had no end of its headers after {self.limits.head_seconds:g} s.")

    def _expect_body(self) -> None:
        self._stop(self._reading)
        self._in_body, self._body_bytes, self._was_paused = True, 0, self.flow.read_paused
        self._reading = self.loop.call_later(self.limits.body_seconds, self._judge_body)

    def _judge_body(self) -> None:
        # While the application takes nothing, the client cannot send.
        if self._body_bytes >= self.limits.body_bytes or self._was_paused or self.flow.read_paused:
            self._expect_body()
        else:
            self._refuse(
                408,
                f"The body brought {self._body_bytes} bytes in {self.limits.body_seconds:g} s; "
                f"less than {self.limits.body_bytes} is too slow.",
            )

    def _reject(self, status: int, message: str) -> None:
        self._refusal = (status, message)
        raise _RefusedError

    def _refuse(self, status: int, message: str) -> None:
        self._refusal = (status, message)
        self._say(status, message)

    def _say(self, status: int, message: str) -> None:
        """Tell it, if the client can still take it for the answer to its request, and hang up."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(status, message))
        self.transport.close()
        # A client that does not read would keep it open.
        self.loop.call_later(_PARTING_SECONDS, self.transport.abort)

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


_PARTING_SECONDS = 5.0
_PHRASES = {
    408: "Request Timeout",
    414: "URI Too Long",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


def _answer(status: int, message: str) -> bytes:
    retry = "Retry-After: 5\r\n" if status == 503 else ""
    return (
        f"HTTP/1.1 {status} {_PHRASES[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n{retry}"
        f"Content-Length: {len(message)}\r\nConnection: close\r\n\r\n{message}"
    ).encode("ascii")


def limited_connections(limits: ConnectionLimits) -> type[LimitedConnection]:
    """Make the class of connections of one server, which share what is counted."""
    return type("LimitedConnection", (LimitedConnection,), {"limits": limits, "idle": OrderedDict()})
