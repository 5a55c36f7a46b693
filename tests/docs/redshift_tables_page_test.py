"""The page on redshift tables: its examples run, and its table of roles is the package's own."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import run_page
from trainingset.roles import NAMES, REQUIRED_ROLES, UCDS

PAGE = Path(__file__).parents[2] / "docs" / "redshift-tables.md"
BLOCK = re.compile(r"(<!-- roles: [^>]*-->\n).*(<!-- /roles -->)", re.DOTALL)


def role_table() -> str:
    lines = ["| role | UCD | names |", "|---|---|---|"]
    for role, names in NAMES.items():
        required = " (required)" if role in REQUIRED_ROLES else ""
        ucds = ", ".join(f"`{ucd}`" for ucd in UCDS.get(role, ()))
        lines.append(f"| `{role}`{required} | {ucds} | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join([*lines, ""])


def test_the_page_lists_roles_as_the_package_knows_them(update_test_data: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    expected = BLOCK.sub(lambda block: block[1] + role_table() + block[2], page)
    if update_test_data:
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, "run pytest tests/docs --update-test-data"


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    run_page(PAGE, environment={})
