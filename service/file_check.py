"""``tsm-service check-files``: whether every result, upload and compilation has its file, as after a restore."""

import asyncio
from pathlib import Path

import typer

from service.known_stores import NoServiceError, known_stores
from service.service_folder import ServiceFolder
from uws.blobs import BlobStore
from uws.config import StoreSettings
from uws.database import Database
from uws.errors import UwsError
from uws.inventory import Inventory, MissingFile, take_inventory

__all__ = ["check_files"]

_FAILED = 1


def check_files(root: Path) -> int:
    """Print every file that is missing, and how many belong to nothing.

    Returns
    -------
    int
        Exit code: 1 if a file is missing or of another size, or the stores cannot be asked.
    """
    try:
        inventory = asyncio.run(_take(known_stores(ServiceFolder(root.absolute()))))
    except (NoServiceError, UwsError, OSError) as error:
        typer.echo(str(error))
        return _FAILED
    _tell(inventory)
    return _FAILED if inventory.missing else 0


async def _take(settings: StoreSettings) -> Inventory:
    database = Database(settings.database_url)
    try:
        return await take_inventory(database, BlobStore(settings.blob_root, settings.blob_options))
    finally:
        await database.close()


def _tell(inventory: Inventory) -> None:
    for file in inventory.missing:
        typer.echo(f"BAD  {_what_is_wrong(file)}")
    typer.echo(f"{inventory.n_needed} files are needed, {len(inventory.missing)} of them are missing or damaged.")
    if inventory.missing:
        typer.echo("Copy them from a backup under the same keys; a job's owner can also run the same request again.")
    if inventory.unknown:
        size = sum(blob.size for blob in inventory.unknown)
        typer.echo(
            f"{len(inventory.unknown)} files ({size:,} bytes) belong to nothing: workers remove them when they are six "
            "hours old."
        )


def _what_is_wrong(file: MissingFile) -> str:
    found = "is missing" if file.found is None else f"has {file.found:,} bytes"
    return f"{file.key} ({file.needed_by}, {file.size:,} bytes) {found}"
