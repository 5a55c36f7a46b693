"""The key of a row follows from what was measured, and from nothing else."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.specz.measurements import homogenized
from trainingset.redshift_keys import redshift_keys
from trainingset.specz.compilation_table import HOMOGENIZED
from trainingset.specz.row_keys import row_keys


def rows(**columns: object) -> pa.Table:
    """Homogenized rows, without keys unless these are given."""
    n = max(len(values) for values in columns.values() if isinstance(values, list))
    earlier = columns.pop("redshift_key", None)
    table = homogenized(keys=["?"] * n, **columns).select(HOMOGENIZED.names)
    return table if earlier is None else table.append_column("redshift_key", pa.array(earlier, pa.string()))


def keys(table: pa.Table) -> list[str | None]:
    return row_keys(table).to_pylist()


def test_a_key_is_the_survey_and_its_id() -> None:
    assert keys(rows(id=["TGS1", "7"], survey=["2DFGRS", "VVDS"])) == ["2DFGRS:TGS1", "VVDS:7"]


def test_without_an_id_it_is_the_rounded_position() -> None:
    table = rows(id=[None, "7"], survey=["CANDELS", None], ra=[53.123456789, 0], dec=[-27.5, 0])
    assert keys(table) == ["CANDELS:J53.12346-27.50000", ":7"]


def test_it_is_the_key_that_a_cross_match_gives_the_same_row() -> None:
    table = rows(id=["a#1", None, "b"], survey=["X:Y", "Z", "Z"], ra=[1.0, 2, 3], dec=[1.0, 2, 3])
    roles = {"id": "id", "survey": "survey"}
    ra, dec = table["ra"].to_numpy(), table["dec"].to_numpy()
    assert keys(table) == redshift_keys(table, roles, ra=ra, dec=dec).to_pylist()


@given(data=st.data())
def test_repetitions_are_numbered_by_what_was_measured_in_every_order(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 8))
    redshifts = data.draw(st.lists(st.floats(0, 6), min_size=n, max_size=n, unique=True))
    table = rows(id=data.draw(st.lists(st.sampled_from(["a", "b"]), min_size=n, max_size=n)), z=redshifts)
    order = data.draw(st.permutations(range(n)))

    found = dict(zip(redshifts, keys(table), strict=True))

    assert len(set(found.values())) == n
    assert keys(table.take(pa.array(order))) == [found[redshifts[row]] for row in order]


def test_numbers_depend_neither_on_the_input_nor_on_the_recipe() -> None:
    measured = {"id": ["a", "a"], "z": [0.7, 0.5]}
    plain = keys(rows(**measured))
    assert sorted(plain) == ["TEST:a", "TEST:a#2"]
    assert keys(rows(**measured, source=["upload:x", "upload:b"])) == plain
    assert keys(rows(**measured, source=["upload:b", "upload:x"], radius=[2.0, 1.0], quality=[1.0, 4.0])) == plain


class TestEarlierCompilations:
    def test_rows_keep_the_key_in_their_own_column(self) -> None:
        assert keys(rows(id=["a", "b"], redshift_key=["VVDS:a#3", None])) == ["VVDS:a#3", "TEST:b"]

    def test_rows_keep_the_key_that_became_their_id(self) -> None:
        table = rows(id=["VVDS:1", "VVDS:1#2", "VVDS:1", "A:B"], survey=["VVDS", "VVDS", "DESI", None])
        assert keys(table) == ["VVDS:1", "VVDS:1#2", "DESI:VVDS:1", ":A:B"]

    def test_new_rows_get_numbers_that_are_free(self) -> None:
        table = rows(id=["1", "VVDS:1", "VVDS:1#2", "1"], survey="VVDS", z=[0.1, 0.5, 0.6, 0.2])
        assert keys(table) == ["VVDS:1#3", "VVDS:1", "VVDS:1#2", "VVDS:1#4"]

    def test_the_same_compilation_twice_has_no_key_twice(self) -> None:
        table = rows(id=["VVDS:1", "VVDS:1", "VVDS:2"], survey="VVDS", z=[0.2, 0.1, 0.3])
        assert keys(table) == ["VVDS:1#2", "VVDS:1", "VVDS:2"]
