"""One request until it is settled: sent within the budget, judged, tried again where that can help. The one place that retries."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.errors import Busy, Refused, Rejected
from connectors.web.address import origin, resolved
from connectors.web.payload import said
from connectors.web.redaction import redact
from connectors.web.vendor import Vendor
from connectors.web.waiting import MINUTE, Budget, backoff, bounded, retry_after

TRIES = 5
PATIENCE = 60.0  # seconds one request may wait in all; asked to wait longer, it gives the worker back (Busy)
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_NOT_TAKEN = frozenset({400, 413, 414, 422})  # of what was sent
_WORTH_ANOTHER_TRY = frozenset({408, 425, *range(500, 600)})


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer; `value` is what the call's `read` made of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to be made; `shown` names it in errors, `read` turns a good answer into its value."""

    shown: str
    url: str
    read: Callable[[Answer], Any]
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    tries: int = TRIES


# Sends one request and gives the whole answer; raises Busy where none came.
Send = Callable[[Call, str], Answer]


@dataclass(slots=True, kw_only=True)
class Attempts:
    """All requests to one origin with one credential."""

    vendor: Vendor
    origin: str
    send: Send
    secrets: tuple[str, ...]
    budget: Budget
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    sent: int = 0
    told: Mapping[str, str] = field(default_factory=dict)  # the headers of the last answer
    _locked_out: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def clean(self, text: str) -> str:
        """The text without any form of the secrets."""
        return redact(text, self.secrets)

    def settled(self, call: Call) -> Answer:
        """The answer with its value. Raises Refused at once; Busy when tries or patience run out; both named and without secrets."""
        patience = PATIENCE
        for attempt in range(1, call.tries + 1):
            try:
                return self._judged(call, self._arrived(call))
            except Refused as error:
                trouble: Busy | Refused = error
                break
            except Busy as error:
                trouble = error
            wait = self._rest(trouble.wait_seconds) or backoff(attempt)
            patience -= wait
            if patience < 0 or attempt == call.tries:
                break
            if not trouble.wait_seconds:
                self.sleep(wait)
        # Raised out here, so that no context drags along what the library had in hand.
        raise self._named(call, trouble)

    def _rest(self, seconds: float | None) -> float | None:
        """Nobody asks this origin before that: the vendor told one thread, and means all of them."""
        if seconds:
            self.budget.rest(self.clock() + seconds)
        return seconds

    def _arrived(self, call: Call) -> Answer:
        url = call.url
        for _ in range(_REDIRECTS + 1):
            answer = self._sent(call, url)
            if call.method != "GET" or answer.status not in _MOVED or "Location" not in answer.headers:
                return answer
            url = resolved(url, answer.headers["Location"])
        raise Refused("leads from one redirect to the next")

    def _sent(self, call: Call, url: str) -> Answer:
        if origin(url) != self.origin:
            raise Refused("leads to another host, which gets neither the request nor the credential")
        if self._locked_out:
            raise Refused("was not asked: the credential was refused before", status=401)
        wait = self.budget.turn(self.clock(), MINUTE)
        if wait > MINUTE:
            raise Busy("was not asked: the vendor wants us to stay away", wait_seconds=wait)
        if wait > 0:
            self.sleep(wait)
        with self._lock:
            self.sent += 1
        answer = self.send(call, url)
        self.told = answer.headers
        return answer

    def _judged(self, call: Call, answer: Answer) -> Answer:
        status = answer.status
        if 200 <= status < 300 or status == 304:
            return replace(answer, value=call.read(answer))
        reason = f"answered {status}" + (f": {said(answer.body)}" if said(answer.body) else "")
        if self._is_limited(answer):
            raise Busy(reason, wait_seconds=self.asked(answer))
        if status in _WORTH_ANOTHER_TRY:
            raise Busy(reason, wait_seconds=retry_after(answer.headers))
        self._locked_out = self._locked_out or status == 401
        raise (Rejected if call.method == "POST" and status in _NOT_TAKEN else Refused)(reason, status=status)

    def _is_limited(self, answer: Answer) -> bool:
        if answer.status == 429 or (answer.status == 403 and "Retry-After" in answer.headers):
            return True
        return bool(self.vendor.limited(answer.status, answer.headers, answer.body[:65_536].decode("utf-8", "replace")))

    def asked(self, answer: Answer) -> float | None:
        """How long the vendor asks us to wait, bounded."""
        return retry_after(answer.headers) or bounded(self.vendor.wait(answer.headers))

    def _named(self, call: Call, trouble: Busy | Refused) -> Busy | Refused:
        return trouble.saying(self.clean(f"{call.shown} {trouble}"))
