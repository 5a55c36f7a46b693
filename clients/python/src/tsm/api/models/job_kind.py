from typing import Literal, cast

JobKind = Literal["combine", "crossmatch"]


def check_job_kind(value: object) -> JobKind:
    return cast(JobKind, value)
