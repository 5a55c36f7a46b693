"""How many units a split has shared out, and what its owner should know of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.recipe import SplitBy

__all__ = ["SplitCounts"]


@dataclass(frozen=True, slots=True)
class SplitCounts:
    """Units of a split, in all and by subset."""

    by: SplitBy
    order: int
    """HEALPix order of pixels."""
    units_by_subset: dict[str, int]
    """With 0 for subsets that got none."""

    @classmethod
    def of(cls, units: pa.Array, subsets: pa.Array, names: Sequence[str], *, by: SplitBy, order: int) -> "SplitCounts":
        """Count the units of rows.

        Parameters
        ----------
        units, subsets
            Name of each row's unit, and its subset, shape (n,) each.
        names
            All subsets of the split.
        """
        pairs = pa.table({"unit": units, "subset": subsets}).group_by(["unit", "subset"]).aggregate([])
        counted = {count["values"]: count["counts"] for count in pc.value_counts(pairs["subset"]).to_pylist()}
        return cls(by, order, {name: counted.get(name, 0) for name in names})

    @property
    def n_units(self) -> int:
        """Units of all subsets."""
        return sum(self.units_by_subset.values())

    @property
    def kind(self) -> str:
        """What the units are."""
        match self.by:
            case SplitBy.OBJECT:
                return "sky objects"
            case SplitBy.SKY:
                return f"HEALPix pixels of order {self.order}"
            case SplitBy.SURVEY:
                return "surveys, or sky objects without one"
            case SplitBy.FIELD:
                return f"fields, or HEALPix pixels of order {self.order} outside of them"
            case _:
                assert_never(self.by)

    def notes(self) -> tuple[str, ...]:
        """How many units there are where their owner may not know, and subsets that got none."""
        units = f"Units of the split ({self.kind}): {self.n_units}"
        if empty := [name for name, count in self.units_by_subset.items() if not count]:
            subsets = f"subsets: {len(self.units_by_subset)}"
            return (f"No row is in {' or '.join(empty)}. {units}; {subsets}. {_ADVICE[self.by]}",)
        return () if self.by is SplitBy.OBJECT else (f"{units}.",)


_ADVICE = {
    SplitBy.OBJECT: "SPLIT_EXACT=true gives each its share as far as units go.",
    SplitBy.SKY: "Take smaller pixels (a higher SPLIT_ORDER), SPLIT_EXACT=true, or another SEED.",
    SplitBy.SURVEY: "Take SPLIT_EXACT=true, another SEED, or another SPLIT_BY.",
    SplitBy.FIELD: "Take SPLIT_EXACT=true, another SEED, or SPLIT_BY=sky.",
}
