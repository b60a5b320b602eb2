"""How long to wait: the client-side budget, `Retry-After`, each vendor's own reset header, and backoff. No sleeping in here."""

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

_LONGEST = 3600.0
MINUTE = 60.5  # a request may take a moment to arrive and the one after it none: the vendor's own minute is to hold too

Headers = Mapping[str, str]


class Budget:
    """Never more than so many requests to one host in any 60 seconds, counted over all threads of the process."""

    def __init__(self, requests_per_minute: int) -> None:
        """Start with the whole budget."""
        self._turns: deque[float] = deque(maxlen=requests_per_minute)
        self._rest_until = -math.inf
        self._lock = threading.Lock()

    def turn(self, now: float, patience: float) -> float:
        """How many seconds from `now` the next free turn comes; it is taken unless that is later than `patience`."""
        with self._lock:
            is_full = len(self._turns) == self._turns.maxlen
            at = max(now, self._rest_until, self._turns[0] + MINUTE if is_full else now)
            if at - now <= patience:
                self._turns.append(at)
            return at - now

    def rest(self, until: float) -> None:
        """No turns before this instant: the vendor asked one thread to wait, so all do."""
        with self._lock:
            self._rest_until = max(self._rest_until, until)


_budgets: dict[tuple[str, int], Budget] = {}
_lock = threading.Lock()


def budget(origin: str, requests_per_minute: int) -> Budget:
    """The one budget of this origin in this process."""
    with _lock:
        return _budgets.setdefault((origin, requests_per_minute), Budget(requests_per_minute))


def backoff(attempt: int) -> float:
    """Seconds before the next try, attempt 1 being the first: 0.5, 1, 2, 4 … at most 30, with up to half as much again at random."""
    return min(30.0, 0.5 * 2.0 ** (attempt - 1)) * random.uniform(1.0, 1.5)  # noqa: S311 - spreads load, guards nothing


def retry_after(headers: Headers) -> float | None:
    """Seconds from `Retry-After`, given in seconds or as a date (against the answer's own `Date`); None when absent, zero, past or unreadable."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        until = _date(text)
        seconds = until - (_date(headers.get("Date", "")) or time.time()) if until else 0.0
    return bounded(seconds)


def bounded(seconds: float | None) -> float | None:
    """A wait as asked for, an hour at most; None where nothing sensible was asked."""
    return min(seconds, _LONGEST) if seconds and seconds > 0 else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def reset_in(header: str) -> Callable[[Headers], float | None]:
    """A reader of a vendor's reset header that counts seconds to go (PagerDuty, CircleCI)."""
    return lambda headers: _positive(headers.get(header))


def reset_at(header: str, *, per_second: int = 1) -> Callable[[Headers], float | None]:
    """A reader of a vendor's reset header that gives an epoch time: seconds (GitHub), or milliseconds with `per_second=1000` (LaunchDarkly)."""

    def seconds(headers: Headers) -> float | None:
        at = _positive(headers.get(header))
        return None if at is None else max(0.0, at / per_second - (_date(headers.get("Date", "")) or time.time()))

    return seconds


def _positive(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if value >= 0 else None
