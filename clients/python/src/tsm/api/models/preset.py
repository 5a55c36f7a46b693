from typing import Literal, cast

Preset = Literal["complete", "reference", "training"]


def check_preset(value: object) -> Preset:
    return cast(Preset, value)
