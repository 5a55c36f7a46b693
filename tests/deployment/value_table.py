"""The table of values in the chart's README, made of the comments of values.yaml.

``python -m tests.deployment.value_table`` writes it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.deployment.chart import CHART

__all__ = ["README", "documented", "readme_with_values"]

README = CHART / "README.md"
BLOCK = re.compile(r"(<!-- values: [^>]*-->\n).*(<!-- /values -->)", re.DOTALL)
_LINE = re.compile(r"^(?P<indent> *)(?:# -- (?P<comment>.*)|(?P<key>[A-Za-z0-9]+):.*)$")


def documented() -> Iterator[tuple[str, str]]:
    """Path and description of each value that has a description."""
    parents: list[str] = []
    comment = None
    for line in (CHART / "values.yaml").read_text(encoding="utf-8").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        if found["comment"] is not None:
            comment = found["comment"]
            continue
        parents = [*parents[: len(found["indent"]) // 2], found["key"]]
        if comment is not None:
            yield ".".join(parents), comment
        comment = None


def _default_of(values: Any, path: str) -> Any:
    for key in path.split("."):
        values = values[key]
    return values


def readme_with_values() -> str:
    """The README as it should be."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    rows = ["| value | default | meaning |", "|---|---|---|"]
    for path, comment in documented():
        default = json.dumps(_default_of(values, path))
        rows.append(f"| `{path}` | {'see the file' if path == 'ingress.annotations' else f'`{default}`'} | {comment} |")
    table = "\n".join([*rows, ""])
    return BLOCK.sub(lambda found: found[1] + table + found[2], README.read_text(encoding="utf-8"))


if __name__ == "__main__":
    README.write_text(readme_with_values(), encoding="utf-8")
