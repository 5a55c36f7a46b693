"""A child that reads a condition, compiles it and keeps the rows of a table for which it is true."""

from pathlib import Path
from typing import Any

from worker.messages import InspectTable
from worker.serving import Report, Task, main


def _prepare() -> dict[str, Task]:
    import numpy as np

    from tests.fuzz.conditions import COLUMNS, ROWS
    from trainingset.expression import parse_condition
    from trainingset.expression_arrow import compile_condition, rows_where

    def keep(command: InspectTable, report: Report) -> dict[str, Any]:
        condition = parse_condition(Path(command.table.path).read_text(), COLUMNS)
        kept = rows_where(condition, ROWS)
        filtered = ROWS.filter(compile_condition(condition))
        assert filtered.num_rows == int(np.count_nonzero(kept)), "two ways to filter disagree"
        return {"n_rows": filtered.num_rows}

    return {"inspect": keep}


if __name__ == "__main__":
    main(_prepare)
