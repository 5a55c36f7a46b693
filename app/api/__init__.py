"""The JSON face of the service, under ``{prefix}/api/v1``."""

from fastapi import APIRouter

from app.api.catalogs import catalogs_router
from app.api.events import events_router
from app.api.jobs import jobs_router
from app.api.me import me_router
from app.api.plan import plan_router
from app.api.redshifts import redshifts_router
from app.api.registration import registration_router
from app.api.reproduce import reproduce_router
from app.api.results import results_router
from app.api.sets import sets_router
from app.api.shares import shares_router
from app.api.surveys import surveys_router
from app.api.tokens import tokens_router
from app.api.uploads import uploads_router

__all__ = ["api_router"]

api_router = APIRouter()
for _router in (
    me_router,
    tokens_router,
    catalogs_router,
    surveys_router,
    redshifts_router,
    sets_router,
    uploads_router,
    plan_router,
    jobs_router,
    reproduce_router,
    registration_router,
    events_router,
    results_router,
    shares_router,
):
    api_router.include_router(_router)
