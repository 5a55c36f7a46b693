"""Products of a PZ Server as it tells them, and which of them redshifts can be taken from."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from pz.columns import AssociatedColumn
from pz.errors import ProductError

__all__ = [
    "REDSHIFT_CATALOG",
    "Account",
    "Archive",
    "MainFile",
    "NamedProduct",
    "Page",
    "Product",
    "ProductDetails",
    "require_redshifts",
]

REDSHIFT_CATALOG = "redshift_catalog"

_PUBLISHED = 1
_WHY_NOT = {
    0: "is a draft that its owner has not published yet",
    2: "was deleted",
    3: "is still being made by a process of the PZ Server",
    9: "failed when it was registered or made",
}

_Row = TypeVar("_Row")


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Product(_Told):
    """What lists and single answers tell. Nothing of it is proof of anything: others than the owner may change it."""

    id: int
    internal_name: str
    display_name: str
    product_type_internal_name: str
    status: int
    release: int | None = None
    release_name: str | None = None
    uploaded_by: str | None = None
    is_owner: bool = False
    """Whether the token's owner registered it."""
    official_product: bool = False
    description: str | None = None
    created_at: datetime
    updated_at: datetime

    def __str__(self) -> str:
        return f"product {self.id} ({self.internal_name})"


class MainFile(_Told):
    """The table of a product."""

    name: str
    extension: str | None = None
    size: int | None = None
    n_rows: int | None = None
    is_directory: bool = False
    """A HATS catalog, which comes as a zip."""
    associated_columns: tuple[AssociatedColumn, ...] = ()


class ProductDetails(Product):
    """A product with its table."""

    main_file: MainFile


class Account(_Told):
    """The owner of a token."""

    username: str
    """As it is displayed."""
    is_admin: bool


class Archive(_Told):
    """What the server made ready for download, or is making."""

    status: Literal["pending", "running", "ready", "failed", "not_found"]
    size: int | None = None
    checksum: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")
    """SHA-256 of the bytes that will come."""
    download_url: str | None = Field(None, repr=False)
    """Signed for 15 minutes."""
    error_message: str | None = None


class NamedProduct(_Told):
    """A product that a job is to fetch, as the web process leaves it for a worker."""

    id: int
    internal_name: str
    sealed_token: str | None = Field(None, repr=False)
    """Of its user (`pz.sealing.TokenSeal`); None where the account of the service asks."""


class Page(_Told, Generic[_Row]):
    """One page of a list."""

    count: int
    results: tuple[_Row, ...]


def require_redshifts(product: Product) -> None:
    """Refuse what is no published catalog of redshifts.

    Raises
    ------
    ProductError
        With everything that is wrong.
    """
    problems = []
    if product.status != _PUBLISHED:
        problems.append(_WHY_NOT.get(product.status, f"has status {product.status}, which is not published"))
    if product.product_type_internal_name != REDSHIFT_CATALOG:
        problems.append(f"is of type {product.product_type_internal_name}, not {REDSHIFT_CATALOG}")
    if problems:
        raise ProductError(f"{product} of the PZ Server {' and '.join(problems)}: name another product")
