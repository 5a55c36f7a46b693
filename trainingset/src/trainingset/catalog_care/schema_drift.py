"""How the columns of a partition differ from those that the catalog announces."""

from collections.abc import Iterator

import pyarrow as pa

__all__ = ["tell_drift"]

_SHOWN = 5


def tell_drift(found: pa.Schema, announced: pa.Schema) -> Iterator[str]:
    """A sentence for each way in which they differ; the order of columns and notes about them do not count."""
    if absent := [name for name in announced.names if name not in set(found.names)]:
        yield f"lacks {_listed(absent)}, which the catalog announces"
    if added := [name for name in found.names if name not in set(announced.names)]:
        yield f"has {_listed(added)}, which the catalog does not announce"
    types = {field.name: field.type for field in announced}
    differ = [
        f"{field.name} is {field.type} and not {types[field.name]}"
        for field in found
        if field.name in types and not _are_alike(field.type, types[field.name])
    ]
    if differ:
        yield f"has other types than the catalog announces: {_listed(differ)}"


def _are_alike(one: pa.DataType, other: pa.DataType) -> bool:
    """Whether readers see the same: texts with 32- and 64-bit offsets are one, as are dictionaries and their values."""
    return bool(_plain(one).equals(_plain(other)))


def _plain(datatype: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(datatype):
        return _plain(datatype.value_type)
    if pa.types.is_large_string(datatype) or pa.types.is_string_view(datatype):
        return pa.string()
    return datatype


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
