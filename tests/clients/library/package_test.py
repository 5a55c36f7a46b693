"""The package as it is installed and imported: light, typed, and in step with the service."""

import filecmp
import pkgutil
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import tsm

ROOT = Path(__file__).parents[3]
API = ROOT / "clients" / "python" / "src" / "tsm" / "api"
UNWANTED = {"lsdb", "hats", "dask", "distributed", "fastapi", "starlette", "uvicorn", "sqlalchemy", "matplotlib"}
HEAVY = {"astropy", "dask", "lsdb", "matplotlib", "numpy", "pandas", "pyarrow", "scipy", "httpx", "rich", "pydantic"}


def python(script: str) -> str:
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert python(f"import sys, tsm; print(*sorted(set({HEAVY!r}) & set(sys.modules)))") == ""


def test_talking_to_the_service_loads_no_tables() -> None:
    tables = {"astropy", "dask", "lsdb", "matplotlib", "pandas", "pyarrow", "scipy"}
    use = "tsm.TrainingSetMaker('https://a.example/tsm', 'x').close(); tsm.Job, tsm.Listing, tsm.crossmatch"

    assert python(f"import sys, tsm; {use}; print(*sorted(set({tables!r}) & set(sys.modules)))") == ""


def test_a_process_that_used_the_package_ends() -> None:
    use = "maker = tsm.TrainingSetMaker('https://a.example/tsm', 'x'); maker.close(); print('used')"

    assert python(f"import tsm; {use}") == "used"


def test_the_package_works_in_a_forked_process() -> None:
    script = """
import multiprocessing, tsm
maker = tsm.TrainingSetMaker("https://a.example/tsm", "x")
maker.close()
child = multiprocessing.get_context("fork").Process(target=maker.close)
child.start()
child.join(20)
print(child.exitcode)
"""
    assert python(script) == "0"


@pytest.mark.parametrize("name", sorted(tsm.__all__))
def test_every_public_name_is_there_and_listed_for_completion(name: str) -> None:
    assert getattr(tsm, name) is not None
    assert name in dir(tsm)


def test_public_names_and_those_for_type_checkers_are_the_same() -> None:
    source = (ROOT / "clients" / "python" / "src" / "tsm" / "__init__.py").read_text()
    checked = set(re.findall(r"^    from [\w.]+ import \w+ as (\w+)$", source, flags=re.MULTILINE))

    assert checked == set(tsm.__all__)


def test_no_module_hides_a_public_function() -> None:
    modules = {module.name for module in pkgutil.iter_modules(tsm.__path__)}

    assert modules & set(tsm.__all__) == {name for name in tsm._SUBMODULES if name in modules}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        tsm.nonsense  # noqa: B018


def test_the_generated_client_is_that_of_the_service(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, 'clients/python/openapi'); import generate; "
        f"from pathlib import Path; generate.generate(Path({str(tmp_path / 'api')!r}))"
    )
    python(script)

    assert differences(filecmp.dircmp(API, tmp_path / "api", ignore=["__pycache__"])) == [], "run: make client"


def differences(compared: "filecmp.dircmp[str]") -> list[str]:
    here = [*compared.left_only, *compared.right_only, *compared.diff_files, *compared.funny_files]
    return here + [name for folder in compared.subdirs.values() for name in differences(folder)]


def closure(distribution: str) -> set[str]:
    """Names of all distributions that one brings, without extras that nobody asked for."""
    found: set[str] = set()
    left = [(distribution, "")]
    while left:
        name, extra = left.pop()
        if (key := f"{name}[{extra}]") in found:
            continue
        found.add(key)
        for text in requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                left += [(requirement.name, wanted) for wanted in (requirement.extras or {""})]
    return {re.sub(r"[-_.]+", "-", key.partition("[")[0]).lower() for key in found}


def test_installing_the_package_brings_neither_lsdb_nor_dask_nor_a_web_framework() -> None:
    brought = closure("pz-tsm")

    assert {"pz-trainingset", "httpx", "pandas", "pyarrow", "astropy"} <= brought
    assert brought & UNWANTED == set()


def test_the_local_extra_brings_lsdb() -> None:
    extra = [Requirement(text) for text in requires("pz-tsm") or () if "extra ==" in text]

    assert {("pz-trainingset", "lsdb"), ("matplotlib", None)} <= {
        (requirement.name, next(iter(requirement.extras), None)) for requirement in extra
    }


@pytest.mark.parametrize(("folder", "package"), [("clients/python", "tsm"), ("trainingset", "trainingset")])
def test_wheels_say_that_they_are_typed(folder: str, package: str, tmp_path: Path) -> None:
    build = (
        f"from hatchling.builders.wheel import WheelBuilder; "
        f"print(*WheelBuilder({str(ROOT / folder)!r}).build(directory={str(tmp_path)!r}, versions=['standard']))"
    )
    wheel = python(build)
    names = python(f"import zipfile; print(*zipfile.ZipFile({wheel!r}).namelist())").split()

    assert f"{package}/py.typed" in names
    assert f"{package}/__init__.py" in names
