from typing import Literal, cast

CombinedRedshift = Literal["best", "mean"]


def check_combined_redshift(value: object) -> CombinedRedshift:
    return cast(CombinedRedshift, value)
