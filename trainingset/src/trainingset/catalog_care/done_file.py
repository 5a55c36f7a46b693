"""What of a conversion is finished, in a file, so that it goes on where it was interrupted."""

import json
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

from hats.pixel_math import HealpixPixel

from trainingset.catalog_care.rewrite import Rewritten

__all__ = ["DoneFile"]


class DoneFile:
    """One JSON line for each finished partition; the last line of an interrupted conversion may be torn.

    Parameters
    ----------
    path
        Read if it is there, and added to.
    """

    def __init__(self, path: Path) -> None:
        self._done: dict[tuple[str, HealpixPixel], Rewritten] = {}
        self._lock = Lock()
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._take(line)
        self._file = path.open("a", encoding="utf-8")
        # A torn line ends here, so that the next one is whole.
        self._file.write("\n")

    def _take(self, line: str) -> None:
        try:
            catalog, order, pixel, rows, checksum = json.loads(line)
        except (ValueError, TypeError):
            return
        self._done[catalog, HealpixPixel(order, pixel)] = Rewritten(rows, int(checksum, 16))

    def known(self, catalog: str, pixel: HealpixPixel) -> Rewritten | None:
        """What a finished partition holds; None if it is not finished."""
        return self._done.get((catalog, pixel))

    def add(self, catalog: str, pixel: HealpixPixel, rewritten: Rewritten) -> None:
        """Note that a partition is finished."""
        line = [catalog, pixel.order, pixel.pixel, rewritten.rows, f"{rewritten.checksum:016x}"]
        with self._lock:
            self._done[catalog, pixel] = rewritten
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
