from typing import Literal, cast

Scope = Literal["read", "submit"]


def check_scope(value: object) -> Scope:
    return cast(Scope, value)
