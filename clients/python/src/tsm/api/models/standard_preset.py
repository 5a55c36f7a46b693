from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.standard_preset_parameters import StandardPresetParameters


T = TypeVar("T", bound="StandardPreset")


@_attrs_define(frozen=True)
class StandardPreset:
    """Parameters of a standardized set; every single one may be said otherwise by whoever takes the preset.

    Attributes:
        name (str):
        version (str):
        title (str):
        description (str):
        source (str):
        parameters (StandardPresetParameters):
    """

    name: str
    version: str
    title: str
    description: str
    source: str
    parameters: StandardPresetParameters

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        version = self.version

        title = self.title

        description = self.description

        source = self.source

        parameters = self.parameters.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "version": version,
                "title": title,
                "description": description,
                "source": source,
                "parameters": parameters,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.standard_preset_parameters import StandardPresetParameters  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        version = d.pop("version")

        title = d.pop("title")

        description = d.pop("description")

        source = d.pop("source")

        parameters = StandardPresetParameters.from_dict(d.pop("parameters"))

        return cls(
            name=name,
            version=version,
            title=title,
            description=description,
            source=source,
            parameters=parameters,
        )
