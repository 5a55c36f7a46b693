"""A real child whose tasks are easy to steer: the ``make`` command's request says what to do."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.order import StageProgress
from worker.messages import MakeTrainingSet
from worker.serving import Report, Task, main


def _make(command: MakeTrainingSet, report: Report) -> dict[str, Any]:
    match command.order.request:
        case {"do": "count", "to": total}:
            for done in range(total):
                report(StageProgress(stage="count", done=done + 1, total=total))
            return {"counted": total}
        case {"do": "sleep", "pids": path}:
            grandchild = os.fork()
            if grandchild == 0:
                time.sleep(600)
            Path(path).write_text(f"{os.getpid()} {grandchild}")
            time.sleep(600)
        case {"do": "die"}:
            os.kill(os.getpid(), signal.SIGKILL)
        case {"do": "exit", "code": code}:
            os._exit(code)
        case {"do": "refuse"}:
            raise RecipeError(
                [Problem(parameter="RADIUS", message="too wide"), Problem(parameter="WHERE", message="?")]
            )
        case {"do": "miss"}:
            raise SourceUnavailableError("the catalog is away")
        case {"do": "grow", "bytes": size}:
            return {"sum": sum(bytearray(size))}
        case {"do": "environment"}:
            return {"names": sorted(os.environ), "files": sorted(map(str, Path("/proc/self/fd").iterdir()))}
    raise ZeroDivisionError("nobody expected this")


def _prepare() -> dict[str, Task]:
    return {"make": _make}


if __name__ == "__main__":
    main(_prepare)
