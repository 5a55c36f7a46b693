from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Limits")


@_attrs_define(frozen=True)
class Limits:
    """Bounds of this service for one user.

    Attributes:
        upload_bytes (int): Most bytes of one uploaded table.
        upload_rows (int): Most rows of one uploaded table; larger ones must be registered.
        stored_uploads_bytes (int): Most bytes of all uploads; 0 = no limit, here and below.
        stored_results_bytes (int): Bytes of all results that you keep, beyond which no job starts.
        running_jobs (int): Most jobs that run at once; others wait in QUEUED.
        queued_jobs (int): Most jobs that wait; beyond, none more is started.
        requests_per_second (float): Requests that you may send in the long run.
        held_requests (int): Requests that may wait at the same time: `wait`, events, sync.
        default_execution_duration (int): Seconds a job may run unless it asks for another limit.
        max_execution_duration (int): Seconds a job may ask for.
        default_lifetime (int): Seconds from creation to the destruction of a job's results.
        max_lifetime (int): Seconds that a later destruction may lie ahead.
        max_wait (int): Seconds that a request with `wait` is held open at most.
    """

    upload_bytes: int
    upload_rows: int
    stored_uploads_bytes: int
    stored_results_bytes: int
    running_jobs: int
    queued_jobs: int
    requests_per_second: float
    held_requests: int
    default_execution_duration: int
    max_execution_duration: int
    default_lifetime: int
    max_lifetime: int
    max_wait: int
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        upload_bytes = self.upload_bytes

        upload_rows = self.upload_rows

        stored_uploads_bytes = self.stored_uploads_bytes

        stored_results_bytes = self.stored_results_bytes

        running_jobs = self.running_jobs

        queued_jobs = self.queued_jobs

        requests_per_second = self.requests_per_second

        held_requests = self.held_requests

        default_execution_duration = self.default_execution_duration

        max_execution_duration = self.max_execution_duration

        default_lifetime = self.default_lifetime

        max_lifetime = self.max_lifetime

        max_wait = self.max_wait

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "upload_bytes": upload_bytes,
                "upload_rows": upload_rows,
                "stored_uploads_bytes": stored_uploads_bytes,
                "stored_results_bytes": stored_results_bytes,
                "running_jobs": running_jobs,
                "queued_jobs": queued_jobs,
                "requests_per_second": requests_per_second,
                "held_requests": held_requests,
                "default_execution_duration": default_execution_duration,
                "max_execution_duration": max_execution_duration,
                "default_lifetime": default_lifetime,
                "max_lifetime": max_lifetime,
                "max_wait": max_wait,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        upload_bytes = d.pop("upload_bytes")

        upload_rows = d.pop("upload_rows")

        stored_uploads_bytes = d.pop("stored_uploads_bytes")

        stored_results_bytes = d.pop("stored_results_bytes")

        running_jobs = d.pop("running_jobs")

        queued_jobs = d.pop("queued_jobs")

        requests_per_second = d.pop("requests_per_second")

        held_requests = d.pop("held_requests")

        default_execution_duration = d.pop("default_execution_duration")

        max_execution_duration = d.pop("max_execution_duration")

        default_lifetime = d.pop("default_lifetime")

        max_lifetime = d.pop("max_lifetime")

        max_wait = d.pop("max_wait")

        additional_properties = d
        return cls(
            upload_bytes=upload_bytes,
            upload_rows=upload_rows,
            stored_uploads_bytes=stored_uploads_bytes,
            stored_results_bytes=stored_results_bytes,
            running_jobs=running_jobs,
            queued_jobs=queued_jobs,
            requests_per_second=requests_per_second,
            held_requests=held_requests,
            default_execution_duration=default_execution_duration,
            max_execution_duration=max_execution_duration,
            default_lifetime=default_lifetime,
            max_lifetime=max_lifetime,
            max_wait=max_wait,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
