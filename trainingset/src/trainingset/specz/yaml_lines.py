"""Reads YAML that a stranger wrote, and remembers on which line each value stands.

Plain mappings, lists and values only: no tags, no anchors (and so no cycles), no key twice.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Document", "Path", "YamlFault", "read_documents"]

MOST_CHARACTERS = 200_000
"""Longest text; the longest of our own rule files has a fortieth of it."""

MOST_NESTING = 20
"""Deepest nesting; rule files need six levels, and the parser a frame of Python for each."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead to a value."""

_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null"))


@dataclass(frozen=True, slots=True)
class YamlFault:
    """Something that cannot be read."""

    line: int
    """Counted from 1."""
    message: str


@dataclass(slots=True)
class Document:
    """One document of a file."""

    value: object
    line: int
    lines: dict[Path, int] = field(default_factory=dict)
    """Line of each key and of each item of a list."""
    faults: list[YamlFault] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Line of a value, or of the nearest one around it that the file has."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return self.line


def read_documents(text: str) -> tuple[list[Document], list[YamlFault]]:
    """Read all documents of a text.

    Returns
    -------
    tuple
        The documents, empty ones left out, and what stands against reading any.
    """
    if len(text) > MOST_CHARACTERS:
        return [], [YamlFault(1, f"the text has {len(text)} characters; it may have {MOST_CHARACTERS} at most")]
    try:
        if faults := _forbidden(text):
            return [], faults
        nodes = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
    except yaml.YAMLError as error:
        return [], [_syntax_fault(error)]
    return [_document(node) for node in nodes], []


def _forbidden(text: str) -> list[YamlFault]:
    """Anchors, aliases, tags and too deep nesting, found in the stream of events before anything is built."""
    faults: list[YamlFault] = []
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_NESTING:
            return [YamlFault(line, f"values are nested more than {MOST_NESTING} deep")]
        if isinstance(event, yaml.AliasEvent):
            faults.append(YamlFault(line, f"*{event.anchor} refers to another value; write the value itself"))
        elif (anchor := getattr(event, "anchor", None)) is not None:
            faults.append(YamlFault(line, f"&{anchor} names a value to be used again; write the value itself"))
        elif (tag := getattr(event, "tag", None)) is not None:
            faults.append(YamlFault(line, f"the tag {tag} is not allowed; write a plain value"))
    return faults


def _syntax_fault(error: yaml.YAMLError) -> YamlFault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    told = f"is no YAML: {problem}" + (f" {context}" if context else "")
    return YamlFault(mark.line + 1 if mark is not None else 1, told)


def _document(node: Node) -> Document:
    document = Document(value=None, line=node.start_mark.line + 1)
    document.value = _value(node, (), document)
    return document


def _value(node: Node, path: Path, document: Document) -> object:
    document.lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode():
            return _mapping(node, path, document)
        case SequenceNode():
            return [_value(item, (*path, number), document) for number, item in enumerate(node.value)]
        case ScalarNode():
            return _scalar(node, document)
        case _:
            raise AssertionError(node)


def _mapping(node: MappingNode, path: Path, document: Document) -> dict[object, object]:
    values: dict[object, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            document.faults.append(YamlFault(line, "a key is a list or a mapping; it must be a text or a number"))
            continue
        key = _scalar(key_node, document)
        if key in values:
            document.faults.append(YamlFault(line, f"the key {key!r} is given twice"))
            continue
        name = key if isinstance(key, str) else key_node.value
        document.lines[(*path, name)] = line
        values[key] = _value(value_node, (*path, name), document)
    return values


def _scalar(node: ScalarNode, document: Document) -> str | int | float | bool | None:
    if node.tag not in _PLAIN_TAGS:
        # Dates and the like, which YAML makes of plain words: the word is what was meant.
        return str(node.value)
    loader = yaml.SafeLoader("")
    try:
        value: str | int | float | bool | None = loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        document.faults.append(YamlFault(node.start_mark.line + 1, f"{node.value!r} cannot be read as a value"))
        return None
    finally:
        loader.dispose()
    return value
