"""Files that appear whole or not at all, and never in place of another unless that is wished."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tsm.errors import DiskError, TargetExistsError

__all__ = ["PartialFile", "explained_disk_errors", "require_target", "target_in"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def target_in(path: Path, filename: str) -> Path:
    """The file meant by a path: itself, or in a folder the one of that name."""
    return path / Path(filename).name if path.is_dir() else path


def require_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a file that exists already, before anything is fetched.

    Raises
    ------
    TargetExistsError
        If there is one and it may not be replaced.
    DiskError
        If the folder does not exist.
    """
    with explained_disk_errors(target):
        if target.is_dir():
            raise DiskError(f"{target} is a folder: give the path of a file")
        if not overwrite and (target.exists() or target.is_symlink()):
            raise _exists(target)
        if not target.parent.is_dir():
            raise DiskError(f"{target} cannot be written: there is no folder {target.parent}; make it first")


@contextmanager
def explained_disk_errors(target: Path) -> Iterator[None]:
    """Turn what the operating system says into what a user can do.

    Raises
    ------
    DiskError
        In place of an `OSError`.
    """
    try:
        yield
    except TargetExistsError:  # it is an OSError too, and says already what to do
        raise
    except OSError as error:
        if error.errno in _FULL:
            message = f"{target} cannot be written: no room is left ({error.strerror}); nothing was kept. Make room "
            raise DiskError(f"{message}or choose a folder on another disk") from error
        raise DiskError(
            f"{target} cannot be written ({error.strerror or error}): choose another folder, or ask for permission"
        ) from error


class PartialFile:
    """A file that is being written beside its target, with the SHA-256 of what is there so far.

    Parameters
    ----------
    target
        Where it will be.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self.size = 0
        """Bytes written so far."""
        with explained_disk_errors(target):
            handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
        self.path = Path(name)
        self._file: BinaryIO = os.fdopen(handle, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Closing writes what is left, which a full disk refuses once more.
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()

    def require_room(self, size: int) -> None:
        """Refuse a file that cannot fit, before it is fetched.

        Raises
        ------
        DiskError
            If the disk has less room than that.
        """
        free = shutil.disk_usage(self._target.parent).free
        if size > free:
            raise DiskError(
                f"{self._target} needs {size / 1e9:.3g} GB, but {self._target.parent} has room for "
                f"{free / 1e9:.3g} GB: make room, or choose a folder on another disk"
            )

    def write(self, chunk: bytes) -> None:
        """Add what comes next."""
        with explained_disk_errors(self._target):
            self._file.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def restart(self) -> None:
        """Forget everything written so far."""
        with explained_disk_errors(self._target):
            self._file.seek(0)
            self._file.truncate()
        self._digest = hashlib.sha256()
        self.size = 0

    def place(self, *, overwrite: bool) -> None:
        """Move the complete file to its target.

        Raises
        ------
        TargetExistsError
            If a file came to be there meanwhile.
        """
        with explained_disk_errors(self._target):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self.path.chmod(0o666 & ~_umask())
            if overwrite:
                self.path.replace(self._target)
                return
            try:
                os.link(self.path, self._target)
            except FileExistsError:
                raise _exists(self._target) from None
            except OSError:  # a disk without hard links
                if self._target.exists():
                    raise _exists(self._target) from None
                self.path.replace(self._target)


def _exists(target: Path) -> TargetExistsError:
    return TargetExistsError(f"{target} exists already: choose another path, or say overwrite=True (`--overwrite`)")


def _umask() -> int:
    """The process's mask, which can be read by setting it alone."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
