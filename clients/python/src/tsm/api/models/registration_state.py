from typing import Literal, cast

RegistrationState = Literal["FAILED", "REGISTERED", "RUNNING", "WAITING"]


def check_registration_state(value: object) -> RegistrationState:
    return cast(RegistrationState, value)
