"""The worker's own inspecting child, driven by tests that are no coroutines."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trainingset.order import InputFile
from worker.child import Child, ChildDiedError, child_environment
from worker.messages import InspectTable, Outcome

__all__ = ["MEMORY_BYTES", "SECONDS", "Reader"]

SECONDS = 10.0
"""Longest reading of a small file, however bad."""
MEMORY_BYTES = 2**30
"""What reading a small file may allocate, however bad."""

_ROOT = Path(__file__).parents[2]
_MOST_ROWS = 1_000_000


class Reader:
    """A child with limits, as workers have it; replaced by a new one when it dies.

    Parameters
    ----------
    program
        What Python runs; the child of the worker that inspects tables unless a test brings another.
    seconds
        After which a reading hangs.
    """

    def __init__(
        self, program: Sequence[str] = ("-m", "worker.compute", "inspect"), *, seconds: float = SECONDS
    ) -> None:
        self._program = program
        self.seconds = seconds
        self._environment = child_environment(memory_bytes=MEMORY_BYTES) | {"PYTHONPATH": str(_ROOT)}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="reader", daemon=True)
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._await(self._discard(), 30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def read(self, path: Path, *, media_type: str | None = None, folder: Path | None = None) -> Outcome | str:
        """What the child answers about a file, or a word for what it did instead: ``hangs`` or how it died."""
        try:
            return self._await(self._read(path, media_type, folder), 60)
        except TimeoutError:
            return "hangs"
        except ChildDiedError as error:
            return f"dies: {error}"

    async def _read(self, path: Path, media_type: str | None, folder: Path | None) -> Outcome:
        if self._child is None or not self._child.is_alive:
            self._child = await Child.start(self._program, environment=self._environment)
            await self._child.ready()
        table = InputFile(name="mine", path=str(path), media_type=media_type)
        try:
            async with asyncio.timeout(self.seconds):
                place = None if folder is None else str(folder)
                return await self._child.run(InspectTable(table=table, most_rows=_MOST_ROWS, folder=place))
        except BaseException:
            await self._discard()
            raise

    async def _discard(self) -> None:
        if self._child is not None:
            await self._child.close()
            self._child = None

    def _await(self, work: Any, seconds: float) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)
        except FutureTimeoutError as error:
            raise TimeoutError from error
