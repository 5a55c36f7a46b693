"""Warm children in reserve."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.worker.children import is_running, please, start_child, until_gone, until_written
from worker.child import Child
from worker.messages import Done
from worker.nursery import Nursery


async def test_a_child_works_again_for_the_next_command() -> None:
    async with Nursery(start_child, size=2) as nursery:
        async with nursery.lend() as child:
            first = child.pid
            await child.run(please(do="count", to=1))
        async with nursery.lend() as child:
            assert child.pid == first


async def test_a_killed_child_is_replaced_by_one_that_waits_already() -> None:
    async with Nursery(start_child, size=2) as nursery:
        async with nursery.lend() as child:
            await _until_idle(nursery, 1)
            killed = child.pid
            child.kill()
        asked = time.monotonic()
        async with nursery.lend() as child:
            assert time.monotonic() - asked < 0.1
            assert child.pid != killed
            await _until_idle(nursery, 1)


async def test_a_dead_spare_is_never_lent() -> None:
    async with Nursery(start_child, size=1) as nursery:
        async with nursery.lend() as child:
            dead = child
        dead.kill()
        async with nursery.lend() as child:
            assert isinstance(await child.run(please(do="count", to=1)), Done)


async def test_a_child_retires_after_its_number_of_commands() -> None:
    async with Nursery(start_child, size=1, commands_per_child=2) as nursery:
        pids = []
        for _ in range(4):
            async with nursery.lend() as child:
                await child.run(please(do="count", to=1))
                pids.append(child.pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_a_child_that_holds_too_much_memory_retires() -> None:
    async with Nursery(start_child, size=1, resident_bytes=1) as nursery:
        async with nursery.lend() as child:
            await child.run(please(do="count", to=1))
            fat = child.pid
        async with nursery.lend() as child:
            assert child.pid != fat


async def test_a_child_retires_after_a_failure_that_nobody_expected() -> None:
    async with Nursery(start_child, size=1) as nursery:
        async with nursery.lend() as child:
            await child.run(please(do="nonsense"))
            failed = child.pid
        async with nursery.lend() as child:
            assert child.pid != failed


async def test_closing_leaves_no_child_behind(tmp_path: Path) -> None:
    async with Nursery(start_child, size=2) as nursery, nursery.lend() as child:
        await _until_idle(nursery, 1)
        running = asyncio.create_task(child.run(please(do="sleep", pids=str(tmp_path / "pids"))))
        pids = await until_written(tmp_path / "pids")
        assert all(map(is_running, pids))
        running.cancel()
    await until_gone(*pids)
    assert not child.is_alive


async def test_a_child_that_cannot_be_warmed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.nursery._BACK_OFF_SECONDS", 0.01)
    starts = 0

    async def start_badly_once() -> Child:
        nonlocal starts
        starts += 1
        child = await start_child()
        if starts == 1:
            child.kill()
        return child

    async with Nursery(start_badly_once, size=1) as nursery, nursery.lend() as child:
        assert child.is_alive
    assert starts == 2


async def _until_idle(nursery: Nursery, n_children: int) -> None:
    async with asyncio.timeout(20):
        while nursery.n_idle < n_children:
            await asyncio.sleep(0.01)
