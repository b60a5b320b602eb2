"""Bad weather for one connector, as clauses of its contract: each fault of the network or the vendor at each request of a pull, over real sockets.

The outcome of each is the one docs/weather.md names. A fault that passes costs one more request and nothing else. One that stays ends the pull
with the error the table names, after five tries at most, with no worker asleep for more than a minute; nothing of that pull is kept, because
landing reads a pull to its end first. A closed door of one scope is told in `degraded`, and what is told beside it is true.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import Busy, Garbled, Refused
from demo.vendors.server import Response
from demo.vendors.weather import Endless, answer, bomb, cut, cut_chunk, drip, drop, fair, lose, redirect, silence
from signals.pulled import Snapshot

TRIES, WORKERS = 5, 8
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CAP = 400_000


def ends_early(exchange):
    exchange.is_open = False


def speaks_something_else(exchange):
    exchange.send(b"SSH-2.0-OpenSSH_9.2\r\n")
    exchange.is_open = False


def negative_chunk(exchange):
    exchange.send(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n")
    exchange.is_open = False


def away_for_ten_seconds(exchange):
    answer(503, retry_after=format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True))(exchange)


def back_to_itself(exchange):
    redirect(exchange.request.target)(exchange)


# Whatever was asked, no answer came: JSON and text are the same here.
PASSING = {
    **{f"{status}": answer(status, body="<html>upstream</html>") for status in (408, 425, 429, 500, 502, 503, 504)},
    **{f"429, Retry-After {wait!r}": answer(429, retry_after=wait) for wait in ("1", "0", "-5", "soon", "nan", "²", "Mon, 01 Jan 1990 00:00:00 GMT")},
    "403 that is a limit": answer(403, retry_after="1"),
    "202, being worked out": answer(202, json=[]),
    "204": answer(204),
    "206, a part": answer(206, body='{"items": []}'),
    "304 nobody asked for": answer(304),
    "503 with a date in ten seconds": away_for_ten_seconds,
    "reset": drop,
    "answer lost": lose,
    "closed without a word": ends_early,
    "cut": cut(4),
    "cut before the body": cut(0),
    "cut in a chunk": cut_chunk,
    "negative chunk": negative_chunk,
    "not HTTP": speaks_something_else,
    "64 kB header": answer(200, body="{}", long="x" * 70_000),
    "200 headers": answer(200, body="{}", **{f"h{number}": "x" for number in range(200)}),
    "unknown packing": answer(200, body=b"x", content_encoding="br"),
    "damaged packing": answer(200, body=b"\x1f\x8bneither", content_encoding="gzip"),
}
SLOW = {"stalled": silence, "dripping": drip(0.02), "dripping head": drip(0.02, head_too=True)}
# An answer came, and it is none: no JSON, or JSON of something else.
UNREADABLE = {
    "HTML": answer(200, body="<!doctype html><title>Sign in</title>"),
    "nothing": answer(200, body=""),
    "null": answer(200, body="null"),
    "text": answer(200, body="upstream connect error"),
    "half JSON": answer(200, body='{"items": [{"id": 1'),
}
WRONG = {
    "an error in a 200": answer(200, json={"error": {"code": 2000, "message": "Internal Error"}}),
    "a reason in a 200": answer(200, json={"message": "Server Error", "documentation_url": "https://docs.example.org"}),
    "not ok in a 200": answer(200, json={"ok": False, "error": "internal_error"}),
    "errors in a 200": answer(200, json={"errors": [{"message": "Something went wrong"}], "data": None}),
    "an empty object": answer(200, json={}),
    "a list of an empty object": answer(200, json=[{}]),
    "a number": answer(200, json=7),
}
ABSURD = {f"429, Retry-After {wait!r}": answer(429, retry_after=wait) for wait in ("86400", "1e300", "inf", "Fri, 31 Dec 9999 23:59:59 GMT")}
TOO_LARGE = {
    "5 GB": lambda: Endless(OK + b"Content-Length: 5000000000\r\n\r\n[", b"0," * 30_000),
    "5 GB of chunks": lambda: Endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"ea60\r\n" + b"0," * 30_000 + b"\r\n"),
    "no end": lambda: Endless(OK + b"Connection: close\r\n\r\n[", b"0," * 30_000),
    "gzip bomb": lambda: bomb(3 * CAP),
}
ELSEWHERE = {"redirect to another host": redirect("http://127.0.0.1:1/"), "redirects for ever": back_to_itself}


def _places(subject):
    """What a pull in fair weather gives, how many requests it takes, and the first, a middle and the last of them."""
    things = subject.pull()
    count = subject.api.requests
    return things, count, sorted({0, count // 2, count - 1})


def a_fault_that_passes_costs_one_more_request_and_nothing_else(subject):
    expected, count, places = _places(subject)
    faults = PASSING | (UNREADABLE if subject.speaks_json() else {})
    for number, (name, fault) in enumerate(faults.items()):
        subject.server.faults[:] = [*[fair] * places[number % len(places)], fault]
        assert subject.pull() == expected, name
        assert (subject.api.requests, subject.server.faults) == (count + 1, []), name


def a_slow_answer_is_left_and_asked_for_again(subject):
    expected, count, places = _places(subject)
    for number, (name, fault) in enumerate(SLOW.items()):
        subject.server.faults[:] = [*[fair] * places[number % len(places)], fault]
        assert subject.pull(deadline=0.4) == expected, name
        assert subject.api.requests > count, name


def _stays(subject, at, fault, error, *, most=TRIES * 2 * WORKERS, **how):
    """The pull in which everything from the request `at` on meets the fault. Raises where it does not end as it should."""
    subject.server.faults[:] = [*[fair] * at, *[fault] * 10_000]
    with pytest.raises(error) as raised:
        subject.pull(**how)
    subject.server.faults.clear()
    # Workers that were under way each end in the same way.
    assert subject.api.requests - at <= most
    assert sum(subject.clock.slept) <= 60 * WORKERS
    return raised.value


def a_fault_that_stays_ends_the_pull_as_busy(subject):
    _, _, places = _places(subject)
    for number, (name, fault) in enumerate(PASSING.items()):
        try:
            assert not isinstance(_stays(subject, places[number % len(places)], fault, Busy), Refused)
        except pytest.fail.Exception as failure:
            raise AssertionError(name) from failure
    for fault in SLOW.values():
        _stays(subject, places[-1], fault, Busy, deadline=0.08)


def an_answer_that_is_none_is_never_taken_for_nothing_to_tell(subject):
    _, _, places = _places(subject)
    for at in places:
        for name, fault in (UNREADABLE | WRONG).items():
            subject.server.faults[:] = [*[fair] * at, *[fault] * 10_000]
            try:
                things = subject.pull()
            except (Garbled, Refused):
                continue
            finally:
                subject.server.faults.clear()
            # Only what is asked for one record at a time may be put aside with that record.
            assert subject.told(things), name


def asked_to_stay_away_for_long_the_worker_is_given_back(subject):
    _, _, places = _places(subject)
    for number, fault in enumerate(ABSURD.values()):
        busy = _stays(subject, places[number % len(places)], fault, Busy, most=2 * WORKERS)
        assert 60 < busy.wait_seconds <= 3600
        assert not subject.clock.slept


def too_large_an_answer_is_cut_at_the_cap(subject):
    _, _, places = _places(subject)
    for number, (name, made) in enumerate(TOO_LARGE.items()):
        fault = made()
        refused = _stays(subject, places[number % len(places)], fault, Refused, most=2 * WORKERS, max_bytes=CAP)
        assert f"larger than {CAP:,} bytes" in str(refused), name
        assert getattr(fault, "sent", 0) < 2 * WORKERS * 20_000_000, name  # what the sockets' buffers took, not 5 GB


def nobody_is_led_to_another_host(subject):
    _, _, places = _places(subject)
    for fault in ELSEWHERE.values():
        _stays(subject, places[-1], fault, Refused)


def a_credential_refused_in_the_middle_ends_the_pull(subject):
    _, _, places = _places(subject)
    for at in places:
        refused = _stays(subject, at, answer(401, json={"message": "Bad credentials"}), Refused, most=WORKERS)
        assert refused.status == 401


def a_door_closed_in_the_middle_is_told(subject):
    expected, _, places = _places(subject)
    for at in places:
        for status in (403, 404, 451):
            subject.server.faults[:] = [*[fair] * at, *[answer(status, json={"message": "no"})] * 10_000]
            try:
                things = subject.pull()
            except Refused:
                continue
            finally:
                subject.server.faults.clear()
            assert subject.api.degraded, f"{status} at request {at}"
            assert all(thing in expected for thing in things if not isinstance(thing, Snapshot)), "told of what was not seen"


def says_when_the_host_is_away(subject):
    with pytest.raises(Busy):
        subject.pull(url="http://127.0.0.1:1")


def never_takes_a_closed_door_for_nothing_to_tell(subject):
    things, refused = [], None
    with subject.answering(lambda _: Response(403, json={"message": "Forbidden"})):
        try:
            things = subject.pull()
        except Refused as error:
            refused = error
    assert refused or subject.api.degraded
    assert not things, "told of what was not seen"


WEATHER = (
    a_fault_that_passes_costs_one_more_request_and_nothing_else,
    a_slow_answer_is_left_and_asked_for_again,
    a_fault_that_stays_ends_the_pull_as_busy,
    an_answer_that_is_none_is_never_taken_for_nothing_to_tell,
    asked_to_stay_away_for_long_the_worker_is_given_back,
    too_large_an_answer_is_cut_at_the_cap,
    nobody_is_led_to_another_host,
    a_credential_refused_in_the_middle_ends_the_pull,
    a_door_closed_in_the_middle_is_told,
    says_when_the_host_is_away,
    never_takes_a_closed_door_for_nothing_to_tell,
)
