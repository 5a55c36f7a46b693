from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.difference import Difference
    from ..models.row_differences import RowDifferences


T = TypeVar("T", bound="ReproductionDocument")


@_attrs_define(frozen=True)
class ReproductionDocument:
    """What came of running a record again.

    Example:
        {'differences': [{'found': '41b2c6d0...', 'name': '1 SHA-256', 'recorded': '9f86d081...', 'what': 'input'}],
            'found_checksum': 'sha256:77ab03ff', 'found_rows': 8, 'is_same': False, 'job_id': 'n3v9x2q7w5k8', 'job_url':
            'https://data.example.org/tsm/crossmatch/async/n3v9x2q7w5k8', 'recorded_checksum': 'sha256:1d1c7f0a',
            'recorded_rows': 9}

    Attributes:
        is_same (bool): Whether the rows are the same, bit by bit.
        job_id (str):
        job_url (str):
        recorded_rows (int):
        found_rows (int):
        recorded_checksum (str):
        found_checksum (str):
        differences (list[Difference]): All that differs, the nearest causes first; rows may be the same although
            software changed.
        rows (None | RowDifferences): Which rows differ, column by column, with a few examples; null if they are the
            same, or where the recorded rows are not here: their job is gone, and nobody sent them as an upload.
    """

    is_same: bool
    job_id: str
    job_url: str
    recorded_rows: int
    found_rows: int
    recorded_checksum: str
    found_checksum: str
    differences: list[Difference]
    rows: None | RowDifferences
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.row_differences import RowDifferences  # noqa: PLC0415

        is_same = self.is_same

        job_id = self.job_id

        job_url = self.job_url

        recorded_rows = self.recorded_rows

        found_rows = self.found_rows

        recorded_checksum = self.recorded_checksum

        found_checksum = self.found_checksum

        differences = []
        for differences_item_data in self.differences:
            differences_item = differences_item_data.to_dict()
            differences.append(differences_item)

        rows: dict[str, Any] | None
        if isinstance(self.rows, RowDifferences):
            rows = self.rows.to_dict()
        else:
            rows = self.rows

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "is_same": is_same,
                "job_id": job_id,
                "job_url": job_url,
                "recorded_rows": recorded_rows,
                "found_rows": found_rows,
                "recorded_checksum": recorded_checksum,
                "found_checksum": found_checksum,
                "differences": differences,
                "rows": rows,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.difference import Difference  # noqa: PLC0415
        from ..models.row_differences import RowDifferences  # noqa: PLC0415

        d = dict(src_dict)
        is_same = d.pop("is_same")

        job_id = d.pop("job_id")

        job_url = d.pop("job_url")

        recorded_rows = d.pop("recorded_rows")

        found_rows = d.pop("found_rows")

        recorded_checksum = d.pop("recorded_checksum")

        found_checksum = d.pop("found_checksum")

        differences = []
        _differences = d.pop("differences")
        for differences_item_data in _differences:
            differences_item = Difference.from_dict(differences_item_data)

            differences.append(differences_item)

        def _parse_rows(data: object) -> None | RowDifferences:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                rows_type_0 = RowDifferences.from_dict(data)

                return rows_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RowDifferences, data)

        rows = _parse_rows(d.pop("rows"))

        additional_properties = d
        return cls(
            is_same=is_same,
            job_id=job_id,
            job_url=job_url,
            recorded_rows=recorded_rows,
            found_rows=found_rows,
            recorded_checksum=recorded_checksum,
            found_checksum=found_checksum,
            differences=differences,
            rows=rows,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
