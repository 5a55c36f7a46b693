from typing import Literal, cast

BadRows = Literal["drop", "error"]


def check_bad_rows(value: object) -> BadRows:
    return cast(BadRows, value)
