"""Constraints on rows, of one syntax everywhere: an ADQL search condition read into a small typed tree."""

from collections.abc import Mapping

from trainingset.columns import ColumnType
from trainingset.expression_tree import Condition

__all__ = ["parse_condition"]


def parse_condition(text: str, columns: Mapping[str, ColumnType], *, parameter: str = "WHERE") -> Condition:
    """Read an ADQL search condition and check it against the columns of a table.

    Parameters
    ----------
    text
        Condition without the word ``WHERE``.
    columns
        Type of each column that may be named. A bare name finds its column in any case of letters if only one
        differs in case alone; a name in double quotes must be exact.
    parameter
        Wire name of the parameter, for problems.

    Raises
    ------
    RecipeError
        With everything wrong: what cannot be read, unknown and ambiguous columns, kinds that do not go together.
    """
    # A late import: the parser takes a third of a second to load, which only those who use a constraint should pay.
    from trainingset.condition_reader import ConditionReader

    return ConditionReader(columns, parameter).read(text)
