"""YAML in the headers of tables: plain values alone, of a bounded size also after its aliases are followed."""

from collections.abc import Iterator
from typing import Any

import yaml

__all__ = ["MAX_HEADER_BYTES", "HeaderError", "read_yaml_header"]

MAX_HEADER_BYTES = 2 * 2**20
"""Longest header; 5000 columns that are described at length take a fifth of it."""

MAX_DEPTH = 50
"""Deepest nesting of lists and mappings; what Astropy writes stays below ten."""

MAX_NODES = 200_000
"""Most values, each alias counted with all that it stands for: ten lines of them can stand for a billion."""


class HeaderError(ValueError):
    """A header that is no YAML, or is larger or deeper than any honest one."""


# The parser in C is ten times as fast; nearly every installation has it.
_Safe: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _HeaderLoader(_Safe):  # type: ignore[misc]  # which of the two is known at run time
    """Plain YAML; tags of Python objects, which some headers carry, are passed over."""


def read_yaml_header(text: str) -> Any:
    """Values of a header.

    Raises
    ------
    HeaderError
        If it cannot be read.
    """
    if len(text) > MAX_HEADER_BYTES:
        raise HeaderError(f"has more than {MAX_HEADER_BYTES} bytes")
    try:
        _check_size(yaml.parse(text, Loader=_Safe))
        return yaml.load(text, Loader=_HeaderLoader)  # noqa: S506 - a safe loader without object tags
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise HeaderError(str(error)) from error


def _check_size(events: Iterator[yaml.Event]) -> None:
    """Count values as if every alias were written out, before any of them is made."""
    sizes: dict[str, int] = {}
    open_collections: list[tuple[str | None, int]] = []
    n_nodes = 0
    for event in events:
        match event:
            case yaml.AliasEvent():
                n_nodes += sizes.get(event.anchor or "", 1)
            case yaml.ScalarEvent():
                n_nodes += 1
                sizes[event.anchor or ""] = 1
            case yaml.CollectionStartEvent():
                open_collections.append((event.anchor, n_nodes))
                n_nodes += 1
            case yaml.CollectionEndEvent():
                anchor, before = open_collections.pop()
                sizes[anchor or ""] = n_nodes - before
        if len(open_collections) > MAX_DEPTH:
            raise HeaderError(f"nests lists and mappings more than {MAX_DEPTH} deep")
        if n_nodes > MAX_NODES:
            raise HeaderError(f"holds more than {MAX_NODES} values")


def _mapping(loader: Any, node: yaml.Node) -> dict[Any, Any] | None:
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None


_HeaderLoader.add_multi_constructor("", lambda loader, suffix, node: None)
# Base types keep their meaning.
for _tag in ("null", "bool", "int", "float", "str", "seq", "map", "omap"):
    _HeaderLoader.add_constructor(
        f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{_tag}"]
    )
# Nothing is built of these: they stay names and numbers.
for _tag in ("!astropy.table.SerializedColumn", "!astropy.time.Time"):
    _HeaderLoader.add_constructor(_tag, _mapping)
