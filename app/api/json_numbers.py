"""Integers that every JSON reader gets right."""

__all__ = ["exact"]

_LARGEST = 2**53
"""JavaScript and many other readers hold numbers as float64: beyond this, neighbors become one."""


def exact(value: object) -> object:
    """The same JSON with integers beyond ±2^53 (object ids) written as texts."""
    match value:
        case bool():
            return value
        case int():
            return value if -_LARGEST <= value <= _LARGEST else str(value)
        case dict():
            return {key: exact(item) for key, item in value.items()}
        case list() | tuple():
            return [exact(item) for item in value]
        case _:
            return value
