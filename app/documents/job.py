"""The UWS job document and its parts ``parameters`` and ``results``.

Written here and not by vo-models (0.5.4): its ``jobInfo`` holds text alone, results take no further attributes, and
what it leaves out of an unfinished job makes the document invalid.
"""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement

from app.addresses import Addresses
from app.documents.markup import add_text, legal_text, serialize
from app.instants import write_instant
from app.parameters import is_by_reference, listed_parameters, result_media_type
from uws.job import ErrorSummary, Job, Progress
from uws.phase import ExecutionPhase

__all__ = ["JOB_INFO_NAMESPACE", "job_document", "parameters_document", "results_document"]

JOB_INFO_NAMESPACE = "urn:pz-tsm:job-info:1"
"""Namespace of what we tell in ``jobInfo``."""

_NAMESPACES = {
    "xmlns:uws": "http://www.ivoa.net/xml/UWS/v1.0",  # also of UWS 1.1
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    # The only namespace whose attributes the schema admits on a result.
    "xmlns:custom": "urn:uwscustom",
}


def job_document(job: Job, addresses: Addresses) -> bytes:
    """Write the whole job, schema-valid in every phase."""
    root = Element("uws:job", {**_NAMESPACES, "version": "1.1"})
    add_text(root, "uws:jobId", job.id)
    if job.run_id is not None:
        add_text(root, "uws:runId", job.run_id)
    add_text(root, "uws:ownerId", job.owner)
    add_text(root, "uws:phase", job.phase)
    _add_instant(root, "uws:quote", job.quote)
    _add_instant(root, "uws:creationTime", job.creation_time)
    _add_instant(root, "uws:startTime", job.start_time)
    _add_instant(root, "uws:endTime", job.end_time)
    add_text(root, "uws:executionDuration", str(job.execution_duration))
    _add_instant(root, "uws:destruction", job.destruction)
    _add_parameters(SubElement(root, "uws:parameters"), job, addresses)
    _add_results(SubElement(root, "uws:results"), job, addresses)
    if job.phase is ExecutionPhase.ERROR and job.error is not None:
        _add_error(root, job.error)
    if job.progress is not None or job.notes:
        _add_job_info(root, job)
    return serialize(root)


def parameters_document(job: Job, addresses: Addresses) -> bytes:
    """Write the parameters alone, as ``JOB/parameters`` answers them."""
    root = Element("uws:parameters", _NAMESPACES)
    _add_parameters(root, job, addresses)
    return serialize(root)


def results_document(job: Job, addresses: Addresses) -> bytes:
    """Write the list of results, empty before the job is completed."""
    root = Element("uws:results", _NAMESPACES)
    _add_results(root, job, addresses)
    return serialize(root)


def _add_instant(parent: Element, tag: str, time: datetime | None) -> None:
    text = write_instant(time)
    if text is None:
        SubElement(parent, tag, {"xsi:nil": "true"})
    else:
        add_text(parent, tag, text)


def _add_parameters(parent: Element, job: Job, addresses: Addresses) -> None:
    for parameter in listed_parameters(job):
        if is_by_reference(parameter):
            address = addresses.parameter(job, parameter.name)
            add_text(parent, "uws:parameter", address, id=parameter.name, byReference="true")
        else:
            add_text(parent, "uws:parameter", parameter.value, id=parameter.name)


def _add_results(parent: Element, job: Job, addresses: Addresses) -> None:
    for result in job.results:
        attributes = {
            "id": result.id,
            "xlink:type": "simple",
            "xlink:href": addresses.result(job, result.id),
            "mime-type": result_media_type(job, result),
            "size": str(result.size),
            "custom:sha256": result.sha256,
        }
        SubElement(parent, "uws:result", attributes)


def _add_error(parent: Element, error: ErrorSummary) -> None:
    summary = SubElement(parent, "uws:errorSummary", {"type": error.type, "hasDetail": "true"})
    add_text(summary, "uws:message", legal_text(error.message))


def _add_job_info(parent: Element, job: Job) -> None:
    info = SubElement(parent, "uws:jobInfo", {"xmlns:tsm": JOB_INFO_NAMESPACE})
    if job.progress is not None:
        _add_progress(info, job.progress)
    for note in job.notes:
        add_text(info, "tsm:note", legal_text(note))


def _add_progress(parent: Element, progress: Progress) -> None:
    element = SubElement(parent, "tsm:progress")
    add_text(element, "tsm:stage", legal_text(progress.stage))
    if progress.done is not None:
        add_text(element, "tsm:done", str(progress.done))
    if progress.total is not None:
        add_text(element, "tsm:total", str(progress.total))
        add_text(element, "tsm:unit", legal_text(progress.unit))
    if progress.rows is not None:
        add_text(element, "tsm:rows", str(progress.rows))
