"""Makes the next piece of a stream in a second thread while the last one is written."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["read_ahead"]

Piece = TypeVar("Piece")


def read_ahead(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces in the same order, of which never more than one waits.

    Decoding Parquet and filling arrays leave Python's lock alone most of the time, so that encoding and writing go on
    beside them.
    """
    iterator, end = iter(pieces), object()
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        coming: Future[Piece | object] = thread.submit(next, iterator, end)
        while (piece := coming.result()) is not end:
            coming = thread.submit(next, iterator, end)
            yield piece  # type: ignore[misc]  # all but `end` is a piece
