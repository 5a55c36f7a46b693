from typing import Literal, cast

RadiusFrom = Literal["fixed", "survey"]


def check_radius_from(value: object) -> RadiusFrom:
    return cast(RadiusFrom, value)
