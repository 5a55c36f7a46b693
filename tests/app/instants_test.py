from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.instants import read_instant, write_instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-10-26T09:15:35.123Z", datetime(2015, 10, 26, 9, 15, 35, 123000)),
        ("2015-10-26T09:15:35.123456", datetime(2015, 10, 26, 9, 15, 35, 123456)),
        ("2015-10-26T09:15:35.123456789", datetime(2015, 10, 26, 9, 15, 35, 123456)),
        ("2015-10-26T09:15:35Z", datetime(2015, 10, 26, 9, 15, 35)),
        ("2015-10-26T09:15:35", datetime(2015, 10, 26, 9, 15, 35)),
        ("2015-10-26T09:00", datetime(2015, 10, 26, 9)),
        ("2015-10-26 09:00", datetime(2015, 10, 26, 9)),
        ("2015-10-26", datetime(2015, 10, 26)),
        ("20151026", datetime(2015, 10, 26)),
        ("2015", datetime(2015, 1, 1)),
    ],
)
def test_notations_of_the_standard_are_read_as_utc(text, expected):
    assert read_instant(text) == expected.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2015-26-10",
        "2015-02-30",
        "2015-10-26T25:00",
        "2015-10-26T09:15:35+01:00",
        "2015-10-26T09:15:35 01:00",
        "2015-10-26T09:15:35-03:00",
        "2015-10-26Z",
        "0000",
        "15",
        "yesterday",
        "",
        "٢٠١٥",
    ],
)
def test_offsets_and_nonsense_are_refused(text):
    with pytest.raises(ValueError, match="is no"):
        read_instant(text)


def test_times_are_written_in_utc_whatever_their_zone():
    brasilia = timezone(timedelta(hours=-3))

    assert write_instant(datetime(2026, 11, 22, 15, 0, tzinfo=brasilia)) == "2026-11-22T18:00:00.000Z"


def test_an_unknown_time_stays_unknown():
    assert write_instant(None) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_again_to_the_millisecond(time):
    assert read_instant(write_instant(time)) == time.replace(microsecond=time.microsecond // 1000 * 1000)
