"""A random sample of an object catalog: deterministic, even, with few reads of however many partitions."""

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hats.pixel_math import HealpixPixel

from trainingset.card import read_card
from trainingset.partition_files import OpenPartition, PartitionFiles, _LocalParquet
from trainingset.registry import CatalogEntry
from trainingset.selection import ObjectConstraint
from trainingset.target_sample import MOST_PLACES, draw_rows, sample_objects


@pytest.mark.parametrize("catalog", ["fine", "coarse"])
def test_a_sample_has_about_so_many_distinct_objects_of_the_catalog(
    catalog: str, request: pytest.FixtureRequest, objects: pa.Table
) -> None:
    card = read_card(request.getfixturevalue(catalog))
    sample = sample_objects(card, ["objectId", "i_psfFlux"], n_rows=500)
    ids = sample.objects["objectId"].to_pylist()
    assert len(set(ids)) == len(ids) == sample.n_drawn
    assert 350 < len(ids) < 700
    fluxes = dict(zip(objects["objectId"].to_pylist(), objects["i_psfFlux"].to_pylist(), strict=True))
    np.testing.assert_array_equal(sample.objects["i_psfFlux"].to_numpy(), [fluxes[number] for number in ids])


def test_the_same_seed_draws_the_same_and_another_other_objects(fine: CatalogEntry) -> None:
    card = read_card(fine)
    drawn = [sample_objects(card, ["objectId"], n_rows=300, seed=seed).objects for seed in (1, 1, 2)]
    assert drawn[0].equals(drawn[1])
    assert not drawn[0].equals(drawn[2])


def test_more_rows_than_there_are_give_every_row_once(coarse: CatalogEntry, objects: pa.Table) -> None:
    ids = sample_objects(read_card(coarse), ["objectId"], n_rows=10**9).objects["objectId"].to_pylist()
    assert len(ids) == len(set(ids))
    assert set(ids) <= set(objects["objectId"].to_pylist())


def test_a_constraint_leaves_out_and_its_columns_are_not_in_the_sample(fine: CatalogEntry) -> None:
    card = read_card(fine)
    where = ObjectConstraint.read("i_psfSNR > 20", card, ("psf",))
    every = sample_objects(card, ["objectId", "i_psfFlux", "i_psfFluxErr"], n_rows=500)
    sample = sample_objects(card, ["objectId"], n_rows=500, where=where)
    bright = pc.greater(pc.divide(every.objects["i_psfFlux"], every.objects["i_psfFluxErr"]), 20.0)
    assert sample.objects["objectId"].to_pylist() == every.objects.filter(bright)["objectId"].to_pylist()
    assert sample.n_drawn == every.n_drawn > sample.objects.num_rows > 0
    assert sample.objects.column_names == ["objectId"]


class OneFile(PartitionFiles):
    """Stands for a survey's tree: each of its partitions is this one small file."""

    __slots__ = ()

    @contextmanager
    def open(self, partition: HealpixPixel) -> Any:
        with _LocalParquet(self.folder) as file:
            yield OpenPartition([file], str(partition))


def test_a_hundred_thousand_partitions_cost_few_reads_all_over_the_sky(tmp_path: Path) -> None:
    path = tmp_path / "partition.parquet"
    pq.write_table(pa.table({"row": np.arange(4000)}), path, row_group_size=500)
    pixels = [HealpixPixel(7, number) for number in range(110_000)]
    table, n_partitions = draw_rows(
        OneFile(str(path), ".parquet"), pixels, ["row"], n_rows=3200, catalog_rows=4000 * len(pixels), seed=5
    )
    assert n_partitions == MOST_PLACES
    assert table.num_rows == 3200
    # Every part of a partition is as likely: the mean of so many places is near the middle.
    assert abs(np.mean(table["row"].to_numpy()) - 2000) < 800


def test_every_row_is_as_likely_as_every_other_though_partitions_differ(tmp_path: Path) -> None:
    sizes = {HealpixPixel(1, 0): 100, HealpixPixel(1, 1): 300, HealpixPixel(1, 2): 600}
    base = 0
    for pixel, size in sizes.items():
        path = tmp_path / "dataset" / "Norder=1" / "Dir=0" / f"Npix={pixel.pixel}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"row": np.arange(base, base + size)}), path, row_group_size=50)
        base += size
    counts = np.zeros(1000)
    for seed in range(200):
        files = PartitionFiles(str(tmp_path), ".parquet")
        table, _ = draw_rows(files, list(sizes), ["row"], n_rows=100, catalog_rows=1000, seed=seed)
        counts[table["row"].to_numpy()] += 1
    shares = [part.sum() / counts.sum() for part in np.split(counts, [100, 400])]
    np.testing.assert_allclose(shares, [0.1, 0.3, 0.6], atol=0.02)
    # 20 times each is expected; the spread is that of counting, a little more for rows that lie together.
    assert 0.5 < counts.var() / counts.mean() < 2
