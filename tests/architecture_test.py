"""The rules about who imports whom hold, as written down in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent
_HEAVY = ("astropy", "dask", "distributed", "hats", "lsdb", "nested_pandas", "pandas", "pyarrow", "scipy")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=_ROOT, capture_output=True, text=True, check=False)


def test_imports_point_down_only() -> None:
    # A cache would be shared by test processes and say what was true before the last edit.
    checked = _run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("module", ["app.main", "trainingset.recipe", "uws.life"])
def test_light_module_leaves_heavy_libraries_unloaded(module: str) -> None:
    script = f"import sys, {module}; print(*sorted(set({_HEAVY!r}) & set(sys.modules)))"

    imported = _run("-c", script)

    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.strip() == ""


def test_recipe_loads_neither_parser_nor_web_framework() -> None:
    script = "import sys, trainingset.recipe; print(*sorted({'sqlglot', 'fastapi', 'numpy'} & set(sys.modules)))"

    imported = _run("-c", script)

    assert imported.returncode == 0, imported.stderr
    assert imported.stdout.strip() == ""
