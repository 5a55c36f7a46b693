"""What a match takes: seconds and memory, as measured, by numbers that a plan knows; and how large its batches are."""

from dataclasses import dataclass

__all__ = ["BATCH_BYTES", "MatchWork", "task_bytes"]

_GRAPH_BYTES = 4_000
"""Memory of each task that is laid out: Dask's graph, pixels of LSDB (``benchmarks.dp2_tree``)."""
_AREA_BYTES = 200
"""Memory of each partition that a task reads: its pixel, and the mark of its file."""
_PAIR_BYTES = 120
"""Memory of a pair on its way out of its task."""
BATCH_BYTES = 32 << 20
"""Of partitions that are laid out together. More save no time: laying out takes as long for each partition."""

# Measured with two threads by ``benchmarks.memory``.
_START_SECONDS = 0.2
_PARTITION_SECONDS = 0.006
_BYTES_PER_SECOND = 700e6
_ROW_SECONDS = 25e-6
_WARM_BYTES = 610_000_000
"""A process that has LSDB and all else in memory and has done a job."""
_TASK_BYTES = 60_000_000
"""Columns that tasks decode at once: a match decodes no more whatever the size of a catalog."""
_ROW_BYTES = 650
"""Keys and numbers of a row; values of objects are written as they come."""


def task_bytes(n_areas: int, n_sites: int, n_neighbors: int) -> int:
    """Memory that one task of a batch takes until the batch is done."""
    return _GRAPH_BYTES + _AREA_BYTES * n_areas + _PAIR_BYTES * n_sites * n_neighbors


@dataclass(frozen=True, slots=True)
class MatchWork:
    """What a match is to do."""

    n_partitions: int
    bytes_to_read: int
    n_rows: int
    """Redshifts, or rows of the result if they are more."""

    @property
    def seconds(self) -> float:
        """Time from start to files in a warm process that has two cores for itself, files in its page cache."""
        matching = self.n_partitions * _PARTITION_SECONDS + self.bytes_to_read / _BYTES_PER_SECOND
        return _START_SECONDS + matching + self.n_rows * _ROW_SECONDS

    @property
    def memory_bytes(self) -> int:
        """Peak memory of the process that computes, its libraries included."""
        laid_out = min(BATCH_BYTES, self.n_partitions * _GRAPH_BYTES)
        return _WARM_BYTES + _TASK_BYTES + laid_out + self.n_rows * _ROW_BYTES
