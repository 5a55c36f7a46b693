"""Writers stream: more rows need no more memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.trainingset.formats.tables import a_layout
from trainingset.formats import ParquetSink, hats, write_table
from trainingset.layout import BandLayout, layout_metadata
from trainingset.wire import ResponseFormat

FEW, MANY = 200_000, 800_000
_INDEX_BYTES = {ResponseFormat.HATS: 32}
"""Bytes a row of what must be in memory to sort it: a HATS row's place on the sky and in the spill file."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("memory")
    return {n_rows: _write(folder / f"{n_rows}.parquet", n_rows) for n_rows in (FEW, MANY)}


def _write(path: Path, n_rows: int) -> Path:
    piece = pa.record_batch(
        {
            "objectId": np.arange(50_000) + 2**60,
            "redshift": np.linspace(0, 1, 50_000),
            "ra": np.linspace(0, 360, 50_000),
            "dec": np.linspace(-90, 90, 50_000),
            "survey": pa.array(["DESI", None] * 25_000),
        }
    )
    band = BandLayout(magnitude="redshift", magnitude_error="redshift", state="survey")
    layout = a_layout(ra="ra", dec="dec", bands={"g": band})
    with ParquetSink(path, piece.schema, metadata=layout_metadata(layout)) as sink:
        for _ in range(n_rows // 50_000):
            sink.write(piece)
    return path


def peak_bytes(source: Path, target: Path, fmt: ResponseFormat) -> int:
    """Most memory that Arrow and Python held while the file was written."""
    usual, watched = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(watched)
    tracemalloc.start()
    try:
        write_table(source, target, fmt)
        return int(watched.max_memory()) + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)


@pytest.mark.parametrize("fmt", ResponseFormat)
def test_four_times_the_rows_need_no_more_memory(
    fmt: ResponseFormat, sources: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One partition is held at a time; as large as they are, each of these tables would be a single one.
    monkeypatch.setattr(hats, "_PARTITION_BYTES", 2**22)
    few = peak_bytes(sources[FEW], tmp_path / "few", fmt)
    many = peak_bytes(sources[MANY], tmp_path / "many", fmt)

    assert many < 1.2 * few + _INDEX_BYTES.get(fmt, 0) * (MANY - FEW)
