"""The child's main: imports the science once, then makes what recipes ask for, reads tables and opens catalogs.

``python -m worker.compute make`` loads LSDB and warms it; ``python -m worker.compute inspect`` is lighter and reads
tables that users sent.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainingset.order import Order
from worker.engines import engine_at_work, read_engine
from worker.giving_way import give_way
from worker.messages import InspectTable, MakeTrainingSet, ReadCard
from worker.serving import Report, Task, main

__all__ = ["ENGINE_VARIABLE", "THREADS_VARIABLE"]

THREADS_VARIABLE = "WORKER_THREADS"
"""Environment variable with the number of threads of one computation."""

ENGINE_VARIABLE = "WORKER_ENGINE"
"""Environment variable with the engine of computations, as JSON; threads without it."""

_NICENESS = 10
"""Computations, and children that warm, give way to the web process and the stores on the same machine: someone
waits for each answer of those."""


@contextmanager
def _temporary_files_in(folder: str | None) -> Iterator[None]:
    """Unpack where the parent cleans up: a child that is killed leaves gigabytes otherwise."""
    tempfile.tempdir = folder
    try:
        yield
    finally:
        tempfile.tempdir = None


def _prepare_to_make() -> dict[str, Task]:
    import dask
    import pyarrow as pa

    from trainingset.catalog_inspection import inspect_catalog
    from trainingset.combine import make_compilation
    from trainingset.make import make_training_set
    from trainingset.row_differences import with_row_differences

    threads = int(os.environ.get(THREADS_VARIABLE, "1"))
    engine = read_engine(os.environ.get(ENGINE_VARIABLE))
    # Without a cluster: threads of this process, so that ending it ends the computation.
    dask.config.set(scheduler="threads", num_workers=threads)
    pa.set_cpu_count(threads)

    def make(order: Order, report: Report) -> dict[str, Any]:
        with _temporary_files_in(order.folder):
            if order.request.get("kind") == "query":
                # A late import: the parser takes a third of a second to load, which no other recipe should pay.
                from trainingset.make_query import answer_query

                return answer_query(order, report).model_dump(mode="json")
            make_it = make_compilation if order.request.get("kind") == "combine" else make_training_set
            with engine_at_work(engine, Path(order.folder)):
                made = with_row_differences(make_it(order, report), order.recorded)
        return made.model_dump(mode="json")

    def card(command: ReadCard, report: Report) -> dict[str, Any]:
        return inspect_catalog(command.entry, known=command.known).model_dump(mode="json")

    def make_giving_way(command: MakeTrainingSet, report: Report) -> dict[str, Any]:
        return give_way(command.niceness, make, command.order, report)

    return {"make": make_giving_way, "card": card}


def _prepare_to_inspect() -> dict[str, Task]:
    from trainingset.inspection import inspect_file

    def inspect(command: InspectTable, report: Report) -> dict[str, Any]:
        table = command.table
        with _temporary_files_in(command.folder):
            profile = inspect_file(
                Path(table.path),
                name=table.name,
                media_type=table.media_type,
                sha256=table.sha256,
                most_rows=command.most_rows,
            )
        return profile.model_dump(mode="json")

    return {"inspect": inspect}


if __name__ == "__main__":
    os.nice(_NICENESS)
    match sys.argv[1:]:
        case ["make"]:
            main(_prepare_to_make)
        case ["inspect"]:
            main(_prepare_to_inspect)
        case _:
            sys.exit("usage: python -m worker.compute make|inspect")
