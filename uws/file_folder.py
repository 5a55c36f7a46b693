"""Files of the service in a folder, which all processes share: calls of one step that block, for `uws.blobs`."""

import contextlib
import os
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from uws.stored_blob import StoredBlob

__all__ = ["PARTIAL_FOLDER", "FileFolder", "flush_to_disk"]

PARTIAL_FOLDER = ".partial"
"""Unfinished files are here: on the same file system, and no key can name them."""


class FileFolder:
    """Files below one folder.

    Parameters
    ----------
    root
        Made with the first file.
    """

    chunk_bytes = 1 << 20
    faults: tuple[type[Exception], ...] = (OSError,)
    """What calls raise when the folder cannot be used."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @property
    def unfinished(self) -> Path:
        """Where files are written that `publish` takes."""
        return self.root / PARTIAL_FOLDER

    @staticmethod
    def reason(error: Exception) -> str:
        """What a fault was, without a path."""
        return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__

    def require_answer(self) -> None:
        """A folder that cannot be looked at raises."""
        self.free_bytes()

    def free_bytes(self) -> int:
        """Space left on the file system."""
        existing = next(path for path in (self.root, *self.root.parents) if path.exists())
        return shutil.disk_usage(existing).free

    def publish(self, partial: Path, key: str) -> None:
        """Let a complete file of `unfinished` appear under its key, in one step; it is gone from its place."""
        target = self.root / key
        while True:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(target)
            except (FileNotFoundError, FileExistsError):
                if not partial.exists() or target.parent.is_file():
                    raise
                continue  # a folder above was empty and the sweeper removed it, between these lines or within mkdir
            break
        _flush_folder_to_disk(target.parent)

    def take(self, path: Path, key: str) -> None:
        """Publish any local file, which is gone from its place then; if this fails, it is back there."""
        self.unfinished.mkdir(parents=True, exist_ok=True)
        partial = self.unfinished / f"tsm-{uuid.uuid4().hex}"
        shutil.move(path, partial)  # a rename on one file system, a copy otherwise
        try:
            with partial.open("rb+") as file:
                flush_to_disk(file)
            self.publish(partial, key)
        except BaseException:
            if partial.exists():
                shutil.move(partial, path)
            raise

    def open(self, key: str) -> IO[bytes]:
        """For reading; whoever is not there raises."""
        return (self.root / key).open("rb")

    def info(self, key: str) -> StoredBlob:
        """Size and time of a file."""
        path = self.root / key
        found = path.stat()
        if path.is_dir():
            raise IsADirectoryError(key)
        return StoredBlob(key=key, size=found.st_size, modified=datetime.fromtimestamp(found.st_mtime, UTC))

    def list_files(self, prefix: str) -> list[StoredBlob]:
        """All files below a folder."""
        found = []
        for folder, _, names in os.walk(self.root / prefix):
            for name in names:
                with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                    found.append(self.info((Path(folder) / name).relative_to(self.root).as_posix()))
        return found

    def list_names(self, prefix: str) -> list[str]:
        """The names in a folder."""
        try:
            return [path.name for path in (self.root / prefix).iterdir()]
        except FileNotFoundError:
            return []

    def delete(self, keys: list[str]) -> None:
        """Remove files, and folders that are empty then."""
        for key in keys:
            path = self.root / key
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.root:
                    break
                with contextlib.suppress(OSError):  # not empty, or gone
                    parent.rmdir()

    def sweep_unfinished(self, older_than: datetime) -> None:
        """Remove what killed processes left."""
        for path in self.unfinished.glob("tsm-*"):
            with contextlib.suppress(FileNotFoundError):  # finished meanwhile
                # The time of its last change of any kind: a file that was moved keeps the time when it was written.
                if path.stat().st_ctime < older_than.timestamp():
                    path.unlink()


def flush_to_disk(file: IO[bytes]) -> None:
    """Return when all that was written would outlive a power failure."""
    file.flush()
    os.fsync(file.fileno())


def _flush_folder_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
