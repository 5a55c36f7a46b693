"""Folders in which jobs work."""

from pathlib import Path

import pytest

from worker.workplace import Workplaces


def test_a_folder_is_empty_at_first_and_gone_afterwards(tmp_path: Path) -> None:
    workplaces = Workplaces(tmp_path)
    with workplaces.folder("job-1") as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
    assert not folder.exists()


def test_a_folder_is_removed_after_a_failure_as_well(tmp_path: Path) -> None:
    workplaces = Workplaces(tmp_path)
    with pytest.raises(RuntimeError), workplaces.folder("job-1") as folder:
        raise RuntimeError
    assert not folder.exists()


def test_what_a_dead_worker_left_is_swept_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    living = Workplaces(tmp_path)
    dead = tmp_path / "worker-dead"
    dead.mkdir()
    (dead / "worker.lock").touch()
    (dead / "job-1").mkdir()
    with living.folder("job-2") as used:
        Workplaces(tmp_path).close()
        assert used.exists()
    assert not dead.exists()


def test_closing_removes_everything(tmp_path: Path) -> None:
    workplaces = Workplaces(tmp_path)
    workplaces.close()
    assert list(tmp_path.iterdir()) == []
