from typing import Literal, cast

Mode = Literal["concatenate", "mark", "remove"]


def check_mode(value: object) -> Mode:
    return cast(Mode, value)
