from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.column_description import ColumnDescription
    from ..models.problem import Problem
    from ..models.upload_profile_role_evidence import UploadProfileRoleEvidence
    from ..models.upload_profile_roles import UploadProfileRoles


T = TypeVar("T", bound="UploadProfile")


@_attrs_define(frozen=True)
class UploadProfile:
    """What the inspection found in a table.

    Attributes:
        table_format (str):
        n_rows (int):
        columns (list[ColumnDescription]):
        roles (UploadProfileRoles): Column by meaning, as found by UCD or name.
        role_evidence (UploadProfileRoleEvidence): Why a column was taken for a role.
        bad_coordinate_rows (int): Rows without valid coordinates.
        problems (list[Problem]): What a recipe's `roles` or `bad_rows` must settle.
    """

    table_format: str
    n_rows: int
    columns: list[ColumnDescription]
    roles: UploadProfileRoles
    role_evidence: UploadProfileRoleEvidence
    bad_coordinate_rows: int
    problems: list[Problem]
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        table_format = self.table_format

        n_rows = self.n_rows

        columns = []
        for columns_item_data in self.columns:
            columns_item = columns_item_data.to_dict()
            columns.append(columns_item)

        roles = self.roles.to_dict()

        role_evidence = self.role_evidence.to_dict()

        bad_coordinate_rows = self.bad_coordinate_rows

        problems = []
        for problems_item_data in self.problems:
            problems_item = problems_item_data.to_dict()
            problems.append(problems_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "table_format": table_format,
                "n_rows": n_rows,
                "columns": columns,
                "roles": roles,
                "role_evidence": role_evidence,
                "bad_coordinate_rows": bad_coordinate_rows,
                "problems": problems,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.column_description import ColumnDescription  # noqa: PLC0415
        from ..models.problem import Problem  # noqa: PLC0415
        from ..models.upload_profile_role_evidence import UploadProfileRoleEvidence  # noqa: PLC0415
        from ..models.upload_profile_roles import UploadProfileRoles  # noqa: PLC0415

        d = dict(src_dict)
        table_format = d.pop("table_format")

        n_rows = d.pop("n_rows")

        columns = []
        _columns = d.pop("columns")
        for columns_item_data in _columns:
            columns_item = ColumnDescription.from_dict(columns_item_data)

            columns.append(columns_item)

        roles = UploadProfileRoles.from_dict(d.pop("roles"))

        role_evidence = UploadProfileRoleEvidence.from_dict(d.pop("role_evidence"))

        bad_coordinate_rows = d.pop("bad_coordinate_rows")

        problems = []
        _problems = d.pop("problems")
        for problems_item_data in _problems:
            problems_item = Problem.from_dict(problems_item_data)

            problems.append(problems_item)

        additional_properties = d
        return cls(
            table_format=table_format,
            n_rows=n_rows,
            columns=columns,
            roles=roles,
            role_evidence=role_evidence,
            bad_coordinate_rows=bad_coordinate_rows,
            problems=problems,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
