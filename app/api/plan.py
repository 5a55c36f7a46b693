"""What a recipe would do: a dry run that makes no job and opens nothing."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from app.api.problem import errors
from app.api.recipe_fields import RecipeFields
from app.api.small_body import SmallBodyRoute
from app.expectations import as_here
from app.hang_up import while_connected
from app.identity import SignedIn
from app.job_kinds import JobKind
from app.services import ServicesDep
from app.submission import plan
from trainingset.plan import Plan
from trainingset.recipe import CrossmatchRecipe

__all__ = ["plan_router"]

plan_router = APIRouter(tags=["jobs"], route_class=SmallBodyRoute)


class PlanRequest(BaseModel):
    """A recipe to plan."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "recipe": {
                    "catalog": "mock.object",
                    "redshifts": "upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a",
                    "radius_arcsec": 1.0,
                }
            }
        },
    )

    recipe: Annotated[dict[str, Any], RecipeFields(CrossmatchRecipe)]


@plan_router.post("/plan", summary="Tell what a recipe would read and give", responses=errors(413, 422))
async def plan_job(planned: PlanRequest, request: Request, identity: SignedIn, services: ServicesDep) -> Plan:
    """Check a cross-match as if a job were made of it, and estimate what it would read and how many rows it would give.

    What is wrong with the recipe is in `problems`, and is no error here. No job is made.
    """
    told = await while_connected(request, plan(services, identity, planned.recipe))
    return as_here(told, await services.jobs.calibration(JobKind.CROSSMATCH), services.config.limits)
