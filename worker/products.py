"""Products of a PZ Server brought to this worker, and kept for the next job that names them."""

import asyncio
import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from pz.archive import unpack
from pz.client import PzServer
from pz.columns import roles_of
from pz.config import PzServerConfig
from pz.credentials import kept_token
from pz.errors import ProductError, PzServerError, PzTokenError, PzUnavailableError
from pz.products import Archive, NamedProduct, ProductDetails, require_redshifts
from trainingset.errors import Problem
from trainingset.order import InputFile

__all__ = ["BroughtProducts", "ProductStore"]

_log = structlog.get_logger("worker.products")

_TABLE = "table"
_CATALOG = "catalog"
_ABANDONED_SECONDS = 2 * 86_400
"""More than a job may run by default."""


@dataclass(frozen=True, slots=True)
class BroughtProducts:
    """What a job's products have become."""

    inputs: Mapping[str, InputFile]
    """By source, as the recipe spells it."""
    problems: tuple[Problem, ...]
    """Why others cannot be used; told together with everything else that is wrong with the recipe."""


class ProductStore:
    """Fetches products, and keeps what it fetched as long as there is room.

    The PZ Server is asked each time, as the user or for the user: what is kept saves the download, never the question.

    Parameters
    ----------
    config
        None where the operator named no PZ Server.
    folder
        For what is kept; on the file system of the workplaces, since files are linked into them. Workers may share it.
    """

    def __init__(self, config: PzServerConfig | None, folder: Path) -> None:
        self._config = config
        self._folder = folder

    async def bring(
        self, products: Mapping[str, NamedProduct], *, owner: str, parameter: str, place: Path
    ) -> BroughtProducts:
        """Bring all products that a job names.

        Parameters
        ----------
        products
            By source, as the recipe spells it.
        parameter
            That names sources, for problems.
        place
            A path of which nothing exists yet; each product gets a name that begins with it.

        Raises
        ------
        PzUnavailableError
            If the PZ Server is away, or refuses the account of the service.
        """
        inputs: dict[str, InputFile] = {}
        problems: list[Problem] = []
        for number, (source, product) in enumerate(products.items(), 1):
            try:
                inputs[source] = await self._bring(product, owner, place.with_name(f"{place.name}-{number}"))
            except (ProductError, PzTokenError, PzServerError) as error:
                problems.append(Problem(parameter=parameter, message=f"{source}: {error}", value=source))
        return BroughtProducts(inputs, tuple(problems))

    async def _bring(self, named: NamedProduct, owner: str, target: Path) -> InputFile:
        config = self._config
        if config is None:
            raise PzUnavailableError("This worker knows no PZ Server; its operators have to set TSM_PZ__URL for it.")
        async with PzServer(config, kept_token(config, named.sealed_token, owner=owner)) as server:
            try:
                # By its id alone: names are for people.
                product = await server.product(str(named.id))
                require_redshifts(product)
                details = await server.details(product)
                archive = await server.prepare(details)
                kept = await self._kept(config, server, details, archive)
            except PzTokenError as error:
                if config.token is None:
                    raise
                raise PzUnavailableError("The PZ Server refuses this service; its operators have to look.") from error
        try:
            await asyncio.to_thread(_link, kept, target)
        finally:
            await asyncio.to_thread(self._make_room, config.cache_bytes)
        return InputFile(
            name=details.internal_name,
            path=str(target),
            roles=roles_of(details.main_file.associated_columns),
            sha256=(archive.checksum or "").lower(),
            size=archive.size or 0,
        )

    async def _kept(self, config: PzServerConfig, server: PzServer, details: ProductDetails, archive: Archive) -> Path:
        """The folder with the product, which is fetched if it is not there yet."""
        checksum = (archive.checksum or "").lower()
        kept = self._folder / f"{details.id}-{details.updated_at:%Y%m%dT%H%M%S%f}-{checksum}"
        if await asyncio.to_thread(_is_used_again, kept):
            _log.info("product is kept", product=details.id)
            return kept
        coming = self._folder / f"new-{secrets.token_hex(8)}"
        await asyncio.to_thread(coming.mkdir, parents=True, mode=0o700)
        try:
            await server.download(details, archive, coming / _TABLE)
            if details.main_file.is_directory:
                limit = config.most_unpacked_bytes
                await asyncio.to_thread(unpack, coming / _TABLE, coming / _CATALOG, most_bytes=limit)
                await asyncio.to_thread((coming / _TABLE).unlink)
            with contextlib.suppress(OSError):
                # Another job may have been quicker with the same product: then its folder is there, and as good.
                await asyncio.to_thread(coming.rename, kept)
        finally:
            await asyncio.to_thread(shutil.rmtree, coming, ignore_errors=True)
        _log.info("product is fetched", product=details.id, bytes=archive.size)
        return kept

    def _make_room(self, most_bytes: int) -> None:
        """Remove what was not used for the longest time; running jobs have links of their own."""
        for left in self._folder.glob("new-*"):
            # Of a worker that was killed while it fetched.
            if time.time() - _last_use(left) > _ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        kept = sorted(self._folder.glob("*-*-*"), key=_last_use, reverse=True)
        total = 0
        for folder in kept:
            total += sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            if total > most_bytes:
                shutil.rmtree(folder, ignore_errors=True)


def _is_used_again(kept: Path) -> bool:
    try:
        os.utime(kept)
    except FileNotFoundError:
        return False
    return True


def _last_use(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _link(kept: Path, target: Path) -> None:
    """Put what is kept into a workplace without copying it."""
    catalog = kept / _CATALOG
    if catalog.is_dir():
        shutil.copytree(catalog, target, copy_function=os.link)
    else:
        os.link(kept / _TABLE, target)
