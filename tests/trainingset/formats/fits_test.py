"""FITS tables verify, and astropy reads back what was written."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import HealthCheck, given, settings

from tests.trainingset.formats.tables import Values, canonical, field, nan_for_null, same, tables
from trainingset.formats import Info, write_table
from trainingset.wire import ResponseFormat

ESCAPED = "unicode_escape"


def write(folder: Path, table: pa.Table, *, infos: tuple[Info, ...] = (), overflow: bool = False) -> Path:
    target = folder / "result.fits"
    write_table(canonical(folder, table), target, ResponseFormat.FITS, infos=infos, overflow=overflow)
    return target


def read_with_astropy(path: Path, names: list[str]) -> Values:
    """Columns in order, by the names they had."""
    with fits.open(path, logical_as_bytes=True) as file:
        file.verify("exception")
        header, data = file[1].header, file[1].data
        return {name: _values(header, data, number) for number, name in enumerate(names, start=1)}


def _values(header: fits.Header, data: fits.FITS_rec, number: int) -> list[object]:
    cells = data.field(number - 1)
    match header[f"TFORM{number}"][-1]:
        case "L":
            return [{b"T": True, b"F": False, b"": None}[cell] for cell in cells.tolist()]
        case "A":
            is_escaped = ESCAPED in header.get(f"TCOMM{number}", "")
            return [_unescaped(str(cell)) if is_escaped else str(cell) for cell in cells]
        case "E" | "D":
            return [float(cell) for cell in cells]
        case _:
            return [None if cell == header.get(f"TNULL{number}") else int(cell) for cell in cells]


def _unescaped(text: str) -> str:
    return text.encode("ascii").decode(ESCAPED)


def expected(table: pa.Table) -> Values:
    values: Values = {}
    for name in table.column_names:
        column = table[name].to_pylist()
        if pa.types.is_floating(table[name].type):
            column = [nan_for_null(value) for value in column]
        if pa.types.is_string(table[name].type):
            # Trailing spaces mean nothing in FITS.
            column = ["" if value is None else value.rstrip(" ") for value in column]
        values[name] = column
    return values


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_every_table_verifies_and_reads_back_exactly(table: pa.Table, tmp_path: Path) -> None:
    path = write(tmp_path, table)

    assert path.stat().st_size % 2880 == 0
    assert same(read_with_astropy(path, table.column_names), expected(table))


def test_unit_ucd_and_description_are_in_the_header(tmp_path: Path) -> None:
    description = "Right ascension of the object, measured on the deep coadd and tied to Gaia; " * 3
    schema = pa.schema([field("ra", pa.float64(), unit="deg", ucd="pos.eq.ra;meta.main", description=description)])

    header = fits.getheader(write(tmp_path, pa.table({"ra": [1.0]}, schema=schema)), 1)

    assert (header["TTYPE1"], header["TUNIT1"], header["TUCD1"]) == ("ra", "deg", "pos.eq.ra;meta.main")
    assert header["TCOMM1"] == description.strip()


def test_infos_are_in_the_history_with_the_status_first(tmp_path: Path) -> None:
    infos = (Info(name="citation", value="Núñez 2026", ucd="meta.bib"),)

    header = fits.getheader(write(tmp_path, pa.table({"n": [1]}), infos=infos, overflow=True), 1)

    assert list(header["HISTORY"]) == ["QUERY_STATUS: OVERFLOW", "citation: N\\xfa\\xf1ez 2026"]


@pytest.mark.parametrize("datatype", [pa.int16(), pa.int32(), pa.int64()])
def test_the_integer_that_stands_for_null_is_no_value_of_the_column(datatype: pa.DataType, tmp_path: Path) -> None:
    limits = np.iinfo(datatype.to_pandas_dtype())
    extremes = [limits.min, limits.min + 1, None, limits.max, 0]

    path = write(tmp_path, pa.table({"n": pa.array(extremes, datatype)}))

    assert read_with_astropy(path, ["n"]) == {"n": extremes}


def test_a_column_without_a_free_integer_is_widened(tmp_path: Path) -> None:
    values = [None, *range(-(2**15), 2**15)]

    path = write(tmp_path, pa.table({"n": pa.array(values, pa.int16())}))

    assert fits.getheader(path, 1)["TFORM1"] == "J"
    assert read_with_astropy(path, ["n"]) == {"n": values}


def test_astropy_masks_null_ids_and_keeps_the_others_exact(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"objectId": pa.array([611253698252788431, None])}))

    column = Table.read(path)["objectId"]

    assert column[0] == 611253698252788431
    assert column.mask.tolist() == [False, True]


def test_names_that_differ_in_case_alone_stay_apart(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"ra": [1], "RA": [2], "z-spec": [3]}))

    with fits.open(path) as file:
        assert file[1].columns.names == ["ra", "RA_2", "z_spec"]
        assert "z-spec" in file[1].header["TCOMM3"]


def test_more_columns_than_fits_has_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    source = canonical(tmp_path, pa.table({f"c{number}": [1] for number in range(1000)}))

    with pytest.raises(ValueError, match="at most 999 columns; this one has 1000"):
        write_table(source, tmp_path / "result.fits", ResponseFormat.FITS)

    assert [path.name for path in tmp_path.iterdir()] == ["canonical.parquet"]


def test_a_table_of_many_batches_and_row_groups_is_one_table(tmp_path: Path) -> None:
    table = pa.table({"id": np.arange(150_000) + 2**60, "survey": pa.array(["DESI", None, "VVDS"] * 50_000)})

    path = write(tmp_path, table)

    with fits.open(path) as file:
        assert (file[1].data["id"] == table["id"].to_numpy()).all()
        assert file[1].data["survey"].tolist() == ["DESI", "", "VVDS"] * 50_000
