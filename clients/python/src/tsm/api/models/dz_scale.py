from typing import Literal, cast

DzScale = Literal["absolute", "error", "one_plus_z"]


def check_dz_scale(value: object) -> DzScale:
    return cast(DzScale, value)
