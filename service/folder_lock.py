"""One process at a time owns a folder: a lock that the kernel frees when its holder dies, however it dies."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["AlreadyRunningError", "FolderLock"]


class AlreadyRunningError(Exception):
    """Another process uses this folder; ``pid`` names it (0 when it could not be read)."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.pid = pid
        by = f" by process {pid}" if pid else ""
        super().__init__(
            f"{folder} is in use{by}. Stop that process first (kill {pid or '<pid>'}), or give another folder."
        )


@dataclass(frozen=True)
class FolderLock:
    """The right to use a folder, until released or until this process ends."""

    path: Path
    descriptor: int

    @classmethod
    def take(cls, folder: Path, name: str = "lock") -> "FolderLock":
        """Take the folder for this process.

        Parameters
        ----------
        folder
            Existing folder.
        name
            File in it that carries the lock and the holder's process id. It stays behind: removing a lock file
            while another process waits for it would let two holders in.

        Raises
        ------
        AlreadyRunningError
            If a living process holds it. What a killed process left behind is no obstacle.
        """
        path = folder / name
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).strip()
            os.close(descriptor)
            raise AlreadyRunningError(folder, int(holder) if holder.isdigit() else 0) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(path=path, descriptor=descriptor)

    def release(self) -> None:
        """Let others use the folder."""
        os.ftruncate(self.descriptor, 0)
        os.close(self.descriptor)
