"""The shelf of catalog cards: what the web process knows of object catalogs without opening one."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from trainingset.registry import CatalogCard, CatalogEntry, Registry, RegistryError, card_key
from trainingset.registry_file import RegistryFile
from uws.blobs import BlobStore, StoredBlob
from uws.errors import FilesUnavailableError, UnknownBlobError

__all__ = ["CardShelf", "CatalogNotReadyError", "OpenCatalogs", "UnknownCatalogError"]

BUILT_IN_FOOTPRINTS = ("dp1",)
"""Footprints that need no operator."""

_AWAY_SECONDS = 10.0
"""Between attempts to read cards from a store that is away."""

_log = structlog.get_logger("app.catalogs")


class UnknownCatalogError(Exception):
    """No such catalog for this user: it is not registered, or needs a right that the user lacks."""


class CatalogNotReadyError(Exception):
    """The catalog is registered, but no worker has opened it and written its card yet; try again shortly."""


@dataclass(frozen=True, slots=True)
class OpenCatalogs:
    """The catalogs that one user may see, in the order of the registry."""

    entries: Mapping[str, CatalogEntry]
    cards: Mapping[str, CatalogCard]
    """Cards by catalog id; missing for a catalog that no worker has opened yet."""
    footprints: tuple[str, ...] = ()
    """Names of footprints that compilations can flag, besides the coverage of catalogs."""

    def card(self, catalog_id: str) -> CatalogCard:
        """The card of one catalog.

        Raises
        ------
        UnknownCatalogError
            If there is no such catalog for this user.
        CatalogNotReadyError
            If its card is not written yet.
        """
        if catalog_id not in self.entries:
            raise UnknownCatalogError(f"there is no catalog {catalog_id!r} that you may use")
        if catalog_id not in self.cards:
            raise CatalogNotReadyError(f"catalog {catalog_id!r} is registered but not opened yet; try again shortly")
        return self.cards[catalog_id]


@dataclass(frozen=True, slots=True)
class _Kept:
    card: CatalogCard
    stored: StoredBlob


class CardShelf:
    """Registry and cards, looked at again after a few seconds.

    Parameters
    ----------
    registry_path
        YAML file; it may be edited while the service runs.
    blobs
        Where workers leave the cards.
    cache_seconds
        How long what was read is used unseen.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        registry_path: Path,
        blobs: BlobStore,
        *,
        cache_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry_file = RegistryFile(registry_path, _report_fault)
        self._blobs = blobs
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._registry: Registry | None = None
        self._kept: dict[str, _Kept] = {}
        self._fresh_until = float("-inf")
        self._refreshing = asyncio.Lock()

    async def open_to(self, rights: frozenset[str]) -> OpenCatalogs:
        """The catalogs that these data rights open; without any, the public ones.

        Raises
        ------
        RegistryError
            If the registry could not be read even once.
        """
        registry = await self._present()
        entries = {entry.id: entry for entry in registry if entry.required_right in rights | {None}}
        cards = {id_: self._kept[id_].card for id_ in entries if id_ in self._kept}
        footprints = (*BUILT_IN_FOOTPRINTS, *(footprint.name for footprint in registry.footprints))
        return OpenCatalogs(entries, cards, footprints)

    async def closed_to(self, rights: frozenset[str]) -> frozenset[str]:
        """Ids of the registered catalogs that these data rights do not open now. Raises as `open_to` does."""
        registry = await self._present()
        return frozenset(entry.id for entry in registry if entry.required_right not in rights | {None})

    async def _present(self) -> Registry:
        async with self._refreshing:
            if self._registry is None or self._clock() >= self._fresh_until:
                await self._refresh()
        assert self._registry is not None
        return self._registry

    async def _refresh(self) -> None:
        self._registry = await asyncio.to_thread(self._registry_file.read)
        pause = self._cache_seconds
        try:
            kept = {entry.id: await self._read_card(entry.id) for entry in self._registry}
            self._kept = {catalog_id: card for catalog_id, card in kept.items() if card is not None}
        except FilesUnavailableError as error:
            # The last cards stay good, and nobody waits for a store that hangs more than now and then.
            _log.warning("catalog cards cannot be read, the last ones stay", error=str(error))
            pause = max(pause, _AWAY_SECONDS)
        self._fresh_until = self._clock() + pause

    async def _read_card(self, catalog_id: str) -> _Kept | None:
        key, kept = card_key(catalog_id), self._kept.get(catalog_id)
        try:
            stored = await self._blobs.info(key)
            if kept is not None and kept.stored == stored:
                return kept
            return _Kept(CatalogCard.model_validate_json(await self._blobs.read(key)), stored)
        except UnknownBlobError:
            return None
        except ValidationError as error:
            # A worker of another release wrote it; it will be written again when that worker is replaced.
            _log.error("catalog card cannot be read", catalog=catalog_id, error=str(error))
            return None


def _report_fault(error: RegistryError) -> None:
    _log.error("registry cannot be read, the last good one stays", error=str(error))
