from typing import Literal, cast

How = Literal["inner", "left"]


def check_how(value: object) -> How:
    return cast(How, value)
