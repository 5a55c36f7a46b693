from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CompilationFile")


@_attrs_define(frozen=True)
class CompilationFile:
    """The published file of a compilation, which never changes.

    Attributes:
        name (str):
        version (str):
        latest_for (list[str]): Releases of which this is the latest version.
        publication_time (datetime.datetime):
        retirement_time (datetime.datetime | None): When it was taken from the lists; it can still be fetched.
        doi (None | str):
        notes (str): What to know before using it.
        url (str): Where the file is fetched.
        provenance_url (None | str): How it was made, if that is known.
        filename (str):
        mime_type (str):
        size (int): Bytes.
        sha256 (str):
    """

    name: str
    version: str
    latest_for: list[str]
    publication_time: datetime.datetime
    retirement_time: datetime.datetime | None
    doi: None | str
    notes: str
    url: str
    provenance_url: None | str
    filename: str
    mime_type: str
    size: int
    sha256: str
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        latest_for = self.latest_for

        publication_time = self.publication_time.isoformat()

        retirement_time: None | str
        if isinstance(self.retirement_time, datetime.datetime):
            retirement_time = self.retirement_time.isoformat()
        else:
            retirement_time = self.retirement_time

        doi: None | str
        doi = self.doi

        notes = self.notes

        url = self.url

        provenance_url: None | str
        provenance_url = self.provenance_url

        filename = self.filename

        mime_type = self.mime_type

        size = self.size

        sha256 = self.sha256

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "version": version,
                "latest_for": latest_for,
                "publication_time": publication_time,
                "retirement_time": retirement_time,
                "doi": doi,
                "notes": notes,
                "url": url,
                "provenance_url": provenance_url,
                "filename": filename,
                "mime_type": mime_type,
                "size": size,
                "sha256": sha256,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        latest_for = cast(list[str], d.pop("latest_for"))

        publication_time = datetime.datetime.fromisoformat(d.pop("publication_time"))

        def _parse_retirement_time(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                retirement_time_type_0 = datetime.datetime.fromisoformat(data)

                return retirement_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        retirement_time = _parse_retirement_time(d.pop("retirement_time"))

        def _parse_doi(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        doi = _parse_doi(d.pop("doi"))

        notes = d.pop("notes")

        url = d.pop("url")

        def _parse_provenance_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        provenance_url = _parse_provenance_url(d.pop("provenance_url"))

        filename = d.pop("filename")

        mime_type = d.pop("mime_type")

        size = d.pop("size")

        sha256 = d.pop("sha256")

        additional_properties = d
        return cls(
            name=name,
            version=version,
            latest_for=latest_for,
            publication_time=publication_time,
            retirement_time=retirement_time,
            doi=doi,
            notes=notes,
            url=url,
            provenance_url=provenance_url,
            filename=filename,
            mime_type=mime_type,
            size=size,
            sha256=sha256,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
