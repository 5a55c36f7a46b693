from typing import Literal, cast

WhereOrder = Literal["after", "before"]


def check_where_order(value: object) -> WhereOrder:
    return cast(WhereOrder, value)
