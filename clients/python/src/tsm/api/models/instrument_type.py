from typing import Literal, cast

InstrumentType = Literal["g", "p", "s"]


def check_instrument_type(value: object) -> InstrumentType:
    return cast(InstrumentType, value)
