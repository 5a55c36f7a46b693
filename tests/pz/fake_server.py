"""A PZ Server for tests: answers as the real one was observed to, and breaks on request."""

import hashlib
import io
import re
import secrets
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.pz.fake_records import (
    FakeColumn,
    FakeFile,
    FakeProduct,
    FakeRelease,
    FakeUser,
    column_document,
    file_document,
)

__all__ = ["FakeProduct", "FakePzServer", "Faults", "serving_pz"]

ROOT = "/api"
TYPES = ("redshift_catalog", "training_set", "object_catalog", "training_results", "validation_results", "other")
TABLE_TYPES = TYPES[:3]
MANDATORY = {"redshift_catalog": ("RA", "Dec", "z"), "training_set": ("z",), "object_catalog": ("RA", "Dec")}
STATUS_NAMES = {0: "Registering", 1: "Published", 2: "Deleted", 3: "Processing", 9: "Failed"}
SIGNATURE_SECONDS = 900


@dataclass
class Faults:
    """What goes wrong."""

    slow_seconds: float = 0.0
    """Before each answer."""
    gateway: int = 0
    """Next answers that are a proxy's page, with `gateway_status`."""
    gateway_status: int = 502
    html_for_json: bool = False
    truncated: int = 0
    """Next downloads that end half way."""
    wrong_checksum: bool = False
    other_host: str | None = None
    """Told in ``download_url``."""
    pending_polls: int = 0
    """Answers of prepare and status before the archive is there."""
    failed: str | None = None
    """Reason for which archives cannot be made."""
    redirect: str | None = None
    """Where every request is sent."""
    expired: int = 0
    """Next downloads whose signature is refused."""
    revoke_after: int | None = None
    """Calls after which no token is known any more."""
    fail_at: dict[str, int] = field(default_factory=dict)
    """Status by ``METHOD end-of-path``: such a request is done, or not, and answered with a page."""
    lost_at: dict[str, int] = field(default_factory=dict)
    """The same, but the request is done, and its answer lost."""
    most_body_bytes: int = 400_000_000


class FakePzServer:
    """Tokens, products, files and columns in memory, behind the paths of the real API."""

    service_token = "5e" * 20
    """Always the same, so that a service can be told of it before the tests begin."""

    def __init__(self) -> None:
        self.reset()
        self.app = Starlette(routes=self._routes(), middleware=[Middleware(MergedSlashes)])
        self.app.router.redirect_slashes = False
        self.app.add_exception_handler(404, lambda request, error: HTMLResponse("<h1>Not Found</h1>", 404))

    def reset(self) -> None:
        """Forget everything."""
        self.users: dict[str, FakeUser] = {self.service_token: FakeUser("service")}
        self.releases: dict[int, FakeRelease] = {}
        self.products: dict[int, FakeProduct] = {}
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._next = 40
        self._polls: Counter[int] = Counter()
        self._signatures: dict[str, tuple[int, float]] = {}

    def new_id(self) -> int:
        """An id that nothing has."""
        self._next += 1
        return self._next

    def issue(self, name: str, **changes: Any) -> str:
        """A token of a user."""
        token = secrets.token_hex(20)
        self.users[token] = FakeUser(name, **changes)
        return token

    def add_release(self, name: str, *groups: str) -> FakeRelease:
        """A release; without groups it is open to all."""
        release = FakeRelease(self.new_id(), name, frozenset(groups))
        self.releases[release.id] = release
        return release

    def add_product(
        self,
        content: bytes | None,
        *,
        name: str = "ECDFS spec-z (v2)",
        filename: str = "ecdfs.parquet",
        columns: Mapping[str, str | None] | None = None,
        is_directory: bool = False,
        **changes: Any,
    ) -> FakeProduct:
        """A published redshift catalog; `columns` are aliases by name."""
        product = FakeProduct(self.new_id(), name, **{"type": "redshift_catalog", "owner": "somebody", **changes})
        if content is not None:
            product.files.append(FakeFile(self.new_id(), filename, 0, content, is_directory=is_directory))
        for order, (column, alias) in enumerate((columns or {}).items()):
            product.columns.append(FakeColumn(self.new_id(), column, order, alias, "x" if alias else None))
        self.products[product.id] = product
        return product

    # Requests

    def _routes(self) -> list[BaseRoute]:
        table: dict[str, Any] = {
            "product-types": self._types,
            "releases": self._releases,
            "products": self._products,
            "products/{id:int}": self._product,
            "products/{id:int}/main_file_info": self._main_file_info,
            "products/{id:int}/registry": self._registry,
            "products/{id:int}/download/main-file/prepare": self._prepare,
            "products/{id:int}/download/main-file/status": self._prepare,
            "products/{id:int}/download/main-file/file": self._file,
            "product-files": self._files,
            "product-contents": self._contents,
            "product-contents/{id:int}": self._content,
            "logged_user": self._logged_user,
        }
        methods = ["GET", "POST", "PATCH", "DELETE"]
        routes = [Route(f"{ROOT}/{path}/", self._guarded(do), methods=methods) for path, do in table.items()]
        return [*routes, Route(f"{ROOT}/", self._guarded(self._root), methods=["GET"])]

    async def _root(self, _: Request, __: FakeUser) -> Response:
        return JSONResponse({"products": f"{ROOT}/products/"})

    def _guarded(self, do: Any) -> Any:
        async def answer(request: Request) -> Response:
            path = request.url.path
            self.calls[f"{request.method} {path}"] += 1
            faults = self.faults
            if faults.slow_seconds:
                await run_in_threadpool(time.sleep, faults.slow_seconds)
            if faults.redirect:
                return Response(status_code=302, headers={"Location": faults.redirect})
            if faults.gateway:
                faults.gateway -= 1
                return HTMLResponse("<html>Bad Gateway</html>", faults.gateway_status)
            if faults.html_for_json:
                return HTMLResponse("<html>welcome</html>")
            user = self._user(request)
            if user is None:
                headers = {"WWW-Authenticate": 'Bearer realm="api"'}
                return JSONResponse({"detail": "Invalid token."}, 401, headers=headers)
            for place, status in faults.fail_at.items():
                if f"{request.method} {path}".endswith(f"{place}/") or place == f"{request.method} {path}":
                    return HTMLResponse("<html>Server Error</html>", status)
            found: Response = await do(request, user)
            if (status := faults.lost_at.get(f"{request.method} {path}")) is not None:
                return HTMLResponse("<html>Gateway Timeout</html>", status)
            return found

        return answer

    def _user(self, request: Request) -> FakeUser | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self.faults.revoke_after is not None and sum(self.calls.values()) > self.faults.revoke_after:
            return None
        return self.users.get(token) if scheme == "Token" else None

    def _sees(self, user: FakeUser, product: FakeProduct) -> bool:
        release = self.releases.get(product.release or 0)
        is_open = release is None or not release.groups or bool(release.groups & user.groups)
        return is_open or user.is_admin or product.owner == user.name

    def _own(self, request: Request, user: FakeUser) -> FakeProduct | None:
        product = self.products.get(request.path_params["id"])
        return product if product is not None and self._sees(user, product) else None

    # Lists

    async def _logged_user(self, request: Request, user: FakeUser) -> Response:
        return JSONResponse({"username": user.name, "is_admin": user.is_admin})

    async def _types(self, request: Request, user: FakeUser) -> Response:
        rows = [{"id": number, "name": name} for number, name in enumerate(TYPES, 1)]
        return paged(request, [row for row in rows if request.query_params.get("name") in (None, row["name"])])

    async def _releases(self, request: Request, user: FakeUser) -> Response:
        seen = [item for item in self.releases.values() if not item.groups or item.groups & user.groups]
        rows = [{"id": item.id, "name": item.name, "display_name": item.name} for item in seen]
        return paged(request, [row for row in rows if request.query_params.get("name") in (None, row["name"])])

    async def _products(self, request: Request, user: FakeUser) -> Response:
        if request.method == "POST":
            return await self._create(request, user)
        rows = [self.document(product, user) for product in self.products.values() if self._sees(user, product)]
        for name, value in request.query_params.items():
            if name in ("internal_name", "display_name", "status", "release", "product_type"):
                rows = [row for row in rows if str(row[name]) == value]
            elif name == "official_product":
                rows = [row for row in rows if str(row[name]).lower() == value.lower()]
            elif name in ("product_type_name", "release_name", "uploaded_by"):
                rows = [row for row in rows if value in str(row[name])]
            elif name == "product_name":
                rows = [row for row in rows if value in row["display_name"]]
        if (order := request.query_params.get("ordering")) is not None:
            rows.sort(key=lambda row: row[order.removeprefix("-")], reverse=order.startswith("-"))
        return paged(request, rows)

    def document(self, product: FakeProduct, user: FakeUser) -> dict[str, Any]:
        """A product as GET, POST and PATCH give it."""
        release = self.releases.get(product.release or 0)
        return {
            "id": product.id,
            "release": product.release,
            "release_name": release.name if release else None,
            "product_type": TYPES.index(product.type) + 1,
            "product_type_name": product.type.replace("_", " ").title(),
            "product_type_internal_name": product.type,
            "uploaded_by": product.owner,
            "is_owner": product.owner == user.name,
            "origin": "Upload",
            "product_status": STATUS_NAMES.get(product.status, "?"),
            "internal_name": product.internal_name,
            "display_name": product.display_name,
            "official_product": product.official,
            "pz_code": product.pz_code,
            "description": product.description,
            "created_at": "2026-03-02T13:05:10.120331Z",
            "updated_at": product.updated_at,
            "status": product.status,
            "release_year": None,
        }

    # One product

    async def _product(self, request: Request, user: FakeUser) -> Response:
        product = self._own(request, user)
        if product is None:
            return not_found()
        if request.method == "DELETE":
            if user.name != product.owner and not user.is_admin:
                return JSONResponse({"error": "You are not the owner."}, 403)
            product.status, product.files = 2, []
            return Response(status_code=204)
        if request.method == "PATCH":
            return await self._change(request, user, product)
        return JSONResponse(self.document(product, user))

    async def _change(self, request: Request, user: FakeUser, product: FakeProduct) -> Response:
        changes = await request.json()
        status = changes.get("status")
        if status is not None and status not in STATUS_NAMES:
            return HTMLResponse("<html>Server Error</html>", 500)
        filled = {column.alias for column in product.columns}
        if status == 1 and (missing := sorted(set(MANDATORY.get(product.type, ())) - filled)):
            return JSONResponse(f"The column(s) was not filled in: {','.join(missing)}", 406)
        product.status = product.status if status is None else status
        product.description = changes.get("description", product.description)
        product.display_name = changes.get("display_name", product.display_name)
        touch(product)
        return JSONResponse(self.document(product, user))

    async def _create(self, request: Request, user: FakeUser) -> Response:
        given = await request.json()
        if not given.get("display_name"):
            return JSONResponse({"display_name": "This field is required."}, 400)
        number = given.get("product_type")
        if not isinstance(number, int) or not 0 < number <= len(TYPES):
            return JSONResponse({"product_type": f'Invalid pk "{number}" - object does not exist.'}, 400)
        product = FakeProduct(
            self.new_id(),
            given["display_name"],
            TYPES[number - 1],
            user.name,
            release=given.get("release"),
            status=given.get("status", 0),
            description=given.get("description", ""),
        )
        self.products[product.id] = product
        if given.get("official_product") and not user.is_admin:
            product.status = 2
            return JSONResponse({"error": "Not allowed. Only administrators can do this."}, 403)
        if product.type == "redshift_catalog" and product.release is not None:
            product.status = 2
            return JSONResponse({"release": ["Release must be null on Redshift Catalog products."]}, 400)
        if product.type != "object_catalog" and given.get("pz_code"):
            product.status = 2
            return JSONResponse({"pz_code": ["Pz Code must be null."]}, 400)
        return JSONResponse(self.document(product, user), 201)

    async def _main_file_info(self, request: Request, user: FakeUser) -> Response:
        product = self._own(request, user)
        if product is None:
            return not_found()
        main = main_files(product)
        if not main:
            return JSONResponse({"error": "ProductFile matching query does not exist."}, 500)
        if len(main) > 1:
            return JSONResponse({"error": "get() returned more than one ProductFile -- it returned 2!"}, 500)
        file = file_document(product, main[0])
        told: dict[str, Any] = {name: file[name] for name in ("name", "type", "extension", "size", "n_rows")}
        told["is_directory"] = main[0].is_directory
        associated = [
            {"column_name": column.column_name, "ucd": column.ucd, "alias": column.alias}
            for column in product.columns
            if column.alias
        ]
        if associated:
            told["associated_columns"] = associated
        return JSONResponse({**self.document(product, user), "main_file": told})

    # Downloads

    async def _prepare(self, request: Request, user: FakeUser) -> Response:
        product = self._own(request, user)
        if product is None:
            return not_found()
        is_status = request.url.path.endswith("/status/")
        if is_status and product.id not in self._polls:
            return JSONResponse({"status": "not_found"}, 404)
        main = main_files(product)
        if len(main) != 1 or product.status == 2:
            return HTMLResponse("<html>Server Error</html>", 500)
        content, faults = main[0].content, self.faults
        told: dict[str, Any] = {"id": 9, "task_id": "0f3c6c1e", "filename": main[0].name, "size": None}
        told |= {"checksum": None, "source_signature": "50f8d7"}
        self._polls[product.id] += 1
        if faults.failed is not None:
            failed = {**told, "status": "failed", "error_message": faults.failed}
            return JSONResponse(failed, 200 if is_status else 202)
        if self._polls[product.id] <= faults.pending_polls:
            return JSONResponse({**told, "status": "pending"}, 202)
        token = f"{secrets.token_urlsafe(12)}:1xV9:{secrets.token_urlsafe(9)}"
        self._signatures[token] = (product.id, time.monotonic() + SIGNATURE_SECONDS)
        checksum = hashlib.sha256(b"other" if faults.wrong_checksum else content).hexdigest()
        host = faults.other_host or str(request.base_url).rstrip("/")
        url = f"{host}{ROOT}/products/{product.id}/download/main-file/file/?token={token}"
        ready = {"status": "ready", "size": len(content), "checksum": checksum, "download_url": url}
        return JSONResponse({**told, **ready, "expired_time": "2026-11-25T15:49:34.396274Z"})

    async def _file(self, request: Request, user: FakeUser) -> Response:
        product = self._own(request, user)
        if product is None:
            return not_found()
        signed, until = self._signatures.get(request.query_params.get("token", ""), (0, 0.0))
        if self.faults.expired:
            self.faults.expired -= 1
            until = 0.0
        if signed != product.id or until < time.monotonic():
            return JSONResponse({"detail": "Invalid or expired download token."}, 403)
        content = main_files(product)[0].content
        headers = {"Content-Disposition": f"attachment; filename={product.files[0].name}", "Accept-Ranges": "bytes"}
        if self.faults.truncated:
            self.faults.truncated -= 1
            # Without a length the end of the connection is the end of the body, as behind some proxies.
            return Response(content[: len(content) // 2], media_type="text/html", headers=headers)
        return Response(content, media_type="text/html", headers=headers)

    # Files and columns

    async def _files(self, request: Request, user: FakeUser) -> Response:
        if request.method == "GET":
            wanted = request.query_params.get("product_id")
            chosen = [product for product in self.products.values() if wanted in (None, str(product.id))]
            return paged(request, [file_document(product, file) for product in chosen for file in product.files])
        if int(request.headers.get("content-length", "0")) > self.faults.most_body_bytes:
            return HTMLResponse("<html>413 Request Entity Too Large</html>", 413)
        async with request.form() as form:
            sent = form.get("file")
            product = self.products.get(int(str(form.get("product", "0"))))
            if not isinstance(sent, UploadFile):
                return JSONResponse({"file": ["No file was submitted."]}, 400)
            if product is None:
                return HTMLResponse("<html>Server Error</html>", 500)
            if product.owner != user.name:
                return JSONResponse({"error": "You are not the owner."}, 403)
            kind = form.get("type")
            file = FakeFile(self.new_id(), sent.filename or "", int(str(form["role"])), await sent.read(), None)
            file.type = kind if isinstance(kind, str) else None
        product.files.append(file)
        return JSONResponse(file_document(product, file), 201)

    async def _registry(self, request: Request, user: FakeUser) -> Response:
        product = self._own(request, user)
        if product is None:
            return not_found()
        main = main_files(product)
        try:
            if len(main) != 1:
                raise ValueError("ProductFile matching query does not exist.")
            names, n_rows = read_columns(main[0])
        except (ValueError, pa.ArrowException, OSError) as error:
            product.status = 9
            return JSONResponse({"error": str(error)}, 500)
        known = {column.column_name: column for column in product.columns}
        product.columns = [
            FakeColumn(self.new_id(), name, order, *(known[name].alias, known[name].ucd) if name in known else ())
            for order, name in enumerate(names)
        ]
        main[0].n_rows = n_rows
        return JSONResponse({"id": product.id})

    async def _contents(self, request: Request, user: FakeUser) -> Response:
        wanted = request.query_params.get("product")
        chosen = [product for product in self.products.values() if wanted in (None, str(product.id))]
        return paged(request, [column_document(item, column) for item in chosen for column in item.columns])

    async def _content(self, request: Request, user: FakeUser) -> Response:
        for product in self.products.values():
            for column in product.columns:
                if column.id == request.path_params["id"]:
                    changes = await request.json()
                    column.alias, column.ucd = changes.get("alias") or None, changes.get("ucd") or None
                    return JSONResponse(column_document(product, column))
        return not_found()


class MergedSlashes:
    """As the web server before the real one does, and its published client counts on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request for the path with single slashes."""
        if scope["type"] == "http":
            scope = {**scope, "path": re.sub("//+", "/", scope["path"])}
        await self._app(scope, receive, send)


def paged(request: Request, rows: list[dict[str, Any]]) -> Response:
    """One page of a list, 100 rows unless asked otherwise and 1000 at most."""
    size = min(int(request.query_params.get("page_size", "100")), 1000)
    page = int(request.query_params.get("page", "1"))
    if page > 1 and (page - 1) * size >= len(rows):
        return JSONResponse({"detail": "Invalid page."}, 404)
    return JSONResponse({"count": len(rows), "results": rows[(page - 1) * size : page * size]})


def not_found() -> Response:
    """The same for what is not there and what is not to be seen."""
    return JSONResponse({"detail": "No Product matches the given query."}, 404)


def main_files(product: FakeProduct) -> list[FakeFile]:
    """Files with the role that there should be once."""
    return [file for file in product.files if file.role == 0]


def touch(product: FakeProduct) -> None:
    """Note that the product changed."""
    product.updated_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")


def read_columns(file: FakeFile) -> tuple[list[str], int]:
    """Names of columns in order, and rows; a zip becomes a folder."""
    content = file.content
    if file.name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".parquet") and "Npix=" in name)
            content = archive.read(name)
        file.is_directory = True
    if file.name.endswith(".csv"):
        lines = content.decode().splitlines()
        return lines[0].split(","), len(lines) - 1
    found = pq.ParquetFile(io.BytesIO(content))
    return list(found.schema_arrow.names), found.metadata.num_rows


@contextmanager
def serving_pz(fake: FakePzServer) -> Iterator[str]:
    """Serve it by a real uvicorn, and give the address of its API."""
    server = uvicorn.Server(uvicorn.Config(fake.app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{ROOT}/"
    finally:
        server.should_exit = True
        thread.join()
