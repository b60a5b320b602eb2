"""Bad weather over real sockets: what the client makes of each fault."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import Busy, Garbled, Refused
from connectors.http import Connection, Vendor, connect
from connectors.web.waiting import reset_at, reset_in
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer, cut, cut_chunk, drip, drop, late, lose, stall
from tests.connectors.contract import Clock

ACME = Vendor(name="acme", base_url=None, auth=lambda connection: {"Authorization": f"Bearer {connection.secret}"})
TRUTH = {"answer": 42}
BACKOFF = (0.5, 1)


@pytest.fixture
def server():
    with serve(lambda request: Response(201 if request.method == "POST" else 200, json=TRUTH)) as running:
        yield running


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def api(server, clock):
    def made(vendor=ACME, **options):
        return connect(vendor, Connection(server.url, "me", "token-for-acme"), clock=clock, sleep=clock.sleep, **options)

    return made


@pytest.mark.parametrize(
    "fault",
    [
        *(answer(status, body="<html>") for status in (408, 429, 500, 502, 503, 504)),
        *(answer(200, body=body) for body in ("<html>sign in</html>", "", "null", '{"answer": 4')),
        *(answer(200, body=b"\x1f\x8bneither", content_encoding=encoding) for encoding in ("gzip", "br")),
        *(drop, lose, cut(4), cut(0), cut_chunk),
    ],
)
def test_one_fault_of_the_passing_kind_costs_one_more_request(api, server, clock, fault):
    server.faults.append(fault)
    acme = api()
    assert acme.get("x") == TRUTH
    assert acme.requests == len(server.requests) == 2
    assert 0.5 <= sum(clock.slept) <= 1


@pytest.mark.parametrize("fault", [answer(429), answer(503), drop, cut(4), answer(200, body="<html>")])
def test_a_fault_that_stays_ends_after_five_tries(api, server, fault):
    server.faults += [fault] * 9
    with pytest.raises(Busy, match="acme: GET /x "):
        api().get("x")
    assert len(server.requests) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 451])
def test_a_clear_no_is_taken_at_once(api, server, status):
    server.faults.append(answer(status, json={"message": "because"}))
    with pytest.raises(Refused, match=rf"acme: GET /x answered {status}: because") as raised:
        api().get("x")
    assert raised.value.status == status
    assert len(server.requests) == 1


def test_after_a_401_nothing_more_is_asked_with_that_credential(api, server):
    acme = api()
    acme.get("x")
    server.faults.append(answer(401))
    for _ in range(3):
        with pytest.raises(Refused) as raised:
            acme.get("x")
        assert raised.value.status == 401
    assert len(server.requests) == 2


def in_seconds(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "waits"), [("7", (7, 7)), ("0.5", (0.5, 0.5)), ("0", BACKOFF), ("-5", BACKOFF), ("soon", BACKOFF), ("nan", BACKOFF)]
)
def test_retry_after_in_seconds_is_the_wait_and_nonsense_is_not(api, server, clock, asked, waits):
    server.faults.append(answer(429, retry_after=asked))
    assert api().get("x") == TRUTH
    assert waits[0] <= sum(clock.slept) <= waits[1]


@pytest.mark.parametrize(("seconds", "waits"), [(20, (18, 20)), (-90, BACKOFF)])
def test_retry_after_as_a_date_is_the_wait_and_a_past_date_is_not(api, server, clock, seconds, waits):
    server.faults.append(answer(429, retry_after=in_seconds(seconds)))
    assert api().get("x") == TRUTH
    assert waits[0] <= sum(clock.slept) <= waits[1]


def test_retry_after_as_a_date_is_read_against_the_vendors_own_clock(api, server, clock):
    there = datetime(2031, 5, 1, 12, tzinfo=UTC)
    server.faults.append(
        answer(503, retry_after=format_datetime(there + timedelta(seconds=9), usegmt=True), date=format_datetime(there, usegmt=True))
    )
    assert api().get("x") == TRUTH
    assert sum(clock.slept) == 9


@pytest.mark.parametrize("asked", ["61", "86400", "1e300", "inf", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_asked_to_wait_longer_than_a_minute_the_worker_is_given_back(api, server, clock, asked):
    server.faults.append(answer(429, retry_after=asked))
    acme = api()
    with pytest.raises(Busy) as raised:
        acme.get("x")
    assert clock.slept == []
    assert 61 <= raised.value.wait_seconds <= 3600
    with pytest.raises(Busy, match="stay away"):
        acme.get("other")
    assert len(server.requests) == 1


def test_a_storm_of_limits_holds_a_worker_for_a_minute_at_most(api, server, clock):
    server.faults += [answer(429, retry_after="25")] * 9
    with pytest.raises(Busy):
        api().get("x")
    assert sum(clock.slept) <= 60
    assert len(server.requests) <= 4


@pytest.mark.parametrize(
    ("wait", "header"),
    [
        (reset_in("ratelimit-reset"), "30".strip),
        (reset_at("ratelimit-reset"), lambda: str(int(time.time()) + 30)),
        (reset_at("ratelimit-reset", per_second=1000), lambda: str(int(time.time() * 1000) + 30_000)),
    ],
)
def test_each_vendors_reset_is_read_in_its_own_unit(api, server, clock, wait, header):
    vendor = Vendor(name="acme", base_url=None, auth=lambda _: {}, wait=wait)
    server.faults.append(answer(429, ratelimit_reset=header()))
    assert api(vendor).get("x") == TRUTH
    assert 28 <= sum(clock.slept) <= 31


def test_retry_after_wins_over_the_vendors_reset(api, server, clock):
    vendor = Vendor(name="acme", base_url=None, auth=lambda _: {}, wait=reset_in("ratelimit-reset"))
    server.faults.append(answer(429, ratelimit_reset="30", retry_after="2"))
    assert api(vendor).get("x") == TRUTH
    assert sum(clock.slept) == 2


def test_a_403_that_is_a_limit_is_waited_for_and_one_that_is_a_permission_is_not(api, server):
    def limited(status, headers, body):
        return status == 403 and (headers.get("x-ratelimit-remaining") == "0" or "secondary rate limit" in body)

    acme = api(Vendor(name="acme", base_url=None, auth=lambda _: {}, limited=limited))
    server.faults += [answer(403, x_ratelimit_remaining="0"), answer(403, json={"message": "secondary rate limit"}), answer(403, retry_after="1")]
    assert acme.get("x") == TRUTH
    assert len(server.requests) == 4
    server.faults.append(answer(403, x_ratelimit_remaining="17"))
    with pytest.raises(Refused):
        acme.get("x")
    assert len(server.requests) == 5


def test_an_error_inside_a_200_is_never_an_answer(api, server):
    vendor = Vendor(name="acme", base_url=None, auth=lambda _: {}, error_in=lambda body: body.get("error") if not body.get("ok", True) else None)
    server.faults += [answer(200, json={"ok": False, "error": "internal_error"})] * 9
    with pytest.raises(Garbled, match="internal_error"):
        api(vendor).get("x")


def test_a_refused_connection_is_busy():
    clock = Clock()
    acme = connect(ACME, Connection("http://127.0.0.1:1", None, "token-for-acme"), sleep=clock.sleep, clock=clock)
    with pytest.raises(Busy, match="could not be made") as raised:
        acme.get("x")
    assert acme.requests == 5
    assert "Is the host of the connection right" in raised.value.remedy


def test_a_host_that_answered_before_is_not_asked_about(api, server):
    acme = api()
    acme.get("x")
    server.faults += [drop] * 5
    with pytest.raises(Busy) as raised:
        acme.get("x")
    assert "host of the connection" not in raised.value.remedy


def test_a_name_that_is_no_host_asks_whether_it_is_right():
    clock = Clock()
    acme = connect(ACME, Connection("https://no-such-host.invalid", None, "token-for-acme"), sleep=clock.sleep, clock=clock)
    with pytest.raises(Busy, match=r"nothing ever came from https://no-such-host\.invalid") as raised:
        acme.get("x")
    assert "Is the host of the connection right" in raised.value.remedy


@pytest.mark.parametrize("fault", [stall(3), drip(0.05), drip(0.05, head_too=True), late(3)])
def test_no_answer_outlasts_its_deadline_however_it_dawdles(api, server, fault):
    server.faults.append(fault)
    started = time.monotonic()
    with pytest.raises(Busy, match="in time"):
        api(deadline=0.4).post("x", json={})
    assert time.monotonic() - started < 1


def test_an_answer_that_is_merely_slow_arrives(api, server):
    server.faults.append(drip(0.01))
    assert api().get("x") == TRUTH
