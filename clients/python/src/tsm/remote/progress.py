"""A bar that shows how far a job has come, in a terminal or a notebook."""

import os
import sys
import warnings
from types import TracebackType
from typing import Any, Self

from tsm.api.models.job_state import JobState
from tsm.remote.following import FINAL_PHASES

__all__ = ["ProgressBar", "someone_looks_on"]

_USUAL_SIZE = {"ncols": 80, "nrows": 24}


def someone_looks_on() -> bool:
    """Whether a bar would be seen: in a terminal or a notebook, but not in a file or a pipe."""
    return _is_notebook() or sys.stderr.isatty()


class ProgressBar:
    """Phase, stage and progress of a job on one line; a context manager.

    Parameters
    ----------
    job_id
        What is shown before it.
    """

    def __init__(self, job_id: str) -> None:
        with warnings.catch_warnings():
            # Without ipywidgets a notebook gets the bar of a terminal, which serves as well.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm  # it asks IPython what it runs in
        self._stage = ""
        size = dict(_USUAL_SIZE) if _has_no_size() else {"dynamic_ncols": True}
        self._bar: Any = tqdm(total=None, desc=f"job {job_id}", unit=" partitions", mininterval=0.2, **size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()

    def show(self, state: JobState) -> None:
        """Bring the bar up to date."""
        step = state.progress
        if step is None or state.phase in FINAL_PHASES:
            self._enter(state.phase, total=1 if state.phase == "COMPLETED" else None, unit="")
            self._bar.n = int(state.phase == "COMPLETED")
        else:
            self._enter(f"{state.phase} {step.stage}", total=step.total, unit=f" {step.unit}")
            self._bar.n = step.done or 0
            if step.rows is not None:
                self._bar.set_postfix_str(f"{step.rows:,} rows", refresh=False)
        self._bar.refresh()

    def _enter(self, stage: str, *, total: int | None, unit: str) -> None:
        if stage != self._stage:
            self._stage = stage
            self._bar.reset(total=total)
            self._bar.set_description_str(stage, refresh=False)
        self._bar.total = total
        self._bar.unit = unit


def _has_no_size() -> bool:
    """Whether this is a terminal that says 0 columns, which a bar that asks would fill with nothing."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns == 0
    except (OSError, ValueError):  # no terminal, or no file at all, as in a notebook
        return False


def _is_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config
