"""Rights that results need: those of every catalog and compilation that they were made from, results of results too."""

from collections.abc import Iterable

from app.identity import Identity, NotEntitledError
from uws.job import Job

__all__ = ["REQUIRED_RIGHTS", "named_rights", "require_rights", "required_rights", "rights_needed_by"]

REQUIRED_RIGHTS = "required_rights"
"""Key in the request of a job: found when it was started."""


def required_rights(job: Job) -> frozenset[str]:
    """What the owner needed to make this job."""
    return frozenset(job.request.get(REQUIRED_RIGHTS, ()))


def rights_needed_by(rights: Iterable[str | None]) -> frozenset[str]:
    """Those that are any."""
    return frozenset(right for right in rights if right is not None)


def named_rights(rights: Iterable[str]) -> str:
    """``the data right dp2``, ``the group g_rubin``; several in the order of the alphabet."""
    return " and ".join(
        f"the group {name}" if kind == "group" and name else f"the data right {right}"
        for right in sorted(rights)
        for kind, _, name in [right.partition(":")]
    )


def require_rights(job: Job, identity: Identity) -> None:
    """Refuse results to an owner who lost a right that they need.

    Raises
    ------
    NotEntitledError
        If so.
    """
    if lost := required_rights(job) - identity.grants:
        raise NotEntitledError(f"the results of job {job.id} need {named_rights(lost)}, which you no longer have")
