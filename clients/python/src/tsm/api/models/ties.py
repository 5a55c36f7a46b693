from typing import Literal, cast

Ties = Literal["draw_one", "keep_all", "remove_all"]


def check_ties(value: object) -> Ties:
    return cast(Ties, value)
