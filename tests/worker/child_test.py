"""The child process: what it answers, what it may know, and that nothing of it remains."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.worker.children import a_child, please, until_gone, until_written
from trainingset.order import StageProgress
from worker.child import ChildDiedError
from worker.messages import Done, Exhausted, Failed, Refused, Unavailable


async def test_one_child_answers_one_command_after_another() -> None:
    async with a_child() as child:
        answers = [await child.run(please(do="count", to=n)) for n in (1, 2, 3)]
    assert [answer.value for answer in answers if isinstance(answer, Done)] == [{"counted": n} for n in (1, 2, 3)]


async def test_progress_arrives_in_order_before_the_answer() -> None:
    seen: list[StageProgress] = []
    async with a_child() as child:
        await child.run(please(do="count", to=50), seen.append)
    assert [step.done for step in seen] == list(range(1, 51))


async def test_every_problem_of_a_refused_recipe_arrives() -> None:
    async with a_child() as child:
        answer = await child.run(please(do="refuse"))
    assert isinstance(answer, Refused)
    assert [problem.parameter for problem in answer.problems] == ["RADIUS", "WHERE"]


async def test_an_unavailable_source_is_told_apart_from_a_wrong_recipe() -> None:
    async with a_child() as child:
        answer = await child.run(please(do="miss"))
    assert answer == Unavailable(message="The catalog is away.")


async def test_an_unexpected_exception_brings_its_traceback_and_leaves_the_child_usable() -> None:
    async with a_child() as child:
        failed = await child.run(please(do="nonsense"))
        after = await child.run(please(do="count", to=1))
    assert isinstance(failed, Failed)
    assert "ZeroDivisionError: nobody expected this" in failed.traceback
    assert isinstance(after, Done)


async def test_a_command_beyond_the_memory_limit_is_stopped_and_a_modest_one_is_not() -> None:
    async with a_child(memory_bytes=200_000_000) as child:
        modest = await child.run(please(do="grow", bytes=50_000_000))
        greedy = await child.run(please(do="grow", bytes=1_000_000_000))
    assert isinstance(modest, Done)
    assert greedy == Exhausted()


async def test_a_killed_child_is_told_apart_from_one_that_exits() -> None:
    async with a_child() as child:
        with pytest.raises(ChildDiedError) as killed:
            await child.run(please(do="die"))
    async with a_child() as child:
        with pytest.raises(ChildDiedError) as exited:
            await child.run(please(do="exit", code=7))
    assert killed.value.was_killed
    assert (exited.value.was_killed, exited.value.returncode) == (False, 7)


async def test_cancelling_a_command_ends_the_child_and_what_it_started(tmp_path: Path) -> None:
    async with a_child() as child:
        running = asyncio.create_task(child.run(please(do="sleep", pids=str(tmp_path / "pids"))))
        pids = await until_written(tmp_path / "pids")
        running.cancel()
        await until_gone(*pids)
        assert not child.is_alive


async def test_a_child_ends_at_once_when_its_parent_is_gone(tmp_path: Path) -> None:
    async with a_child() as child:
        running = asyncio.create_task(child.run(please(do="sleep", pids=str(tmp_path / "pids"))))
        pids = await until_written(tmp_path / "pids")
        child._writer.transport.abort()  # what the kernel does with the sockets of a killed parent
        await until_gone(*pids)
        with pytest.raises(ChildDiedError):
            await running


async def test_a_child_knows_no_setting_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSM_DATABASE_URL", "postgresql+asyncpg://secret")
    async with a_child() as child:
        answer = await child.run(please(do="environment"))
    assert isinstance(answer, Done)
    assert not [name for name in answer.value["names"] if name.startswith("TSM_")]
    # Standard streams, the socket and the folder being listed; nothing inherited by accident.
    assert len(answer.value["files"]) <= 5, answer.value["files"]


async def test_a_child_has_a_process_group_of_its_own() -> None:
    async with a_child() as child:
        assert os.getpgid(child.pid) == child.pid != os.getpgrp()
