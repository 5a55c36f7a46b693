"""What a long check found so far, in a file, so that it goes on where it was interrupted."""

import json
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from trainingset.catalog_care.partition_look import PartitionLook

__all__ = ["LooksFile"]

_VERSION = "catalog-check-1"


class LooksFile:
    """One JSON line for each partition that was looked at; the last line of an interrupted check may be torn.

    Parameters
    ----------
    path
        Read if it is there, and added to.
    """

    def __init__(self, path: Path) -> None:
        self._looks: dict[tuple[str, int, int], PartitionLook] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._take(line)
        self._file = path.open("a", encoding="utf-8")
        # A torn line ends here, so that the next one is whole.
        self._file.write("\n")

    def _take(self, line: str) -> None:
        try:
            content = json.loads(line)
            if content["version"] == _VERSION:
                look = PartitionLook.model_validate(content["look"])
                self._looks[content["catalog"], look.order, look.pixel] = look
        except (ValueError, KeyError, TypeError, ValidationError):
            return

    def known(self, catalog: str, order: int, pixel: int) -> PartitionLook | None:
        """What was found in a partition before."""
        return self._looks.get((catalog, order, pixel))

    def add(self, catalog: str, look: PartitionLook) -> None:
        """Keep what was found now."""
        line = {"version": _VERSION, "catalog": catalog, "look": look.model_dump(mode="json", exclude_none=True)}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
