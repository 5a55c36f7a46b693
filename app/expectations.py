"""How long a cross-match is to run, for its quote, and what the last jobs tell of such numbers."""

import asyncio
from collections.abc import Iterator

from app.catalogs import CatalogNotReadyError
from app.identity import Identity
from app.job_kinds import JobKind
from app.services import Services
from app.submission import RunRequest, SourceNotReadyError, plan
from trainingset.errors import RecipeError
from trainingset.plan import Plan
from uws.calibration import Calibration
from uws.config import LifeLimits

__all__ = ["as_here", "expected_seconds"]

_MOST_SECONDS = 2.0
"""Nobody waits longer for a number that nothing depends on."""


async def expected_seconds(services: Services, identity: Identity, kind: JobKind, run: RunRequest) -> float | None:
    """Seconds that a job is to run on two cores that have nothing else to do; None where nothing can be told."""
    values = run.request.get("recipe")
    if kind is not JobKind.CROSSMATCH or not isinstance(values, dict):
        return None
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            return (await plan(services, identity, values)).seconds
    except (RecipeError, CatalogNotReadyError, SourceNotReadyError, TimeoutError):
        return None


def as_here(planned: Plan, known: Calibration | None, limits: LifeLimits) -> Plan:
    """The plan with the time that jobs take here, how far it was wrong for the last ones, and limits that it meets."""
    if planned.seconds is None:
        return planned
    seconds = planned.seconds if known is None else round(known.seconds(planned.seconds), 2)
    notes = (*planned.notes, *_notes(seconds, known, limits))
    return planned.model_copy(update={"seconds": seconds, "notes": notes})


def _notes(seconds: float, known: Calibration | None, limits: LifeLimits) -> Iterator[str]:
    if known is not None:
        jobs = "the last job" if known.n_jobs == 1 else f"most of the last {known.n_jobs} jobs"
        spread = f"{known.low:.2g} to {known.high:.2g} times as long"
        yield f"seconds is calibrated by jobs of this service: {jobs} took {spread}."
    usual, most = limits.default_execution_duration, limits.max_execution_duration
    if most and seconds > most:
        yield f"It would probably be ended: no job may run longer than {most} s here. Match parts of the redshifts."
    elif usual and seconds > usual:
        yield f"A job is ended after {usual} s unless it says otherwise: ask for more than {seconds:.0f} s."
