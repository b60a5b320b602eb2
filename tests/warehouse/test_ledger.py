from datetime import UTC, datetime, timedelta

from pipeline.signals import Window

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
