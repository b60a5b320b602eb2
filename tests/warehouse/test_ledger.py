from datetime import UTC, datetime, timedelta

from signals.windows import Window

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def window(first, last):
    return Window(NOW + first * HOUR, NOW + last * HOUR)


def test_covered_time_is_the_union_of_published_pulls(pulls, store):
    for first, last in [(4, 6), (0, 2), (1, 3), (3, 4), (8, 9), (0, 1)]:
        pulls.publish([], window=window(first, last))

    assert store.covered("git") == [window(0, 6), window(8, 9)]
    assert store.covered("other") == []


def test_a_window_inside_another_does_not_cut_it_short(pulls, store):
    for first, last in [(0, 9), (1, 2), (5, 7)]:
        pulls.publish([], window=window(first, last))

    assert store.covered("git") == [window(0, 9)]


def test_what_landed_unchecked_was_held_or_failed_is_not_covered(pulls, store):
    pulls.land([], window=window(0, 1))
    store.hold(pulls.land([], window=window(2, 3)).pull_id, "odd", NOW)
    store.fail("git", window(4, 5), "busy", NOW)

    assert store.covered("git") == []
    assert list(store.read("pulls").status) == ["landed", "held", "failed"]


def test_failures_of_one_window_are_counted_on_one_line(pulls, store):
    for reason in ("busy", "still busy"):
        store.fail("git", window(0, 1), reason, NOW)
    pulls.publish([], window=window(0, 1))

    assert [(line.status, line.attempts, line.detail) for line in store.read("pulls", ["status", "attempts", "detail"]).fillna("").itertuples()] == [
        ("failed", 2, "still busy"),
        ("published", 3, ""),
    ]


def test_a_covered_window_that_fails_again_needs_no_line(pulls, store):
    pulls.publish([], window=window(0, 2))
    pulls.publish([], window=window(2, 4))
    store.fail("git", window(1, 3), "busy", NOW)

    assert list(store.read("pulls").status) == ["published", "published"]


def test_what_was_read_in_another_way_is_not_covered(pulls, store):
    for reading, first, last in (("a", 0, 4), ("b", 2, 6)):
        pulls.publish([], window=window(first, last), reading=reading)

    assert (store.covered("git"), store.covered("git", "a"), store.covered("git", "b")) == ([window(0, 6)], [], [window(2, 6)])
    pulls.publish([], window=window(3, 5), reading="a")
    assert (store.covered("git", "a"), store.covered("git", "b")) == ([window(3, 5)], []), "what is there of the rest came in as b says"


def test_what_landed_in_another_way_and_was_not_published_takes_nothing_back(pulls, store):
    pulls.publish([], window=window(0, 4), reading="a")
    pulls.land([], window=window(0, 4), reading="b")

    assert store.covered("git", "a") == [window(0, 4)]


def test_lines_from_before_readings_were_noted_are_of_the_first_that_is(pulls, store):
    pulls.publish([], window=window(0, 4))
    assert store.covered("git", "a") == store.covered("git", "b") == [window(0, 4)]
    pulls.publish([], window=window(4, 5), reading="a")
    pulls.publish([], window=window(5, 6))  # by older code, on a machine that is not upgraded yet

    assert (store.covered("git", "a"), store.covered("git", "b")) == ([window(0, 5)], [])
    pulls.publish([], window=window(6, 7), reading="b")
    assert store.covered("git", "b") == [window(6, 7)]


def test_a_window_that_fails_is_noted_though_it_was_read_in_another_way(pulls, store):
    pulls.publish([], window=window(0, 4), reading="a")
    for reading in ("a", "b"):
        store.fail("git", window(1, 3), "busy", NOW, reading=reading)

    assert store.read("pulls")[["status", "attempts"]].to_numpy().tolist() == [["published", 1], ["failed", 1]]
