"""A child that does what the file says."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from worker.messages import InspectTable
from worker.serving import Report, Task, main


def _inspect(command: InspectTable, report: Report) -> dict[str, Any]:
    match Path(command.table.path).read_text():
        case "raise":
            raise ZeroDivisionError("nobody expected this")
        case "sleep":
            time.sleep(600)
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "grow":
            bytearray(2**40)
    return {}


def _prepare() -> dict[str, Task]:
    return {"inspect": _inspect}


if __name__ == "__main__":
    main(_prepare)
