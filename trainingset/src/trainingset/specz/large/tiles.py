"""The work on one tile of the sky: find rows that may have neighbors, and put finished rows together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_recipe import CombineRecipe, Mode
from trainingset.combine_rows import described_columns, in_order, with_footprints, written_columns
from trainingset.sky_index import sky_pixels
from trainingset.specz.compilation_table import WANTED
from trainingset.specz.duplicates import keep_rows, mark_duplicates
from trainingset.specz.footprint import Footprint
from trainingset.specz.large.crowds import may_have_neighbors
from trainingset.specz.large.keys import renamed_keys
from trainingset.specz.large.sorted_rows import SortedRows
from trainingset.specz.report.tally import RowTally, tally_rows

__all__ = ["Tile", "TileDone", "TileWork", "finish_tile", "part_tile"]

Tile = tuple[int, int]
"""First pixel of the finest order, and the one after the last."""


@dataclass(frozen=True, slots=True)
class TileWork:
    """What all tiles have in common."""

    recipe: CombineRecipe
    footprints: tuple[Footprint, ...]
    parts: SortedRows
    """Homogenized rows by part."""
    n_parts: int
    order: int
    """Of the cells that find neighbors."""
    alone: SortedRows
    """Wanted rows that have no neighbor, by tile."""
    finished: SortedRows
    """Rows of the compilation, by tile."""


@dataclass(frozen=True, slots=True)
class TileDone:
    """Rows of a tile that have no neighbor, before any is left out, and those that are kept of all."""

    tally: RowTally
    kept: int
    surveys: dict[str, int]
    """Rows kept, by survey."""


def part_tile(work: TileWork, tile: Tile, number: int) -> pa.Table:
    """Wanted rows of a tile that may have neighbors, with their final keys; the others are laid aside."""
    pieces, pixels = [], []
    for part in range(work.n_parts):
        start, stop = work.parts.stretch(part, *tile)
        piece = work.parts.rows(part).slice(start, stop - start)
        pieces.append(renamed_keys(piece, start, work.parts.keys(part)))
        pixels.append(work.parts.pixels(part)[start:stop])
    rows, places = pa.concat_tables(pieces), np.concatenate(pixels)
    is_wanted = rows[WANTED].to_numpy()
    order = np.argsort(places, kind="stable")
    crowded = np.empty(len(places), np.bool_)
    crowded[order] = may_have_neighbors(places[order], work.parts, range(work.n_parts), order=work.order)
    rows = rows.drop_columns([WANTED])
    if work.recipe.mode is Mode.CONCATENATE:
        crowded[:] = False
    work.alone.write(number, rows.filter(pa.array(is_wanted & ~crowded)), places[is_wanted & ~crowded])
    return rows.filter(pa.array(is_wanted & crowded)).combine_chunks()


def finish_tile(work: TileWork, tile: Tile, number: int, gathered: pa.Table | None, extra: Sequence[str]) -> TileDone:
    """Mark the rows without neighbors, add those that were marked together, and keep all in their order.

    Parameters
    ----------
    gathered
        Rows of the tile that were marked with their neighbors and are kept; None where none are looked for.
    """
    alone = work.alone.rows(number)
    if gathered is None:
        rows = alone
    else:
        # Rows that are not near each other know nothing of each other: any of them are marked as all of them.
        alone = mark_duplicates(alone, work.recipe)
        rows = pa.concat_tables([keep_rows(alone, work.recipe), gathered.select(alone.column_names)])
    rows = in_order(rows) if rows.num_rows else rows
    table = described_columns(written_columns(with_footprints(rows, work.footprints), extra))
    work.finished.write(number, table, sky_pixels(table["ra"].to_numpy(), table["dec"].to_numpy()))
    return TileDone(tally_rows(alone), table.num_rows, _counts(table["survey"]))


def _counts(values: pa.ChunkedArray) -> dict[str, int]:
    return {str(count["values"]): count["counts"] for count in pc.value_counts(values.drop_null()).to_pylist()}
