"""Products of a PZ Server, as far as a user of this service may use them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import assert_never

import structlog

from app.identity import PZ_TOKEN_HEADER, Identity
from pz.client import PzServer
from pz.config import PzAccess, PzServerConfig
from pz.credentials import sealed_token
from pz.errors import ProductError, PzTokenError, PzUnavailableError
from pz.products import NamedProduct, Product, require_redshifts

__all__ = ["FoundProduct", "PzProducts"]

_log = structlog.get_logger("app.pz_products")


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A product that the user may use."""

    named: NamedProduct
    """What its job keeps."""
    required_right: str | None
    """Without which the results could not be had."""


class PzProducts:
    """Asks the PZ Server of this service, if there is one.

    Parameters
    ----------
    config
        None where the operator named none.
    """

    def __init__(self, config: PzServerConfig | None) -> None:
        self._config = config

    async def find(self, named: str, identity: Identity) -> FoundProduct:
        """Find a catalog of redshifts by id or internal name.

        Raises
        ------
        ProductError
            If there is none that the user may use, or it is something else.
        PzTokenError
            If the PZ Server does not know the user's token.
        PzError
            If the PZ Server is away or fails.
        """
        async with self._asking(identity) as (config, server):
            product = await server.product(named)
            if not self._may_use(config, product, identity):
                raise ProductError(
                    f"{product} of the PZ Server belongs to the release {product.release_name!r}, which is not open to "
                    "you here: name another product"
                )
            require_redshifts(product)
        return FoundProduct(
            named=NamedProduct(
                id=product.id,
                internal_name=product.internal_name,
                sealed_token=sealed_token(config, identity.pz_token, owner=identity.username),
            ),
            required_right=_right_of(config, product),
        )

    async def list(self, identity: Identity, **filters: str) -> list[Product]:
        """Products that the user may use, by the filters of the PZ Server.

        Raises
        ------
        ProductError, PzError
            As `find` does.
        """
        async with self._asking(identity) as (config, server):
            found = await server.products(**filters)
        return [product for product in found if self._may_use(config, product, identity)]

    def require_token(self, identity: Identity) -> None:
        """Refuse a user who would have to send a token of the PZ Server, and did not. Raises ProductError if so."""
        if self._config is not None:
            _token_of(self._config, identity)

    @asynccontextmanager
    async def _asking(self, identity: Identity) -> AsyncIterator[tuple[PzServerConfig, PzServer]]:
        config = self._config
        if config is None:
            raise ProductError("this service knows no PZ Server: upload the table, or name another source")
        async with PzServer(config, _token_of(config, identity), answer_seconds=config.answer_seconds) as server:
            try:
                yield config, server
            except PzTokenError as error:
                if config.access is PzAccess.USER:
                    raise PzTokenError(
                        f"{error}. Copy the one that the PZ Server shows you now, and send it as {PZ_TOKEN_HEADER}"
                    ) from error
                _log.error("the PZ Server does not know the token of this service", url=config.url)
                raise PzUnavailableError("the PZ Server refuses this service; its operators know") from error

    @staticmethod
    def _may_use(config: PzServerConfig, product: Product, identity: Identity) -> bool:
        match config.access:
            case PzAccess.USER:
                return True
            case PzAccess.SERVICE:
                return product.release is None or _right_of(config, product) in identity.grants
            case access:
                assert_never(access)


def _right_of(config: PzServerConfig, product: Product) -> str | None:
    return config.rights_by_release.get(product.release_name or "")


def _token_of(config: PzServerConfig, identity: Identity) -> str:
    if config.token is not None:
        return config.token.get_secret_value()
    if identity.pz_token is None:
        raise ProductError(
            f"products of the PZ Server are fetched with your own token: send it as header {PZ_TOKEN_HEADER} (forty "
            "hexadecimal digits, from the page of the PZ Server)"
        )
    return identity.pz_token
