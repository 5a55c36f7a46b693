"""The whole service in real processes, each of which reaches the stores by a relay of its own."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psutil

from migrations import upgrade
from service.issuer_thread import IssuerThread
from service.postgres import EmbeddedPostgres, short_socket_folder
from service.processes import KeptProcess
from service.service_folder import ServiceFolder
from service.settings import PREFIX, embedded_environment
from service.valkey import SOCKET, EmbeddedValkey
from service.watchdog import Watchdog
from tests.conftest import execute
from tests.faults.relay import Relay
from tests.system.sky_files import register
from trainingset.mock.place import MockSky

__all__ = ["GRACE_SECONDS", "LEASE_SECONDS", "Cluster", "Member", "until"]

LEASE_SECONDS = 3.0
"""Short, so that a test need not wait long for a job to leave a silent worker."""
GRACE_SECONDS = 5.0
START_SECONDS = 120.0
POSTGRES_SOCKET = ".s.PGSQL.5432"
LIGHT_WORKER = Path(__file__).with_name("light_worker.py")
PROJECT = Path(__file__).parents[2]
INJECTED = Path(__file__).with_name("injected")
"""Goes in front of the workers' own modules: what it injects is named in files of a folder."""

SPY = """
CREATE TABLE fault_clock (shift interval NOT NULL);
INSERT INTO fault_clock VALUES ('0');
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
    AS 'SELECT pg_catalog.clock_timestamp() + shift FROM public.fault_clock';
ALTER DATABASE tsm SET search_path = public, pg_catalog;
CREATE TABLE fault_publications (job_id text NOT NULL, attempt int NOT NULL);
CREATE FUNCTION note_publication() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN INSERT INTO public.fault_publications VALUES (NEW.id, NEW.attempt); RETURN NEW; END';
CREATE TRIGGER note_publication AFTER UPDATE ON jobs FOR EACH ROW
    WHEN (NEW.phase = 'COMPLETED' AND (OLD.phase <> 'COMPLETED' OR OLD.results::text <> NEW.results::text))
    EXECUTE FUNCTION note_publication();
"""
"""A database clock that a test can turn, and a note of each publication, by whomever.

All times of jobs are taken by ``clock_timestamp()``, which the search path finds in the first schema that has one.
"""


class Member:
    """One process of the service with its relays to the stores."""

    def __init__(self, name: str, cluster: "Cluster", program: list[str], inherited: tuple[int, ...] = ()) -> None:
        self.name = name
        self.sockets = short_socket_folder()
        self.to_postgres = Relay(self.sockets / POSTGRES_SOCKET, cluster.postgres_socket)
        self.to_valkey = Relay(self.sockets / SOCKET, cluster.valkey_socket)
        self.database_url = f"postgresql+asyncpg://tsm@/tsm?host={quote(str(self.sockets), safe='/')}"
        self.queue_url = f"unix://{self.sockets / SOCKET}"
        environment = cluster.environment(self.database_url, self.queue_url)
        self.log = cluster.folder.logs / f"{name}.log"
        self.kept = KeptProcess(
            name,
            [sys.executable, *program],
            environment=environment,
            log=self.log,
            watchdog=cluster.watchdog,
            inherited=inherited,
        )

    @property
    def pid(self) -> int:
        return self.kept.pid

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to the process that runs now; its number."""
        pid = self.pid
        os.kill(pid, number)
        return pid

    def computing_children(self) -> list[psutil.Process]:
        """Children that make training sets."""
        children = psutil.Process(self.pid).children(recursive=True)
        return [child for child in children if child.cmdline()[-1:] == ["make"]]

    def stop(self) -> None:
        self.kept.stop(patience_seconds=15)
        self.to_postgres.close()
        self.to_valkey.close()
        shutil.rmtree(self.sockets, ignore_errors=True)


class Cluster:
    """Stores, issuer, one web process and workers; a context manager.

    Parameters
    ----------
    sky
        Its catalogs are registered, and workers compute. None = workers whose children compute next to nothing.
    settings
        Of all members, beyond the usual ones.
    """

    def __init__(
        self, root: Path, sky: MockSky | None, *, n_workers: int = 2, settings: Mapping[str, str] | None = None
    ) -> None:
        self._n_workers = n_workers
        self._settings = dict(settings or {})
        self.folder = ServiceFolder(root)
        self.folder.root.mkdir(parents=True)
        self._worker = ["-m", "service.cli", "worker"] if sky is not None else [str(LIGHT_WORKER)]
        if sky is not None:
            register(sky, self.folder)
        self.folder.prepare()
        self.folder.blobs.mkdir()
        self.injected = root / "injected"
        self.injected.mkdir()
        self._stopping = ExitStack()
        self.postgres: EmbeddedPostgres | None = None
        self.valkey: EmbeddedValkey | None = None

    def __enter__(self) -> "Cluster":
        try:
            self._start()
        except BaseException:
            self._stopping.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.close()

    def _start(self) -> None:
        self.watchdog = Watchdog()
        self._stopping.callback(self.watchdog.close)
        self.start_valkey()
        self._stopping.callback(self.kill_valkey)
        self.start_postgres()
        self._stopping.callback(self._stop_postgres)
        self.issuer = IssuerThread(self.folder.tokens)
        self._stopping.callback(self.issuer.stop)
        upgrade(self.database_url)
        self.execute(SPY)
        listening = socket.create_server(("127.0.0.1", 0))
        self._stopping.callback(listening.close)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}"
        number = listening.fileno()
        serve = ["-m", "service.cli", "serve", "--inherited-socket", str(number)]
        self.app = self._member("app", serve, (number,))
        self.workers = [self._member(f"worker-{n}", self._worker) for n in range(self._n_workers)]
        until(self._is_ready, seconds=START_SECONDS, what="the service is ready")

    def _member(self, name: str, program: list[str], inherited: tuple[int, ...] = ()) -> Member:
        member = Member(name, self, program, inherited)
        self._stopping.callback(member.stop)
        return member

    def environment(self, database_url: str, queue_url: str) -> dict[str, str]:
        """Settings of a member."""
        environment = embedded_environment(
            self.folder,
            database_url=database_url,
            queue_url=queue_url,
            issuer_socket=self.issuer.socket_path,
            public_url=self.url,
        )
        return environment | {
            "TSM_LIMITS__LEASE_SECONDS": str(LEASE_SECONDS),
            "TSM_LIMITS__MAX_RUNNING_PER_OWNER": "8",
            "TSM_COMPUTE_THREADS": "1",
            "TSM_SLOTS": "1",
            "TSM_GRACE_SECONDS": str(GRACE_SECONDS),
            "PYTHONPATH": os.pathsep.join([str(INJECTED), str(PROJECT)]),
            "FAULTS_FOLDER": str(self.injected),
            **self._settings,
        }

    # The stores ----------------------------------------------------------------------------------------------------

    @property
    def database_url(self) -> str:
        """Of the server itself, past all relays."""
        assert self.postgres is not None
        return self.postgres.url

    @property
    def direct_queue_url(self) -> str:
        assert self.valkey is not None
        return self.valkey.url

    def postgres_socket(self) -> Path | None:
        if self.postgres is None:
            return None
        return Path(parse_qs(urlsplit(self.postgres.url).query)["host"][0]) / POSTGRES_SOCKET

    def valkey_socket(self) -> Path | None:
        return None if self.valkey is None else self.valkey.socket_folder / SOCKET

    def start_postgres(self) -> None:
        # With fsync: what was committed must be there after a kill.
        self.postgres = EmbeddedPostgres.start(self.folder.postgres)
        self.watchdog.watch(self.postgres.process.pid, signal.SIGINT)

    def kill_postgres(self) -> None:
        """Kill the server without warning; its address stays, and nobody answers there."""
        assert self.postgres is not None
        server, self.postgres = self.postgres, None
        server.process.kill()
        server.process.wait()
        self.watchdog.forget(server.process.pid)
        server.stop()

    def _stop_postgres(self) -> None:
        if self.postgres is not None:
            self.watchdog.forget(self.postgres.process.pid)
            self.postgres.stop()

    def start_valkey(self) -> None:
        self.valkey = EmbeddedValkey.start(self.folder.valkey)
        self.watchdog.watch(self.valkey.process.pid)

    def kill_valkey(self) -> None:
        if self.valkey is None:
            return
        server, self.valkey = self.valkey, None
        server.process.kill()
        server.process.wait()
        self.watchdog.forget(server.process.pid)
        server.stop()

    def execute(self, sql: str) -> None:
        """One or more statements, past all relays."""
        asyncio.run(execute(self.database_url, sql))

    def turn_clock(self, interval: str) -> None:
        """Set the database's clock so far from the true one."""
        self.execute(f"UPDATE fault_clock SET shift = '{interval}'")

    # What is said of it --------------------------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=30) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def until_ready(self, seconds: float = 60.0) -> None:
        until(self._is_ready, seconds=seconds, what="the service is ready")


def until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for something; fail if it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
