from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.upload_state import UploadState, check_upload_state

if TYPE_CHECKING:
    from ..models.job_error import JobError
    from ..models.upload_profile import UploadProfile


T = TypeVar("T", bound="Upload")


@_attrs_define(frozen=True)
class Upload:
    """One uploaded table.

    Example:
        {'creation_time': '2026-11-22T14:01:02.334000Z', 'destruction': '2026-12-22T14:01:02.334000Z', 'id':
            '5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'media_type': 'application/fits', 'name': 'zcosmos.fits', 'sha256':
            '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'size': 1203840, 'source':
            'upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a', 'state': 'inspecting', 'url':
            'https://data.example.org/tsm/api/v1/uploads/5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a'}

    Attributes:
        id (str):
        source (str): How `redshifts` of a recipe names it.
        url (str):
        name (str):
        media_type (str): As the sender declared it; the content decides how it is read.
        size (int): Bytes.
        sha256 (str):
        creation_time (datetime.datetime):
        destruction (datetime.datetime | None): When it goes, unless a job still uses it then.
        state (UploadState): How far the inspection of an upload has come.
        profile (None | UploadProfile): Only when `ready`.
        error (JobError | None): Why it was rejected.
    """

    id: str
    source: str
    url: str
    name: str
    media_type: str
    size: int
    sha256: str
    creation_time: datetime.datetime
    destruction: datetime.datetime | None
    state: UploadState
    profile: None | UploadProfile
    error: JobError | None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.upload_profile import UploadProfile  # noqa: PLC0415

        id = self.id

        source = self.source

        url = self.url

        name = self.name

        media_type = self.media_type

        size = self.size

        sha256 = self.sha256

        creation_time = self.creation_time.isoformat()

        destruction: None | str
        if isinstance(self.destruction, datetime.datetime):
            destruction = self.destruction.isoformat()
        else:
            destruction = self.destruction

        state: str = self.state

        profile: dict[str, Any] | None
        if isinstance(self.profile, UploadProfile):
            profile = self.profile.to_dict()
        else:
            profile = self.profile

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
                "source": source,
                "url": url,
                "name": name,
                "media_type": media_type,
                "size": size,
                "sha256": sha256,
                "creation_time": creation_time,
                "destruction": destruction,
                "state": state,
                "profile": profile,
                "error": error,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.job_error import JobError  # noqa: PLC0415
        from ..models.upload_profile import UploadProfile  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        source = d.pop("source")

        url = d.pop("url")

        name = d.pop("name")

        media_type = d.pop("media_type")

        size = d.pop("size")

        sha256 = d.pop("sha256")

        creation_time = datetime.datetime.fromisoformat(d.pop("creation_time"))

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

        state = check_upload_state(d.pop("state"))

        def _parse_profile(data: object) -> None | UploadProfile:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                profile_type_0 = UploadProfile.from_dict(data)

                return profile_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UploadProfile, data)

        profile = _parse_profile(d.pop("profile"))

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
            source=source,
            url=url,
            name=name,
            media_type=media_type,
            size=size,
            sha256=sha256,
            creation_time=creation_time,
            destruction=destruction,
            state=state,
            profile=profile,
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
