from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.execution_phase import ExecutionPhase, check_execution_phase
from ..models.job_kind import JobKind, check_job_kind

if TYPE_CHECKING:
    from ..models.job_error import JobError
    from ..models.job_progress import JobProgress
    from ..models.job_result import JobResult
    from ..models.job_state_recipe import JobStateRecipe


T = TypeVar("T", bound="JobState")


@_attrs_define(frozen=True)
class JobState:
    """One job; the UWS document at `url` shows the same.

    Example:
        {'creation_time': '2026-11-22T14:03:11.120000Z', 'destruction': '2026-12-22T14:03:11.120000Z',
            'execution_duration': 3600, 'id': 'n3v9x2q7w5k8', 'kind': 'crossmatch', 'notes': [], 'owner': 'mlima', 'phase':
            'EXECUTING', 'progress': {'done': 7, 'rows': 512, 'stage': 'match', 'total': 12, 'unit': 'partitions'},
            'recipe': {'catalog': 'mock.object', 'kind': 'crossmatch', 'redshifts': 'upload:u8k2m4'}, 'results': [],
            'run_id': 'zCOSMOS pilot', 'start_time': '2026-11-22T14:03:11.340000Z', 'url':
            'https://data.example.org/tsm/crossmatch/async/n3v9x2q7w5k8'}

    Attributes:
        id (str):
        url (str): UWS document of this job; its results lie below.
        kind (JobKind): What a job makes; each kind has a UWS job list of its own, under its name.
        owner (str):
        phase (ExecutionPhase): The ten phase words of UWS; a job here is never UNKNOWN, HELD or SUSPENDED.
        run_id (None | str):
        creation_time (datetime.datetime):
        start_time (datetime.datetime | None):
        end_time (datetime.datetime | None):
        quote (datetime.datetime | None): When it is expected to end, if that can be told.
        destruction (datetime.datetime | None): When its results are removed.
        execution_duration (int): Wall-clock seconds that it may run, 0 = no limit.
        recipe (JobStateRecipe): What was asked for; with every default resolved once that is known.
        progress (JobProgress | None):
        notes (list[str]): Sentences for the owner: why it waits, what to know about its result.
        results (list[JobResult]):
        error (JobError | None):
    """

    id: str
    url: str
    kind: JobKind
    owner: str
    phase: ExecutionPhase
    run_id: None | str
    creation_time: datetime.datetime
    start_time: datetime.datetime | None
    end_time: datetime.datetime | None
    quote: datetime.datetime | None
    destruction: datetime.datetime | None
    execution_duration: int
    recipe: JobStateRecipe
    progress: JobProgress | None
    notes: list[str]
    results: list[JobResult]
    error: JobError | None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.job_progress import JobProgress  # noqa: PLC0415

        id = self.id

        url = self.url

        kind: str = self.kind

        owner = self.owner

        phase: str = self.phase

        run_id: None | str
        run_id = self.run_id

        creation_time = self.creation_time.isoformat()

        start_time: None | str
        if isinstance(self.start_time, datetime.datetime):
            start_time = self.start_time.isoformat()
        else:
            start_time = self.start_time

        end_time: None | str
        if isinstance(self.end_time, datetime.datetime):
            end_time = self.end_time.isoformat()
        else:
            end_time = self.end_time

        quote: None | str
        if isinstance(self.quote, datetime.datetime):
            quote = self.quote.isoformat()
        else:
            quote = self.quote

        destruction: None | str
        if isinstance(self.destruction, datetime.datetime):
            destruction = self.destruction.isoformat()
        else:
            destruction = self.destruction

        execution_duration = self.execution_duration

        recipe = self.recipe.to_dict()

        progress: dict[str, Any] | None
        if isinstance(self.progress, JobProgress):
            progress = self.progress.to_dict()
        else:
            progress = self.progress

        notes = self.notes

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        error: dict[str, Any] | None
        if isinstance(self.error, JobError):
            error = self.error.to_dict()
        else:
            error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "url": url,
                "kind": kind,
                "owner": owner,
                "phase": phase,
                "run_id": run_id,
                "creation_time": creation_time,
                "start_time": start_time,
                "end_time": end_time,
                "quote": quote,
                "destruction": destruction,
                "execution_duration": execution_duration,
                "recipe": recipe,
                "progress": progress,
                "notes": notes,
                "results": results,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.job_progress import JobProgress  # noqa: PLC0415
        from ..models.job_result import JobResult  # noqa: PLC0415
        from ..models.job_state_recipe import JobStateRecipe  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        url = d.pop("url")

        kind = check_job_kind(d.pop("kind"))

        owner = d.pop("owner")

        phase = check_execution_phase(d.pop("phase"))

        def _parse_run_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        run_id = _parse_run_id(d.pop("run_id"))

        creation_time = datetime.datetime.fromisoformat(d.pop("creation_time"))

        def _parse_start_time(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                start_time_type_0 = datetime.datetime.fromisoformat(data)

                return start_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        start_time = _parse_start_time(d.pop("start_time"))

        def _parse_end_time(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                end_time_type_0 = datetime.datetime.fromisoformat(data)

                return end_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        end_time = _parse_end_time(d.pop("end_time"))

        def _parse_quote(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                quote_type_0 = datetime.datetime.fromisoformat(data)

                return quote_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        quote = _parse_quote(d.pop("quote"))

        def _parse_destruction(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                destruction_type_0 = datetime.datetime.fromisoformat(data)

                return destruction_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        destruction = _parse_destruction(d.pop("destruction"))

        execution_duration = d.pop("execution_duration")

        recipe = JobStateRecipe.from_dict(d.pop("recipe"))

        def _parse_progress(data: object) -> JobProgress | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                progress_type_0 = JobProgress.from_dict(data)

                return progress_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobProgress | None, data)

        progress = _parse_progress(d.pop("progress"))

        notes = cast(list[str], d.pop("notes"))

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = JobResult.from_dict(results_item_data)

            results.append(results_item)

        def _parse_error(data: object) -> JobError | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                error_type_0 = JobError.from_dict(data)

                return error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobError | None, data)

        error = _parse_error(d.pop("error"))

        additional_properties = d
        return cls(
            id=id,
            url=url,
            kind=kind,
            owner=owner,
            phase=phase,
            run_id=run_id,
            creation_time=creation_time,
            start_time=start_time,
            end_time=end_time,
            quote=quote,
            destruction=destruction,
            execution_duration=execution_duration,
            recipe=recipe,
            progress=progress,
            notes=notes,
            results=results,
            error=error,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
