"""The client beside a PZ Server that answers as the real one does, and one that breaks."""

import hashlib
from pathlib import Path

import pytest

from pz.client import PzServer
from pz.errors import ProductError, PzError, PzServerError, PzTokenError, PzUnavailableError
from pz.products import Product, require_redshifts
from tests.pz.conftest import OpenPz
from tests.pz.fake_records import FakeFile
from tests.pz.fake_server import FakePzServer

CONTENT = b"RAJ2000,DEJ2000,zspec\n1,2,0.5\n" * 1000
COLUMNS = {"RAJ2000": "RA", "DEJ2000": "Dec", "zspec": "z", "more": None}


async def fetched(client: PzServer, product: Product, target: Path) -> bytes:
    await client.download(product, await client.prepare(product), target)
    return target.read_bytes()


async def test_a_product_is_found_by_id_and_by_internal_name_and_comes_whole(
    pz: FakePzServer, a_client: OpenPz, tmp_path: Path
) -> None:
    registered = pz.add_product(CONTENT, columns=COLUMNS)
    pz.add_product(b"other", name="Other")
    client = a_client()
    by_id = await client.product(str(registered.id))
    by_name = await client.product(f"{registered.id}_ecdfs_specz_v2")
    details = await client.details(by_id)
    require_redshifts(by_id)
    assert by_id == by_name
    assert by_id.display_name == "ECDFS spec-z (v2)"
    told = {column.column_name: column.alias for column in details.main_file.associated_columns}
    assert told == {"RAJ2000": "RA", "DEJ2000": "Dec", "zspec": "z"}
    assert await fetched(client, by_id, tmp_path / "table") == CONTENT


async def test_a_product_without_associations_tells_none(pz: FakePzServer, a_client: OpenPz) -> None:
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    assert (await client.details(product)).main_file.associated_columns == ()


@pytest.mark.parametrize("named", ["99", "nowhere", "٤٢", "41/../42", "41?x=1"])
async def test_a_product_that_does_not_exist_is_said_so(pz: FakePzServer, a_client: OpenPz, named: str) -> None:
    pz.add_product(CONTENT)
    with pytest.raises(ProductError, match="has no product"):
        await a_client().product(named)


async def test_an_invisible_product_is_as_one_that_does_not_exist(pz: FakePzServer, a_client: OpenPz) -> None:
    release = pz.add_release("DP1", "rubin")
    product = pz.add_product(CONTENT, type="object_catalog", release=release.id)
    with pytest.raises(ProductError, match="has no product"):
        await a_client().product(str(product.id))
    with pytest.raises(ProductError, match="has no product"):
        await a_client().product(product.internal_name)
    member = a_client(pz.issue("member", groups=frozenset({"rubin"})))
    assert (await member.product(str(product.id))).release_name == "DP1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": 0}, "is a draft"),
        ({"status": 2}, "was deleted"),
        ({"status": 3}, "is still being made"),
        ({"status": 9}, "failed"),
        ({"status": 7}, "has status 7"),
        ({"type": "training_set"}, "is of type training_set, not redshift_catalog"),
        ({"type": "other", "status": 2}, "was deleted and is of type other"),
    ],
)
async def test_what_is_no_published_redshift_catalog_is_refused(
    pz: FakePzServer, a_client: OpenPz, changes: dict[str, object], said: str
) -> None:
    product = await a_client().product(str(pz.add_product(CONTENT, **changes).id))  # type: ignore[arg-type]
    with pytest.raises(ProductError, match=said):
        require_redshifts(product)


async def test_no_main_file_and_two_are_told_apart(pz: FakePzServer, a_client: OpenPz) -> None:
    client = a_client()
    none = pz.add_product(None)
    two = pz.add_product(CONTENT)
    two.files.append(FakeFile(pz.new_id(), "second.csv", 0, CONTENT))
    with pytest.raises(ProductError, match="has no main file"):
        await client.details(await client.product(str(none.id)))
    with pytest.raises(ProductError, match=r"has 2 main files \(ecdfs.parquet, second.csv\)"):
        await client.details(await client.product(str(two.id)))


async def test_an_archive_that_is_being_made_is_waited_for(pz: FakePzServer, a_client: OpenPz, tmp_path: Path) -> None:
    pz.faults.pending_polls = 4
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    assert await fetched(client, product, tmp_path / "table") == CONTENT
    pz.faults.pending_polls = 10_000
    with pytest.raises(PzUnavailableError, match="not ready after"):
        await a_client(prepare_seconds=0.1).prepare(product)


async def test_an_archive_that_cannot_be_made_tells_why(pz: FakePzServer, a_client: OpenPz) -> None:
    pz.faults.failed = "No space left\non device"
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    with pytest.raises(ProductError, match=r"cannot prepare product .*: No space left on device"):
        await client.prepare(product)


async def test_what_is_too_large_is_not_fetched(pz: FakePzServer, a_client: OpenPz) -> None:
    client = a_client(most_bytes=100)
    product = await client.product(str(pz.add_product(CONTENT).id))
    with pytest.raises(ProductError, match=f"has {len(CONTENT)} bytes; the limit is 100"):
        await client.prepare(product)


@pytest.mark.parametrize("fault", ["truncated", "expired"])
async def test_a_download_that_breaks_is_tried_again_with_a_new_signature(
    pz: FakePzServer, a_client: OpenPz, tmp_path: Path, fault: str
) -> None:
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    setattr(pz.faults, fault, 2)
    assert await fetched(client, product, tmp_path / "table") == CONTENT
    setattr(pz.faults, fault, 3)
    with pytest.raises(PzUnavailableError, match="download of product"):
        await fetched(client, product, tmp_path / "table")


async def test_bytes_with_another_checksum_are_never_taken(pz: FakePzServer, a_client: OpenPz, tmp_path: Path) -> None:
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    pz.faults.wrong_checksum = True
    with pytest.raises(PzUnavailableError, match=hashlib.sha256(CONTENT).hexdigest()):
        await fetched(client, product, tmp_path / "table")


async def test_a_download_at_another_host_comes_from_the_configured_server(
    pz: FakePzServer, a_client: OpenPz, tmp_path: Path
) -> None:
    pz.faults.other_host = "https://evil.example"
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    assert await fetched(client, product, tmp_path / "table") == CONTENT


async def test_no_redirect_is_followed(pz: FakePzServer, a_client: OpenPz) -> None:
    pz.faults.redirect = "https://evil.example/api/products/1/"
    with pytest.raises(PzServerError, match="302: it sends to another address, which is not followed"):
        await a_client().product("1")


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_server_that_is_away_for_a_moment_is_asked_again(
    pz: FakePzServer, a_client: OpenPz, status: int
) -> None:
    number = str(pz.add_product(CONTENT).id)
    pz.faults.gateway_status, pz.faults.gateway = status, 2
    assert (await a_client().product(number)).status == 1
    pz.faults.gateway = 3
    with pytest.raises(PzUnavailableError, match=f"{status}: an answer that is no JSON"):
        await a_client().product(number)


async def test_500_is_not_asked_again(pz: FakePzServer, a_client: OpenPz) -> None:
    pz.faults.fail_at = {"GET /api/products/7/": 500}
    with pytest.raises(PzServerError, match="500"):
        await a_client().product("7")
    assert pz.calls["GET /api/products/7/"] == 1


async def test_a_page_in_place_of_a_document_is_an_error(pz: FakePzServer, a_client: OpenPz) -> None:
    pz.faults.html_for_json = True
    with pytest.raises(PzServerError, match="not the document of its API"):
        await a_client().product("1")


async def test_a_silent_server_is_not_waited_for(pz: FakePzServer, a_client: OpenPz) -> None:
    pz.faults.slow_seconds = 0.5
    with pytest.raises(PzUnavailableError, match="silent for too long"):
        await a_client(read_seconds=0.05, attempts=1).product("1")


async def test_a_server_that_is_not_there_is_unavailable(a_client: OpenPz) -> None:
    with pytest.raises(PzUnavailableError, match="the connection fails"):
        await a_client(url="http://127.0.0.1:9/api/").product("1")


async def test_a_wrong_token_and_one_replaced_half_way_are_said_so(
    pz: FakePzServer, a_client: OpenPz, tmp_path: Path
) -> None:
    with pytest.raises(PzTokenError, match="does not know the token"):
        await a_client("0" * 40).product("1")
    client = a_client()
    product = await client.product(str(pz.add_product(CONTENT).id))
    archive = await client.prepare(product)
    pz.faults.revoke_after = 0
    with pytest.raises(PzTokenError):
        await client.download(product, archive, tmp_path / "table")


async def test_a_product_deleted_between_two_steps_is_an_error(pz: FakePzServer, a_client: OpenPz) -> None:
    registered = pz.add_product(CONTENT)
    client = a_client()
    product = await client.product(str(registered.id))
    registered.status, registered.files = 2, []
    with pytest.raises(PzError, match=f"product {registered.id}"):
        await client.prepare(product)


async def test_lists_are_read_beyond_their_first_page(pz: FakePzServer, a_client: OpenPz) -> None:
    for number in range(1203):
        pz.add_product(None, name=f"p{number}")
    wide = pz.add_product(CONTENT, columns={f"c{number}": None for number in range(1101)})
    client = a_client()
    products = await client.products(status="1")
    rows = await client.rows("product-contents/", "columns", product=str(wide.id))
    assert len({product.id for product in products}) == 1204
    assert [row["column_name"] for row in rows] == [f"c{number}" for number in range(1101)]
