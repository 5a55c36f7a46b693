"""Everything that request handlers need, built once and handed down."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from app.catalogs import CardShelf
from app.config import AppConfig
from app.identity import Verifier
from app.metrics import Metrics
from uws.blobs import BlobStore
from uws.life import JobService
from uws.uploads import UploadService

__all__ = ["Services", "ServicesDep", "services_of"]


@dataclass(frozen=True, slots=True)
class Services:
    """The running parts behind the HTTP faces."""

    config: AppConfig
    jobs: JobService
    uploads: UploadService
    blobs: BlobStore
    shelf: CardShelf
    verifier: Verifier
    metrics: Metrics
    up_since: datetime = field(default_factory=lambda: datetime.now(UTC))


async def services_of(request: Request) -> Services:
    """The services of the application that got this request."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesDep = Annotated[Services, Depends(services_of)]
