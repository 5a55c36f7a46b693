from typing import Literal, cast

Match = Literal["all", "mutual", "nearest"]


def check_match(value: object) -> Match:
    return cast(Match, value)
