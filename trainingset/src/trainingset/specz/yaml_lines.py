"""Reads YAML that a stranger wrote, and remembers on which line each value stands.

Plain mappings, lists and values only: no tags, no anchors (and so no cycles), no key twice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Document", "Path", "YamlFault", "read_documents"]

MOST_CHARACTERS = 200_000
"""Longest text; the longest of our own rule files has a fortieth of it."""

MOST_NESTING = 20
"""Deepest nesting; rule files need six levels, and the parser a frame of Python for each."""

MOST_DOCUMENTS = 100
"""Most documents; more than all surveys there are."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices that lead to a value."""

_ODD = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

_MOST_DIGITS = 30
"""Longest number; the parser would make whole ones of any length, which other code cannot print."""

_NUMBERS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float"))

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


def read_documents(text: str | bytes) -> tuple[list[Document], list[YamlFault]]:
    """Read all documents of a text; bytes are UTF-8.

    Returns
    -------
    tuple
        The documents, empty ones left out, and what stands against reading any.
    """
    if len(text) > MOST_CHARACTERS:
        return [], [YamlFault(1, f"the text has {len(text)} characters; it may have {MOST_CHARACTERS} at most")]
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return [], [YamlFault(line, f"is no UTF-8: the byte 0x{error.object[error.start]:02x}; save it as UTF-8")]
    text = text.removeprefix("\ufeff")
    if fault := _odd_character(text):
        return [], [fault]
    faults: list[YamlFault] = []
    try:
        faults.extend(_forbidden(text))
    except yaml.YAMLError as error:
        faults.append(_syntax_fault(error))
    if faults:
        return [], faults
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node is not None]
    except yaml.YAMLError as error:
        return [], [_syntax_fault(error)]
    return [_document(node) for node in nodes], []


def _odd_character(text: str) -> YamlFault | None:
    """The first character that no text has: control characters, halves of pairs, ends of nothing."""
    found = _ODD.search(text)
    if found is None:
        return None
    line = text.count("\n", 0, found.start()) + 1
    return YamlFault(line, f"holds the character U+{ord(found[0]):04X}, which no text has; write plain text")


def _forbidden(text: str) -> Iterator[YamlFault]:
    """Anchors, aliases, tags and too deep nesting, found in the stream of events before anything is built."""
    depth = n_documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        n_documents += isinstance(event, yaml.DocumentStartEvent)
        if n_documents > MOST_DOCUMENTS:
            yield YamlFault(line, f"there are more than {MOST_DOCUMENTS} documents")
            return
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_NESTING:
            yield YamlFault(line, f"values are nested more than {MOST_NESTING} deep")
            return
        if isinstance(event, yaml.AliasEvent):
            yield YamlFault(line, f"*{event.anchor} refers to another value; write the value itself")
        elif (anchor := getattr(event, "anchor", None)) is not None:
            yield YamlFault(line, f"&{anchor} names a value to be used again; write the value itself")
        elif (tag := getattr(event, "tag", None)) is not None:
            yield YamlFault(line, f"the tag {tag} is not allowed; write a plain value")


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
            document.faults.append(YamlFault(line, f"the key {repr(key)[:80]} is given twice"))
            continue
        name = key if isinstance(key, str) else key_node.value
        document.lines[(*path, name)] = line
        values[key] = _value(value_node, (*path, name), document)
    return values


def _scalar(node: ScalarNode, document: Document) -> str | int | float | bool | None:
    if node.tag not in _PLAIN_TAGS:
        # Dates and the like, which YAML makes of plain words: the word is what was meant.
        return str(node.value)
    line = node.start_mark.line + 1
    if node.tag in _NUMBERS and len(node.value) > _MOST_DIGITS:
        document.faults.append(YamlFault(line, f"{node.value[:_MOST_DIGITS]}... is too long for a number"))
        return None
    try:
        value: str | int | float | bool | None = SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError, OverflowError):
        document.faults.append(YamlFault(line, f"{node.value[:80]!r} cannot be read as a value"))
        return None
    # A text in double quotes may have characters that the file itself may not.
    if isinstance(value, str) and (odd := _ODD.search(value)) is not None:
        document.faults.append(YamlFault(line, f"a text holds the character U+{ord(odd[0]):04X}, which no text has"))
    return value
