"""What a plan costs the web process with a catalog as large as LSST's: 110,000 partitions, 1,300 columns.

The card is invented; reading it happens once after each change, planning at each request.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.partitions import PartitionList
from trainingset.plan import plan_match
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import CARD_VERSION, CatalogCard, CatalogEntry

Answer = TypeVar("Answer")

N_PARTITIONS = 110_000
N_COLUMNS = 1_300
PARTITION_ORDER = 7
SURVEYS = {
    "a deep field": (10, 400, 50_000),
    "many fields": (10, 4_096, 300_000),
    "the whole sky": (4, 3_072, 20_000_000),
}
"""HEALPix order of the coverage, its pixels, and redshifts."""


def main() -> None:
    """Measure and print."""
    draw = random.Random(1)
    card = _card(draw)
    text = card.model_dump_json()
    table = Table(title=f"Plans with {N_PARTITIONS:,} partitions and {N_COLUMNS:,} columns")
    for heading in ("what", "ms", "result"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    seconds, card = _median(lambda: CatalogCard.model_validate_json(text))
    table.add_row("read the card", f"{1000 * seconds:.0f}", f"{len(text) / 1e6:.1f} MB")
    recipe = CrossmatchRecipe(
        catalog="sky", redshifts="mine", radius_arcsec=1.0, columns=tuple(column.name for column in card.columns[:25])
    )
    for name, (order, n_pixels, n_redshifts) in SURVEYS.items():
        profile = _profile(draw, order, n_pixels, n_redshifts)
        seconds, plan = _median(lambda profile=profile: plan_match(recipe, card, profile))
        table.add_row(f"plan {name}", f"{1000 * seconds:.0f}", f"{plan.n_partitions:,} partitions")
    Console().print(table)


def _median(call: Callable[[], Answer], repetitions: int = 5) -> tuple[float, Answer]:
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        answer = call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), answer


def _card(draw: random.Random) -> CatalogCard:
    names = [f"column_{number}" for number in range(N_COLUMNS)]
    entry = CatalogEntry(
        id="sky",
        title="Sky",
        release="r",
        path="sky",
        ra_column="column_0",
        dec_column="column_1",
        object_id_column="column_2",
    )
    pixels = sorted(draw.sample(range(12 * 4**PARTITION_ORDER), N_PARTITIONS))
    rows = tuple(draw.randint(100_000, 400_000) for _ in pixels)
    return CatalogCard(
        version=CARD_VERSION,
        entry=entry,
        columns=tuple(ColumnDescription(name=name, datatype=ColumnType.FLOAT32) for name in names),
        n_rows=sum(rows),
        n_partitions=N_PARTITIONS,
        margin_arcsec=5.0,
        coverage_order=PARTITION_ORDER - 1,
        coverage_pixels=tuple(sorted({pixel >> 2 for pixel in pixels})),
        fingerprint="0" * 64,
        partitions=PartitionList(
            orders=(PARTITION_ORDER,) * N_PARTITIONS,
            pixels=tuple(pixels),
            rows=rows,
            row_group_rows=16_384,
            bytes_per_row={"_healpix_29": 5.0, **dict.fromkeys(names, 3.5)},
        ),
    )


def _profile(draw: random.Random, order: int, n_pixels: int, n_redshifts: int) -> TableProfile:
    pixels = sorted(draw.sample(range(12 * 4**order), n_pixels))
    return TableProfile(
        name="mine",
        table_format="parquet",
        n_rows=n_redshifts,
        columns=(),
        roles={"ra": "ra", "dec": "dec", "z": "z"},
        coverage_order=order,
        coverage_pixels=tuple(pixels),
        coverage_counts=(n_redshifts // n_pixels,) * n_pixels,
    )


if __name__ == "__main__":
    main()
