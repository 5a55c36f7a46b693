"""The folder of an embedded service."""

import stat
from pathlib import Path

import pytest

from service.folder_lock import AlreadyRunningError
from service.service_folder import Connection, ServiceFolder
from trainingset.registry import Registry

CONNECTION = Connection(url="http://127.0.0.1:8080/tsm", token="gt-very.secret", pid=1)


def test_a_fresh_folder_has_an_empty_registry(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path / "deep" / "service")
    folder.prepare()
    assert list(Registry.load(folder.registry)) == []


def test_preparing_again_leaves_the_operator_s_registry_alone(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path)
    folder.registry.write_text("# mine\ncatalogs: []\n")
    folder.prepare()
    assert folder.registry.read_text().startswith("# mine")


def test_a_service_runs_while_its_lock_is_held(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path)
    lock = folder.lock()
    folder.write_connection(CONNECTION)
    assert folder.running_service() == CONNECTION
    with pytest.raises(AlreadyRunningError):
        folder.lock()
    lock.release()
    assert folder.running_service() is None


def test_looking_for_a_service_makes_no_folder(tmp_path: Path) -> None:
    assert ServiceFolder(tmp_path / "nothing").running_service() is None
    assert not (tmp_path / "nothing").exists()


def test_the_connection_is_for_its_owner_alone_and_does_not_show_its_token(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path)
    folder.write_connection(CONNECTION)
    assert stat.S_IMODE(folder.connection.stat().st_mode) == 0o600
    assert "secret" not in repr(CONNECTION)
