"""Which windows a source still has to be asked for. The ledger's covered windows are the only state."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from pipeline.signals import Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def union(windows: Iterable[Window]) -> list[Window]:
    """The same time as few windows as possible, in order; touching ones become one."""
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def gaps(span: Window, covered: Iterable[Window]) -> Iterator[Window]:
    """What of the span no covered window covers, oldest first."""
    start = span.start
    for window in union(covered):
        if start < min(window.start, span.end):
            yield Window(start, min(window.start, span.end))
        start = max(start, window.end)
    if start < span.end:
        yield Window(start, span.end)


def earlier(at: datetime, by: timedelta | None) -> datetime:
    """The instant that much earlier, but not before 1970; None means as early as that."""
    return EPOCH if by is None or at - EPOCH <= by else at - by


def due(span: Window, covered: Iterable[Window], look_back: timedelta | None) -> list[Window]:
    """What to pull so that the span is covered: the gaps, oldest first, and the newest time widened by the look-back.

    Where everything is covered the look-back alone remains, because records change and arrive late.
    """
    known = union(covered)
    newest = max((min(window.end, span.end) for window in known if window.start < span.end), default=span.start)
    recent = Window(max(earlier(newest, look_back), span.start), span.end)
    return union([*gaps(span, known), recent])
