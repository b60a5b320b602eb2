"""One request until it is settled: sent within the budget, judged, tried again where that can help. The one place that retries."""

import threading
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.errors import Busy, Garbled, Refused, Rejected, TooHeavy, TooLarge, Unreached
from connectors.web.address import origin, resolved
from connectors.web.complaint import said
from connectors.web.payload import strict_json
from connectors.web.redaction import redact
from connectors.web.vendor import Vendor
from connectors.web.waiting import MINUTE, Budget, backoff, bounded, retry_after

TRIES = 5
PATIENCE = 60.0  # seconds one request may wait in all; asked to wait longer, it gives the worker back (Busy)
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_NOT_TAKEN = frozenset({400, 413, 414, 422})  # of what was sent
_WORTH_ANOTHER_TRY = frozenset({408, 425, *range(500, 600)})
_TOO_HEAVY = frozenset({500, 502, 504})  # so vendors answer what they could not work out in their time; it may be an outage as well
_TRIES_OF_A_PIECE = 2
READ = frozenset({200, 203})
WRITTEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer; `value` is what the call's `read` made of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to be made; `shown` names it in errors, `read` turns a good answer (of a status in `takes`) into its value.

    `is_piece`: where the vendor cannot work out so much at once, it can be asked for less, so it is soon given up (TooHeavy).
    """

    shown: str
    url: str
    read: Callable[[Answer], Any]
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    tries: int = TRIES
    takes: Container[int] = READ
    is_piece: bool = False


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
    _was_reached: bool = False
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
            is_given_up = call.is_piece and isinstance(trouble, TooHeavy) and attempt >= _TRIES_OF_A_PIECE
            if patience < 0 or attempt == call.tries or is_given_up:
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
        try:
            answer = self.send(call, url)
        except TooLarge as error:
            if call.takes == WRITTEN:
                raise Garbled(str(error)) from None  # nobody knows what came of it, and nobody may send again as after a no
            raise
        self.told, self._was_reached = answer.headers, True
        return answer

    def _judged(self, call: Call, answer: Answer) -> Answer:
        status = answer.status
        if status in call.takes:
            try:
                return replace(answer, value=call.read(answer))
            except Refused as refused:  # inside a 200
                raise self._advised(answer, refused) from None
        words = said(answer.body)
        reason = f"answered {status}" + (f": {words}" if words else "")
        if 200 <= status < 300 or status == 304:
            raise (Busy if status == 202 else Garbled)(f"{reason}: that is no whole answer", wait_seconds=retry_after(answer.headers))
        if self._is_limited(answer):
            raise Busy(reason, wait_seconds=self.asked(answer))
        if status in _WORTH_ANOTHER_TRY:
            raise (TooHeavy if status in _TOO_HEAVY else Busy)(reason, wait_seconds=retry_after(answer.headers))
        self._locked_out = self._locked_out or status == 401
        raise self._advised(answer, (Rejected if call.method == "POST" and status in _NOT_TAKEN else Refused)(reason, status=status))

    def _advised(self, answer: Answer, refused: Refused) -> Refused:
        remedy = self.vendor.remedy(answer.headers, str(refused))
        return type(refused)(str(refused), status=refused.status, remedy=remedy and self.clean(remedy))

    def refusal(self, call: Call, answer: Answer, refused: Refused) -> Refused:
        """A refusal of one part of what was asked, named like one of the whole."""
        return self._advised(answer, refused).saying(self.clean(f"{call.shown} {refused}"))

    def read_graph(self, read: Callable[[Any, float | None], Any], answer: Answer) -> Any:
        """What `connectors.web.graph` reads from an answer."""
        return read(strict_json(answer.body), self.asked(answer))

    def _is_limited(self, answer: Answer) -> bool:
        if answer.status == 429 or (answer.status == 403 and "Retry-After" in answer.headers):
            return True
        return bool(self.vendor.limited(answer.status, answer.headers, answer.body[:65_536].decode("utf-8", "replace")))

    def asked(self, answer: Answer) -> float | None:
        """How long the vendor asks us to wait, bounded."""
        return retry_after(answer.headers) or bounded(self.vendor.wait(answer.headers))

    def _named(self, call: Call, trouble: Busy | Refused) -> Busy | Refused:
        message = self.clean(f"{call.shown} {trouble}")
        if type(trouble) is Busy and self.sent and not self._was_reached:
            return Unreached(f"{message}; nothing ever came from {self.origin}")
        return trouble.saying(message)
