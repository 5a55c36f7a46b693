"""Execution phases of UWS 1.1 and the transitions between them, as one table."""

from enum import StrEnum

__all__ = ["ACTIVE_PHASES", "FINAL_PHASES", "TRANSITIONS", "ExecutionPhase", "phases_leading_to"]


class ExecutionPhase(StrEnum):
    """The ten phase words of UWS; a job here is never UNKNOWN, HELD or SUSPENDED."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    UNKNOWN = "UNKNOWN"
    HELD = "HELD"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


ACTIVE_PHASES = frozenset({ExecutionPhase.PENDING, ExecutionPhase.QUEUED, ExecutionPhase.EXECUTING})
"""Phases in which something may still happen: WAIT blocks in these alone."""

FINAL_PHASES = frozenset({ExecutionPhase.COMPLETED, ExecutionPhase.ERROR, ExecutionPhase.ABORTED})
"""Phases that change to ARCHIVED only."""

# HELD and SUSPENDED are left out on purpose: STILTS spins on SUSPENDED and pyvo stops on both.
TRANSITIONS: dict[ExecutionPhase, frozenset[ExecutionPhase]] = {
    ExecutionPhase.PENDING: frozenset({ExecutionPhase.QUEUED, ExecutionPhase.ABORTED}),
    ExecutionPhase.QUEUED: frozenset({ExecutionPhase.EXECUTING, ExecutionPhase.ABORTED}),
    ExecutionPhase.EXECUTING: FINAL_PHASES,
    ExecutionPhase.COMPLETED: frozenset({ExecutionPhase.ARCHIVED}),
    ExecutionPhase.ERROR: frozenset({ExecutionPhase.ARCHIVED}),
    ExecutionPhase.ABORTED: frozenset({ExecutionPhase.ARCHIVED}),
    ExecutionPhase.ARCHIVED: frozenset(),
}


def phases_leading_to(phase: ExecutionPhase) -> frozenset[ExecutionPhase]:
    """Phases from which a job may change to this one."""
    return frozenset(start for start, ends in TRANSITIONS.items() if phase in ends)
