import pytest

from app.errors import FormError
from app.job_queries import one_value, read_filters, read_wait
from uws.phase import ExecutionPhase


def test_without_filters_nothing_is_filtered():
    assert read_filters([]) == (frozenset(), None, None)


def test_phases_are_a_union_and_names_are_case_insensitive():
    filters = read_filters([("phase", "PENDING"), ("PHASE", "ERROR"), ("Phase", "ERROR")])

    assert filters.phases == {ExecutionPhase.PENDING, ExecutionPhase.ERROR}


@pytest.mark.parametrize("phase", ["SUCCESS", "pendinggg", "pending", "1345", ""])
def test_an_unknown_phase_is_refused(phase):
    with pytest.raises(FormError, match="is no phase"):
        read_filters([("PHASE", phase)])


@pytest.mark.parametrize("last", ["0", "-1", "-254", "text", "1.5", "", "1_0", "+3"])
def test_last_must_be_a_positive_whole_number(last):
    with pytest.raises(FormError, match="LAST: "):
        read_filters([("LAST", last)])


def test_a_huge_last_is_all():
    assert read_filters([("LAST", "9" * 18)]).last == 2**31 - 1


@pytest.mark.parametrize("after", ["2015-26-10", "nonsense", "2015-10-26T00:00:00 01:00"])
def test_after_must_be_a_utc_time(after):
    with pytest.raises(FormError, match="AFTER: "):
        read_filters([("AFTER", after)])


def test_without_wait_there_is_no_waiting_even_with_a_phase():
    assert read_wait([("PHASE", "PENDING")], longest=30) is None


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("10", 10), ("100", 30), ("-1", 30)])
def test_waiting_is_capped(text, seconds):
    assert read_wait([("wait", text)], longest=30) == (seconds, None)


@pytest.mark.parametrize("text", ["-2", "1.5", "text", "", "1e3"])
def test_wait_must_be_whole_seconds(text):
    with pytest.raises(FormError, match="WAIT: "):
        read_wait([("WAIT", text)], longest=30)


def test_the_known_phase_comes_with_the_wait():
    assert read_wait([("WAIT", "5"), ("PHASE", "QUEUED")], longest=30) == (5, ExecutionPhase.QUEUED)


def test_an_unknown_phase_beside_wait_is_refused():
    with pytest.raises(FormError, match="PHASE: "):
        read_wait([("WAIT", "5"), ("PHASE", "RUNNING")], longest=30)


def test_two_values_for_one_control_are_refused():
    with pytest.raises(FormError, match="WAIT: is given as '1' and '2'"):
        read_wait([("WAIT", "1"), ("wait", "2")], longest=30)


def test_equal_repetitions_of_a_control_are_one_value():
    assert one_value([("PHASE", "RUN"), ("phase", "RUN")], "PHASE") == "RUN"
