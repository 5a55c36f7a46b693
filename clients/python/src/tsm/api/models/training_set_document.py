from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.citation import Citation
    from ..models.training_set_document_rows_by_subset import TrainingSetDocumentRowsBySubset


T = TypeVar("T", bound="TrainingSetDocument")


@_attrs_define(frozen=True)
class TrainingSetDocument:
    """One version of an official training set.

    Example:
        {'catalog': 'dp1.object', 'citations': [{'bibcode': '2018A&A...609A..84S', 'text': 'Scodeggio et al. 2018, A&A
            609, A84'}], 'description': '', 'filename': 'dp1-training_2026.1.parquet', 'latest_for': ['dp1'], 'mime_type':
            'application/vnd.apache.parquet', 'name': 'dp1-training', 'notes': '', 'preset': 'dp1-training@1',
            'provenance_url': 'https://tsm.example/tsm/api/v1/sets/dp1-training/2026.1/provenance', 'publication_time':
            '2026-11-22T14:03:11.120000Z', 'publisher': 'mlima', 'release': 'dp1', 'row_checksum': '1d1c7f0a...', 'rows': 8,
            'rows_by_subset': {'test': 2, 'train': 6}, 'sha256': '9f86d081...', 'size': 12038, 'title': 'Training set for
            DP1', 'url': 'https://tsm.example/tsm/api/v1/sets/dp1-training/2026.1/file', 'version': '2026.1'}

    Attributes:
        name (str):
        version (str):
        release (str): Data release of its object catalog.
        latest_for (list[str]): Releases of which this is the latest version.
        title (str):
        description (str):
        notes (str): What to know before using it.
        doi (None | str):
        publisher (str):
        publication_time (datetime.datetime):
        catalog (str): Object catalog.
        preset (None | str): Preset that its recipe started from.
        rows (int):
        rows_by_subset (TrainingSetDocumentRowsBySubset):
        row_checksum (str): Who makes the set again has rows of the same checksum.
        citations (list[Citation]): What its users are asked to cite.
        url (str): Where the file is fetched.
        provenance_url (str): How it was made: all that is needed to make it again.
        filename (str):
        mime_type (str):
        size (int): Bytes.
        sha256 (str):
    """

    name: str
    version: str
    release: str
    latest_for: list[str]
    title: str
    description: str
    notes: str
    doi: None | str
    publisher: str
    publication_time: datetime.datetime
    catalog: str
    preset: None | str
    rows: int
    rows_by_subset: TrainingSetDocumentRowsBySubset
    row_checksum: str
    citations: list[Citation]
    url: str
    provenance_url: str
    filename: str
    mime_type: str
    size: int
    sha256: str
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        release = self.release

        latest_for = self.latest_for

        title = self.title

        description = self.description

        notes = self.notes

        doi: None | str
        doi = self.doi

        publisher = self.publisher

        publication_time = self.publication_time.isoformat()

        catalog = self.catalog

        preset: None | str
        preset = self.preset

        rows = self.rows

        rows_by_subset = self.rows_by_subset.to_dict()

        row_checksum = self.row_checksum

        citations = []
        for citations_item_data in self.citations:
            citations_item = citations_item_data.to_dict()
            citations.append(citations_item)

        url = self.url

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
                "release": release,
                "latest_for": latest_for,
                "title": title,
                "description": description,
                "notes": notes,
                "doi": doi,
                "publisher": publisher,
                "publication_time": publication_time,
                "catalog": catalog,
                "preset": preset,
                "rows": rows,
                "rows_by_subset": rows_by_subset,
                "row_checksum": row_checksum,
                "citations": citations,
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
        from ..models.citation import Citation  # noqa: PLC0415
        from ..models.training_set_document_rows_by_subset import TrainingSetDocumentRowsBySubset  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        release = d.pop("release")

        latest_for = cast(list[str], d.pop("latest_for"))

        title = d.pop("title")

        description = d.pop("description")

        notes = d.pop("notes")

        def _parse_doi(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        doi = _parse_doi(d.pop("doi"))

        publisher = d.pop("publisher")

        publication_time = datetime.datetime.fromisoformat(d.pop("publication_time"))

        catalog = d.pop("catalog")

        def _parse_preset(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        preset = _parse_preset(d.pop("preset"))

        rows = d.pop("rows")

        rows_by_subset = TrainingSetDocumentRowsBySubset.from_dict(d.pop("rows_by_subset"))

        row_checksum = d.pop("row_checksum")

        citations = []
        _citations = d.pop("citations")
        for citations_item_data in _citations:
            citations_item = Citation.from_dict(citations_item_data)

            citations.append(citations_item)

        url = d.pop("url")

        provenance_url = d.pop("provenance_url")

        filename = d.pop("filename")

        mime_type = d.pop("mime_type")

        size = d.pop("size")

        sha256 = d.pop("sha256")

        additional_properties = d
        return cls(
            name=name,
            version=version,
            release=release,
            latest_for=latest_for,
            title=title,
            description=description,
            notes=notes,
            doi=doi,
            publisher=publisher,
            publication_time=publication_time,
            catalog=catalog,
            preset=preset,
            rows=rows,
            rows_by_subset=rows_by_subset,
            row_checksum=row_checksum,
            citations=citations,
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
