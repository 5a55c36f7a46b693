"""The tables of parameters, presets and columns on the page about compilations are the package's own."""

import re
from pathlib import Path

import pyarrow as pa

from tests.docs.parameter_table import parameter_table, text_of
from trainingset.combine_recipe import PRESETS, CombineRecipe, Preset
from trainingset.specz.compilation_table import HOMOGENIZED, MARKS
from trainingset.wire import parameter_names

PAGE = Path(__file__).parents[2] / "docs" / "combine.md"


def preset_table() -> str:
    names = {field: wire for wire, (field, _) in parameter_names(CombineRecipe).items()}
    fields = dict.fromkeys(field for preset in PRESETS.values() for field in preset)
    lines = [f"| parameter | {' | '.join(f'`{preset}`' for preset in Preset)} |", "|---|---|---|---|"]
    for field in fields:
        values = [text_of(PRESETS[preset].get(field)) or "no limit" for preset in Preset]
        lines.append(f"| `{names[field]}` | {' | '.join(values)} |")
    return "\n".join([*lines, ""])


def column_table(schema: pa.Schema) -> str:
    lines = ["| column | unit | meaning |", "|---|---|---|"]
    for field in schema:
        metadata = {key.decode(): value.decode() for key, value in field.metadata.items()}
        lines.append(f"| `{field.name}` | {metadata.get('unit', '')} | {metadata['description']} |")
    return "\n".join([*lines, ""])


def test_the_page_lists_parameters_presets_and_columns_as_the_package_declares_them(update_test_data: bool) -> None:
    tables = {
        "parameters": parameter_table(CombineRecipe),
        "presets": preset_table(),
        "homogenized": column_table(HOMOGENIZED),
        "marks": column_table(MARKS),
    }
    expected = PAGE.read_text(encoding="utf-8")
    for name, table in tables.items():
        block = re.compile(rf"(<!-- {name}: [^>]*-->\n).*(<!-- /{name} -->)", re.DOTALL)
        found = block.search(expected)
        assert found is not None, name
        expected = expected[: found.end(1)] + table + expected[found.start(2) :]
    if update_test_data:
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, "run pytest tests/docs --update-test-data"
