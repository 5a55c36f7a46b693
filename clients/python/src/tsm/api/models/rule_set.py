from typing import Literal, cast

RuleSet = Literal["current", "reference"]


def check_rule_set(value: object) -> RuleSet:
    return cast(RuleSet, value)
