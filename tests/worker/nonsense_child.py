"""A real child whose tasks are easy to steer: the request of a job says what to do."""

import errno
import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.order import MadeFile, Order, StageProgress, TrainingSetFiles
from trainingset.registry import CARD_VERSION, CatalogCard
from worker.messages import InspectTable, MakeTrainingSet, ReadCard
from worker.serving import Report, Task, main


def _make(command: MakeTrainingSet, report: Report) -> dict[str, Any]:
    match command.order.request:
        case {"do": "write", "text": text}:
            return _write(command.order, text)
        case {"do": "count", "to": total}:
            for done in range(total):
                report(StageProgress(stage="count", done=done + 1, total=total))
            return {"counted": total}
        case {"do": "report", "then": action, **rest}:
            report(StageProgress(stage="match", done=3, total=7, rows=40))
            return _make(command.model_copy(update={"order": _again(command.order, action, rest)}), report)
        case {"do": "sleep", "pids": path}:
            _sleep(path)
        case {"do": "sleep until", "path": path, "text": text}:
            while not Path(path).exists():
                time.sleep(0.01)
            return _write(command.order, text)
        case {"do": "die"}:
            os.kill(os.getpid(), signal.SIGKILL)
        case {"do": "exit", "code": code}:
            os._exit(code)
        case {"do": "refuse"}:
            raise RecipeError(Problem(parameter=name, message="is wrong") for name in ("RADIUS", "WHERE"))
        case {"do": "fill the disk"}:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case {"do": "miss"}:
            raise SourceUnavailableError("The catalog is away.")
        case {"do": "grow", "bytes": size}:
            return {"sum": sum(bytearray(size))}
        case {"do": "environment"}:
            return {"names": sorted(os.environ), "files": sorted(map(str, Path("/proc/self/fd").iterdir()))}
        case {"do": "tell footprints"}:
            return _write(command.order, repr(command.order.footprints))
        case {"do": "tell inputs"}:
            read = {name: Path(table.path).read_text() for name, table in command.order.inputs.items()}
            return _write(command.order, repr(sorted(read.items())))
    raise ZeroDivisionError("nobody expected this")


def _again(order: Order, action: str, rest: dict[str, Any]) -> Order:
    return order.model_copy(update={"request": {"do": action, **rest}})


def _sleep(path: str) -> None:
    grandchild = os.fork()
    if grandchild == 0:
        time.sleep(600)
    Path(path).write_text(f"{os.getpid()} {grandchild}")
    time.sleep(600)


def _write(order: Order, text: str) -> dict[str, Any]:
    path = Path(order.folder) / "result.txt"
    path.write_text(text)
    file = MadeFile(
        id="result",
        filename="result.txt",
        mime_type="text/plain",
        path=str(path),
        size=len(text),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    made = TrainingSetFiles(
        files=(file, file.model_copy(update={"id": "again"})),
        provenance={"facts": order.facts},
        recipe={"resolved": True},
        rows=1,
        notes=("One row.",),
    )
    return made.model_dump(mode="json")


def _inspect(command: InspectTable, report: Report) -> dict[str, Any]:
    match Path(command.table.path).read_text():
        case "sleep":
            time.sleep(600)
        case "tell limit":
            return {"most_rows": command.most_rows}
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "grow":
            bytearray(10**12)
        case "refuse":
            raise RecipeError([Problem(parameter="UPLOAD", message="is no table")])
    return {"name": command.table.name}


def _card(command: ReadCard, report: Report) -> dict[str, Any]:
    """A card whose rows count how often the catalog was read; the title is what changes with the catalog."""
    entry, known = command.entry, command.known
    if entry.title == "broken":
        raise SourceUnavailableError("nothing is there")
    if known is not None and known.fingerprint == entry.title and known.version >= CARD_VERSION:
        return known.model_dump(mode="json")
    card = CatalogCard(
        version=CARD_VERSION,
        entry=entry,
        columns=(),
        n_rows=1 if known is None else known.n_rows + 1,
        n_partitions=1,
        margin_arcsec=None,
        coverage_order=0,
        coverage_pixels=(),
        fingerprint=entry.title,
    )
    return card.model_dump(mode="json")


def _prepare() -> dict[str, Task]:
    return {"make": _make, "inspect": _inspect, "card": _card}


if __name__ == "__main__":
    main(_prepare)
