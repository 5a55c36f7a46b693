from typing import Literal, cast

Subsets = Literal["column", "files"]


def check_subsets(value: object) -> Subsets:
    return cast(Subsets, value)
