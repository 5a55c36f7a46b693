from typing import Literal, cast

Stars = Literal["drop", "keep"]


def check_stars(value: object) -> Stars:
    return cast(Stars, value)
