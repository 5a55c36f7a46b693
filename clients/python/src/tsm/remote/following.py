"""Following a job to its end: by server-sent events, or by asking again where those do not come through."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

import anyio
import httpx

from tsm.api.api.jobs import follow_job, get_job
from tsm.api.models.job_state import JobState
from tsm.errors import ServiceUnavailableError, WaitTimeoutError
from tsm.remote.answers import error_of_answer, read_document
from tsm.remote.connection import Connection
from tsm.remote.retries import Patience

__all__ = ["FINAL_PHASES", "OnChange", "follow"]

OnChange = Callable[[JobState], None]
"""Called with each state that differs from the one before."""

FINAL_PHASES = frozenset({"COMPLETED", "ERROR", "ABORTED", "ARCHIVED"})
"""Phases after which nothing happens any more."""

_ASK_SECONDS = 5
"""How long one request waits for a change of phase; progress within a phase is seen as often as that."""
_RESTART = Patience(longest_pause=15.0)
"""Pauses between questions to a service that is away."""


async def follow(connection: Connection, state: JobState, on_change: OnChange, timeout: float | None) -> JobState:  # noqa: ASYNC109
    """Wait for the end of a job.

    Parameters
    ----------
    connection
        To the service.
    state
        The job as last seen.
    on_change
        Called with the state now and at each change.
    timeout
        Seconds; None waits as long as it takes.

    Raises
    ------
    WaitTimeoutError
        If the job has not ended by then.
    ServiceUnavailableError
        If the service stays away.
    """
    watch = _Watch(connection, state, on_change)
    with anyio.move_on_after(timeout):
        return await watch.until_ended()
    raise WaitTimeoutError(
        f"job {state.id} is {watch.state.phase} after {timeout:g} s and goes on; {how_to_come_back(state.id)}"
    )


def how_to_come_back(job_id: str) -> str:
    """How to take up a job from another place or at another time."""
    return f'come back with tsm.job("{job_id}").wait() or `tsm wait {job_id}`'


class _Watch:
    """One job being followed."""

    def __init__(self, connection: Connection, state: JobState, on_change: OnChange) -> None:
        self._connection = connection
        self._on_change = on_change
        self._outage_began: float | None = None
        self._failures = 0
        self.state = state

    async def until_ended(self) -> JobState:
        self._on_change(self.state)
        events_come = True
        while self.state.phase not in FINAL_PHASES:
            if events_come:
                events_come = await self._hear()
            if self.state.phase not in FINAL_PHASES:
                await self._ask()
        return self.state

    def _see(self, state: JobState) -> None:
        self._outage_began = None
        self._failures = 0
        if state != self.state:
            self.state = state
            self._on_change(state)

    async def _hear(self) -> bool:
        """Take in events until they end, whatever the reason; say whether it makes sense to try that again."""
        try:
            async with aclosing(_events(self._connection, self.state.id)) as events:
                with anyio.fail_after(self._connection.patience.first_event_seconds):
                    state = await anext(events, None)
                while state is not None:
                    self._see(state)
                    state = await anext(events, None)
        except httpx.TransportError:
            return True
        except (TimeoutError, _EventsKeptBackError):
            return False
        return True

    async def _ask(self) -> None:
        """Ask for the job once, so that whatever befell the events is explained or over."""
        request = get_job._get_kwargs(self.state.id, wait=_ASK_SECONDS, phase=self.state.phase)
        try:
            self._see(await self._connection.get(request, JobState.from_dict))
        except ServiceUnavailableError as error:
            await self._bear(error)

    async def _bear(self, error: ServiceUnavailableError) -> None:
        """Wait for the service to come back, or give up."""
        clock = self._connection.clock
        self._outage_began = clock.now() if self._outage_began is None else self._outage_began
        self._failures += 1
        if clock.now() - self._outage_began > self._connection.patience.outage_seconds:
            raise ServiceUnavailableError(
                f"{error}. The job itself may go on; {how_to_come_back(self.state.id)}"
            ) from error
        await clock.sleep(_RESTART.pause(self._failures, httpx.TransportError("outage"), clock))


class _EventsKeptBackError(Exception):
    """A proxy answers instead of passing the events on."""


async def _events(connection: Connection, job_id: str) -> AsyncGenerator[JobState, None]:
    """States from the service's event stream, until it ends."""
    request = follow_job._get_kwargs(job_id)
    async with connection.stream(request, Accept="text/event-stream", **{"Cache-Control": "no-store"}) as answer:
        if answer.status_code in (429, 502, 503, 504):
            return
        if not answer.is_success:
            raise error_of_answer(answer, connection.url)
        if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            raise _EventsKeptBackError
        async for data in _messages(answer.aiter_lines()):
            yield read_document(JobState.from_dict, json.loads(data), connection.url)


async def _messages(lines: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Data of each event; one that was cut off is left out."""
    data: list[str] = []
    async for line in lines:
        name, _, content = line.partition(":")
        if name == "data":
            data.append(content.removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
