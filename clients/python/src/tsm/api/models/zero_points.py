from typing import Literal, cast

ZeroPoints = Literal["none", "release"]


def check_zero_points(value: object) -> ZeroPoints:
    return cast(ZeroPoints, value)
