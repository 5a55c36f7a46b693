"""The embedded Valkey: the wheel's server on a private unix socket, for wake-ups that may be lost."""

import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from service.folder_lock import FolderLock
from service.orphans import end_orphan
from service.postgres import short_socket_folder
from service.wheel_binaries import valkey_server

__all__ = ["EmbeddedValkey", "ValkeyStartError"]

START_SECONDS = 15.0
STOP_SECONDS = 5.0
SOCKET = "valkey.sock"
PROCESS_FILE = "valkey.process"
"""Process id and socket folder of the running server, one a line."""


class ValkeyStartError(Exception):
    """Valkey did not start; the message ends with what it said last."""


@dataclass
class EmbeddedValkey:
    """A running Valkey server of ours."""

    folder: Path
    url: str
    """``unix:///path``, for arq and redis clients."""
    process: "subprocess.Popen[bytes]"
    socket_folder: Path
    lock: FolderLock

    @classmethod
    def start(cls, folder: Path) -> "EmbeddedValkey":
        """Start the server.

        Parameters
        ----------
        folder
            Belongs to the server alone; log and lock live in it. Created when missing, parents as well.

        Raises
        ------
        AlreadyRunningError
            If another process runs a server on this folder.
        ValkeyStartError
            If the server does not start.
        """
        folder = folder.absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FolderLock.take(folder)
        _stop_orphan(folder)
        socket_folder = short_socket_folder()
        path = socket_folder / SOCKET
        # Nothing is saved: PostgreSQL knows every job, and the reconciler wakes again for what was lost here.
        options: list[str | Path] = [
            "--port",
            "0",
            "--unixsocket",
            path,
            "--unixsocketperm",
            "700",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with (folder / "valkey.log").open("ab") as log:
            process = subprocess.Popen(
                [valkey_server(), *options, "--dir", folder, "--daemonize", "no"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for us; we stop the server when nobody uses it any more
            )
        (folder / PROCESS_FILE).write_text(f"{process.pid}\n{socket_folder}\n")
        server = cls(folder=folder, url=f"unix://{path}", process=process, socket_folder=socket_folder, lock=lock)
        try:
            server._wait_until_ready(path)
        except BaseException:
            server.stop()
            raise
        return server

    def flush(self) -> None:
        """Forget everything that is queued: nothing but time is lost."""
        if not _answers(self.socket_folder / SOCKET, b"FLUSHALL\r\n", b"+OK"):
            raise ValkeyStartError(f"Valkey in {self.folder} does not answer.")

    def stop(self) -> None:
        """Stop the server. Safe to repeat."""
        if not self.socket_folder.exists():
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        (self.folder / PROCESS_FILE).unlink(missing_ok=True)
        shutil.rmtree(self.socket_folder, ignore_errors=True)
        self.lock.release()

    def _wait_until_ready(self, path: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if _answers(path, b"PING\r\n", b"+PONG"):
                return
            time.sleep(0.02)
        log = (self.folder / "valkey.log").read_text(errors="replace")
        raise ValkeyStartError(f"Valkey did not start in {self.folder}. Its log ends with:\n{log[-2000:]}")


def _stop_orphan(folder: Path) -> None:
    """Stop a server whose supervisor was killed (we hold the folder's lock, so it has none)."""
    try:
        pid, socket_folder = (folder / PROCESS_FILE).read_text().splitlines()
    except (FileNotFoundError, ValueError):
        return
    end_orphan(int(pid), working_folder=folder, number=signal.SIGKILL, seconds=STOP_SECONDS)
    shutil.rmtree(socket_folder, ignore_errors=True)
    (folder / PROCESS_FILE).unlink()


def _answers(path: Path, request: bytes, answer: bytes) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(request)
            return connection.recv(16).startswith(answer)
        except OSError:
            return False
