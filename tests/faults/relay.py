"""A relay between one process of the service and a store, at an address that stays while the store comes and goes."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Relay"]

PIECE_BYTES = 1 << 16

Answer = TypeVar("Answer")


class Relay:
    """Listens on a unix socket and carries bytes to and from another, until told otherwise.

    Parameters
    ----------
    listens_at
        Path of the socket; its folder exists.
    target
        Path of the store's socket as it is now; None while there is none.
    """

    def __init__(self, listens_at: Path, target: Callable[[], Path | None]) -> None:
        self._listens_at = listens_at
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._forgotten: set[asyncio.Task[None]] = set()
        self.n_carried = 0
        """Connections that were ever made to the store."""
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"relay {listens_at}", daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._do(asyncio.start_unix_server(self._carry, str(listens_at)))

    def pause(self) -> None:
        """Carry nothing more, as a network that is gone without a word; nobody is told."""
        self._call(self._flowing.clear)

    def resume(self) -> None:
        """Carry again, beginning with what was held back."""
        self._call(self._flowing.set)

    def forget(self) -> None:
        """Carry nothing more on the connections that are open now, and tell nobody; new ones work.

        So do firewalls and address translators that lost their memory.
        """

        def swallow() -> None:
            for pump in self._pumps:
                self._forgotten.add(pump)

        self._call(swallow)

    def cut(self) -> int:
        """Break all connections that are open now, in the middle of whatever they carry; how many there were."""

        def cut() -> int:
            open_ones = list(self._writers)
            for writer in open_ones:
                writer.transport.abort()
            return len(open_ones) // 2

        return self._call(cut)

    def close(self) -> None:
        """Stop listening and break everything."""
        self.cut()
        self._call(self._server.close)
        self._call(lambda: [pump.cancel() for pump in self._pumps])
        self._do(asyncio.sleep(0))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._listens_at.unlink(missing_ok=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = self._target()
        await self._flowing.wait()
        try:
            if target is None:
                raise ConnectionRefusedError
            store_reader, store_writer = await asyncio.open_unix_connection(str(target))
        except OSError:
            writer.transport.abort()
            return
        self.n_carried += 1
        ends = {writer, store_writer}
        self._writers |= ends
        pumps = {
            self._loop.create_task(self._pump(reader, store_writer)),
            self._loop.create_task(self._pump(store_reader, writer)),
        }
        self._pumps |= pumps
        await asyncio.wait(pumps)
        self._pumps -= pumps
        self._forgotten -= pumps
        self._writers -= ends

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                await self._flowing.wait()
                if this in self._forgotten:
                    await asyncio.Event().wait()
                writer.write(piece)
                await writer.drain()
        if this not in self._forgotten:
            writer.close()

    def _call(self, do: Callable[[], Answer]) -> Answer:
        async def call() -> Answer:
            return do()

        return self._do(call())

    def _do(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
