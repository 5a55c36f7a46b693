"""Catalog cards: what a worker finds on opening each registered catalog, left where the web process reads it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import structlog

from trainingset.registry import CatalogCard, CatalogEntry, Registry, RegistryError, card_key
from trainingset.registry_file import RegistryFile
from uws.blobs import BlobStore
from uws.errors import FilesUnavailableError, UnknownBlobError
from worker.child import ChildDiedError
from worker.messages import Done, ReadCard
from worker.nursery import Nursery

__all__ = ["CardMaker"]

_log = structlog.get_logger("worker.cards")

_CATALOG_SECONDS = 600.0
"""How often a catalog whose entry has not changed is opened again: its files may have."""
_FAULT_SECONDS = 30.0
"""After which a catalog that could not be opened is tried again."""


class CardMaker:
    """Keeps the cards of all registered catalogs up to date. Several workers may do so at once.

    Parameters
    ----------
    registry_path
        YAML file; it may change at any time.
    registry_seconds
        How often it is looked at.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        registry_path: Path,
        *,
        blobs: BlobStore,
        makers: Nursery,
        registry_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry_file = RegistryFile(registry_path, _report_fault)
        self._blobs = blobs
        self._makers = makers
        self._registry_seconds = registry_seconds
        self._clock = clock
        self._due: dict[str, float] = {}
        """When each entry, as JSON, is to be opened next."""

    async def keep(self) -> None:
        """Look at registry and catalogs for ever."""
        while True:
            await self.look()
            await asyncio.sleep(self._registry_seconds)

    async def look(self) -> None:
        """Make the cards that are due: of new and changed entries at once, of the others now and then."""
        entries = {entry.model_dump_json(): entry for entry in await self._entries()}
        self._due = {key: self._due.get(key, float("-inf")) for key in entries}
        for key, entry in entries.items():
            if self._clock() >= self._due[key]:
                was_made = await self._try_to_make(entry)
                self._due[key] = self._clock() + (_CATALOG_SECONDS if was_made else _FAULT_SECONDS)

    async def _entries(self) -> Registry:
        try:
            return await asyncio.to_thread(self._registry_file.read)
        except RegistryError as error:
            _report_fault(error)
            return Registry()

    async def _try_to_make(self, entry: CatalogEntry) -> bool:
        try:
            return await self._make(entry)
        except FilesUnavailableError as error:  # this worker can do without: its jobs read no cards
            _log.warning("catalog card cannot be stored", catalog=entry.id, reason=str(error))
            return False

    async def _make(self, entry: CatalogEntry) -> bool:
        """Open one catalog and leave its card, if it is not there already."""
        known = await self._stored(entry.id)
        try:
            async with self._makers.lend() as child:
                outcome = await child.run(ReadCard(entry=entry, known=known))
        except ChildDiedError as error:
            _log.error("catalog cannot be opened", catalog=entry.id, reason=str(error))
            return False
        if not isinstance(outcome, Done):
            _log.error("catalog cannot be opened", catalog=entry.id, reason=outcome.model_dump(exclude={"event"}))
            return False
        card = CatalogCard.model_validate(outcome.value)
        if card != known:
            await self._blobs.write(card_key(entry.id), _once(card.model_dump_json().encode()))
            _log.info("catalog card written", catalog=entry.id, rows=card.n_rows, fingerprint=card.fingerprint)
        return True

    async def _stored(self, catalog_id: str) -> CatalogCard | None:
        try:
            return CatalogCard.model_validate_json(await self._blobs.read(card_key(catalog_id)))
        except (UnknownBlobError, ValueError):  # none yet, or one of another release
            return None


def _report_fault(error: RegistryError) -> None:
    _log.error("registry cannot be read, the last good one stays", error=str(error))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
