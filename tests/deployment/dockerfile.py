"""Reads the Dockerfile and carries out the steps of a stage in a folder, since no container engine is at hand.

What is left out: other people's images, cache mounts, and ``COPY`` between stages. What is the same: the commands of
``RUN``, their variables, and the files of the build context.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["DOCKERFILE", "ROOT", "Stage", "carry_out", "copy_context", "read_stages"]

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
_REFERENCE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


@dataclass
class Stage:
    """One ``FROM ... AS name`` with what follows it."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Instruction and its text."""

    def texts(self, instruction: str) -> list[str]:
        return [text for name, text in self.steps if name == instruction]

    def command(self, instruction: str) -> list[str]:
        """The arguments of the last ``CMD``, or of the one of a ``HEALTHCHECK``."""
        text = self.texts(instruction)[-1]
        command: list[str] = json.loads(text[text.index("[") :])
        return command


def read_stages(dockerfile: Path = DOCKERFILE) -> dict[str, Stage]:
    """The stages by name; arguments before the first one belong to a stage without a name."""
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    stages = {"": Stage("", "")}
    current = stages[""]
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction == "FROM":
            base, name = rest.split(" AS ")
            current = stages[name] = Stage(name, base)
        elif instruction:
            current.steps.append((instruction, rest))
    return stages


def _lineage(stages: dict[str, Stage], name: str) -> list[Stage]:
    """A stage and those it is built on, the lowest first."""
    stage = stages[name]
    return [*(_lineage(stages, stage.base) if stage.base in stages else []), stage]


def _ignored() -> tuple[list[str], list[str]]:
    """What the build context is made of, by .dockerignore: the paths let in, and the names left out everywhere."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    first, *rules = [line for line in lines if line and not line.startswith("#")]
    let_in = [rule[1:] for rule in rules if rule.startswith("!")]
    left_out = [rule[3:] for rule in rules if rule.startswith("**/")]
    assert first == "*"
    assert len(let_in) + len(left_out) == len(rules), "only these kinds of rules are understood here"
    return let_in, left_out


def copy_context(folder: Path) -> None:
    """Lay the build context into a folder."""
    let_in, left_out = _ignored()
    for path in let_in:
        source, target = ROOT / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))
        else:
            shutil.copy(source, target)


def carry_out(
    name: str,
    folder: Path,
    *,
    home: Path,
    path: str,
    change: Callable[[str], str | None] = lambda command: command,
    already: str = "",
) -> list[str]:
    """Carry out the steps of a stage, and of those it is built on, in an empty folder; returns what they wrote.

    Parameters
    ----------
    home
        Where the environment is made, in place of the image's ``TSM_HOME``.
    path
        Where programs are found.
    change
        Gets each command of ``RUN`` and returns the one to run, or None to leave it out.
    already
        A stage that was carried out in this folder before: of it and of what it is built on, only variables count.
    """
    variables: dict[str, str] = {}
    written = []
    stages = read_stages()
    done = [stage.name for stage in _lineage(stages, already)] if already else []
    for stage, instruction, text in _steps(stages, name):
        match instruction:
            case "ARG" | "ENV":
                variables |= _assignments(text, variables)
                variables["TSM_HOME"] = str(home)
            case "COPY" | "RUN" if stage in done:
                continue
            case "COPY":
                assert text == ". ."
                copy_context(folder)
            case "RUN" if (command := change(re.sub(r"--mount=\S+\s+", "", text))) is not None:
                inherited = {key: value for key, value in os.environ.items() if not key.startswith(("TSM_", "VIRTUAL"))}
                run = subprocess.run(
                    ["bash", "-o", "pipefail", "-c", command],
                    cwd=folder,
                    # An image has one Python; here it is the one of the tests.
                    env=inherited | variables | {"PATH": path, "UV_PYTHON": sys.executable},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert run.returncode == 0, f"{command}\n{run.stdout[-2000:]}\n{run.stderr[-4000:]}"
                written.append(run.stdout + run.stderr)
    return written


def _steps(stages: dict[str, Stage], name: str) -> Iterator[tuple[str, str, str]]:
    for stage in _lineage(stages, name):
        for instruction, text in stage.steps:
            yield stage.name, instruction, text


def _assignments(text: str, known: dict[str, str]) -> dict[str, str]:
    pairs = [part.split("=", 1) for part in text.split() if "=" in part]
    return {key: _REFERENCE.sub(lambda found: known.get(found[1] or found[2], ""), value) for key, value in pairs}
