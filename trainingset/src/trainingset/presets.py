"""Presets of standardized sets: named, versioned recipes as data, one file each. Light.

A version never changes: whoever improves a preset adds a file with the next version.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, JsonValue

__all__ = ["PresetUsed", "StandardPreset", "find_preset", "preset_names", "standard_presets"]


class StandardPreset(BaseModel):
    """Parameters of a standardized set; every single one may be said otherwise by whoever takes the preset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")
    version: str = Field(pattern=r"^[1-9][0-9]{0,3}$")
    title: str
    description: str
    """What comes out."""
    source: str
    """Whose practice it is, and which numbers are not theirs."""
    parameters: dict[str, JsonValue]
    """Fields of a recipe."""

    @property
    def reference(self) -> str:
        """How a recipe names this version."""
        return f"{self.name}@{self.version}"


class PresetUsed(BaseModel):
    """The preset that a recipe started from, for its record."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    changed: tuple[str, ...] = ()
    """Fields that were said otherwise than in the preset."""


@cache
def standard_presets() -> Mapping[str, StandardPreset]:
    """All presets by reference, by name and version."""
    folder = files("trainingset") / "standard_presets"
    found = [
        StandardPreset.model_validate(json.loads(file.read_text(encoding="utf-8")))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    ]
    in_order = sorted(found, key=lambda preset: (preset.name, int(preset.version)))
    return MappingProxyType({preset.reference: preset for preset in in_order})


def find_preset(text: str) -> StandardPreset | None:
    """The preset that ``NAME@VERSION`` means, or the latest version for ``NAME``; None if there is none."""
    name, _, version = text.partition("@")
    named = [preset for preset in standard_presets().values() if preset.name == name]
    return next((preset for preset in reversed(named) if version in ("", preset.version)), None)


def preset_names() -> tuple[str, ...]:
    """Names of all presets."""
    return tuple(dict.fromkeys(preset.name for preset in standard_presets().values()))
