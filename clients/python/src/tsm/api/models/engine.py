from typing import Literal, cast

Engine = Literal["lsdb", "tsm"]


def check_engine(value: object) -> Engine:
    return cast(Engine, value)
