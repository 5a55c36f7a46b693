"""Whatever two actors try at once, every change of phase is one of the table."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import execute
from tests.uws.builders import FAILURE, LONG_AGO, OWNER, a_new_job
from uws.assembly import JobLife, open_job_life
from uws.claims import Claim
from uws.config import LifeLimits, StoreSettings
from uws.errors import ClaimLostError, JobPhaseError, UnknownJobError
from uws.job import JobId
from uws.phase import TRANSITIONS, ExecutionPhase

RECORD_CHANGES = """
CREATE TABLE phase_changes (job_id text, was text, became text);
CREATE FUNCTION record_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.phase <> NEW.phase THEN INSERT INTO phase_changes VALUES (NEW.id, OLD.phase, NEW.phase); END IF;
    IF OLD.phase IN ('COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED') AND OLD.end_time <> NEW.end_time THEN
        INSERT INTO phase_changes VALUES (NEW.id, OLD.phase, 'another end time');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER record_change AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION record_change();
"""
ACTIONS = ("run", "abort", "claim", "publish", "fail", "hand back", "exceed", "expire", "delete", "heartbeat")


class Actor:
    """One process: an owner's requests and a worker."""

    def __init__(self, life: JobLife, job_id: JobId, name: str) -> None:
        self.life = life
        self.job_id = job_id
        self.name = name
        self.claim: Claim | None = None

    async def do(self, action: str) -> None:
        """Try an action; being refused is fine, anything else is not."""
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "run": lambda: self.life.jobs.run(self.job_id, owner=OWNER),
            "abort": lambda: self.life.jobs.abort(self.job_id, owner=OWNER),
            "delete": lambda: self.life.jobs.delete(self.job_id, owner=OWNER),
            "expire": self._expire,
            "claim": self._claim,
        }
        try:
            await (acts[action]() if action in acts else self._work(action))
        except (JobPhaseError, UnknownJobError, ClaimLostError):
            return

    async def _claim(self) -> None:
        self.claim = await self.life.claims.claim(self.name) or self.claim

    async def _expire(self) -> None:
        await self.life.jobs.set_destruction(self.job_id, owner=OWNER, when=LONG_AGO)
        await self.life.reconciler.destroy_expired()

    async def _work(self, action: str) -> None:
        if self.claim is None:
            return
        match action:
            case "publish":
                await self.life.claims.publish(self.claim, results=(), record={"by": self.name})
            case "fail":
                await self.life.claims.fail(self.claim, FAILURE)
            case "hand back":
                await self.life.claims.hand_back(self.claim)
            case "exceed":
                await self.life.claims.exceed_duration(self.claim)
            case "heartbeat":
                await self.life.claims.heartbeat(self.claim)


@pytest.fixture
async def recorded(store_settings: StoreSettings) -> AsyncIterator[StoreSettings]:
    """Stores that write down every change of phase."""
    await execute(store_settings.database_url, RECORD_CHANGES)
    yield store_settings
    await execute(store_settings.database_url, "DROP FUNCTION record_change CASCADE; DROP TABLE phase_changes")


async def changes_of(url: str, job_id: str) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        rows = await connection.fetch("SELECT was, became FROM phase_changes WHERE job_id = $1", job_id)
        return [(row["was"], row["became"]) for row in rows]
    finally:
        await connection.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ACTIONS)), min_size=4, max_size=10),
    lease_seconds=st.sampled_from([0.001, 15.0]),
)
def test_a_final_phase_is_left_for_archived_alone(
    recorded: StoreSettings, steps: list[tuple[str, str]], lease_seconds: float
):
    async def play() -> list[tuple[str, str]]:
        url = recorded.database_url
        limits = LifeLimits(lease_seconds=lease_seconds)
        async with open_job_life(recorded, limits) as here, open_job_life(recorded, limits) as there:
            job = await here.jobs.create(a_new_job())
            actors = Actor(here, job.id, "here"), Actor(there, job.id, "there")
            for first, second in [("run", "run"), ("claim", "claim"), *steps]:
                await asyncio.gather(actors[0].do(first), actors[1].do(second))
            changes = await changes_of(url, job.id)
            await asyncio.gather(actors[0].do("delete"), actors[1].do("delete"))
            return changes

    changes = asyncio.run(play())

    allowed = {(was.value, became.value) for was, ends in TRANSITIONS.items() for became in ends}
    assert set(changes) <= allowed
    assert changes[:1] == [(ExecutionPhase.PENDING.value, ExecutionPhase.QUEUED.value)]
