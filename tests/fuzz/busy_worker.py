"""A worker that ends every job as soon as it is there: well, with an error, or not for a while."""

import asyncio
import itertools

from tests.app.workbench import Workbench, a_profile
from trainingset.errors import Problem
from uws.assembly import JobLife
from uws.errors import ClaimLostError
from uws.job import INSPECT

__all__ = ["work"]


async def work(life: JobLife) -> None:
    """Claim and end jobs until cancelled."""
    bench = Workbench(life)
    await bench.report_alive()
    for number in itertools.count():
        claim = await bench.claim_next()
        try:
            if number % 4 == 3:
                await bench.fail(claim, Problem(parameter="RADIUS", message="is too wide", value="9"))
            elif claim.job.kind == INSPECT:
                await life.claims.publish(claim, results=(), record=a_profile().model_dump(mode="json"))
            else:
                await bench.progress(claim, "match", 1, 2)
                await bench.complete(claim)
        except ClaimLostError:
            # Its owner aborted or destroyed it meanwhile.
            await asyncio.sleep(0)
