"""The HTTP connection: signs in, repeats what may be repeated, and turns refusals into errors."""

import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

import httpx

from tsm.errors import NotTheServiceError, ServiceUnavailableError, SignInError
from tsm.remote.answers import error_of_answer, error_of_transport, read_document, read_json
from tsm.remote.retries import Clock, Patience, Repeat
from tsm.remote.settings import Secret, Settings

__all__ = ["Connection"]

Document = TypeVar("Document")

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds; the service answers a wait after 30 s at the latest, and gives a sign of life in events each 15 s."""


class Connection:
    """Requests to one service, signed in with one token.

    Parameters
    ----------
    settings
        Address and token. The token goes to that address and to nobody else.
    patience
        How often a request is repeated.
    clock
        Time and chance.
    """

    def __init__(self, settings: Settings, *, patience: Patience | None = None, clock: Clock | None = None) -> None:
        self.url = settings.url
        self.patience = patience or Patience()
        self.clock = clock or Clock()
        self._auth = _TokenForOneService(settings) if settings.token is not None else None
        self._client: tuple[int, httpx.AsyncClient] | None = None

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None and self._client[0] == os.getpid():
            await self._client[1].aclose()
        self._client = None

    async def get(self, request: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], Document]) -> Document:
        """One document, by a request of the generated client that may be repeated."""
        return self.read(parse, await self.send(request))

    async def get_all(
        self, request: Mapping[str, Any], parse: Callable[[Mapping[str, Any]], Document]
    ) -> list[Document]:
        """A list of documents, by a request of the generated client."""
        answer = await self.send(request)
        values = read_json(answer, self.url)
        # Another kind of value is explained as what it is: no document.
        items = values if isinstance(values, list) else [None]
        return [read_document(parse, value, self.url) for value in items]

    def read(self, parse: Callable[[Mapping[str, Any]], Document], answer: httpx.Response) -> Document:
        """The document that an answer holds."""
        return read_document(parse, read_json(answer, self.url), self.url)

    async def send(
        self, request: Mapping[str, Any], *, repeat: Repeat = Repeat.ALWAYS, content: "Body | None" = None
    ) -> httpx.Response:
        """One request of the generated client, again after failures where that is safe.

        Parameters
        ----------
        request
            Keyword arguments as the generated builders make them.
        repeat
            Whether it may be sent twice.
        content
            Makes the body anew for each attempt, if the request itself holds none.

        Raises
        ------
        SignInError
            If the token is refused.
        RequestRefusedError
            If the service finds something wrong with the request.
        ServiceUnavailableError
            If it does not answer.
        NotTheServiceError
            If something else does.
        """
        self._require_token()
        failures = 0
        while True:
            failure: httpx.TransportError | httpx.Response
            try:
                body = None if content is None else content()
                failure = await self._open_client().request(**self._absolute(request), content=body)
                if failure.is_success:
                    return failure
            except httpx.TransportError as error:
                failure = error
            failures += 1
            await self.pause_or_raise(failure, failures, repeat)

    async def pause_or_raise(
        self, failure: httpx.TransportError | httpx.Response, failures: int, repeat: Repeat
    ) -> None:
        """Wait before the next attempt, or say why there is none."""
        pause = self.patience.pause(failures, failure, self.clock)
        is_last = failures >= self.patience.attempts or pause > self.patience.longest_pause * 1.2
        if is_last or not repeat.allows(failure):
            if isinstance(failure, httpx.Response):
                raise error_of_answer(failure, self.url)
            raise error_of_transport(failure, self.url) from failure
        await self.clock.sleep(pause)

    @asynccontextmanager
    async def stream(self, request: Mapping[str, Any], **headers: str) -> AsyncGenerator[httpx.Response, None]:
        """An answer whose body is read in pieces; sent once.

        Raises
        ------
        httpx.TransportError
            If the connection breaks: who reads knows what was read, and whether to go on from there.
        """
        self._require_token()
        arguments = self._absolute(request)
        arguments["headers"] = {**arguments.get("headers", {}), **headers}
        async with self._open_client().stream(**arguments) as answer:
            if not answer.is_success:
                await answer.aread()
            yield answer

    @asynccontextmanager
    async def stream_elsewhere(self, address: str, **headers: str) -> AsyncGenerator[httpx.Response, None]:
        """What somebody else answers, to whom the service sent us and who is not shown the token.

        Raises
        ------
        NotTheServiceError
            If it would be read without encryption, unlike the service.
        httpx.TransportError
            As for `stream`.
        """
        if httpx.URL(address).scheme not in {"https", httpx.URL(self.url).scheme}:
            raise NotTheServiceError(f"{self.url} sent us to an address without encryption, which is not followed")
        # None: the client's own way of signing in would be taken otherwise.
        async with self._open_client().stream("GET", address, headers=headers, auth=None) as answer:
            yield answer

    def _absolute(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {**request, "url": f"{self.url}{request['url']}"}

    def _require_token(self) -> None:
        if self._auth is None:
            raise SignInError(
                f"no token for {self.url} is known: give TrainingSetMaker(url, token), set TSM_TOKEN, or store it once "
                "with `tsm login`"
            )

    def _open_client(self) -> httpx.AsyncClient:
        # After a fork, the child's connections must not be those of its parent.
        if self._client is None or self._client[0] != os.getpid():
            client = httpx.AsyncClient(
                auth=self._auth,
                timeout=_TIMEOUT,
                verify=_tls(),
                # A redirect could lead the token elsewhere.
                follow_redirects=False,
                headers={"User-Agent": "pz-tsm"},
            )
            self._client = os.getpid(), client
        return self._client[1]


@cache
def _tls() -> ssl.SSLContext:
    """What certificates are checked against; reading them takes a fifth of a second."""
    return httpx.create_ssl_context()


Body = Callable[[], AsyncIterator[bytes]]
"""Makes the body of one attempt."""


class _TokenForOneService(httpx.Auth):
    """Adds the token to requests to the service's own origin and prefix."""

    def __init__(self, settings: Settings) -> None:
        assert settings.token is not None
        self._base = httpx.URL(settings.url)
        self._token: Secret = settings.token
        self._pz_token = settings.pz_token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign a request in."""
        if not self._is_ours(request.url):
            raise ServiceUnavailableError(f"{request.url} is not below {self._base}, so the token is not sent there")
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        if self._pz_token is not None:
            request.headers["X-PZ-Token"] = self._pz_token.reveal()
        yield request

    def _is_ours(self, url: httpx.URL) -> bool:
        same_origin = (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)
        return same_origin and url.path.startswith(f"{self._base.path.rstrip('/')}/api/v1/")
