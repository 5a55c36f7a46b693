"""Applies constraints to object rows, computing first what they name of derived columns."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainingset.check import object_condition_columns
from trainingset.corrections import Corrections
from trainingset.derived import DerivedColumn, condition_columns
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.expression_tree import Condition
from trainingset.photometry import derive
from trainingset.registry import CatalogCard, CatalogEntry

__all__ = ["ObjectConstraint"]

_UNCORRECTED = Corrections()


@dataclass(frozen=True, slots=True)
class ObjectConstraint:
    """A constraint on objects with what is needed to apply it to rows of their catalog."""

    condition: Condition
    entry: CatalogEntry
    derived: tuple[DerivedColumn, ...]
    """Columns of the condition that are computed from fluxes."""

    @classmethod
    def read(
        cls, text: str, card: CatalogCard, kinds: Iterable[str], corrections: Corrections = _UNCORRECTED
    ) -> "ObjectConstraint":
        """Read a constraint on a catalog's own and derived columns.

        Parameters
        ----------
        kinds
            Flux kinds of the recipe; the first one decides ``{band}_state``.
        corrections
            What the magnitudes of the recipe are corrected for.

        Raises
        ------
        RecipeError
            With everything wrong with the text.
        """
        kinds = tuple(kinds)
        condition = parse_condition(text, object_condition_columns(card, kinds, corrections))
        known = condition_columns(card, kinds, corrections)
        return cls(condition, card.entry, tuple(known[name] for name in condition.columns if name in known))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the catalog that must be read."""
        computed = {column.name for column in self.derived}
        read = [name for name in self.condition.columns if name not in computed]
        read += [source for column in self.derived for source in column.sources]
        return tuple(dict.fromkeys(read))

    def holds(self, objects: pa.Table) -> npt.NDArray[np.bool_]:
        """Whether the condition is true, for each row; unknown is not true.

        Parameters
        ----------
        objects
            Rows with at least `columns`.
        """
        computed = {column.name: derive(column, objects, self.entry) for column in self.derived}
        read = {name: objects[name] for name in self.condition.columns if name not in computed}
        return rows_where(self.condition, pa.table(computed | read))
