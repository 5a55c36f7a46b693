"""A real child of a worker that computes next to nothing: two files whose content follows from the request alone."""

import hashlib
import time
from pathlib import Path
from typing import Any

from trainingset.order import MadeFile, StageProgress, TrainingSetFiles
from worker.messages import MakeTrainingSet
from worker.serving import Report, Task, main

ROWS = 2_000


def answer_of(number: int) -> bytes:
    """What the job of this number makes."""
    return b"".join(hashlib.sha256(f"{number}:{row}".encode()).digest() for row in range(ROWS))


def checksum_of(number: int) -> str:
    """Checksum of that."""
    return hashlib.sha256(answer_of(number)).hexdigest()


def _make(command: MakeTrainingSet, report: Report) -> dict[str, Any]:
    number = int(command.order.request["number"])
    time.sleep(float(command.order.request.get("seconds", 0)))
    report(StageProgress(stage="write", done=1, total=1, rows=ROWS))
    folder = Path(command.order.folder)
    files = tuple(_file(folder, name, answer_of(number)) for name in ("result", "parquet"))
    made = TrainingSetFiles(
        files=files,
        provenance={"row_checksum": checksum_of(number)},
        recipe=dict(command.order.request),
        rows=ROWS,
    )
    return made.model_dump(mode="json")


def _file(folder: Path, name: str, content: bytes) -> MadeFile:
    path = folder / f"{name}.bin"
    path.write_bytes(content)
    return MadeFile(
        id=name,
        filename=path.name,
        mime_type="application/octet-stream",
        path=str(path),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _prepare() -> dict[str, Task]:
    return {"make": _make}


if __name__ == "__main__":
    main(_prepare)
