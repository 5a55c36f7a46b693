"""What the child that reads tables may use at most, shown with its own program and tables that ask for more."""

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.fuzz.reader import Reader
from worker.messages import Done, Exhausted

pytestmark = pytest.mark.xdist_group("fuzz")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


def test_a_small_file_that_grows_in_memory_is_stopped_and_the_next_is_read(reader: Reader, tmp_path: Path) -> None:
    # A text of a megabyte that three million rows refer to: 53 kB of Parquet, three terabytes of text.
    texts = pa.DictionaryArray.from_arrays(np.zeros(3_000_000, np.int32), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"survey": texts}), tmp_path / "bomb", row_group_size=3_000_000)
    (tmp_path / "good").write_text("ra,dec,z\n53.1,-28.1,0.5\n")

    assert (tmp_path / "bomb").stat().st_size < 100_000
    assert reader.read(tmp_path / "bomb") == Exhausted()
    assert isinstance(reader.read(tmp_path / "good"), Done)


def test_a_child_that_is_ended_while_it_unpacks_leaves_nothing_where_nobody_cleans_up(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "mine").write_bytes(gzip.compress(b"ra,dec\n" + bytes(400_000_000), 1))
    before = set(Path(tempfile.gettempdir()).glob("unpacked-*"))

    with Reader(seconds=10) as warm:
        (tmp_path / "good").write_text("ra,dec,z\n53.1,-28.1,0.5\n")
        warm.read(tmp_path / "good")
        warm.seconds = 0.1
        assert warm.read(tmp_path / "mine", folder=tmp_path / "folder") == "hangs"

    assert set(Path(tempfile.gettempdir()).glob("unpacked-*")) == before
    assert list((tmp_path / "folder").glob("unpacked-*/table"))
