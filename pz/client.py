"""Asks one PZ Server, with one token: products, their tables and archives, streamed and checked."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from pz.addresses import same_server
from pz.columns import AssociatedColumn
from pz.config import PzServerConfig
from pz.errors import ProductError, PzServerError, PzTokenError, PzUnavailableError, what_it_says
from pz.products import Account, Archive, Page, Product, ProductDetails

__all__ = ["PzServer"]

_LONGEST_ANSWER = 32 * 2**20
"""Bytes of a document: a page of a thousand products stays far below."""
_PAGE_SIZE = 1000
"""The most that the server gives at once, whatever is asked for."""
_MOST_PAGES = 100
_PASSES = frozenset({429, 502, 503, 504})
"""What a proxy says of a server that is away. 500 is no such sign: many mistakes of clients end in it."""
_LONGEST_PAUSE_SECONDS = 5.0
_CHUNK = 1024 * 1024
_AS_IT_IS = {"Accept": "*/*", "Accept-Encoding": "identity"}
"""The checksum is of the bytes that are sent, not of what they are packed into."""

_Answer = TypeVar("_Answer")

_ACCOUNT = TypeAdapter(Account)
_PRODUCT = TypeAdapter(Product)
_DETAILS = TypeAdapter(ProductDetails)
_ARCHIVE = TypeAdapter(Archive)
_PRODUCTS = TypeAdapter(Page[Product])
_ROWS = TypeAdapter(Page[dict[str, Any]])


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes


class PzServer:
    """A PZ Server as the owner of a token sees it. Use as an asynchronous context manager.

    Parameters
    ----------
    token
        Forty hexadecimal digits, sent to the configured address and nowhere else.
    answer_seconds
        Longest time for one document; None for as long as the server is not silent.
    """

    def __init__(self, config: PzServerConfig, token: str, *, answer_seconds: float | None = None) -> None:
        self._config = config
        self._answer_seconds = answer_seconds
        self._base = httpx.URL(config.url)
        self._slow = httpx.Timeout(config.register_seconds, connect=config.connect_seconds)
        self._http = httpx.AsyncClient(
            # With text/html the server answers with a page, and 200.
            headers={"Authorization": f"Token {token}", "Accept": "application/json"},
            timeout=httpx.Timeout(config.read_seconds, connect=config.connect_seconds),
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def account(self) -> Account:
        """Whose token it is.

        Raises
        ------
        PzTokenError
            If the server does not know the token.
        """
        asked = "the owner of the token"
        return _read(_ACCOUNT, await self._ask("POST", "logged_user/", asked), asked)

    async def product(self, named: str) -> Product:
        """Find a product by its id or its internal name.

        Raises
        ------
        ProductError
            If there is none that the owner of the token may see.
        """
        if named.isascii() and named.isdigit():
            try:
                return await self._document(_PRODUCT, f"products/{named}/", f"product {named}")
            except PzServerError as error:
                if error.status == 404:
                    raise _no_product(named) from error
                raise
        page = await self._document(_PRODUCTS, "products/", f"product {named}", {"internal_name": named})
        # A server that does not know the filter gives everything.
        found = [product for product in page.results if product.internal_name == named]
        if len(found) > 1:
            ids = ", ".join(str(product.id) for product in found)
            raise ProductError(f"several products of the PZ Server are named {named!r}: name one by its id ({ids})")
        if not found:
            raise _no_product(named)
        return found[0]

    async def products(self, **filters: str) -> list[Product]:
        """All products that the filters leave, whatever number of pages they fill."""
        return [row async for row in self._pages(_PRODUCTS, "products/", "the list of products", filters)]

    async def rows(self, path: str, asked: str, **filters: str) -> list[dict[str, Any]]:
        """All rows of another list, such as ``product-contents/``."""
        return [row async for row in self._pages(_ROWS, path, asked, filters)]

    async def details(self, product: Product) -> ProductDetails:
        """What the server tells of a product's table.

        Raises
        ------
        ProductError
            If it has none, or several.
        """
        try:
            return await self._document(_DETAILS, f"products/{product.id}/main_file_info/", str(product))
        except PzServerError as error:
            if error.status == 404:
                raise _no_product(str(product.id)) from error
            if error.status == 500:
                await self._explain_main_files(product)
            raise

    async def _explain_main_files(self, product: Product) -> None:
        files = await self.rows("product-files/", f"files of {product}", product_id=str(product.id))
        main = [str(file.get("name")) for file in files if file.get("role") == 0]
        if not main:
            raise ProductError(f"{product} of the PZ Server has no main file: ask its owner to register it anew")
        if len(main) > 1:
            raise ProductError(
                f"{product} of the PZ Server has {len(main)} main files ({', '.join(main)[:200]}), and nobody can tell "
                "which is meant: ask its owner to register it anew"
            )

    async def create(self, display_name: str, description: str, *, product_type: int, release: int | None) -> Product:
        """Make a draft. Never asked twice: there would be two."""
        asked = f"creation of {display_name!r}"
        given = {"display_name": display_name, "description": description, "official_product": False}
        given |= {"product_type": product_type, "release": release, "pz_code": None, "status": 0}
        request = self._http.build_request("POST", self._base.join("products/"), json=given)
        return _read(_PRODUCT, await self._send(request, asked, (201,)), asked)

    async def upload(self, product: Product, path: Path, *, name: str, role: int, media_type: str) -> None:
        """Add a file to a draft, streamed. Never asked twice: a second main file spoils the product."""
        with await asyncio.to_thread(path.open, "rb") as file:
            request = self._http.build_request(
                "POST",
                self._base.join("product-files/"),
                data={"product": str(product.id), "role": str(int(role)), "type": media_type},
                files={"file": (name, file, media_type)},
                timeout=self._slow,
            )
            await self._send(request, f"upload of {name} to {product}", (201,))

    async def read_columns(self, product: Product) -> None:
        """Have the server read the main file; it does so while it is waited for."""
        request = self._http.build_request(
            "POST", self._base.join(f"products/{product.id}/registry/"), timeout=self._slow
        )
        await self._send(request, f"registry of {product}", (200,))

    async def associate(self, product: Product, row: int, column: AssociatedColumn) -> None:
        """Say what a column means, by the number of its row."""
        meaning = {"alias": column.alias or "", "ucd": column.ucd or ""}
        await self._ask("PATCH", f"product-contents/{row}/", f"column {column.column_name} of {product}", json=meaning)

    async def change(self, product: Product, changes: Mapping[str, object]) -> Product:
        """Change what is known of a product, such as its status."""
        asked = f"change of {product}"
        return _read(_PRODUCT, await self._ask("PATCH", f"products/{product.id}/", asked, json=changes), asked)

    async def delete(self, product: Product) -> None:
        """Remove a product and its files."""
        await self._ask("DELETE", f"products/{product.id}/", f"removal of {product}", accepted=(204, 404))

    async def prepare(self, product: Product) -> Archive:
        """Have the main file made ready, and wait until it is.

        Raises
        ------
        ProductError
            If the server cannot make it, or it is larger than the operator allows.
        PzUnavailableError
            If it takes too long.
        """
        asked = f"download of {product}"
        path = f"products/{product.id}/download/main-file"
        limit = self._config.prepare_seconds
        try:
            async with asyncio.timeout(limit):
                # Preparing is idempotent: what is current is used again.
                archive = await self._prepared("POST", f"{path}/prepare/", asked)
                pauses = _pauses(self._config.pause_seconds)
                while archive.status in ("pending", "running", "not_found"):
                    await asyncio.sleep(next(pauses))
                    is_gone = archive.status == "not_found"
                    method, step = ("POST", "prepare") if is_gone else ("GET", "status")
                    archive = await self._prepared(method, f"{path}/{step}/", asked)
        except TimeoutError as error:
            raise PzUnavailableError(f"PZ Server, {asked}: it was not ready after {limit:g} s") from error
        return self._usable(archive, product)

    async def _prepared(self, method: str, path: str, asked: str) -> Archive:
        reply = await self._ask(method, path, asked, accepted=(200, 202, 404))
        if reply.status == 404 and b"not_found" not in reply.body:
            raise ProductError(f"PZ Server, {asked}: {what_it_says(reply.body)}")
        return _read(_ARCHIVE, reply, asked)

    def _usable(self, archive: Archive, product: Product) -> Archive:
        if archive.status == "failed":
            reason = " ".join((archive.error_message or "it tells no reason").split())[:500]
            raise ProductError(f"the PZ Server cannot prepare {product} for download: {reason}")
        if archive.size is None or archive.checksum is None or archive.download_url is None:
            raise PzServerError(f"download of {product}", 200, "it is ready, without size, checksum or address")
        if archive.size > self._config.most_bytes:
            raise ProductError(
                f"{product} of the PZ Server has {archive.size} bytes; the limit is {self._config.most_bytes}. Ask the "
                "operator to register it as a catalog of redshifts"
            )
        return archive

    async def download(self, product: Product, archive: Archive, target: Path) -> None:
        """Fetch what was prepared into a new file, and check size and SHA-256.

        Raises
        ------
        PzUnavailableError
            If it does not come whole, however often it is tried.
        """
        limit = self._config.download_seconds
        try:
            async with asyncio.timeout(limit):
                await self._download(product, archive, target)
        except TimeoutError as error:
            raise PzUnavailableError(f"PZ Server, download of {product}: it took longer than {limit:g} s") from error

    async def _download(self, product: Product, archive: Archive, target: Path) -> None:
        pauses = _pauses(self._config.pause_seconds)
        expected = archive.checksum
        for attempt in range(1, self._config.attempts + 1):
            try:
                await self._stream(product, archive, target)
                return
            except (PzUnavailableError, _StaleSignatureError) as error:
                if attempt == self._config.attempts:
                    raise PzUnavailableError(str(error)) from error
            await asyncio.sleep(next(pauses))
            # Each answer is signed anew, and for a short time only.
            archive = await self.prepare(product)
            if archive.checksum != expected:
                raise PzUnavailableError(f"{product} of the PZ Server was changed while it was fetched")

    async def _stream(self, product: Product, archive: Archive, target: Path) -> None:
        asked = f"download of {product}"
        try:
            address = same_server(self._base, archive.download_url or "")
        except ValueError as error:
            raise PzServerError(asked, 200, str(error)) from error
        digest, size = hashlib.sha256(), 0
        try:
            async with self._http.stream("GET", address, headers=_AS_IT_IS) as reply:
                if reply.status_code == 403:
                    raise _StaleSignatureError(f"PZ Server, {asked}: its own address for it was refused")
                await _require(reply, asked, (200,))
                with await asyncio.to_thread(target.open, "wb") as sink:
                    async for chunk in reply.aiter_raw(_CHUNK):
                        size += len(chunk)
                        if size > (archive.size or 0):
                            break
                        digest.update(chunk)
                        await asyncio.to_thread(sink.write, chunk)
        except httpx.TransportError as error:
            raise PzUnavailableError(f"PZ Server, {asked}: {_reason(error)} after {size} bytes") from error
        if size != archive.size or digest.hexdigest() != (archive.checksum or "").lower():
            raise PzUnavailableError(
                f"PZ Server, {asked}: {size} bytes with SHA-256 {digest.hexdigest()} came instead of {archive.size} "
                f"with {archive.checksum}"
            )

    async def _pages(
        self, kind: TypeAdapter[Page[_Answer]], path: str, asked: str, filters: Mapping[str, str]
    ) -> AsyncIterator[_Answer]:
        n_rows = 0
        for number in range(1, _MOST_PAGES + 1):
            page = await self._document(
                kind, path, asked, {**filters, "page_size": str(_PAGE_SIZE), "page": str(number)}
            )
            for row in page.results:
                yield row
            n_rows += len(page.results)
            if n_rows >= page.count or not page.results:
                return
        raise PzServerError(asked, 200, f"more than {n_rows} rows")

    async def _document(
        self, kind: TypeAdapter[_Answer], path: str, asked: str, parameters: Mapping[str, str] | None = None
    ) -> _Answer:
        return _read(kind, await self._ask("GET", path, asked, parameters=parameters), asked)

    async def _ask(
        self,
        method: str,
        path: str,
        asked: str,
        *,
        parameters: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        accepted: tuple[int, ...] = (200,),
    ) -> _Reply:
        """Ask for what can be repeated without harm, again if the server is away for a moment."""

        async def once() -> _Reply:
            request = self._http.build_request(method, self._base.join(path), params=parameters, json=json)
            return await self._send(request, asked, accepted)

        return await self._again(once)

    async def _again(self, once: Callable[[], Awaitable[_Reply]]) -> _Reply:
        pauses = _pauses(self._config.pause_seconds)
        for _ in range(self._config.attempts - 1):
            with contextlib.suppress(PzUnavailableError):
                return await once()
            await asyncio.sleep(next(pauses))
        return await once()

    async def _send(self, request: httpx.Request, asked: str, accepted: tuple[int, ...]) -> _Reply:
        try:
            async with asyncio.timeout(self._answer_seconds):
                reply = await self._http.send(request, stream=True)
                try:
                    await _require(reply, asked, accepted)
                    return _Reply(reply.status_code, await _body(reply))
                finally:
                    await reply.aclose()
        except TimeoutError as error:
            raise PzUnavailableError(f"PZ Server, {asked}: no answer in {self._answer_seconds:g} s") from error
        except httpx.TransportError as error:
            raise PzUnavailableError(f"PZ Server, {asked}: {_reason(error)}") from error


class _StaleSignatureError(Exception):
    """The address of a download is refused; a new one will do."""


async def _require(reply: httpx.Response, asked: str, accepted: tuple[int, ...]) -> None:
    """Refuse answers that are none of those which are expected."""
    status = reply.status_code
    if status in accepted:
        return
    if status == 401:
        raise PzTokenError("the PZ Server does not know the token: it was replaced there, or mistyped")
    if reply.has_redirect_location:
        # The token would go along.
        raise PzServerError(asked, status, "it sends to another address, which is not followed")
    said = what_it_says(await _body(reply))
    if status in _PASSES:
        raise PzUnavailableError(f"PZ Server, {asked}: {status}: {said}")
    raise PzServerError(asked, status, said)


async def _body(reply: httpx.Response) -> bytes:
    parts, size = [], 0
    async for chunk in reply.aiter_bytes():
        size += len(chunk)
        if size > _LONGEST_ANSWER:
            break
        parts.append(chunk)
    return b"".join(parts)


def _read(kind: TypeAdapter[_Answer], reply: _Reply, asked: str) -> _Answer:
    try:
        return kind.validate_json(reply.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PzServerError(asked, reply.status, f"not the document of its API: {place} {first['msg']}") from error


def _pauses(first: float) -> Iterator[float]:
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it is silent for too long"
    return f"the connection fails ({type(error).__name__})"


def _no_product(named: str) -> ProductError:
    return ProductError(
        f"the PZ Server has no product {named!r} that may be seen with this token; /api/v1/redshifts?source=pz lists "
        "what there is"
    )
