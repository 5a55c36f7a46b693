"""A result becomes a published product, or leaves nothing."""

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pz.columns import AssociatedColumn
from pz.errors import ProductError, PzError
from pz.registration import FileRole, ProductFile, Registration, register
from tests.pz.conftest import OpenPz
from tests.pz.fake_server import FakePzServer

MOST_BYTES = 400_000_000
COLUMNS = [
    AssociatedColumn(column_name="c149", alias="z", ucd="src.redshift"),
    AssociatedColumn(column_name="c0", alias="ID", ucd="meta.id;meta.main"),
]
AMake = Callable[..., Registration]


@pytest.fixture
def a_registration(tmp_path: Path) -> AMake:
    """A training set of more columns than one page holds, with its record."""
    table = tmp_path / "table"
    pq.write_table(pa.table({f"c{number}": [1.0, 2.0] for number in range(150)}), table)
    record = tmp_path / "record"
    record.write_text("{}")
    main = ProductFile(table, "training_set.parquet", FileRole.MAIN, "application/vnd.apache.parquet")
    auxiliary = ProductFile(record, "provenance.json", FileRole.AUXILIARY, "application/json")

    def make(**changes: object) -> Registration:
        fields: dict[str, object] = {"display_name": "TSM DP1 [job 7d1c]", "description": "Made by TSM"}
        fields |= {"product_type": "training_set", "release": None, "files": [main, auxiliary], "columns": COLUMNS}
        return Registration(**fields | changes)  # type: ignore[arg-type]

    return make


def kept(pz: FakePzServer) -> list[int]:
    return [product.status for product in pz.products.values() if product.status != 2]


async def test_a_product_is_published_with_files_and_associations(
    pz: FakePzServer, a_client: OpenPz, a_registration: AMake
) -> None:
    release = pz.add_release("DP1")
    made = await register(a_client(), a_registration(release="DP1"), most_bytes=MOST_BYTES)
    product = pz.products[made.id]
    assert (made.status, product.type, product.release) == (1, "training_set", release.id)
    assert [(file.name, file.role) for file in product.files] == [("training_set.parquet", 0), ("provenance.json", 2)]
    assert pq.read_table(io.BytesIO(product.files[0].content)).num_rows == product.files[0].n_rows == 2
    told = {column.column_name: (column.alias, column.ucd) for column in product.columns if column.alias}
    assert told == {column.column_name: (column.alias, column.ucd) for column in COLUMNS}


async def test_a_second_run_finds_the_first(pz: FakePzServer, a_client: OpenPz, a_registration: AMake) -> None:
    pz.add_product(b"x", name="TSM DP1 [job 7d1c]", owner="somebody else")
    first = await register(a_client(), a_registration(), most_bytes=MOST_BYTES)
    second = await register(a_client(), a_registration(), most_bytes=MOST_BYTES)
    assert first.id == second.id
    assert len(pz.products) == 2


@pytest.mark.parametrize(
    ("place", "status"),
    [("registry", 500), ("product-files", 413), ("product-files", 502), ("product-contents", 503)],
)
async def test_what_fails_leaves_no_draft_and_can_be_repeated(
    pz: FakePzServer, a_client: OpenPz, a_registration: AMake, place: str, status: int
) -> None:
    method = "GET" if place == "product-contents" else "POST"
    pz.faults.fail_at = {f"{method} /api/{place}/" if place.startswith("product-") else place: status}
    with pytest.raises(PzError, match=str(status)):
        await register(a_client(), a_registration(), most_bytes=MOST_BYTES)
    assert kept(pz) == []
    assert pz.calls["POST /api/product-files/"] <= 2
    pz.faults.fail_at = {}
    assert (await register(a_client(), a_registration(), most_bytes=MOST_BYTES)).status == 1
    assert kept(pz) == [1]


async def test_a_draft_that_could_not_be_removed_is_removed_by_the_next_run(
    pz: FakePzServer, a_client: OpenPz, a_registration: AMake
) -> None:
    pz.faults.fail_at = {"registry": 500}
    removed = {f"DELETE /api/products/{number}/": 500 for number in range(100)}
    pz.faults.fail_at |= removed
    with pytest.raises(PzError, match="registry"):
        await register(a_client(), a_registration(), most_bytes=MOST_BYTES)
    assert len(kept(pz)) == 1
    pz.faults.fail_at = {}
    await register(a_client(), a_registration(), most_bytes=MOST_BYTES)
    assert kept(pz) == [1]


async def test_columns_that_publishing_needs_are_named_by_the_server(
    pz: FakePzServer, a_client: OpenPz, a_registration: AMake
) -> None:
    with pytest.raises(PzError, match=r"406: The column\(s\) was not filled in: z"):
        await register(a_client(), a_registration(columns=COLUMNS[1:]), most_bytes=MOST_BYTES)
    assert kept(pz) == []


async def test_everything_wrong_is_said_before_anything_is_made(
    pz: FakePzServer, a_client: OpenPz, a_registration: AMake, tmp_path: Path
) -> None:
    spaced = ProductFile(tmp_path / "table", "my table.parquet", FileRole.MAIN, "x")
    with pytest.raises(ProductError, match=r"has 300 .*2 main files.*two files are called.*no file name.*limit"):
        await register(a_client(), a_registration(display_name="x" * 300, files=[spaced, spaced]), most_bytes=10)
    with pytest.raises(ProductError, match="no product type 'nonsense'"):
        await register(a_client(), a_registration(product_type="nonsense"), most_bytes=MOST_BYTES)
    with pytest.raises(ProductError, match="no release 'DP9'"):
        await register(a_client(), a_registration(release="DP9"), most_bytes=MOST_BYTES)
    gone = [AssociatedColumn(column_name="gone", alias="z")]
    with pytest.raises(ProductError, match="has no column gone"):
        await register(a_client(), a_registration(columns=gone), most_bytes=MOST_BYTES)
    assert kept(pz) == []
