"""Magnitudes of a random sample of the target objects, made as those of the training set are."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from trainingset.photometry import derive
from trainingset.prepare import Prepared
from trainingset.result_layout import result_layout
from trainingset.selection import ObjectConstraint
from trainingset.target_sample import sample_objects

__all__ = ["TargetMagnitudes", "target_magnitudes"]


@dataclass(frozen=True, slots=True)
class TargetMagnitudes:
    """Magnitudes of target objects that were drawn at random."""

    rows: pa.Table
    """The magnitude of each band, by the name that it has in the training set; null where there is none."""
    n_drawn: int
    """Objects drawn, before the constraint on them."""
    n_partitions: int
    """Partitions that were opened."""
    where: str | None
    """The constraint on them."""

    def facts(self) -> dict[str, int]:
        """Counts for the record."""
        return {
            "target_objects_drawn": self.n_drawn,
            "target_objects": self.rows.num_rows,
            "target_partitions": self.n_partitions,
        }


def target_magnitudes(prepared: Prepared, *, bands: Sequence[str] | None = None) -> TargetMagnitudes | None:
    """Draw target objects as a recipe says; None if it wants none, or if the set has no magnitudes.

    Parameters
    ----------
    bands
        Bands that are needed; without them all.

    Raises
    ------
    SourceUnavailableError
        If the catalog cannot be read now.
    """
    recipe = prepared.recipe
    layout = result_layout(prepared).bands
    names = {layout[band].magnitude for band in (layout if bands is None else bands)}
    derived = [column for column in prepared.columns.derived if column.name in names]
    if not derived or not recipe.target_rows:
        return None
    text = target_condition(prepared)
    where = None if text is None else ObjectConstraint.read(text, prepared.card, recipe.flux, prepared.corrections)
    sources = dict.fromkeys(source for column in derived for source in column.sources)
    sample = sample_objects(prepared.card, tuple(sources), n_rows=recipe.target_rows, seed=recipe.seed, where=where)
    values = {column.name: derive(column, sample.objects, prepared.card.entry) for column in derived}
    return TargetMagnitudes(pa.table(values), sample.n_drawn, sample.n_partitions, text)


def target_condition(prepared: Prepared) -> str | None:
    """Which objects the training set is for: those that the recipe says, else those that it is made of."""
    recipe = prepared.recipe
    return recipe.where if recipe.target_where is None else recipe.target_where
