"""The JSON face of the service, under ``{prefix}/api/v1``."""

from fastapi import APIRouter

from app.api.catalogs import catalogs_router
from app.api.events import events_router
from app.api.jobs import jobs_router
from app.api.me import me_router
from app.api.results import results_router
from app.api.uploads import uploads_router

__all__ = ["api_router"]

api_router = APIRouter()
for _router in (me_router, catalogs_router, uploads_router, jobs_router, events_router, results_router):
    api_router.include_router(_router)
