"""The embedded stack: stores, issuer, web process and worker, started in order and stopped in the reverse one."""

import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from migrations import upgrade
from service.folder_lock import FolderLock
from service.issuer_thread import IssuerThread
from service.postgres import EmbeddedPostgres
from service.processes import KeptProcess
from service.service_folder import Connection, ServiceFolder
from service.settings import DEMO_GROUP, PREFIX, embedded_environment
from service.valkey import EmbeddedValkey
from service.watchdog import Watchdog

__all__ = ["Stack", "StackStartError"]

DEMO_USER = "demo"
USUAL_PORT = 8080

_HOST = "127.0.0.1"
_START_SECONDS = 120.0
"""A cold disk and a busy machine included; otherwise it takes a few."""
_CATALOG_SECONDS = 60.0
_APP_PATIENCE_SECONDS = 5.0
_WORKER_PATIENCE_SECONDS = 10.0
_TOKEN_LIFETIME_SECONDS = 30 * 86_400


class StackStartError(Exception):
    """A part did not start; the message names its log and ends with what it said last."""


class Stack:
    """The whole service on one folder; use it as a context manager, or call `stop`.

    Made by `Stack.start`.
    """

    def __init__(self, folder: ServiceFolder, listening: socket.socket, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say
        self.port: int = listening.getsockname()[1]
        self.url = f"http://{_HOST}:{self.port}{PREFIX}"
        self._listening = listening
        self._stopping = ExitStack()
        self._processes: list[KeptProcess] = []

    @classmethod
    def start(
        cls,
        root: Path,
        *,
        port: int | None = None,
        fsync: bool = True,
        say: Callable[[str], None] = lambda text: None,
    ) -> "Stack":
        """Start everything and wait until it answers.

        Parameters
        ----------
        root
            Folder of the service; made when missing.
        port
            To listen on; 0 = any free one, None = the usual one or, when that is taken, any.
        fsync
            False trades safety at a power failure for speed: for tests alone.
        say
            Gets a sentence for each thing worth telling.

        Raises
        ------
        AlreadyRunningError
            If a service runs on that folder.
        StackStartError
            If a part does not start.
        """
        folder = ServiceFolder(root.absolute())
        folder.root.mkdir(parents=True, exist_ok=True)
        lock = folder.lock()
        try:
            folder.prepare()
            stack = cls(folder, _listen(port, say), say)
        except BaseException:
            lock.release()
            raise
        try:
            stack._start(lock, fsync=fsync)
        except BaseException:
            stack.stop()
            raise
        return stack

    def __enter__(self) -> "Stack":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def worker_pid(self) -> int:
        """Process id of the worker that runs now."""
        return self._processes[-1].pid

    def stop(self) -> None:
        """Stop everything, keeping the data. Safe to repeat."""
        self._stopping.close()

    def _start(self, lock: FolderLock, *, fsync: bool) -> None:
        self._stopping.callback(lock.release)
        self._stopping.callback(self._listening.close)
        watchdog = Watchdog()
        self._stopping.callback(watchdog.close)
        with ThreadPoolExecutor(2) as pool:
            starting = pool.submit(self._start_postgres, watchdog, fsync=fsync)
            valkey = self._start_valkey(watchdog)
            postgres = starting.result()
        issuer = IssuerThread(self.folder.tokens)
        self._stopping.callback(issuer.stop)
        environment = embedded_environment(
            self.folder,
            database_url=postgres.url,
            queue_url=valkey.url,
            issuer_socket=issuer.socket_path,
            public_url=self.url,
        )
        upgrade(postgres.url)
        self._start_processes(environment, watchdog)
        self._wait_until_ready()
        self._write_connection()
        self._wait_for_catalogs()

    def _start_postgres(self, watchdog: Watchdog, *, fsync: bool) -> EmbeddedPostgres:
        postgres = EmbeddedPostgres.start(self.folder.postgres, fsync=fsync)
        watchdog.watch(postgres.process.pid, signal.SIGINT)
        self._stopping.callback(watchdog.forget, postgres.process.pid)
        self._stopping.callback(postgres.stop)
        return postgres

    def _start_valkey(self, watchdog: Watchdog) -> EmbeddedValkey:
        valkey = EmbeddedValkey.start(self.folder.valkey)
        watchdog.watch(valkey.process.pid)
        self._stopping.callback(watchdog.forget, valkey.process.pid)
        self._stopping.callback(valkey.stop)
        return valkey

    def _start_processes(self, environment: dict[str, str], watchdog: Watchdog) -> None:
        """The web process and the worker; both are asked to stop before either is waited for."""
        command = [sys.executable, "-m", "service.cli"]
        socket_number = self._listening.fileno()
        web = KeptProcess(
            "app",
            [*command, "serve", "--inherited-socket", str(socket_number)],
            environment=environment,
            log=self.folder.logs / "app.log",
            watchdog=watchdog,
            inherited=(socket_number,),
        )
        worker = KeptProcess(
            "worker",
            [*command, "worker"],
            environment=environment,
            log=self.folder.logs / "worker.log",
            watchdog=watchdog,
        )
        self._processes = [web, worker]
        self._stopping.callback(self._stop_processes, web, worker)

    @staticmethod
    def _stop_processes(web: KeptProcess, worker: KeptProcess) -> None:
        stopping = threading.Thread(target=worker.stop, kwargs={"patience_seconds": _WORKER_PATIENCE_SECONDS})
        stopping.start()
        web.stop(patience_seconds=_APP_PATIENCE_SECONDS)
        stopping.join()

    def _wait_until_ready(self) -> None:
        """Until every part answers."""
        deadline = time.monotonic() + _START_SECONDS
        while not (answer := _ask_readiness(self.url))[0]:
            if time.monotonic() > deadline:
                raise StackStartError(
                    f"The service is not ready after {_START_SECONDS:g} s: {answer[1]}\n{self._tails()}"
                )
            time.sleep(0.05)

    def _wait_for_catalogs(self) -> None:
        """Until each registered catalog has been opened, so that jobs can be sent; a broken one only delays."""
        deadline = time.monotonic() + _CATALOG_SECONDS
        while missing := self._unopened_catalogs():
            if time.monotonic() > deadline:
                log = self._processes[-1].log
                self._say(f"Not opened within {_CATALOG_SECONDS:g} s: {', '.join(missing)}. The reason is in {log}")
                return
            time.sleep(0.2)

    def _unopened_catalogs(self) -> list[str]:
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{self.url}/api/v1/catalogs", headers={"Authorization": f"Bearer {self.connection.token}"}
        )
        with urllib.request.urlopen(request, timeout=_START_SECONDS) as answer:  # noqa: S310
            return [catalog["id"] for catalog in json.load(answer) if not catalog["ready"]]

    def _tails(self) -> str:
        """The ends of the logs, for a start that failed."""
        return "\n".join(
            f"--- {process.log}:\n{process.log.read_text(errors='replace')[-2000:]}" for process in self._processes
        )

    def _write_connection(self) -> None:
        token = self.folder.tokens.create(
            DEMO_USER, groups=(DEMO_GROUP,), lifetime_seconds=_TOKEN_LIFETIME_SECONDS, name="embedded service"
        )
        connection = Connection(url=self.url, token=token, pid=os.getpid())
        self.folder.write_connection(connection)
        self._stopping.callback(self.folder.connection.unlink, missing_ok=True)
        self.connection = connection


def _listen(port: int | None, say: Callable[[str], None]) -> socket.socket:
    """Take the port before anything else is started: nobody can be faster later."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, USUAL_PORT if port is None else port))
    except OSError as error:
        listening.close()
        if port is not None:
            raise StackStartError(f"Port {port} cannot be used ({error.strerror}): choose another, or 0.") from error
        say(f"Port {USUAL_PORT} is taken, so another one is used.")
        return _listen(0, say)
    listening.listen(128)
    return listening


def _ask_readiness(url: str) -> tuple[bool, str]:
    """Whether the service says that it is ready, and what it says."""
    try:
        # The socket listens already: the first question waits until there is somebody to answer it.
        with urllib.request.urlopen(f"{url}/health/ready", timeout=_START_SECONDS) as answer:  # noqa: S310 (our own)
            return True, answer.read().decode()
    except urllib.error.HTTPError as error:
        return False, error.read().decode(errors="replace")
    except OSError as error:
        return False, str(error)
