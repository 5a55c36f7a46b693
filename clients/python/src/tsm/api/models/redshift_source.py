from typing import Literal, cast

RedshiftSource = Literal["pz", "service"]


def check_redshift_source(value: object) -> RedshiftSource:
    return cast(RedshiftSource, value)
