"""Spans of time, and which of them a source still has to be asked for: the ledger's covered windows are the only state."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span [start, end) of aware UTC instants: what one pull covers."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse naive times and spans that run backwards (ValueError)."""
        if self.start.tzinfo is None or self.end.tzinfo is None:
            message = f"a window needs aware times, got {self.start} to {self.end}"
            raise ValueError(message)
        if self.end < self.start:
            message = f"a window must not end before it starts: {self.start} to {self.end}"
            raise ValueError(message)
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    def __contains__(self, at: datetime) -> bool:
        """Whether the instant lies in [start, end)."""
        return self.start <= at < self.end

    def __str__(self) -> str:
        """Both ends in ISO 8601."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def chunks(self, length: timedelta) -> Iterator["Window"]:
        """The same span in order, in pieces of at most this length."""
        start = self.start
        while start < self.end:
            end = min(start + length, self.end)
            yield Window(start, end)
            start = end


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
