from typing import Literal, cast

ResponseFormat = Literal["csv", "fits", "hats", "hdf5", "parquet", "votable", "votable/td"]


def check_response_format(value: object) -> ResponseFormat:
    return cast(ResponseFormat, value)
