"""The tables of parameters and of coefficients in the docs are the package's own."""

import re
from pathlib import Path

from tests.docs.parameter_table import parameter_table
from trainingset.extinction import LSST_EXTINCTIONS
from trainingset.recipe import CrossmatchRecipe

PAGE = Path(__file__).parents[2] / "docs" / "crossmatch.md"
BLOCK = re.compile(r"(<!-- parameters: [^>]*-->\n).*(<!-- /parameters -->)", re.DOTALL)

EXTINCTIONS = re.compile(r"(<!-- extinctions: [^>]*-->\n).*(<!-- /extinctions -->)", re.DOTALL)


def extinction_table() -> str:
    lines = ["| `DEREDDEN=` | u | g | r | i | z | y | A(band)/E(B−V) from |", "|---|---|---|---|---|---|---|---|"]
    for name, extinction in LSST_EXTINCTIONS.items():
        numbers = [f"{extinction.coefficients[band]:g}" for band in "ugrizy"]
        lines.append(f"| `{name}` | {' | '.join(numbers)} | {extinction.source} |")
    return "\n".join([*lines, ""])


def test_the_page_lists_parameters_and_coefficients_as_the_package_declares_them(update_test_data: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    expected = BLOCK.sub(lambda block: block[1] + parameter_table(CrossmatchRecipe) + block[2], page)
    expected = EXTINCTIONS.sub(lambda block: block[1] + extinction_table() + block[2], expected)
    if update_test_data:
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, "run pytest tests/docs --update-test-data"
