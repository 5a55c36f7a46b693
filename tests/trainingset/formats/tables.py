"""Tables to write: small ones by hand, arbitrary ones by hypothesis."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from trainingset.formats import Info, ParquetSink
from trainingset.layout import BandLayout, TableLayout, layout_metadata

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


BANDS = ("g", "r")
OBJECT_IDS = [611253698252788431, 2**53 + 1, 2**62 + 3, 1]


def a_layout(**changes: object) -> TableLayout:
    """The layout of `a_training_set`."""
    values: dict[str, Any] = {
        "catalog": "lsst_dp1",
        "release": "DP1",
        "ra": "RAJ2000",
        "dec": "DEJ2000",
        "redshift": "redshift",
        "object_id": "objectId",
        "reference_band": "r",
        "flux_kind": "gaap1p0",
        "flux_zero_point": 31.4,
        "bands": {
            band: BandLayout(
                magnitude=f"{band}_gaap1p0Mag",
                magnitude_error=f"{band}_gaap1p0MagErr",
                state=f"{band}_state",
                flux_error=f"{band}_gaap1p0FluxErr",
                reddening=reddening,
            )
            for band, reddening in zip(BANDS, (3.64, 2.7), strict=True)
        },
    }
    return TableLayout(**(values | changes))


def a_training_set() -> pa.Table:
    """Four rows: detected, observed but not detected, too faint to count as detected, not observed."""
    schema = pa.schema(
        [
            field("RAJ2000", pa.float64(), unit="deg", ucd="pos.eq.ra;meta.main", description="Right ascension"),
            field("DEJ2000", pa.float64(), unit="deg", ucd="pos.eq.dec;meta.main"),
            field("redshift", pa.float64(), ucd="src.redshift"),
            field("objectId", pa.int64(), ucd="meta.id;meta.main"),
            *(
                one
                for band in BANDS
                for one in (
                    field(f"{band}_gaap1p0FluxErr", pa.float32(), unit="nJy"),
                    field(f"{band}_gaap1p0Mag", pa.float64(), unit="mag"),
                    field(f"{band}_gaap1p0MagErr", pa.float64(), unit="mag"),
                    field(f"{band}_state", pa.string()),
                )
            ),
            field("survey", pa.string()),
        ]
    )
    rows: dict[str, list[object]] = {
        "RAJ2000": [53.1, 53.2, 0.0, 359.9],
        "DEJ2000": [-28.1, -28.2, 90.0, 0.0],
        "redshift": [0.5, 1.5, None, 0.1],
        "objectId": list(OBJECT_IDS),
        "survey": ["DESI", None, "Größe", "VVDS"],
    }
    for band in BANDS:
        rows |= {
            f"{band}_gaap1p0FluxErr": [10.0, 20.0, 40.0, None],
            f"{band}_gaap1p0Mag": [22.5, None, 28.5, None],
            f"{band}_gaap1p0MagErr": [0.05, None, 0.4, None],
            f"{band}_state": ["detected", "not_detected", "not_detected", "not_observed"],
        }
    return pa.table({name: rows[name] for name in schema.names}, schema=schema)


def saved(folder: Path, table: pa.Table, layout: TableLayout) -> Path:
    """The table as the canonical Parquet file of a training set."""
    path = folder / "training_set.parquet"
    with ParquetSink(path, table.schema, metadata=layout_metadata(layout)) as sink:
        sink.write(table)
    return path
