"""The UWS job list, by vo-models."""

from collections.abc import Iterable

from vo_models.uws.models import Jobs, ShortJobDescription
from vo_models.uws.types import ExecutionPhase as WirePhase
from vo_models.voresource.types import UTCTimestamp

from app.addresses import Addresses
from uws.job import Job

__all__ = ["job_list_document"]


def job_list_document(jobs: Iterable[Job], addresses: Addresses) -> bytes:
    """Write references to jobs in the order given; an empty list is a valid one."""
    references = [
        ShortJobDescription(
            job_id=job.id,
            href=addresses.job(job),
            phase=WirePhase(job.phase),
            run_id=job.run_id,
            owner_id=job.owner,
            creation_time=UTCTimestamp.fromisoformat(job.creation_time.isoformat()),
        )
        for job in jobs
    ]
    # skip_empty: an empty runId would say that the user gave an empty one.
    document = Jobs(jobref=references).to_xml(skip_empty=True, encoding="UTF-8", xml_declaration=True)
    assert isinstance(document, bytes)
    return document
