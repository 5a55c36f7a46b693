"""The README of the chart lists its values as `values.yaml` and the schema have them."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from tests.deployment.chart import CHART, EXAMPLES
from tests.deployment.value_table import README, documented, readme_with_values


def leaves(values: Any, path: str = "") -> Iterator[str]:
    """Paths of all values that are no mappings; an empty mapping is a value."""
    if isinstance(values, dict) and values:
        for key, value in values.items():
            yield from leaves(value, f"{path}.{key}".lstrip("."))
    else:
        yield path


def test_the_readme_lists_every_value_with_its_default() -> None:
    assert README.read_text(encoding="utf-8") == readme_with_values(), "run python -m tests.deployment.value_table"


def test_every_value_has_a_description_and_a_place_in_the_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    told = [path for path, _ in documented()]

    assert [leaf for leaf in leaves(values) if not any(f"{leaf}.".startswith(f"{path}.") for path in told)] == []
    for path in told:
        part = schema
        for key in path.split("."):
            part = part["properties"][key]


def test_every_documented_file_of_values_is_in_the_readme() -> None:
    readme = README.read_text(encoding="utf-8")

    assert [file.name for file in EXAMPLES if f"`examples/{file.name}`" not in readme] == []
