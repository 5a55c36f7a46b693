"""What is matched and how, as plain values that every task carries."""

from dataclasses import dataclass

from trainingset.columns import ColumnType
from trainingset.recipe import Engine
from trainingset.selection import ObjectConstraint

__all__ = ["Matching"]


@dataclass(frozen=True, slots=True)
class Matching:
    """One match of redshifts with the objects of a catalog."""

    radius_arcsec: float
    n_neighbors: int | None
    """Most objects for one redshift; None for all within the radius."""
    object_id: str
    object_id_type: ColumnType
    columns: tuple[str, ...]
    """Object columns of the result."""
    reference_flux: str | None = None
    """Flux that decides which of several objects is the brightest."""
    before: ObjectConstraint | None = None
    """Objects it does not hold for cannot be matched; they still count as neighbors."""
    after: ObjectConstraint | None = None
    """Pairs whose objects it does not hold for are marked."""
    engine: Engine = Engine.TSM

    @property
    def read_columns(self) -> tuple[str, ...]:
        """Every object column that is read for objects near a redshift."""
        names = [self.object_id, *self.columns]
        names += [self.reference_flux] if self.reference_flux is not None else []
        for constraint in (self.before, self.after):
            names += constraint.columns if constraint is not None else []
        return tuple(dict.fromkeys(names))
