from typing import Literal, cast

Unique = Literal["best", "nearest", "none"]


def check_unique(value: object) -> Unique:
    return cast(Unique, value)
