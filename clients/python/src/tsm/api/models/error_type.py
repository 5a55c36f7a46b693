from typing import Literal, cast

ErrorType = Literal["fatal", "transient"]


def check_error_type(value: object) -> ErrorType:
    return cast(ErrorType, value)
