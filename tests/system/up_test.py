"""``tsm-service up`` as its operator meets it: started, started twice, stopped, killed, started again."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import tsm
from service.service_folder import Connection, ServiceFolder
from tests.system.sky_files import CATALOG, register
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

COMMAND = [sys.executable, "-m", "service.cli"]


@pytest.fixture
def folder(mock_sky: MockSky, tmp_path: Path) -> Iterator[ServiceFolder]:
    """A folder whose path is longer than a unix socket's may be."""
    folder = ServiceFolder(tmp_path / "a-service-with-a-very-long-name" / ("x" * 100))
    register(mock_sky, folder)
    yield folder
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(Connection.model_validate_json(folder.connection.read_bytes()).pid, signal.SIGKILL)


def start(folder: ServiceFolder) -> tuple["subprocess.Popen[str]", Connection]:
    process = subprocess.Popen(
        [*COMMAND, "up", "--folder", str(folder.root), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if "Ctrl-C stops it" in line:
            return process, Connection.model_validate_json(folder.connection.read_bytes())
    raise AssertionError("".join(seen))


def stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout is not None
    process.stdout.close()


def until_gone(processes: list[psutil.Process], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while left := [process for process in processes if _is_running(process)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.long
def test_jobs_and_results_outlive_a_restart_and_a_killed_supervisor(
    folder: ServiceFolder, small_table: Path, tmp_path: Path
) -> None:
    first, connection = start(folder)
    with tsm.TrainingSetMaker(connection.url, connection.token) as maker:
        job = maker.crossmatch(catalog=CATALOG, redshifts=maker.upload(small_table)).wait()

    second = subprocess.run([*COMMAND, "up", "--folder", str(folder.root)], capture_output=True, text=True, timeout=60)
    assert second.returncode == 3
    assert str(first.pid) in second.stdout
    assert connection.url in second.stdout

    everything = psutil.Process(first.pid).children(recursive=True)
    assert len(everything) >= 5
    first.kill()
    first.wait()
    until_gone(everything, seconds=30)

    again, connection = start(folder)
    with tsm.TrainingSetMaker(connection.url, connection.token) as maker:
        kept = maker.job(job.id)
        assert kept.state.phase == "COMPLETED"
        assert kept.download("result", tmp_path).stat().st_size == job.results["result"].size
    everything = psutil.Process(again.pid).children(recursive=True)
    stop(again)
    until_gone(everything, seconds=5)
    assert not folder.connection.exists()


def test_a_taken_port_is_named(folder: ServiceFolder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = subprocess.run(
            [*COMMAND, "up", "--folder", str(folder.root), "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert run.returncode == 4
    assert str(port) in run.stdout


def test_doctor_and_catalog_check_find_everything_in_order(folder: ServiceFolder) -> None:
    doctor = subprocess.run(
        [*COMMAND, "doctor", "--folder", str(folder.root)], capture_output=True, text=True, timeout=60
    )
    check = subprocess.run(
        [*COMMAND, "catalog", "check", "--folder", str(folder.root)], capture_output=True, text=True, timeout=120
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert check.returncode == 0, check.stdout + check.stderr
    assert CATALOG in check.stdout


def test_catalog_check_names_what_the_files_lack(folder: ServiceFolder) -> None:
    folder.registry.write_text(re.sub(r"(default_columns:\n\s*- )\w+", r"\1nonsense", folder.registry.read_text()))
    check = subprocess.run(
        [*COMMAND, "catalog", "check", "--folder", str(folder.root)], capture_output=True, text=True, timeout=120
    )
    assert check.returncode == 1
    assert "nonsense" in check.stdout


def test_token_makes_a_token_for_that_user(folder: ServiceFolder) -> None:
    made = subprocess.run(
        [*COMMAND, "token", "mlima", "--folder", str(folder.root)], capture_output=True, text=True, timeout=60
    )
    found = folder.tokens.find(made.stdout.strip())
    assert found is not None
    assert found[1].username == "mlima"
