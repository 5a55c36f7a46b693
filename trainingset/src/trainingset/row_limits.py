"""How many rows of a result are written, and whether that leaves any out."""

from dataclasses import dataclass

import pandas as pd

from trainingset.recipe import CrossmatchRecipe, Match

__all__ = ["RowLimits"]


@dataclass(frozen=True, slots=True)
class RowLimits:
    """What a recipe says of the number of its rows."""

    maxrec: int | None
    top: int | None
    """``TOP`` of the select list: rows beyond it were not asked for."""
    is_sorted: bool
    """Whether ``TOP`` means the first rows of another order, or groups of rows, so that all are needed."""
    most_neighbors: int | None
    """Most objects of a redshift, where all were asked for; None where that many were."""

    @classmethod
    def of(cls, recipe: CrossmatchRecipe) -> "RowLimits":
        """The limits of a recipe; one with a select list wants every pair."""
        if recipe.select is None:
            return cls(recipe.maxrec, None, False, None)
        # A late import: the parser takes a third of a second to load, which only those who use one should pay.
        from trainingset.query.syntax import is_grouped, parse_select

        select = parse_select(recipe.select)
        most_neighbors = recipe.neighbors if recipe.match is Match.ALL else None
        return cls(recipe.maxrec, select.top, bool(select.order) or is_grouped(select), most_neighbors)

    @property
    def most_rows(self) -> int | None:
        """Rows that are written at most, in their order on the sky; None without a limit."""
        return None if self.is_sorted else self.most_answered

    @property
    def most_answered(self) -> int | None:
        """Rows of the answer at most, in its own order; None without a limit."""
        return min((limit for limit in (self.maxrec, self.top) if limit is not None), default=None)

    def are_cut(self, rows: pd.DataFrame) -> bool:
        """Whether rows that were asked for are left out (DALI: OVERFLOW)."""
        asked = rows if self.is_sorted else rows.iloc[: self.top]
        n_asked = len(rows) if self.top is None else min(len(rows), self.top)
        if self.maxrec is not None and n_asked > self.maxrec:
            return True
        return self.most_neighbors is not None and bool((asked["n_matchable"] > self.most_neighbors).any())
