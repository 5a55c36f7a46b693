"""What planning and laying out a match costs with a tree like that of LSST's DP2, which has no data.

python -m benchmarks.dp2_tree                                              # 110 000 partitions, a minute or two
python -m benchmarks.dp2_tree --partitions 20000 --redshifts 200000

Three processes, one after the other, so that the peak of each is its own: the plan from card and profile, as in the web
process; our graphs in batches; and stock LSDB's one graph. Nothing is computed.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.contest import machine
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.inspection import coverage
from trainingset.match_cost import BATCH_BYTES
from trainingset.partitions import PartitionList
from trainingset.plan import plan_match
from trainingset.profile import TableProfile
from trainingset.recipe import CrossmatchRecipe
from trainingset.registry import CARD_VERSION, CatalogCard, CatalogEntry

ORDER = 7
"""Of the partitions: 0.21 square degrees; the sky has 196 608."""
RADIUS_ARCSEC = 1.0
MARGIN_ARCSEC = 5.0
COLUMNS = ("objectId", "coord_ra", "coord_dec")
MAKERS = ("plan", "ours", "lsdb")
CARD, PROFILE = "card.json", "profile.json"
Sites = tuple[np.ndarray, np.ndarray]
"""Right ascensions and declinations."""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--partitions", type=int, default=110_000)
    options.add_argument("--redshifts", type=int, default=1_000_000)
    given = options.parse_args()
    print(f"{given.partitions:,} partitions, {given.redshifts:,} redshifts all over the sky")
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        _write_tree(Path(folder), given.partitions)
        (Path(folder) / CARD).write_text(_card(Path(folder), given.partitions).model_dump_json())
        (Path(folder) / PROFILE).write_text(_profile(given.redshifts).model_dump_json())
        measured = {what: _alone(what, Path(folder), given.redshifts) for what in MAKERS}
    print(f"{'':<8}{'CPU s':>8}{'peak MB':>10}{'of imports':>12}")
    for what, (cpu, peak, before, note) in measured.items():
        print(f"{what:<8}{cpu:>8.2f}{peak:>10.0f}{before:>12.0f}  {note}")
    plan, ours, stock = (measured[what] for what in MAKERS)
    print(f"plan: {plan[0]:.1f} s CPU, {plan[1]:.0f} MB")
    print(f"ratio of CPU, stock LSDB to our graphs: {stock[0] / ours[0]:.1f}")
    print(
        f"ratio of memory beyond imports, stock LSDB to our graphs: {(stock[1] - stock[2]) / (ours[1] - ours[2]):.1f}"
    )


def _alone(what: str, folder: Path, n_redshifts: int) -> tuple[float, float, float, str]:
    """CPU seconds, peak and starting memory in MB, and a note, measured in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    # As in the service.
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    process = context.Process(target=_measure, args=(there, what, folder, n_redshifts))
    process.start()
    there.close()
    result: tuple[float, float, float, str] = here.recv()
    process.join()
    return result


def _measure(connection: object, what: str, folder: Path, n_redshifts: int) -> None:
    # The plan gets no redshifts: the peak is to be its own.
    run = {"plan": _plan, "ours": _ours, "lsdb": _lsdb}[what](folder, _sites(0 if what == "plan" else n_redshifts))
    before, start = _peak_mb(), time.process_time()
    note = run()
    connection.send((time.process_time() - start, _peak_mb(), before, note))  # type: ignore[attr-defined]


def _peak_mb() -> float:
    # Not ru_maxrss, which a process takes over from the one that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _sites(n_redshifts: int) -> Sites:
    random = np.random.default_rng(1)
    return random.uniform(0, 360, n_redshifts), np.degrees(np.arcsin(random.uniform(-1, 1, n_redshifts)))


def _pixels(n_partitions: int) -> list[int]:
    """All over the sky."""
    return [int(pixel) for pixel in np.linspace(0, 12 * 4**ORDER - 1, n_partitions).astype(int)]


def _entry(folder: Path) -> CatalogEntry:
    return CatalogEntry(
        id="sky",
        title="Sky",
        release="simulated",
        path=str(folder),
        ra_column="coord_ra",
        dec_column="coord_dec",
        object_id_column="objectId",
    )


def _plan(folder: Path, _redshifts: Sites) -> Callable[[], str]:
    recipe = CrossmatchRecipe(catalog="sky", redshifts="mine", radius_arcsec=RADIUS_ARCSEC, columns=COLUMNS)

    def run() -> str:
        card = CatalogCard.model_validate_json((folder / CARD).read_bytes())
        profile = TableProfile.model_validate_json((folder / PROFILE).read_bytes())
        plan = plan_match(recipe, card, profile)
        return f"card read and {plan.n_partitions:,} partitions planned"

    return run


def _card(folder: Path, n_partitions: int) -> CatalogCard:
    pixels = tuple(_pixels(n_partitions))
    return CatalogCard(
        version=CARD_VERSION,
        entry=_entry(folder),
        columns=tuple(ColumnDescription(name=name, datatype=ColumnType.FLOAT64) for name in COLUMNS),
        n_rows=7_000 * n_partitions,
        n_partitions=n_partitions,
        margin_arcsec=MARGIN_ARCSEC,
        coverage_order=5,
        coverage_pixels=tuple(sorted({pixel >> 4 for pixel in pixels})),
        fingerprint="0" * 64,
        partitions=PartitionList(
            orders=(ORDER,) * n_partitions,
            pixels=pixels,
            rows=(7_000,) * n_partitions,
            row_group_rows=7_000,
            bytes_per_row={"_healpix_29": 5.0, **dict.fromkeys(COLUMNS, 8.0)},
        ),
    )


def _profile(n_redshifts: int) -> TableProfile:
    from trainingset.positions import read_positions

    table = pa.table(dict(zip(("ra", "dec"), _sites(n_redshifts), strict=True)))
    order, pixels, counts = coverage(read_positions(table, {"ra": "ra", "dec": "dec"}))
    return TableProfile(
        name="mine",
        table_format="parquet",
        n_rows=n_redshifts,
        columns=(),
        roles={"ra": "ra", "dec": "dec", "z": "z"},
        coverage_order=order,
        coverage_pixels=pixels,
        coverage_counts=counts,
    )


def _ours(folder: Path, redshifts: Sites) -> Callable[[], str]:
    from trainingset.catalogs import open_objects
    from trainingset.crossmatch.algorithm import ObjectCrossmatch
    from trainingset.crossmatch.match import lay_out
    from trainingset.crossmatch.matching import Matching
    from trainingset.crossmatch.object_files import ObjectFiles
    from trainingset.crossmatch.site_catalog import cut_sites
    from trainingset.crossmatch.sky_positions import SkyPositions

    matching = Matching(
        radius_arcsec=RADIUS_ARCSEC,
        n_neighbors=1,
        object_id="objectId",
        object_id_type=ColumnType.INT64,
        columns=COLUMNS,
    )

    def run() -> str:
        start = time.process_time()
        objects = open_objects(_entry(folder), fingerprint="benchmark", radius_arcsec=RADIUS_ARCSEC)
        opened = time.process_time() - start
        files = ObjectFiles(str(folder))
        algorithm = ObjectCrossmatch(
            matching, partitions=objects.partitions, margins=objects.margins, object_files=files
        )
        blocks = cut_sites(SkyPositions(*redshifts), objects.areas).gathered()
        batches = blocks.batches(BATCH_BYTES, n_neighbors=1)
        n_tasks = [_n_tasks(lay_out(batch, objects, algorithm)) for batch in batches]
        return f"{len(n_tasks)} graphs of at most {max(n_tasks):,} tasks; {opened:.1f} s of it open the catalog"

    return run


def _lsdb(folder: Path, redshifts: Sites) -> Callable[[], str]:
    import lsdb

    frame = pd.DataFrame(dict(zip(("ra", "dec"), redshifts, strict=True)))

    def run() -> str:
        right = lsdb.open_catalog(str(folder), columns=list(COLUMNS))
        left = lsdb.from_dataframe(frame, ra_column="ra", dec_column="dec", margin_threshold=None)
        matched = left.crossmatch(
            right, radius_arcsec=RADIUS_ARCSEC, suffixes=("_l", "_r"), suffix_method="overlapping_columns"
        )
        return f"one graph of {_n_tasks(matched):,} tasks"

    return run


def _n_tasks(catalog: object) -> int:
    """Tasks that would be computed; building them is what takes time."""
    return len(catalog._operation.build().graph)  # type: ignore[attr-defined]


def _write_tree(path: Path, n_partitions: int) -> None:
    """The metadata of a collection without files of data."""
    from hats.catalog import CatalogType, CollectionProperties, PartitionInfo, TableProperties
    from hats.pixel_math import HealpixPixel

    pixels = [HealpixPixel(ORDER, pixel) for pixel in _pixels(n_partitions)]
    schema = pa.schema([("_healpix_29", pa.int64()), ("objectId", pa.int64())])
    schema = pa.schema([*schema, ("coord_ra", pa.float64()), ("coord_dec", pa.float64())])
    margin = {"margin_threshold": MARGIN_ARCSEC, "primary_catalog": "object"}
    for name, kind, more in (("object", CatalogType.OBJECT, {}), ("margin", CatalogType.MARGIN, margin)):
        (path / name / "dataset").mkdir(parents=True)
        PartitionInfo(pixels).write_to_file(catalog_path=path / name)
        pq.write_metadata(schema, path / name / "dataset" / "_common_metadata")
        TableProperties(
            catalog_name=name,
            catalog_type=kind,
            total_rows=7_000 * n_partitions,
            ra_column="coord_ra",
            dec_column="coord_dec",
            healpix_column="_healpix_29",
            healpix_order=29,
            **more,
        ).to_properties_file(path / name)
    CollectionProperties(
        name="sky", hats_primary_table_url="object", all_margins="margin", default_margin="margin"
    ).to_properties_file(path)


if __name__ == "__main__":
    main()
