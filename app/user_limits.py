"""What one user may do and keep: settings of the operator, which groups may change."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict, Field

from uws.allowance import Allowance

__all__ = ["GroupLimits", "UserLimits", "limits_of"]

_GIB = 2**30


class UserLimits(BaseModel):
    """Limits of one user; 0 = none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    running_jobs: int = Field(0, ge=0)
    """Jobs that run at once; others wait in QUEUED. 0 = ``TSM_LIMITS__MAX_RUNNING_PER_OWNER``."""
    queued_jobs: int = Field(500, ge=0)
    """Jobs that wait; beyond, starting one is refused."""
    stored_uploads_bytes: int = Field(20 * _GIB, ge=0)
    """Bytes of all uploads that are kept."""
    stored_results_bytes: int = Field(200 * _GIB, ge=0)
    """Bytes of all results that are kept; beyond, starting a job is refused."""
    requests_per_second: float = Field(100, ge=0)
    """Requests in the long run, to each web process; ten seconds' worth may come at once."""
    held_requests: int = Field(200, ge=0)
    """Requests that wait at the same time (WAIT, events, sync), in each web process."""

    @property
    def allowance(self) -> Allowance:
        """What is counted when a job is to run."""
        return Allowance(running=self.running_jobs, queued=self.queued_jobs, result_bytes=self.stored_results_bytes)


class GroupLimits(BaseModel):
    """Limits of the members of one group; what is left out is as for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    running_jobs: int | None = Field(None, ge=0)
    queued_jobs: int | None = Field(None, ge=0)
    stored_uploads_bytes: int | None = Field(None, ge=0)
    stored_results_bytes: int | None = Field(None, ge=0)
    requests_per_second: float | None = Field(None, ge=0)
    held_requests: int | None = Field(None, ge=0)


def limits_of(groups: Iterable[str], everybody: UserLimits, by_group: Mapping[str, GroupLimits]) -> UserLimits:
    """Limits of a user: those of the groups where these say something, of several the most generous.

    Parameters
    ----------
    groups
        Of the user.
    """
    told = [by_group[name] for name in groups if name in by_group]
    changed: dict[str, float] = {}
    for name in UserLimits.model_fields:
        values = [value for limits in told if (value := getattr(limits, name)) is not None]
        if values:
            changed[name] = 0 if 0 in values else max(values)
    return everybody.model_copy(update=changed)
