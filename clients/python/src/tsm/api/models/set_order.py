from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SetOrder")


@_attrs_define(frozen=True)
class SetOrder:
    """A training set that is to be official.

    Example:
        {'job': '5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a11', 'latest': True, 'name': 'dp1-training', 'title': 'Training set for
            DP1', 'version': '2026.1'}

    Attributes:
        job (str): Your completed job that made it.
        name (str):
        version (str): A version never changes.
        title (str):
        description (str | Unset):  Default: ''.
        notes (str | Unset): What to know before using it. Default: ''.
        doi (None | str | Unset):
        latest (bool | Unset): Whether it becomes the latest version for the release of its catalog. Default: False.
    """

    job: str
    name: str
    version: str
    title: str
    description: str | Unset = ""
    notes: str | Unset = ""
    doi: None | str | Unset = UNSET
    latest: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        job = self.job

        name = self.name

        version = self.version

        title = self.title

        description = self.description

        notes = self.notes

        doi: None | str | Unset
        if isinstance(self.doi, Unset):
            doi = UNSET
        else:
            doi = self.doi

        latest = self.latest

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "job": job,
                "name": name,
                "version": version,
                "title": title,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if notes is not UNSET:
            field_dict["notes"] = notes
        if doi is not UNSET:
            field_dict["doi"] = doi
        if latest is not UNSET:
            field_dict["latest"] = latest

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        job = d.pop("job")

        name = d.pop("name")

        version = d.pop("version")

        title = d.pop("title")

        description = d.pop("description", UNSET)

        notes = d.pop("notes", UNSET)

        def _parse_doi(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        doi = _parse_doi(d.pop("doi", UNSET))

        latest = d.pop("latest", UNSET)

        return cls(
            job=job,
            name=name,
            version=version,
            title=title,
            description=description,
            notes=notes,
            doi=doi,
            latest=latest,
        )
