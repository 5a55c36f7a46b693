"""What the figures of a compilation are made of: the numbers of its report."""

from typing import TYPE_CHECKING, Any, TypeAlias

from tsm.plots.source import NotPlottableError, table_reader

if TYPE_CHECKING:
    from trainingset.specz.report.numbers import CompilationNumbers
    from tsm.plots.source import Plottable
    from tsm.sets.compilation import Compilation

    PlottableCompilation: TypeAlias = "Compilation | CompilationNumbers | Plottable"

__all__ = ["PlottableCompilation", "numbers_of"]

_NEEDED = ("ra", "dec", "z", "survey", "z_flag_homogenized", "instrument_type_homogenized")
_MARKS = ("group_id", "tie_result", "resolved_by", "z_best")
"""Told of repeated measurements, where they were looked for."""


def numbers_of(compilation: "PlottableCompilation") -> "CompilationNumbers":
    """The numbers of a compilation, counted if it is a table.

    Raises
    ------
    NotPlottableError
        If it is no compilation: it lacks columns, or has no rows.
    """
    # Late imports: a compilation offers plots, and what reads pixels of the sky takes time to load.
    from trainingset.specz.report.numbers import CompilationNumbers
    from tsm.sets.compilation import Compilation

    if isinstance(compilation, CompilationNumbers):
        numbers = compilation
    elif isinstance(compilation, Compilation):
        numbers = compilation.numbers
    else:
        numbers = _counted(compilation)
    if not numbers.rows:
        raise NotPlottableError("the compilation has no rows to plot")
    return numbers


def _counted(table: Any) -> "CompilationNumbers":
    import pyarrow as pa

    from trainingset.specz.report.numbers import compilation_numbers
    from tsm.sets.training_set import TrainingSet

    columns, read = table_reader(table.to_arrow() if isinstance(table, TrainingSet) else table)
    if missing := [name for name in _NEEDED if name not in columns]:
        raise NotPlottableError(
            f"the table is no compilation, for it has no column {', '.join(map(repr, missing))}; give what tsm.combine "
            "made, or a table with its columns"
        )
    names = [name for name in (*_NEEDED, *_MARKS) if name in columns]
    return compilation_numbers(pa.table({name: read(name)[1] for name in names}), ())
