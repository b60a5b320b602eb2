from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signals.windows import EPOCH, Window, due, earlier, gaps, union

START = datetime(2026, 1, 1, tzinfo=UTC)
hours = st.integers(0, 200).map(lambda n: START + timedelta(hours=n))
windows = st.tuples(hours, hours).map(lambda pair: Window(min(pair), max(pair)))


def between(first, last):
    return Window(START + timedelta(days=first), START + timedelta(days=last))


def test_the_first_read_covers_the_whole_span():
    assert due(between(0, 10), [], timedelta(days=1)) == [between(0, 10)]


def test_the_oldest_gap_comes_first_and_the_newest_time_is_widened():
    covered = [between(0, 2), between(4, 8)]

    assert due(between(0, 10), covered, timedelta(days=1)) == [between(2, 4), between(7, 10)]


def test_what_is_covered_is_still_asked_again_for_the_look_back():
    assert due(between(0, 10), [between(0, 10)], timedelta(days=3)) == [between(7, 10)]


def test_time_covered_beyond_the_span_does_not_make_everything_due_again():
    assert due(between(0, 10), [between(0, 11)], timedelta(days=3)) == [between(7, 10)]


def test_a_look_back_of_everything_reads_all_again():
    assert due(between(0, 10), [between(0, 10)], None) == [between(0, 10)]


def test_nothing_is_earlier_than_1970():
    assert earlier(START, timedelta(days=999_999)) == EPOCH


@given(windows, st.lists(windows))
def test_gaps_and_covered_time_make_up_the_span_and_never_overlap(span, covered):
    missing = list(gaps(span, covered))

    assert all(a.end <= b.start for a, b in pairwise(missing))
    for hour in range(0, 201, 7):
        at = START + timedelta(hours=hour)
        if at in span:
            assert any(at in gap for gap in missing) != any(at in window for window in covered)


@given(st.lists(windows))
def test_a_union_keeps_every_instant_and_is_stable(some):
    once = union(some)

    assert union(once) == once
    for hour in range(0, 201, 7):
        at = START + timedelta(hours=hour)
        assert any(at in w for w in some) == any(at in w for w in once)
