from typing import Literal, cast

Dereddening = Literal["none", "rail", "sf11"]


def check_dereddening(value: object) -> Dereddening:
    return cast(Dereddening, value)
