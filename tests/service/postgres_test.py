import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from service.folder_lock import AlreadyRunningError
from service.postgres import EmbeddedPostgres

START_AND_SLEEP = """
import sys, time
from pathlib import Path
from service.postgres import EmbeddedPostgres
server = EmbeddedPostgres.start(Path(sys.argv[1]), fsync=False)
print(server.process.pid, server.url, flush=True)
time.sleep(600)
"""


def start_in_another_process(folder: Path) -> tuple["subprocess.Popen[str]", psutil.Process]:
    """The supervisor and its server."""
    supervisor = subprocess.Popen([sys.executable, "-c", START_AND_SLEEP, folder], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    return supervisor, psutil.Process(int(supervisor.stdout.readline().split()[0]))


def has_ended(process: psutil.Process) -> bool:
    """A zombie has ended: in a container there may be nobody to collect it."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def start_a_stranger() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "600"])


async def ask(server: EmbeddedPostgres, sql: str) -> object:
    connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, its path longer than a socket's may be, under a folder closed to other users."""
    folder = tmp_path_factory.mktemp("closed") / ("long-" * 25) / "postgres"
    folder.parent.mkdir(mode=0o700)
    EmbeddedPostgres.start(folder, fsync=False).stop()
    return folder


async def test_keeps_its_data_for_the_next_start(made_once: Path):
    first = EmbeddedPostgres.start(made_once, fsync=False)
    await ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()

    second = EmbeddedPostgres.start(made_once, fsync=False)
    try:
        assert await ask(second, "SELECT answer FROM kept") == 42
    finally:
        second.stop()


def test_never_runs_as_root_and_listens_on_no_port(made_once: Path):
    server = EmbeddedPostgres.start(made_once, fsync=False)
    try:
        process = psutil.Process(server.process.pid)
        assert process.uids().effective != 0
        assert [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
    finally:
        server.stop()


def test_stops_completely_and_removes_its_socket(made_once: Path):
    server = EmbeddedPostgres.start(made_once, fsync=False)

    server.stop()
    server.stop()

    assert not psutil.pid_exists(server.process.pid)
    assert not server.socket_folder.exists()


def test_a_second_start_names_the_process_that_has_the_folder(made_once: Path):
    other, _ = start_in_another_process(made_once)
    try:
        with pytest.raises(AlreadyRunningError, match=f"process {other.pid}") as refusal:
            EmbeddedPostgres.start(made_once, fsync=False)
    finally:
        other.kill()
        other.wait()
        EmbeddedPostgres.start(made_once, fsync=False).stop()

    assert refusal.value.pid == other.pid


async def test_takes_over_when_its_supervisor_was_killed(made_once: Path):
    other, orphan = start_in_another_process(made_once)
    other.kill()
    other.wait()

    server = EmbeddedPostgres.start(made_once, fsync=False)
    try:
        assert has_ended(orphan)
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


async def test_a_stale_pid_file_naming_a_stranger_is_no_obstacle(made_once: Path):
    server = EmbeddedPostgres.start(made_once, fsync=False)
    pid_file = made_once / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.process.kill()
    server.stop()
    stranger = start_a_stranger()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

    server = EmbeddedPostgres.start(made_once, fsync=False)
    try:
        assert await ask(server, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        server.stop()
        stranger.kill()
        stranger.wait()


def test_a_first_start_that_was_killed_half_way_is_begun_again(tmp_path: Path):
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    server = EmbeddedPostgres.start(tmp_path / "postgres", fsync=False)
    server.stop()

    assert not half.exists()
    assert (tmp_path / "postgres" / "data" / "PG_VERSION").exists()


async def test_a_backend_that_outlives_a_killed_server_is_ended_before_the_next_start(made_once: Path):
    first = EmbeddedPostgres.start(made_once, fsync=False)
    connection = await asyncpg.connect(first.url.replace("+asyncpg", ""))
    backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
    backend.suspend()  # it does not notice that its server is gone, as one that is busy
    first.process.kill()
    first.stop()

    second = EmbeddedPostgres.start(made_once, fsync=False)

    assert has_ended(backend)
    assert await ask(second, "SELECT 1") == 1
    second.stop()
    connection.terminate()
