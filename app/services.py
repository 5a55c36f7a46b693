"""Everything that request handlers need, built once and handed down."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request

from app.api_tokens import ApiTokens
from app.authentication import authenticator_of
from app.browser.sign_in import Browser, open_browser
from app.catalogs import CardShelf
from app.config import AppConfig
from app.gafaelfawr import Gafaelfawr
from app.identity import Authenticator, Identity
from app.metrics import Metrics
from app.pz_products import PzProducts
from app.result_rights import require_rights
from app.rights import RightsTable
from app.traffic import Traffic
from app.user_limits import UserLimits, limits_of
from uws.api_tokens import ApiTokenService
from uws.assembly import open_job_life
from uws.blobs import BlobStore
from uws.database import Database
from uws.job import Job
from uws.life import JobService
from uws.publications import PublicationService
from uws.registrations import RegistrationService
from uws.shares import ShareService
from uws.uploads import UploadService
from uws.wakeup import Wakeups

__all__ = ["Services", "ServicesDep", "open_services", "services_of"]


@dataclass(frozen=True, slots=True)
class Services:
    """The running parts behind the HTTP faces."""

    config: AppConfig
    database: Database
    jobs: JobService
    uploads: UploadService
    publications: PublicationService
    published_sets: PublicationService
    registrations: RegistrationService
    token_store: ApiTokenService
    api_tokens: ApiTokens
    shares: ShareService
    blobs: BlobStore
    wakeups: Wakeups
    shelf: CardShelf
    authenticator: Authenticator
    browser: Browser
    pz: PzProducts
    metrics: Metrics
    traffic: Traffic = field(default_factory=Traffic)
    up_since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def limits_of(self, identity: Identity) -> UserLimits:
        """What this user may do and keep."""
        return limits_of(identity.groups, self.config.user_limits, self.config.group_limits)

    def admit(self, identity: Identity) -> None:
        """Count one request of this user. Raises TooManyRequestsError if it is one too many."""
        self.traffic.admit(identity.username, self.limits_of(identity))

    def require_rights(self, job: Job, identity: Identity) -> None:
        """Refuse results that need a right which their owner lost, where the operator says so.

        Raises
        ------
        NotEntitledError
            If so.
        """
        if self.config.results_need_rights:
            require_rights(job, identity)

    @contextmanager
    def holding(self, username: str, reason: str) -> Iterator[None]:
        """Count a request as held open (``wait``, ``events``, ``sync``). Raises TooManyHeldError beyond the limit."""
        with self.traffic.holding(username), self.metrics.held(reason):
            yield


@asynccontextmanager
async def open_services(config: AppConfig, metrics: Metrics) -> AsyncIterator[Services]:
    """Build the services of one application, and close their connections at the end."""
    async with (
        open_job_life(config, config.limits) as life,
        aclosing(Gafaelfawr(config.identity)) as gafaelfawr,
        open_browser(config) as browser,
    ):
        rights = RightsTable(config.identity.rights_by_group, config.identity.rights_file)
        api_tokens = ApiTokens(life.api_tokens, rights, config.api_tokens)
        yield Services(
            config=config,
            database=life.database,
            jobs=life.jobs,
            uploads=life.uploads,
            publications=life.publications,
            published_sets=life.published_sets,
            registrations=life.registrations,
            token_store=life.api_tokens,
            api_tokens=api_tokens,
            shares=life.shares,
            blobs=life.blobs,
            wakeups=life.wakeups,
            shelf=CardShelf(config.registry_path, life.blobs, cache_seconds=config.card_cache_seconds),
            authenticator=authenticator_of(config.identity, gafaelfawr, api_tokens),
            browser=browser,
            pz=PzProducts(config.pz),
            metrics=metrics,
        )


async def services_of(request: Request) -> Services:
    """The services of the application that got this request."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesDep = Annotated[Services, Depends(services_of)]
