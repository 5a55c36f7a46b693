"""Starting a steerable child, and watching what remains of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from trainingset.order import Order
from worker.child import Child, child_environment
from worker.messages import MakeTrainingSet

__all__ = ["a_child", "is_running", "please", "start_child", "until_gone", "until_written"]

_PROGRAM = [str(Path(__file__).with_name("nonsense_child.py"))]
_ROOT = Path(__file__).parents[2]


def please(**request: Any) -> MakeTrainingSet:
    """A command for the child of ``nonsense_child.py``."""
    return MakeTrainingSet(order=Order(request=request, catalogs=(), folder="/nowhere"))


async def start_child(*, memory_bytes: int = 0) -> Child:
    environment = child_environment(memory_bytes=memory_bytes) | {"PYTHONPATH": str(_ROOT)}
    return await Child.start(_PROGRAM, environment=environment)


@asynccontextmanager
async def a_child(*, memory_bytes: int = 0) -> AsyncIterator[Child]:
    child = await start_child(memory_bytes=memory_bytes)
    try:
        await child.ready()
        yield child
    finally:
        await child.close()


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie waiting for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before the file was opened, or before it was read
        return False


async def until_gone(*pids: int, seconds: float = 2.0) -> None:
    deadline = time.monotonic() + seconds
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, f"still running: {[pid for pid in pids if is_running(pid)]}"
        await asyncio.sleep(0.01)


async def until_written(path: Path) -> list[int]:
    while not path.exists() or not path.read_text():
        await asyncio.sleep(0.01)
    return [int(pid) for pid in path.read_text().split()]
