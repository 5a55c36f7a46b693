"""Products of the PZ Server among the redshifts that users may choose from."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from app.identity import Identity
from app.pz_products import PzProducts
from pz.products import REDSHIFT_CATALOG, Product
from trainingset.errors import Problem, RecipeError

__all__ = ["PzProduct", "RedshiftSource", "find_products", "require_filters"]

_PUBLISHED = "1"


class RedshiftSource(StrEnum):
    """Where redshifts are looked for."""

    SERVICE = "service"
    """Catalogs and compilations of this service."""
    PZ = "pz"
    """Products of its PZ Server."""


class PzProduct(BaseModel):
    """A product, as the PZ Server tells it."""

    id: int
    internal_name: str
    type: str = Field(description="Only a `redshift_catalog` can be matched or combined.")
    official: bool = Field(description="Whether the PZ Server marks it as official.")
    owner: str | None = Field(description="Who registered it.")
    creation_time: datetime
    change_time: datetime

    @classmethod
    def of(cls, product: Product) -> "PzProduct":
        """The product as users see it."""
        return cls(
            id=product.id,
            internal_name=product.internal_name,
            type=product.product_type_internal_name,
            official=product.official_product,
            owner=product.uploaded_by,
            creation_time=product.created_at,
            change_time=product.updated_at,
        )


def require_filters(
    source: RedshiftSource, *, product_type: str | None, official: bool | None, survey: str | None
) -> None:
    """Refuse filters that would be ignored: a list that holds more than was asked for misleads.

    Raises
    ------
    RecipeError
        With each of them.
    """
    if source is RedshiftSource.PZ:
        given = {"survey": survey}
        message = "products of a PZ Server do not tell their surveys: leave it out, and look at their descriptions"
    else:
        given = {"type": product_type, "official": None if official is None else str(official).lower()}
        message = "tells products of a PZ Server apart: say source=pz, or leave it out"
    problems = [Problem(parameter=name, message=message, value=value) for name, value in given.items() if value]
    if problems:
        raise RecipeError(problems)


async def find_products(
    products: PzProducts,
    identity: Identity,
    *,
    product_type: str | None,
    official: bool | None,
    release: str | None,
    name: str | None,
    latest: bool,
) -> list[Product]:
    """Published products that the user may use, the last registered first.

    Parameters
    ----------
    product_type
        None means redshift catalogs.
    name
        Internal name, or the name that pages show.
    latest
        Of products of one owner with the same shown name, only the last.
    """
    wanted = product_type or REDSHIFT_CATALOG
    found = await products.list(identity, status=_PUBLISHED)
    # Looked at again, since the server ignores filters that it does not know.
    chosen = [
        product
        for product in found
        if str(product.status) == _PUBLISHED
        and product.product_type_internal_name == wanted
        and official in (None, product.official_product)
        and release in (None, product.release_name)
        and name in (None, product.internal_name, product.display_name)
    ]
    newest_first = sorted(chosen, key=lambda product: (product.created_at, product.id), reverse=True)
    return list(_latest(newest_first)) if latest else newest_first


def _latest(newest_first: Iterable[Product]) -> Iterable[Product]:
    seen: set[tuple[str | None, str]] = set()
    for product in newest_first:
        key = (product.uploaded_by, product.display_name)
        if key not in seen:
            seen.add(key)
            yield product
