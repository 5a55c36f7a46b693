from typing import Literal, cast

ExecutionPhase = Literal[
    "ABORTED", "ARCHIVED", "COMPLETED", "ERROR", "EXECUTING", "HELD", "PENDING", "QUEUED", "SUSPENDED", "UNKNOWN"
]


def check_execution_phase(value: object) -> ExecutionPhase:
    return cast(ExecutionPhase, value)
