from typing import Literal, cast

Sentinels = Literal["keep", "null"]


def check_sentinels(value: object) -> Sentinels:
    return cast(Sentinels, value)
