from typing import Literal, cast

Repeats = Literal["allow", "error"]


def check_repeats(value: object) -> Repeats:
    return cast(Repeats, value)
