"""What a cross-match would read and give, estimated from catalog card and table profile alone: nothing is opened."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from trainingset.check import object_condition_columns
from trainingset.corrections import Corrections
from trainingset.derived import condition_columns
from trainingset.errors import Problem
from trainingset.expression import parse_condition
from trainingset.match_cost import MatchWork
from trainingset.partitions import PartitionList
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe, How, Match, Unique
from trainingset.registry import CatalogCard

__all__ = ["Plan", "plan_match", "refused_plan"]

_INDEX_ORDER = 29
"""Order of the finest HEALPix pixels, in whose order partitions lie."""
_SKY_ARCSEC2 = 4.0 * math.pi * math.degrees(1.0) ** 2 * 3600.0**2
_INDEX_COLUMN = "_healpix_29"


class Plan(BaseModel):
    """What a recipe would do. Counts are null where nothing can be told, as with problems."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "example": {
                "n_redshifts": 20173,
                "n_redshifts_in_footprint": 4120,
                "n_partitions": 17,
                "n_row_groups": 158,
                "bytes_to_read": 81264640,
                "expected_rows": 4120,
                "memory_bytes": 683181000,
                "seconds": 1.3,
                "problems": [],
                "recipe": {"catalog": "mock.object", "redshifts": "upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a"},
                "notes": ["expected_rows is an upper bound: every redshift in the footprint is counted as matched."],
            }
        },
    )

    n_redshifts: int | None = Field(description="Rows of the redshift source.")
    n_redshifts_in_footprint: int | None = Field(description="Redshifts in HEALPix pixels that hold objects.")
    n_partitions: int | None = Field(description="Partitions of the object catalog that hold redshifts.")
    n_row_groups: int | None = Field(
        description="Row groups that are read, estimated from the mean size of the catalog's: no footer is opened."
    )
    bytes_to_read: int | None = Field(description="Bytes of object columns, as compressed in their files.")
    expected_rows: int | None = Field(
        description="Rows of the result: at most one for each redshift in the footprint, with `match=all` an estimate."
    )
    memory_bytes: int | None = Field(
        description="Peak memory of the process that computes, libraries included. It hardly depends on the catalog."
    )
    seconds: float | None = Field(
        description=(
            "Time that the job runs, without its turn in the queue: by the last jobs of this service where there "
            "were any, else as on two cores that have nothing else to do."
        )
    )
    problems: tuple[Problem, ...] = Field(description="All that is wrong with the recipe: what making a job would say.")
    recipe: CrossmatchRecipe | None = Field(description="With every default resolved; null with problems.")
    notes: tuple[str, ...] = Field(description="What the numbers leave out, in sentences.")


def refused_plan(problems: Iterable[Problem], table: TableProfile | None) -> Plan:
    """The plan of a recipe that cannot run."""
    return Plan(
        n_redshifts=table.n_rows if table is not None else None,
        n_redshifts_in_footprint=None,
        n_partitions=None,
        n_row_groups=None,
        bytes_to_read=None,
        expected_rows=None,
        memory_bytes=None,
        seconds=None,
        problems=tuple(problems),
        recipe=None,
        notes=(),
    )


def plan_match(recipe: CrossmatchRecipe, card: CatalogCard, table: TableProfile | None) -> Plan:
    """Estimate what a checked recipe would read and give.

    Parameters
    ----------
    recipe
        With every default resolved.
    table
        Profile of the redshift source; None where it is read only when the recipe runs.
    """
    sky = _Redshifts.on_sky(recipe, table)
    inside = sky.within(card) if sky is not None else None
    touched = inside.partitions(card.partitions) if inside is not None and card.partitions is not None else None
    bytes_to_read = _bytes_to_read(recipe, card, touched) if touched is not None else None
    expected_rows = _expected_rows(recipe, card, sky, inside) if sky is not None and inside is not None else None
    work = _work(table, touched, bytes_to_read, expected_rows)
    return Plan(
        n_redshifts=table.n_rows if table is not None else None,
        n_redshifts_in_footprint=round(inside.n_rows) if inside is not None else None,
        n_partitions=touched.n_partitions if touched is not None else None,
        n_row_groups=touched.n_row_groups if touched is not None else None,
        bytes_to_read=bytes_to_read,
        expected_rows=expected_rows,
        memory_bytes=work.memory_bytes if work is not None else None,
        seconds=round(work.seconds, 2) if work is not None else None,
        problems=(),
        recipe=recipe,
        notes=tuple(_notes(recipe, card, table, sky)),
    )


@dataclass(frozen=True, slots=True)
class _Redshifts:
    """How many redshifts lie in which pixels."""

    order: int
    pixels: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def on_sky(cls, recipe: CrossmatchRecipe, table: TableProfile | None) -> "_Redshifts | None":
        """None where it is not known which rows lie where."""
        if table is None or table.coverage_order is None or len(table.coverage_counts) != len(table.coverage_pixels):
            return None
        # A catalog is resolved with the coordinates that its registry entry names, which the profile was made with.
        given = {role: name for role, name in recipe.roles.items() if role in ("ra", "dec")}
        if any(table.roles.get(role) != name for role, name in given.items()):
            return None
        return cls(table.coverage_order, table.coverage_pixels, table.coverage_counts)

    @property
    def n_rows(self) -> int:
        return sum(self.counts)

    def within(self, card: CatalogCard) -> "_Redshifts":
        """Those in pixels that hold objects."""
        kept = [
            (pixel, count)
            for pixel, count in zip(self.pixels, self.counts, strict=True)
            if _overlaps(pixel, self.order, card.coverage_pixels, card.coverage_order)
        ]
        return _Redshifts(self.order, tuple(pixel for pixel, _ in kept), tuple(count for _, count in kept))

    def partitions(self, listed: PartitionList) -> "_Touched":
        """The partitions in which they lie."""
        starts = [_first(pixel, order) for pixel, order in zip(listed.pixels, listed.orders, strict=True)]
        counts: dict[int, float] = {}
        n_partly = 0
        for pixel, count in zip(self.pixels, self.counts, strict=True):
            found = range(*_overlapping(pixel, self.order, starts, listed.orders))
            # Of many partitions in one pixel of redshifts, only so many can hold any as there are redshifts.
            n_partly += len(found) - min(len(found), count)
            for partition in found:
                counts[partition] = counts.get(partition, 0.0) + count / len(found)
        return _Touched(listed, counts, max(1, len(counts) - n_partly) if counts else 0)


@dataclass(frozen=True, slots=True)
class _Touched:
    """Partitions that hold redshifts."""

    listed: PartitionList
    counts: dict[int, float]
    """Redshifts by number of the partition; fractions where only their sum over several partitions is known."""
    n_partitions: int

    def bytes_of(self, everywhere: Sequence[str], at_redshifts: Sequence[str]) -> int:
        """Bytes of columns that are read whole, and of others that are read in row groups with redshifts only."""
        whole = sum(self.listed.bytes_per_row.get(name, 0.0) for name in everywhere)
        picked = sum(self.listed.bytes_per_row.get(name, 0.0) for name in at_redshifts)
        total = 0.0
        for partition, count in self.counts.items():
            total += self.listed.rows[partition] * (whole * min(count, 1.0) + picked * self._share(partition))
        return round(total)

    @property
    def n_row_groups(self) -> int:
        """Row groups with redshifts, at least one in each partition."""
        total = sum(self._groups(partition) * self._share(partition) for partition in self.counts)
        return max(self.n_partitions, round(total))

    def _groups(self, partition: int) -> int:
        return math.ceil(self.listed.rows[partition] / self.listed.row_group_rows)

    def _share(self, partition: int) -> float:
        """Of a partition's row groups, those with redshifts."""
        count, groups = self.counts[partition], self._groups(partition)
        # Redshifts fall into row groups as balls into boxes; a share of a redshift is its chance to be here.
        return 1.0 - (1.0 - 1.0 / groups) ** count if groups > 1 else min(count, 1.0)


def _first(pixel: int, order: int) -> int:
    """The first of the finest pixels in a pixel."""
    return pixel << 2 * (_INDEX_ORDER - order)


def _overlaps(pixel: int, order: int, others: Sequence[int], other_order: int) -> bool:
    """Whether a pixel overlaps one of the others, which are sorted."""
    first = pixel >> 2 * (order - other_order) if order >= other_order else pixel << 2 * (other_order - order)
    last = first if order >= other_order else (pixel + 1 << 2 * (other_order - order)) - 1
    place = bisect_left(others, first)
    return place < len(others) and others[place] <= last


def _overlapping(pixel: int, order: int, starts: Sequence[int], orders: Sequence[int]) -> tuple[int, int]:
    """First and one after the last of the partitions that overlap a pixel; partitions do not overlap each other."""
    first, after = _first(pixel, order), _first(pixel + 1, order)
    low = bisect_right(starts, first) - 1
    if low < 0 or starts[low] + _first(1, orders[low]) <= first:
        low += 1
    return low, max(low, bisect_left(starts, after))


def _bytes_to_read(recipe: CrossmatchRecipe, card: CatalogCard, touched: _Touched) -> int:
    entry = card.entry
    positions = (_INDEX_COLUMN, entry.ra_column, entry.dec_column)
    read = dict.fromkeys((*recipe.columns, *_condition_columns(recipe, card), *_reference_columns(recipe, card)))
    return touched.bytes_of(positions, [name for name in read if name not in positions])


def _work(
    table: TableProfile | None, touched: _Touched | None, bytes_to_read: int | None, expected_rows: int | None
) -> MatchWork | None:
    if table is None or touched is None or bytes_to_read is None or expected_rows is None:
        return None
    return MatchWork(touched.n_partitions, bytes_to_read, max(table.n_rows, expected_rows))


def _condition_columns(recipe: CrossmatchRecipe, card: CatalogCard) -> Iterator[str]:
    """Columns that a constraint on objects needs, in files: of derived ones those that they are computed from."""
    if recipe.where is None:
        return
    corrections = Corrections.of(recipe, card.entry)
    derived = condition_columns(card, recipe.flux, corrections)
    for name in parse_condition(recipe.where, object_condition_columns(card, recipe.flux, corrections)).columns:
        yield from derived[name].sources if name in derived else (name,)


def _reference_columns(recipe: CrossmatchRecipe, card: CatalogCard) -> Iterator[str]:
    """The flux that tells which of several objects is the brightest."""
    if card.entry.reference_band is not None:
        yield card.entry.flux_columns(recipe.flux[0], card.entry.reference_band)[0]


def _expected_rows(recipe: CrossmatchRecipe, card: CatalogCard, sky: _Redshifts, inside: _Redshifts) -> int:
    """Most rows to expect: every redshift in the footprint finds its object, and with MATCH=all chance neighbors."""
    per_redshift = 1.0
    if recipe.match is Match.ALL:
        per_redshift = min(float(recipe.neighbors), 1.0 + _objects_within_radius(recipe, card))
    rows = round(inside.n_rows * per_redshift)
    if recipe.how is How.LEFT:
        rows += sky.n_rows - inside.n_rows
    return rows if recipe.maxrec is None else min(rows, recipe.maxrec)


def _objects_within_radius(recipe: CrossmatchRecipe, card: CatalogCard) -> float:
    """Mean number of unrelated objects in a circle of the match radius."""
    area = len(card.coverage_pixels) * _SKY_ARCSEC2 / (12 * 4**card.coverage_order)
    radius = recipe.radius_arcsec or 0.0
    return card.n_rows / area * math.pi * radius**2 if area else 0.0


def _notes(
    recipe: CrossmatchRecipe, card: CatalogCard, table: TableProfile | None, sky: _Redshifts | None
) -> Iterator[str]:
    if table is None:
        yield f"{recipe.source} is read only when the job runs, so nothing can be told of its redshifts before."
        return
    if sky is None:
        yield "Where the redshifts lie is not known by these columns, so only their number is told."
        return
    if recipe.match is Match.ALL:
        yield (
            "expected_rows is an estimate: every redshift in the footprint with one object, and with as many others "
            "as the mean density of the catalog gives."
        )
    else:
        yield "expected_rows is an upper bound: every redshift in the footprint is counted as matched."
    if card.partitions is None:
        yield f"The partitions of {card.entry.id} are not known yet: ask again when a worker has looked."
    else:
        yield (
            "bytes_to_read counts compressed columns of partitions with redshifts by the sizes of a few partitions; "
            "margins and the redshifts themselves come on top. n_row_groups takes all row groups for equally large."
        )
        if card.partitions.rows_are_even:
            yield f"{card.entry.id} does not tell the rows of its partitions: each was taken to have the same number."
    if sky.order < max(card.partitions.orders if card.partitions is not None else (0,), default=0):
        yield (
            f"The redshifts are known by pixels of order {sky.order}, larger than some partitions: n_partitions and "
            "n_redshifts_in_footprint are upper bounds."
        )
    left_out = {
        "where": recipe.where is not None,
        "redshifts_where": recipe.redshifts_where is not None,
        "unique": recipe.unique is not Unique.NONE,
    }
    if named := [name for name, counts in left_out.items() if counts]:
        yield f"Rows that {' and '.join(named)} would take away are counted."
    if table.n_rows > sky.n_rows:
        yield f"{table.n_rows - sky.n_rows} redshifts without valid coordinates are not counted beyond n_redshifts."
