"""Catalog cards: written for the web process when a catalog is new or changed, and by each new release."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.catalogs import an_entry, write_registry
from tests.worker.children import start_child
from trainingset.registry import CARD_VERSION, CatalogCard, card_key
from uws.blobs import BlobStore
from uws.errors import UnknownBlobError
from worker.cards import CardMaker
from worker.nursery import Nursery


class Clock:
    """Monotonic seconds, moved by the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry_path(tmp_path: Path) -> Path:
    path = tmp_path / "registry.yaml"
    write_registry(path, an_entry("sky"))
    return path


@pytest.fixture
async def maker(registry_path: Path, blobs: BlobStore, clock: Clock) -> AsyncIterator[CardMaker]:
    """A maker whose children give cards with the number of times that they were made."""
    async with Nursery(start_child, size=1) as makers:
        yield CardMaker(registry_path, blobs=blobs, makers=makers, registry_seconds=1, clock=clock)


async def stored(blobs: BlobStore) -> CatalogCard:
    return CatalogCard.model_validate_json(await blobs.read(card_key("sky")))


async def leave(blobs: BlobStore, content: bytes) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    await blobs.write(card_key("sky"), chunks())


async def test_a_registered_catalog_gets_a_card(maker: CardMaker, blobs: BlobStore) -> None:
    await maker.look()

    assert (await stored(blobs)).version == CARD_VERSION


async def test_a_card_stands_while_the_catalog_is_the_same(maker: CardMaker, blobs: BlobStore, clock: Clock) -> None:
    await maker.look()
    before = await blobs.info(card_key("sky"))
    clock.now = 3600

    await maker.look()

    assert await blobs.info(card_key("sky")) == before


@pytest.mark.parametrize("old", [b'{"entry": {}}', b"no JSON"])
async def test_what_cannot_be_read_is_written_anew(maker: CardMaker, blobs: BlobStore, old: bytes) -> None:
    await leave(blobs, old)

    await maker.look()

    assert (await stored(blobs)).n_rows == 1


async def test_the_card_of_an_older_release_is_written_anew(maker: CardMaker, blobs: BlobStore, clock: Clock) -> None:
    await maker.look()
    old = (await stored(blobs)).model_copy(update={"version": CARD_VERSION - 1})
    await leave(blobs, old.model_dump_json().encode())
    clock.now = 3600

    await maker.look()

    card = await stored(blobs)
    assert (card.version, card.n_rows) == (CARD_VERSION, 2)


async def test_a_changed_entry_gets_a_new_card_at_once(maker: CardMaker, blobs: BlobStore, registry_path: Path) -> None:
    await maker.look()
    write_registry(registry_path, an_entry("sky").model_copy(update={"title": "Another sky"}))

    await maker.look()

    assert (await stored(blobs)).entry.title == "Another sky"


async def test_a_catalog_that_cannot_be_opened_is_tried_again(
    maker: CardMaker, blobs: BlobStore, registry_path: Path, clock: Clock
) -> None:
    write_registry(registry_path, an_entry("sky").model_copy(update={"title": "broken"}))
    await maker.look()
    with pytest.raises(UnknownBlobError):
        await stored(blobs)
    write_registry(registry_path, an_entry("sky"))
    clock.now = 31

    await maker.look()

    assert (await stored(blobs)).n_rows == 1


async def test_a_slip_in_the_registry_leaves_the_cards_to_be_made(
    maker: CardMaker, blobs: BlobStore, registry_path: Path, clock: Clock
) -> None:
    await maker.look()
    await blobs.delete(card_key("sky"))
    registry_path.write_text("catalogs: [")
    clock.now = 3600

    await maker.look()

    assert (await stored(blobs)).entry.id == "sky"


async def test_no_registry_yet_is_no_reason_to_stop(maker: CardMaker, blobs: BlobStore, registry_path: Path) -> None:
    registry_path.unlink()
    await maker.look()
    write_registry(registry_path, an_entry("sky"))

    await maker.look()

    assert (await stored(blobs)).entry.id == "sky"
