"""A hunt for inputs that a reader cannot bear: which cases, and what is kept of those that are found."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hypothesis import HealthCheck, settings

from worker.messages import Done, Failed, Outcome, Refused

__all__ = ["Hunt", "complaint_about", "thorough"]

_FOUND = Path(__file__).parents[2] / "build" / "fuzz"


@dataclass(frozen=True, slots=True)
class Hunt:
    """How many cases, and where they begin."""

    scale: int
    first_seed: int

    @classmethod
    def of_this_run(cls) -> Self:
        """As the environment says: ``FUZZ_SCALE`` times the usual number, from ``FUZZ_SEED`` on."""
        return cls(scale=int(os.environ.get("FUZZ_SCALE", "1")), first_seed=int(os.environ.get("FUZZ_SEED", "0")))

    def seeds(self, usual: int) -> Iterator[int]:
        """Numbers to draw cases from: so many in every run, more in a long hunt."""
        yield from range(self.first_seed, self.first_seed + usual * self.scale)

    def keep(self, name: str, content: bytes) -> Path:
        """Write down a case that was found, so that it can be looked at and tried again."""
        _FOUND.mkdir(parents=True, exist_ok=True)
        path = _FOUND / name.replace(" ", "-").replace("/", "-")
        path.write_bytes(content)
        return path


def complaint_about(outcome: Outcome | str) -> str | None:
    """What is wrong with an outcome; None if the input was read, or refused with a reason."""
    match outcome:
        case Done():
            return None
        case Refused(problems=problems):
            return None if problems and all(problem.message for problem in problems) else "refused without a reason"
        case Failed(traceback=text):
            return text.strip().splitlines()[-1][:200]
        case str():
            return outcome
        case _:
            return type(outcome).__name__


def thorough(usual: int) -> settings:
    """So many examples of hypothesis in every run, more in a long hunt, whatever each of them takes."""
    scale = Hunt.of_this_run().scale
    return settings(
        max_examples=usual * scale,
        deadline=None,
        derandomize=scale == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
