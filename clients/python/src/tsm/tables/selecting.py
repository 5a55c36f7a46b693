"""Chooses rows by the constraints that a recipe knows, here and now."""

from typing import Any, TypeVar, overload

from trainingset.arrow_metadata import schema_descriptions
from trainingset.errors import RecipeError
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from tsm.errors import TableRefusedError
from tsm.sets.training_set import TrainingSet
from tsm.tables.user_table import arrow_of, user_table

__all__ = ["select"]

Table = TypeVar("Table")


@overload
def select(table: TrainingSet, where: str) -> Any: ...
@overload
def select(table: Table, where: str) -> Table: ...
def select(table: Any, where: str) -> Any:
    """Choose rows by an ADQL search condition, as ``where`` and ``redshifts_where`` of a recipe do.

    Parameters
    ----------
    table
        pandas DataFrame, astropy Table or pyarrow Table, which comes back as what it is with units and metadata; of a
        `tsm.TrainingSet`, the astropy table of its rows.
    where
        Condition on its columns, without the word ``WHERE``: ``i_gaap1p0Mag < 25 AND quality_flag >= 3``. A row for
        which it is unknown, as beside a null, is left out.

    Raises
    ------
    TableRefusedError
        With everything wrong with the condition: what cannot be read, unknown columns with close names.

    Examples
    --------
    >>> import pandas as pd
    >>> tsm.select(pd.DataFrame({"z": [0.1, 0.9]}), "z > 0.5")
         z
    1  0.9
    """
    ours = user_table(table)
    columns = arrow_of(ours)
    types = {description.name: description.datatype for description in schema_descriptions(columns.schema)}
    try:
        condition = parse_condition(where, types, parameter="WHERE")
    except RecipeError as error:
        raise TableRefusedError(error.problems) from error
    return ours.where(rows_where(condition, columns)).plain
