"""The registry file while a service runs: read again when it changed, and its last good content when it is wrong."""

from collections.abc import Callable
from pathlib import Path

from trainingset.registry import Registry, RegistryError

__all__ = ["RegistryFile"]


class RegistryFile:
    """A registry file that operators may edit at any time.

    A slip while editing must not close the catalogs that were good until then.

    Parameters
    ----------
    path
        YAML file.
    on_fault
        Told, once for each version of the file, why it cannot be used and the last good one stays.
    """

    def __init__(self, path: Path, on_fault: Callable[[RegistryError], None]) -> None:
        self._path = path
        self._on_fault = on_fault
        self._registry: Registry | None = None
        self._version: tuple[int, int] | None = None

    def read(self) -> Registry:
        """The registry as it is now; parsed only if the file changed, for that takes longer than a request.

        Raises
        ------
        RegistryError
            If it was never readable.
        """
        version = self._present_version()
        if self._registry is not None and version == self._version:
            return self._registry
        try:
            self._registry = Registry.load(self._path)
        except RegistryError as error:
            if self._registry is None:
                raise
            self._on_fault(error)
        self._version = version
        return self._registry

    def _present_version(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
