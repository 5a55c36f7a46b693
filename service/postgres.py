"""The embedded PostgreSQL: the wheel's binaries on a folder of their own, reachable by a private unix socket only."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from service.folder_lock import FolderLock
from service.orphans import end_orphan
from service.unprivileged import Unprivileged, unprivileged_owner_of
from service.wheel_binaries import postgres_binaries

__all__ = ["EmbeddedPostgres", "PostgresStartError", "running_postgres_url", "short_socket_folder"]

DATABASE = "tsm"
START_SECONDS = 60.0
"""A start after a crash replays the log first, so it may take much longer than the usual 0.3 s."""
STOP_SECONDS = 20.0
SOCKET_FOLDER_PREFIX = "tsm-"
SOCKET_PATH_LIMIT = 90
"""Bytes of a socket folder's path: the kernel takes 107 (macOS 103) including the name of the socket."""

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    # Containers have 64 MB of shared memory; our queries gain nothing from parallel workers that need it.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresStartError(Exception):
    """PostgreSQL did not start; the message ends with what it said last."""


@dataclass
class EmbeddedPostgres:
    """A running PostgreSQL server of ours."""

    folder: Path
    url: str
    """Address for SQLAlchemy with asyncpg; the user may create databases."""
    process: "subprocess.Popen[bytes]"
    socket_folder: Path
    lock: FolderLock

    @classmethod
    def start(cls, folder: Path, *, fsync: bool = True) -> "EmbeddedPostgres":
        """Start the server, creating its data on the first start.

        Parameters
        ----------
        folder
            Belongs to the server alone; data, log and lock live in it. Created when missing, parents as well.
        fsync
            False trades safety at a power failure for speed: for tests alone.

        Raises
        ------
        AlreadyRunningError
            If another process runs a server on this folder.
        PostgresStartError
            If the server does not start.
        FolderOutOfReachError
            If we are root and a folder above is closed to the user as whom the server runs.
        """
        folder = folder.absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        user = unprivileged_owner_of(folder)
        user.give(folder)
        lock = FolderLock.take(folder)
        try:
            _stop_orphan(folder / "data")
            if not (folder / "data").exists():
                _initialize(folder, user, fsync=fsync)
            return cls._start_server(folder, user, lock, fsync=fsync)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _start_server(cls, folder: Path, user: Unprivileged, lock: FolderLock, *, fsync: bool) -> "EmbeddedPostgres":
        data = folder / "data"
        socket_folder = short_socket_folder()
        user.give(socket_folder)
        settings = SETTINGS | ({} if fsync else UNSAFE_SETTINGS) | {"unix_socket_directories": str(socket_folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        program: list[str | Path] = [_binary("postgres", data), "-D", data, *options]
        # The log is opened by us: what is written before PostgreSQL reads its settings is in it as well.
        with (folder / "postgres.log").open("ab") as log:
            process = subprocess.Popen(
                user.command(program, reaches=[data, _binary("postgres", data), socket_folder]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for us; we stop the server when nobody uses it any more
            )
        server = cls(folder=folder, url=_url(socket_folder), process=process, socket_folder=socket_folder, lock=lock)
        try:
            server._wait_until_ready()
        except BaseException:
            server._end_process()
            raise
        return server

    def stop(self) -> None:
        """Stop the server, keeping its data; connections are cut, open transactions roll back. Safe to repeat."""
        if not self.socket_folder.exists():
            return
        self._end_process()
        self.lock.release()

    def _end_process(self) -> None:
        # SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (the next start replays the log).
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if _postmaster_lines(self.folder / "data")[7:8] == ["ready"]:
                return
            time.sleep(0.02)
        log = (self.folder / "postgres.log").read_text(errors="replace")
        raise PostgresStartError(f"PostgreSQL did not start in {self.folder}. Its log ends with:\n{log[-2000:]}")


def short_socket_folder() -> Path:
    """A new private folder whose path leaves room for a socket's name, wherever the data is."""
    folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX))
    if len(os.fsencode(folder)) > SOCKET_PATH_LIMIT:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER_PREFIX, dir="/tmp"))
    return folder


def _initialize(folder: Path, user: Unprivileged, *, fsync: bool) -> None:
    """Create the data in one step: what a killed first start left half-made is thrown away."""
    fresh = folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    user.give(fresh)
    # trust: whoever can reach the socket may connect, and its folder is open to us alone.
    options = ["--username", DATABASE, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    if not fsync:
        options.append("--no-sync")
    _run(user, [_binary("initdb", fresh), "-D", fresh, *options], folder)
    _run(
        user, [_binary("postgres", fresh), "--single", "-D", fresh, "postgres"], folder, f"CREATE DATABASE {DATABASE}\n"
    )
    fresh.rename(folder / "data")


def _run(user: Unprivileged, argv: list[str | Path], folder: Path, text: str = "") -> None:
    run = subprocess.run(
        user.command(argv, reaches=[folder / "data", Path(argv[0])]),
        input=text.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=_environment(),
        check=False,
    )
    if run.returncode != 0:
        raise PostgresStartError(f"{Path(argv[0]).name} failed in {folder}:\n{run.stdout.decode(errors='replace')}")


def _stop_orphan(data: Path) -> None:
    """Stop a server whose supervisor was killed, and remove a pid file that no server stands behind.

    PostgreSQL itself takes any living process of its user with the recorded number for a running server.
    """
    lines = _postmaster_lines(data)
    if not lines:
        return
    end_orphan(int(lines[0]), working_folder=data, number=signal.SIGINT, seconds=STOP_SECONDS)
    if len(lines) > 4 and Path(lines[4]).name.startswith(SOCKET_FOLDER_PREFIX):
        shutil.rmtree(lines[4], ignore_errors=True)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _postmaster_lines(data: Path) -> list[str]:
    """Lines of the server's pid file: pid, data, start, port, socket folder, address, shared memory, readiness."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _binary(name: str, data: Path) -> Path:
    """The program of the version that made the data, or of the newest one for new data."""
    versions = postgres_binaries()
    marker = data / "PG_VERSION"
    version = int(marker.read_text()) if marker.exists() else max(versions)
    if version not in versions:
        raise PostgresStartError(
            f"{data} was made by PostgreSQL {version}; installed are {', '.join(map(str, sorted(versions)))}."
        )
    return versions[version] / name


def _environment() -> dict[str, str]:
    """Nothing of ours but what a C library needs: PGDATA, PGPORT and the like must not leak in."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def running_postgres_url(folder: Path) -> str | None:
    """Address of the server that another process runs on a folder; None if nothing says where.

    PostgreSQL writes its process, data, start, port and socket folder to a file, a line each.
    """
    try:
        lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return None
    return _url(lines[4]) if len(lines) > 4 else None


def _url(socket_folder: str | Path) -> str:
    return f"postgresql+asyncpg://{DATABASE}@/{DATABASE}?host={quote(str(socket_folder), safe='/')}"
