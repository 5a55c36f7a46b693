"""The web application, put together: ``uvicorn app.main:create_app --factory``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from app.api import api_router
from app.api.openapi import describe
from app.browser.job_pages import job_pages_router
from app.browser.routes import browser_router
from app.config import AppConfig
from app.cross_site import refuse_other_sites
from app.errors import install_error_handlers
from app.head_requests import HeadRequests
from app.health import health_router
from app.logs import configure_logs
from app.metrics import Metrics
from app.request_log import RequestLog
from app.security_headers import CrossOrigin, SecurityHeaders
from app.services import open_services
from app.sync import sync_router
from app.trailing_slash import TrailingSlash
from app.uws_routes import uws_router
from app.vosi import vosi_router
from app.xmatch import xmatch_router

__all__ = ["create_app"]


def create_app(config: AppConfig | None = None) -> FastAPI:
    """Build the application; nothing is connected before it starts.

    Parameters
    ----------
    config
        Settings; None reads them from the environment (``TSM_...``).
    """
    settings = config if config is not None else AppConfig()
    configure_logs(log_format=settings.log_format, level=settings.log_level)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, metrics) as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="PZ Training Set Maker",
        version=version("tsm-service"),
        lifespan=lifespan,
        openapi_url=f"{settings.prefix}/api/v1/openapi.json",
        # The interactive pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        # A redirected POST loses its meaning for VO clients.
        redirect_slashes=False,
        dependencies=[Depends(refuse_other_sites)],
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
    )
    app.add_middleware(RequestLog, metrics=metrics)
    app.add_middleware(HeadRequests)
    app.add_middleware(TrailingSlash)
    if settings.cors_origins:
        app.add_middleware(CrossOrigin, origins=settings.cors_origins)
    app.add_middleware(SecurityHeaders)
    install_error_handlers(app, prefix=settings.prefix, realm=settings.identity.realm)
    for router in (
        uws_router,
        sync_router,
        xmatch_router,
        vosi_router,
        health_router,
        browser_router,
        job_pages_router,
    ):
        app.include_router(router, prefix=settings.prefix, include_in_schema=False)
    app.include_router(api_router, prefix=f"{settings.prefix}/api/v1")
    describe(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """The handler's name: what generated clients call the operation."""
    return route.name
