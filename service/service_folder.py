"""The folder of an embedded service: what lies where."""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from service.folder_lock import AlreadyRunningError, FolderLock
from service.tokens import TokenFile

__all__ = ["Connection", "ServiceFolder"]


class Connection(BaseModel):
    """How to reach a running service; holds a token, so its file is for its owner alone."""

    model_config = ConfigDict(frozen=True)

    url: str
    """Address of the prefix, without a slash at its end."""
    token: str
    pid: int
    """Of the supervisor: ending it ends the service."""

    def __repr__(self) -> str:
        return f"Connection(url={self.url!r}, pid={self.pid})"


@dataclass(frozen=True)
class ServiceFolder:
    """Paths below the folder of one embedded service."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def blobs(self) -> Path:
        """Uploads, results and catalog cards."""
        return self.root / "blobs"

    @property
    def registry(self) -> Path:
        """The catalogs; edited by the operator, made by `demo` when missing."""
        return self.root / "registry.yaml"

    @property
    def sky(self) -> Path:
        """The sample sky: object catalog and redshift tables."""
        return self.root / "sky"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def demo(self) -> Path:
        """What the demo downloads."""
        return self.root / "demo"

    @property
    def connection(self) -> Path:
        return self.root / "connection.json"

    @property
    def tokens(self) -> TokenFile:
        return TokenFile(self.root / "tokens.json")

    def prepare(self) -> None:
        """Make the folder and what may be missing in it."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)
        if not self.registry.exists():
            self.registry.write_text("# Object catalogs of this service: see docs/adding-a-catalog.md\ncatalogs: []\n")

    def lock(self) -> FolderLock:
        """Take the folder for this process.

        Raises
        ------
        AlreadyRunningError
            If a service runs on it.
        """
        return FolderLock.take(self.root, "service.lock")

    def running_service(self) -> Connection | None:
        """The service that runs on this folder now, or None."""
        if not self.root.exists():
            return None
        try:
            self.lock().release()
        except AlreadyRunningError:
            return self._read_connection()
        return None

    def _read_connection(self) -> Connection | None:
        try:
            return Connection.model_validate_json(self.connection.read_bytes())
        except (FileNotFoundError, ValidationError):  # it is only just starting, or stopping
            return None

    def write_connection(self, connection: Connection) -> None:
        """Leave the address for programs on this machine."""
        fresh = self.connection.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(connection.model_dump_json(indent=1))
        fresh.replace(self.connection)
