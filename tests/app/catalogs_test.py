"""Object catalogs: their cards, and who may see them."""

from pathlib import Path

import httpx
import pytest

from app.catalogs import CardShelf, CatalogNotReadyError, UnknownCatalogError
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG, a_card, an_entry, write_registry
from tests.app.workbench import in_chunks
from trainingset.registry import CatalogCard, RegistryError, card_key
from uws.blobs import BlobStore


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
def shelf(registry_path: Path, blobs: BlobStore, clock: Clock) -> CardShelf:
    return CardShelf(registry_path, blobs, cache_seconds=5, clock=clock)


async def leave_card(blobs: BlobStore, card: CatalogCard) -> None:
    await blobs.write(card_key(card.entry.id), in_chunks(card.model_dump_json().encode()))


async def test_catalog_that_needs_a_right_is_shown_only_with_it(shelf: CardShelf) -> None:
    without, with_right = await shelf.open_to(frozenset()), await shelf.open_to(frozenset({"dp2"}))

    assert list(without.entries) == [OPEN_CATALOG]
    assert list(with_right.entries) == [OPEN_CATALOG, RESTRICTED_CATALOG]


async def test_catalog_without_card_is_not_ready_and_an_unknown_one_unknown(shelf: CardShelf) -> None:
    catalogs = await shelf.open_to(frozenset())

    with pytest.raises(CatalogNotReadyError, match=OPEN_CATALOG):
        catalogs.card(OPEN_CATALOG)
    with pytest.raises(UnknownCatalogError):
        catalogs.card(RESTRICTED_CATALOG)


async def test_new_card_is_seen_after_the_cache_time(shelf: CardShelf, blobs: BlobStore, clock: Clock) -> None:
    await shelf.open_to(frozenset())
    await leave_card(blobs, a_card())
    clock.now = 4
    assert not (await shelf.open_to(frozenset())).cards

    clock.now = 5

    assert (await shelf.open_to(frozenset())).card(OPEN_CATALOG) == a_card()


async def test_changed_card_replaces_the_old_one(shelf: CardShelf, blobs: BlobStore, clock: Clock) -> None:
    await leave_card(blobs, a_card())
    await shelf.open_to(frozenset())
    await leave_card(blobs, a_card(margin_arcsec=None))
    clock.now = 5

    card = (await shelf.open_to(frozenset())).card(OPEN_CATALOG)

    assert card.margin_arcsec is None


async def test_right_is_taken_from_the_registry_and_not_from_an_old_card(
    shelf: CardShelf, blobs: BlobStore, registry_path: Path
) -> None:
    await leave_card(blobs, a_card(an_entry()))
    write_registry(registry_path, an_entry(required_right="dp2"))

    assert not (await shelf.open_to(frozenset({"dp1"}))).entries


async def test_unreadable_card_counts_as_none(shelf: CardShelf, blobs: BlobStore) -> None:
    await blobs.write(card_key(OPEN_CATALOG), in_chunks(b'{"entry": {}}'))

    assert not (await shelf.open_to(frozenset())).cards


async def test_slip_in_the_registry_keeps_the_last_good_one(
    shelf: CardShelf, registry_path: Path, clock: Clock
) -> None:
    await shelf.open_to(frozenset())
    registry_path.write_text("catalogs: [", encoding="utf-8")
    clock.now = 5

    assert list((await shelf.open_to(frozenset())).entries) == [OPEN_CATALOG]


async def test_registry_that_was_never_readable_is_an_error(tmp_path: Path, blobs: BlobStore) -> None:
    shelf = CardShelf(tmp_path / "missing.yaml", blobs, cache_seconds=5)

    with pytest.raises(RegistryError):
        await shelf.open_to(frozenset())


async def test_list_shows_what_a_recipe_needs(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.get("/api/v1/catalogs")

    (catalog,) = answer.json()
    assert (catalog["id"], catalog["n_rows"], catalog["margin_arcsec"]) == (OPEN_CATALOG, 1000, 5.0)
    assert (catalog["bands"], catalog["flux_kinds"], catalog["ready"]) == (["g", "r", "i"], ["gaap1p0"], True)


async def test_catalog_shows_columns_with_unit_ucd_and_description(app_client: httpx.AsyncClient) -> None:
    catalog = (await app_client.get(f"/api/v1/catalogs/{OPEN_CATALOG}")).json()

    columns = {column["name"]: column for column in catalog["columns"]}
    assert columns["coord_ra"]["unit"] == "deg"
    assert columns["objectId"]["ucd"] == "meta.id;meta.main"
    assert columns["objectId"]["description"] == "Identifier of the object"
    assert catalog["groups"]["shapes"] == ["g_ixx", "r_ixx", "i_ixx", "g_iyy", "r_iyy", "i_iyy"]


@pytest.mark.parametrize("catalog", [RESTRICTED_CATALOG, "nothing", "..", "a b"])
async def test_unknown_catalog_and_one_that_needs_a_right_look_alike(
    catalog: str, app_client: httpx.AsyncClient
) -> None:
    answer = await app_client.get(f"/api/v1/catalogs/{catalog}")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_right_opens_the_catalog(other_client: httpx.AsyncClient) -> None:
    answer = await other_client.get(f"/api/v1/catalogs/{RESTRICTED_CATALOG}")

    assert answer.status_code == 200


async def test_registered_catalog_that_no_worker_opened_says_try_again(
    app_client: httpx.AsyncClient, registry_path: Path
) -> None:
    write_registry(registry_path, an_entry("new.object"))

    listed = (await app_client.get("/api/v1/catalogs")).json()
    answer = await app_client.get("/api/v1/catalogs/new.object")

    assert [(catalog["id"], catalog["ready"], catalog["n_rows"]) for catalog in listed] == [("new.object", False, None)]
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
