import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis

from service.folder_lock import AlreadyRunningError
from service.valkey import EmbeddedValkey

START_AND_SLEEP = """
import sys, time
from pathlib import Path
from service.valkey import EmbeddedValkey
server = EmbeddedValkey.start(Path(sys.argv[1]))
print(server.process.pid, flush=True)
time.sleep(600)
"""


def test_answers_on_its_socket_and_listens_on_no_port(tmp_path: Path):
    server = EmbeddedValkey.start(tmp_path / ("long-" * 30))
    try:
        assert redis.from_url(server.url).ping()
        process = psutil.Process(server.process.pid)
        assert [c for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN] == []
    finally:
        server.stop()


def test_stops_completely_and_removes_its_socket(tmp_path: Path):
    server = EmbeddedValkey.start(tmp_path / "valkey")

    server.stop()
    server.stop()

    assert not psutil.pid_exists(server.process.pid)
    assert not server.socket_folder.exists()


def test_a_second_start_is_refused_until_the_first_is_gone_even_by_a_kill(tmp_path: Path):
    folder = tmp_path / "valkey"
    other = subprocess.Popen([sys.executable, "-c", START_AND_SLEEP, folder], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    orphan = psutil.Process(int(other.stdout.readline()))
    with pytest.raises(AlreadyRunningError, match=f"process {other.pid}"):
        EmbeddedValkey.start(folder)
    other.kill()
    other.wait()

    server = EmbeddedValkey.start(folder)
    try:
        assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
        assert redis.from_url(server.url).ping()
    finally:
        server.stop()
