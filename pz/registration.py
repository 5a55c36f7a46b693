"""Registers files as a new product of a PZ Server: whole and published, or not at all."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import structlog

from pz.client import PzServer
from pz.columns import AssociatedColumn
from pz.errors import ProductError, PzError
from pz.products import Product

__all__ = ["FileRole", "ProductFile", "Registration", "register"]

_log = structlog.get_logger("pz.registration")

_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")
"""Others are stored under a name that the server's own pipelines miss."""
_LONGEST_NAME = 255
_PUBLISHED = 1
_DELETED = 2


class FileRole(IntEnum):
    """What a file is to its product."""

    MAIN = 0
    DESCRIPTION = 1
    AUXILIARY = 2


@dataclass(frozen=True, slots=True)
class ProductFile:
    """A file that goes along."""

    path: Path
    name: str
    """Unique in the product; of letters, digits and ``._-``."""
    role: FileRole
    media_type: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What is to be registered."""

    display_name: str
    """Holds what makes it unique, such as the id of a job: by it a second run finds the first."""
    description: str
    product_type: str
    release: str | None
    """Its name on the PZ Server."""
    files: Sequence[ProductFile]
    columns: Sequence[AssociatedColumn]
    """Associations of columns of the main file."""


async def register(server: PzServer, wanted: Registration, *, most_bytes: int) -> Product:
    """Register and publish, or find that this was done before; what fails is removed again.

    Parameters
    ----------
    most_bytes
        Largest file that the server takes in one request.

    Raises
    ------
    ProductError
        If it cannot be registered as it is; with everything that is wrong.
    PzError
        If the server refuses or fails; the same may then be tried again.
    """
    _require_sound(wanted, most_bytes)
    if (done := await _earlier(server, wanted)) is not None:
        return done
    product_type, release = await _ids(server, wanted)
    try:
        product = await server.create(
            wanted.display_name, wanted.description, product_type=product_type, release=release
        )
    except BaseException:
        # The answer may be lost, and the draft be there.
        await asyncio.shield(_remove_drafts(server, wanted))
        raise
    try:
        for file in wanted.files:
            await server.upload(product, file.path, name=file.name, role=file.role, media_type=file.media_type)
        await server.read_columns(product)
        await _associate(server, product, wanted.columns)
        return await server.change(product, {"status": _PUBLISHED})
    except BaseException:
        # Not to be cut short: the draft would stay, for all to see in lists without a filter.
        await asyncio.shield(_remove(server, product))
        raise


def _require_sound(wanted: Registration, most_bytes: int) -> None:
    problems = []
    if not 0 < len(wanted.display_name) <= _LONGEST_NAME:
        problems.append(f"its name has {len(wanted.display_name)} characters; between 1 and {_LONGEST_NAME} are taken")
    if (n_main := sum(file.role is FileRole.MAIN for file in wanted.files)) != 1:
        problems.append(f"it has {n_main} main files; one is needed")
    names = [file.name for file in wanted.files]
    problems += [f"two files are called {name!r}" for name in sorted({name for name in names if names.count(name) > 1})]
    for file in wanted.files:
        if not _FILE_NAME.fullmatch(file.name):
            problems.append(f"{file.name!r} is no file name of letters, digits, dots, - and _")
        if (size := file.path.stat().st_size) > most_bytes:
            problems.append(f"{file.name} has {size} bytes; the limit of the PZ Server is {most_bytes}")
    if problems:
        raise ProductError(f"{wanted.display_name[:80]!r} cannot be registered: {'; '.join(problems)}")


async def _earlier(server: PzServer, wanted: Registration) -> Product | None:
    """The product that an earlier run published; what one left unfinished is removed."""
    found = await server.products(display_name=wanted.display_name)
    mine = [product for product in found if product.is_owner and product.display_name == wanted.display_name]
    for product in mine:
        if product.status not in (_PUBLISHED, _DELETED):
            await server.delete(product)
    return next((product for product in mine if product.status == _PUBLISHED), None)


async def _remove_drafts(server: PzServer, wanted: Registration) -> None:
    try:
        await _earlier(server, wanted)
    except PzError as error:
        _log.warning("drafts not looked for; the next run removes them", name=wanted.display_name, error=str(error))


async def _ids(server: PzServer, wanted: Registration) -> tuple[int, int | None]:
    """Numbers of type and release, which differ between installations."""
    number = await _id_of(server, "product-types/", wanted.product_type)
    if number is None:
        raise ProductError(f"the PZ Server has no product type {wanted.product_type!r}")
    release = None if wanted.release is None else await _id_of(server, "releases/", wanted.release)
    if release is None and wanted.release is not None:
        raise ProductError(f"the PZ Server has no release {wanted.release!r} that may be seen with this token")
    return number, release


async def _id_of(server: PzServer, path: str, name: str) -> int | None:
    rows = await server.rows(path, name, name=name)
    return next((int(row["id"]) for row in rows if row.get("name") == name), None)


async def _associate(server: PzServer, product: Product, columns: Sequence[AssociatedColumn]) -> None:
    """Say what columns mean, by the numbers that the last registry gave their rows."""
    rows = await server.rows("product-contents/", f"columns of {product}", product=str(product.id), ordering="order")
    numbers = {str(row.get("column_name")): int(row["id"]) for row in rows if row.get("product") == product.id}
    if missing := [column.column_name for column in columns if column.column_name not in numbers]:
        raise ProductError(f"{product} has no column {', '.join(missing)}: the PZ Server read {len(numbers)} others")
    for column in columns:
        await server.associate(product, numbers[column.column_name], column)


async def _remove(server: PzServer, product: Product) -> None:
    try:
        await server.delete(product)
    except PzError as error:
        _log.error("draft stays on the PZ Server; the next run removes it", product=product.id, error=str(error))
