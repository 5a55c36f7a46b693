from typing import Literal, cast

SplitBy = Literal["field", "object", "sky", "survey"]


def check_split_by(value: object) -> SplitBy:
    return cast(SplitBy, value)
