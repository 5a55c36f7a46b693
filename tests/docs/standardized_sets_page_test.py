"""The presets on the page about standardized sets are the package's own."""

import json
import re
from pathlib import Path

from trainingset.presets import standard_presets
from trainingset.recipe import CrossmatchRecipe
from trainingset.wire import parameter_names

PAGE = Path(__file__).parents[2] / "docs" / "standardized-sets.md"
BLOCK = re.compile(r"(<!-- presets: [^>]*-->\n).*(<!-- /presets -->)", re.DOTALL)


def text_of(value: object) -> str:
    match value:
        case str():
            return value
        case dict():
            return ",".join(f"{key}={item}" for key, item in value.items())
        case list():
            return ",".join(map(str, value))
        case _:
            return json.dumps(value)


def preset_text() -> str:
    names = {field: wire for wire, (field, _) in parameter_names(CrossmatchRecipe).items()}
    lines = []
    for reference, preset in standard_presets().items():
        lines += [f"### `{reference}`: {preset.title}", "", preset.description, "", preset.source, ""]
        lines += ["| parameter | value |", "|---|---|"]
        lines += [f"| `{names[field]}` | `{text_of(value)}` |" for field, value in preset.parameters.items()]
        lines.append("")
    return "\n".join(lines)


def test_the_page_shows_the_presets_as_the_package_has_them(update_test_data: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    expected = BLOCK.sub(lambda block: block[1] + preset_text() + block[2], page)
    if update_test_data:
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, "run pytest tests/docs --update-test-data"
