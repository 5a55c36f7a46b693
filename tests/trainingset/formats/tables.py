"""Tables to write: small ones by hand, arbitrary ones by hypothesis."""

import math
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st

from trainingset.formats import Info, ParquetSink

Values = dict[str, list[object]]
"""Column by name, as plain Python values with None for null."""

NAMES = ("objectId", "ra", "RA", "z-spec", "mag <AB>", "Größe", "i_gaap1p0Flux", "a.b", "2nd", "x & y", 'say "z"')
TYPES: dict[pa.DataType, st.SearchStrategy[object]] = {
    pa.bool_(): st.booleans(),
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats(),
    pa.string(): st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
    | st.sampled_from(["DESI", "VVDS", "a\\b", " outer ", "x" * 300]),
}


def field(name: str, datatype: pa.DataType, **metadata: str) -> pa.Field:
    """An Arrow field with unit, ucd, description, xtype."""
    return pa.field(name, datatype, metadata=metadata or None)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Tables of all types, with nulls, NaN, infinities, odd names and any text; also without rows."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=7, unique=True))
    n_rows = draw(st.integers(0, 20))
    columns = {}
    for name in names:
        datatype = draw(st.sampled_from(list(TYPES)))
        values = draw(st.lists(st.none() | TYPES[datatype], min_size=n_rows, max_size=n_rows))
        columns[name] = pa.array(values, datatype)
    return pa.table(columns)


def canonical(folder: Path, table: pa.Table, infos: Sequence[Info] = ()) -> Path:
    """The table as the canonical Parquet file."""
    path = folder / "canonical.parquet"
    with ParquetSink(path, table.schema, infos) as sink:
        sink.write(table)
    return path


def comparable(value: object) -> object:
    """NaN equals nothing, not even itself: compare a word instead; and 0.0 is told from -0.0."""
    return repr(value) if isinstance(value, float) else value


def same(left: Values, right: Values) -> bool:
    """Whether all columns, in order, hold the same values."""
    return [(name, [comparable(v) for v in values]) for name, values in left.items()] == [
        (name, [comparable(v) for v in values]) for name, values in right.items()
    ]


def nan_for_null(value: object) -> object:
    """What becomes of a float in formats whose null is NaN."""
    return math.nan if value is None else value
