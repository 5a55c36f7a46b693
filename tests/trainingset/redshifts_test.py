"""From a table as it was sent to redshifts ready to be matched."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.builders import a_table
from trainingset.errors import Problem, TableError
from trainingset.redshifts import RedshiftCounts, Redshifts, prepare_redshifts
from trainingset.wire import BadRows


def prepared(table: pa.Table, **choices: object) -> Redshifts:
    return prepare_redshifts(table, **({"name": "mine.csv"} | choices))


def problems_of(table: pa.Table, **choices: object) -> list[Problem]:
    with pytest.raises(TableError) as caught:
        prepared(table, **choices)
    return list(caught.value.problems)


def test_sound_table_gets_redshift_key_and_keeps_everything_else():
    table = a_table({"flag": pa.array([4, 3, 2, 1], pa.int16())}, metadata={"flag": {"description": "quality"}})

    redshifts = prepared(table)

    assert redshifts.table.column_names == ["ra", "dec", "redshift", "flag", "redshift_key"]
    assert redshifts.table["redshift"].to_pylist() == [0.1, 0.2, 0.3, 0.4]
    assert redshifts.table.schema.field("flag").metadata == {b"description": b"quality"}
    assert redshifts.roles == {"ra": "ra", "dec": "dec", "z": "redshift"}
    assert redshifts.counts == RedshiftCounts(read=4, cut=0, without_position=0, kept=4, without_redshift=0)
    assert redshifts.notes == ()


def test_coordinates_and_redshift_carry_unit_and_ucd():
    schema = prepared(a_table(metadata={"ra": {"unit": "deg", "description": "mine"}})).table.schema

    assert schema.field("ra").metadata == {
        b"unit": b"deg",
        b"ucd": b"pos.eq.ra;meta.main",
        b"description": b"mine",
    }
    assert schema.field("dec").metadata[b"unit"] == b"deg"
    assert schema.field("redshift").metadata[b"ucd"] == b"src.redshift;meta.main"
    assert schema.field("redshift").metadata[b"description"] == b"Redshift, from the column z"


def test_right_ascensions_are_brought_to_one_turn():
    redshifts = prepared(a_table({"ra": [-0.5, 360.0, -1e-20, 359.9]}))

    assert redshifts.table["ra"].to_pylist() == [359.5, 0.0, 0.0, 359.9]


@pytest.mark.parametrize(
    ("unit", "factor"), [("rad", np.pi / 180), ("Degrees", 1), ("arcsec", 3600), ("arcmin", 60), ("mas", 3.6e6)]
)
def test_angles_are_converted_by_their_unit(unit, factor):
    sound = a_table()
    columns = {name: np.array(sound[name]) * factor for name in ("ra", "dec")}

    table = prepared(a_table(columns, metadata={"ra": {"unit": unit}, "dec": {"unit": unit}})).table

    np.testing.assert_allclose(table["ra"].to_numpy(), sound["ra"].to_numpy(), rtol=1e-14)
    np.testing.assert_allclose(table["dec"].to_numpy(), sound["dec"].to_numpy(), rtol=1e-14)
    assert table.schema.field("ra").metadata[b"unit"] == b"deg"


def test_hours_are_converted_for_right_ascension_alone():
    table = a_table({"ra": [1.0, 2.0, 3.0, 4.0]}, metadata={"ra": {"unit": "h"}})
    assert prepared(table).table["ra"].to_pylist() == [15.0, 30.0, 45.0, 60.0]

    (problem,) = problems_of(a_table(metadata={"dec": {"unit": "h"}}))
    assert "has the unit 'h', which is no angle" in problem.message


def test_conversions_are_noted():
    table = a_table({"ra": [0.1, 0.2, 0.3, 0.4]}, metadata={"ra": {"unit": "rad"}, "z": {"unit": "km/s"}})

    notes = " ".join(prepared(table).notes)

    assert "Converted 'ra' from rad to degrees" in notes
    assert "Divided 'z' by 299792.458" in notes


def test_velocities_with_a_unit_are_divided_by_the_speed_of_light():
    table = a_table({"cz": [2997.92458, 0.0, -299.792458, 29979.2458]}, metadata={"cz": {"unit": "km.s-1"}})

    redshifts = prepared(table, roles={"z": "cz"})

    np.testing.assert_allclose(redshifts.table["redshift"].to_numpy(), [0.01, 0.0, -0.001, 0.1], rtol=1e-15)
    assert b"unit" not in redshifts.table.schema.field("redshift").metadata


def test_velocities_without_a_unit_are_refused():
    (problem,) = problems_of(a_table({"z": [2997.0, 3500.0, 1200.0, 9000.0]}))

    assert (problem.column, problem.value) == ("z", "z")
    assert "give the column the unit km/s" in problem.message


def test_strange_unit_of_a_redshift_is_refused():
    (problem,) = problems_of(a_table(metadata={"z": {"unit": "mag"}}))

    assert "has the unit 'mag'; redshifts have none, and velocities are read in km/s" in problem.message


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            {"ra": ["10:23:45.6"] * 4},
            "is sexagesimal text ('10:23:45.6'); convert it to decimal degrees (astropy: table['ra'] = Angle(",
        ),
        ({"dec": ["-28 10 05.5"] * 4}, "is sexagesimal text ('-28 10 05.5'); convert it to decimal degrees"),
        ({"ra": ["53.1"] * 4}, "holds string values such as '53.1'; it must be numbers in degrees"),
        ({"z": ["0.1"] * 4}, "holds string values and no redshifts"),
        ({"z": pa.nulls(4, pa.float64())}, "has no finite value in any of 4 rows"),
        ({"ra": [True] * 4}, "holds bool values such as 'True'"),
    ],
)
def test_column_that_cannot_hold_its_role_is_told_with_a_value(columns, told):
    (problem,) = problems_of(a_table(columns))

    assert problem.parameter == "ROLES"
    assert told in problem.message


def test_radians_without_a_unit_are_refused_where_they_span_the_sky():
    rng = np.random.default_rng(1)
    sky = {"ra": rng.uniform(0, 2 * np.pi, 50), "dec": rng.uniform(-1.5, 1.5, 50), "z": np.full(50, 0.1)}

    (problem,) = problems_of(a_table(sky))

    assert "they look like radians" in problem.message
    assert "with the unit 'rad'" in problem.message


def test_a_field_near_the_origin_is_taken_as_degrees():
    redshifts = prepared(a_table({"ra": [0.5, 1.0, 1.5, 2.0], "dec": [0.1, 0.2, -0.3, 0.4]}))

    assert redshifts.table["ra"].to_pylist() == [0.5, 1.0, 1.5, 2.0]


BAD = {"ra": [53.1, None, 400.0, 53.4], "dec": [-28.1, -28.2, -28.3, 91.0]}


def test_rows_without_valid_coordinates_are_told_by_column_row_and_value():
    absent, ra_range, dec_range = problems_of(a_table(BAD))

    assert (absent.column, absent.rows) == ("ra", (2,))
    assert (ra_range.column, ra_range.rows, ra_range.value, ra_range.limit) == ("ra", (3,), "400", "-180 to 360 deg")
    assert (dec_range.column, dec_range.rows, dec_range.value, dec_range.limit) == ("dec", (4,), "91", "-90 to 90 deg")
    assert all("BAD_ROWS=drop" in problem.message for problem in (absent, ra_range, dec_range))


def test_bad_rows_are_dropped_and_counted_on_request():
    redshifts = prepared(a_table(BAD), bad_rows=BadRows.DROP)

    assert redshifts.counts == RedshiftCounts(read=4, cut=0, without_position=3, kept=1, without_redshift=0)
    assert redshifts.n_dropped == 3
    assert "Left out 3 redshift rows without valid coordinates." in redshifts.notes


def test_nothing_left_after_dropping_is_an_error():
    (problem,) = problems_of(a_table({"ra": [400.0] * 4}), bad_rows=BadRows.DROP)

    assert "no redshift is left of 4 rows" in problem.message
    assert "4 have no valid coordinates" in problem.message


def test_rows_without_a_redshift_stay_as_null_and_are_counted():
    redshifts = prepared(a_table({"z": [0.1, None, np.inf, 0.4]}))

    assert redshifts.table["redshift"].to_pylist() == [0.1, None, None, 0.4]
    assert redshifts.counts.without_redshift == 2
    assert "2 of 4 redshift rows have no redshift." in redshifts.notes


def test_constraint_keeps_rows_by_the_names_they_came_with():
    table = a_table({"Q": [4, 3, 4, 1]})

    redshifts = prepared(table, where="q >= 3 AND redshift < 0.3 AND z > 0.05")

    assert redshifts.table["Q"].to_pylist() == [4, 3]
    assert redshifts.counts == RedshiftCounts(read=4, cut=2, without_position=0, kept=2, without_redshift=0)


def test_constraint_sees_velocities_as_sent_and_redshifts_as_converted():
    table = a_table({"cz": [3e3, 3e4, 6e4, 9e4]}, metadata={"cz": {"unit": "km/s"}}).drop_columns(["z"])

    assert prepared(table, roles={"z": "cz"}, where="cz > 10000 AND redshift < 0.25").counts.kept == 2


def test_constraint_may_leave_out_bad_rows_and_rows_keep_their_numbers():
    assert prepared(a_table(BAD), where="ra IS NOT NULL AND ra < 360 AND dec < 90").counts.kept == 1

    told = problems_of(a_table(BAD), where="ra IS NOT NULL")
    assert [problem.rows for problem in told] == [(3,), (4,)]


def test_all_problems_of_a_table_come_together():
    told = problems_of(a_table({"ra": ["x"] * 4, "z": ["y"] * 4}), roles={"id": "nope"})

    assert {problem.value for problem in told} == {"id", "ra", "z"}


def test_column_in_the_way_of_the_redshift_gets_another_name():
    table = a_table({"redshift": [9.0] * 4, "redshift_2": [8.0] * 4})

    clean = prepared(table, roles={"z": "z"}).table

    assert clean["redshift"].to_pylist() == [0.1, 0.2, 0.3, 0.4]
    assert clean["redshift_3"].to_pylist() == [9.0] * 4


# --- keys


def keys_of(table: pa.Table, **choices: object) -> list[str]:
    return prepared(table, **choices).table["redshift_key"].to_pylist()


def test_key_is_survey_and_native_id():
    table = a_table({"id": [2**60 + 1, -7, 8, 9], "survey": ["DESI", "DESI", None, "A:B"]})

    assert keys_of(table) == ["DESI:1152921504606846977", "DESI:-7", ":8", "A%3AB:9"]


def test_key_without_an_id_is_the_rounded_position():
    assert keys_of(a_table())[0] == ":J53.10000-28.10000"


def test_key_of_an_id_that_a_gap_made_real_is_whole():
    assert keys_of(a_table({"id": [17.0, None, 19.5, 20.0]})) == [
        ":17",
        ":J53.20000-28.20000",
        ":19.5",
        ":20",
    ]


def test_keys_do_not_depend_on_the_name_of_the_table():
    assert keys_of(a_table(), name="cosmos.fits.gz") == keys_of(a_table(), name="mine")


def test_repeated_keys_are_numbered_by_content():
    table = a_table({"id": ["a", "a", "b", "a#2"], "z": [0.9, 0.1, 0.3, 0.4]})

    assert keys_of(table) == [":a", ":a#2", ":b", ":a%232"]
    assert keys_of(table.take([1, 0, 2, 3])) == [":a#2", ":a", ":b", ":a%232"]


def test_keys_of_an_earlier_result_live_on():
    table = a_table({"redshift_key": ["DESI:1", "DESI:2#2", "X:J1.0+2.0", "DESI:4"]})

    assert keys_of(table, name="result") == ["DESI:1", "DESI:2#2", "X:J1.0+2.0", "DESI:4"]


measurements = st.lists(
    st.fixed_dictionaries(
        {
            "ra": st.sampled_from([10.0, 10.000001, 20.0]),
            "dec": st.sampled_from([-5.0, 5.0]),
            "z": st.sampled_from([0.1, 0.2, None]),
            "id": st.sampled_from(["1", "1#2", "2", None]),
            "survey": st.sampled_from(["A", "B", None]),
        }
    ),
    min_size=2,
    max_size=8,
).filter(lambda rows: any(row["z"] for row in rows))


def table_of(rows: list[dict[str, object]]) -> pa.Table:
    types = {"ra": pa.float64(), "dec": pa.float64(), "z": pa.float64(), "id": pa.string(), "survey": pa.string()}
    return a_table({name: pa.array([row[name] for row in rows], kind) for name, kind in types.items()})


@settings(max_examples=60, deadline=None)
@given(rows=measurements, data=st.data())
def test_keys_are_unique_and_depend_on_content_alone(rows, data):
    order = data.draw(st.permutations(range(len(rows))))

    keys = keys_of(table_of(rows))
    shuffled = keys_of(table_of([rows[place] for place in order]))

    def labelled(rows: list[dict[str, object]], keys: list[str]) -> list[tuple[str, str]]:
        return sorted((key, repr(sorted(row.items()))) for row, key in zip(rows, keys, strict=True))

    assert len(set(keys)) == len(keys)
    assert labelled(rows, keys) == labelled([rows[place] for place in order], shuffled)
