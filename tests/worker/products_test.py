"""Products of a PZ Server that a worker brings for its jobs."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from pydantic import SecretStr

from pz.config import PzAccess, PzServerConfig
from pz.errors import PzUnavailableError
from pz.products import NamedProduct
from pz.sealing import TokenSeal
from tests.pz.fake_records import FakeFile, FakeProduct
from tests.pz.fake_server import FakePzServer
from trainingset.errors import Problem
from worker.products import BroughtProducts, ProductStore

CONTENT = b"RAJ2000,DEJ2000,zspec\n1,2,0.5\n"
COLUMNS = {"RAJ2000": "RA", "DEJ2000": "Dec", "zspec": "z", "q": "z_flag"}
KEY = "k" * 32


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def named(product: FakeProduct, sealed_token: str | None = None) -> NamedProduct:
    return NamedProduct(id=product.id, internal_name=product.internal_name, sealed_token=sealed_token)


@pytest.fixture
def store(pz_config: PzServerConfig, tmp_path: Path) -> ProductStore:
    return ProductStore(pz_config, tmp_path / "kept")


async def bring(store: ProductStore, place: Path, *products: NamedProduct) -> BroughtProducts:
    wanted = {f"pz:{product.id}": product for product in products}
    return await store.bring(wanted, owner="mlima", parameter="REDSHIFTS", place=place)


async def the_problem(store: ProductStore, place: Path, product: FakeProduct) -> Problem:
    brought = await bring(store, place, named(product))
    assert brought.inputs == {}
    (problem,) = brought.problems
    assert problem.message.startswith(f"pz:{product.id}: ")
    return problem


async def test_a_table_comes_with_its_roles_and_checksum_and_is_fetched_once_until_it_changes(
    pz: FakePzServer, store: ProductStore, tmp_path: Path
) -> None:
    product = pz.add_product(CONTENT, columns=COLUMNS)
    place = f"GET /api/products/{product.id}/download/main-file/file/"
    first = (await bring(store, tmp_path / "a", named(product))).inputs[f"pz:{product.id}"]
    second = (await bring(store, tmp_path / "b", named(product))).inputs[f"pz:{product.id}"]
    assert Path(first.path).read_bytes() == Path(second.path).read_bytes() == CONTENT
    assert first.name == product.internal_name
    assert first.roles == {"ra": "RAJ2000", "dec": "DEJ2000", "z": "zspec", "quality_flag": "q"}
    assert (first.sha256, first.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert pz.calls[place] == 1
    product.updated_at = "2026-04-01T00:00:00Z"
    await bring(store, tmp_path / "c", named(product))
    assert pz.calls[place] == 2
    product.files[0].content = CONTENT * 2
    third = (await bring(store, tmp_path / "d", named(product))).inputs[f"pz:{product.id}"]
    assert Path(third.path).read_bytes() == CONTENT * 2


async def test_what_is_kept_is_not_given_to_who_may_no_longer_see_it(
    pz: FakePzServer, store: ProductStore, tmp_path: Path
) -> None:
    product = pz.add_product(CONTENT)
    await bring(store, tmp_path / "a", named(product))
    product.release = pz.add_release("closed", "nobody").id
    assert "has no product" in (await the_problem(store, tmp_path / "b", product)).message


async def test_only_so_much_is_kept_and_the_longest_unused_goes_first(
    pz: FakePzServer, pz_config: PzServerConfig, tmp_path: Path
) -> None:
    store = ProductStore(pz_config.model_copy(update={"cache_bytes": 2 * len(CONTENT)}), tmp_path / "kept")
    products = [pz.add_product(CONTENT, name=f"p{number}") for number in range(3)]
    for number, product in enumerate(products):
        brought = await bring(store, tmp_path / str(number), named(product))
        assert Path(brought.inputs[f"pz:{product.id}"].path).read_bytes() == CONTENT
    kept = {int(folder.name.split("-")[0]) for folder in (tmp_path / "kept").iterdir()}
    assert kept == {products[1].id, products[2].id}
    assert (tmp_path / "0-1").read_bytes() == CONTENT


async def test_a_hats_catalog_comes_as_a_folder(pz: FakePzServer, store: ProductStore, tmp_path: Path) -> None:
    content = zipped(**{"hats.properties": b"x", "dataset/Norder=0/Dir=0/Npix=1.parquet": b"y"})
    product = pz.add_product(content, filename="ecdfs_hats", is_directory=True)
    for place in ("a", "b"):
        brought = await bring(store, tmp_path / place, named(product))
        folder = Path(brought.inputs[f"pz:{product.id}"].path)
        assert (folder / "dataset/Norder=0/Dir=0/Npix=1.parquet").read_bytes() == b"y"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(**{"../../evil": b"x"}), "leads out of the folder"),
        (zipped(**{"/etc/evil": b"x"}), "leads out of the folder"),
        (b"<html>no zip</html>", "is no whole zip"),
        (zipped(big=bytes(2_000)), "unpacks to 2000 bytes; the limit is 1000"),
    ],
    ids=["relative-path-out", "absolute-path-out", "no-archive", "unpacks-to-too-much"],
)
async def test_an_archive_that_does_harm_is_a_problem_and_leaves_nothing(
    pz: FakePzServer, pz_config: PzServerConfig, tmp_path: Path, content: bytes, said: str
) -> None:
    store = ProductStore(pz_config.model_copy(update={"most_unpacked_bytes": 1000}), tmp_path / "kept")
    product = pz.add_product(content, is_directory=True)
    assert said in (await the_problem(store, tmp_path / "a", product)).message
    assert list((tmp_path / "kept").iterdir()) == []
    assert not (tmp_path / "evil").exists()


async def test_all_products_that_cannot_be_used_are_told_together(
    pz: FakePzServer, store: ProductStore, tmp_path: Path
) -> None:
    two = pz.add_product(CONTENT)
    two.files.append(FakeFile(pz.new_id(), "second.csv", 0, CONTENT))
    wrong = [pz.add_product(None, status=2), pz.add_product(None), two, pz.add_product(CONTENT, type="other")]
    good = pz.add_product(CONTENT)
    brought = await bring(store, tmp_path / "a", *map(named, [*wrong, good]))
    assert list(brought.inputs) == [f"pz:{good.id}"]
    said = ["was deleted", "has no main file", "has 2 main files", "is of type other"]
    for problem, text in zip(brought.problems, said, strict=True):
        assert text in problem.message


async def test_a_server_that_is_away_or_refuses_the_service_is_nobodys_mistake(
    pz: FakePzServer, store: ProductStore, tmp_path: Path
) -> None:
    product = pz.add_product(CONTENT)
    pz.faults.gateway = 1000
    with pytest.raises(PzUnavailableError, match="502"):
        await bring(store, tmp_path / "a", named(product))
    pz.faults.gateway, pz.faults.revoke_after = 0, 0
    with pytest.raises(PzUnavailableError, match="refuses this service"):
        await bring(store, tmp_path / "a", named(product))
    assert not (tmp_path / "kept").exists()


async def test_tokens_of_users_are_opened_for_their_owner_alone(
    pz: FakePzServer, pz_config: PzServerConfig, tmp_path: Path
) -> None:
    config = PzServerConfig(url=pz_config.url, access=PzAccess.USER, seal_keys=(SecretStr(KEY),), pause_seconds=0.01)
    store = ProductStore(config, tmp_path / "kept")
    product = pz.add_product(CONTENT)
    token = pz.issue("mlima")
    seal = TokenSeal([KEY])
    mine, stolen, gone = (
        named(product, text) for text in (seal.close(token, owner="mlima"), seal.close(token, owner="other"), None)
    )
    assert (await bring(store, tmp_path / "a", mine)).problems == ()
    for number, other in enumerate((stolen, gone)):
        (problem,) = (await bring(store, tmp_path / f"b{number}", other)).problems
        assert "can no longer be read" in problem.message
    del pz.users[token]
    (problem,) = (await bring(store, tmp_path / "c", mine)).problems
    assert "does not know the token" in problem.message


async def test_a_worker_without_a_pz_server_says_so(pz: FakePzServer, tmp_path: Path) -> None:
    with pytest.raises(PzUnavailableError, match="TSM_PZ__URL"):
        await bring(ProductStore(None, tmp_path / "kept"), tmp_path / "a", named(pz.add_product(CONTENT)))
