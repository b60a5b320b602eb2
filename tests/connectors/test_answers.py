"""What the client takes for an answer, and what it does once only."""

import gzip
import tracemalloc

import pytest

from connectors.errors import Busy, Garbled, Refused
from connectors.http import Connection, Vendor, connect
from demo.vendors.server import Response, serve
from demo.vendors.weather import Endless, answer, bomb, cut, drop, lose
from tests.connectors.contract import Clock

ACME = Vendor(name="acme", base_url=None, auth=lambda connection: {"Authorization": f"Bearer {connection.secret}"})
TRUTH = {"answer": 42}


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


@pytest.mark.parametrize("made", [lambda: bomb(200_000_000), lambda: answer(200, body=b"[" + b"0," * 6_000_000 + b"0]")], ids=["packed", "plain"])
def test_an_answer_beyond_the_cap_is_cut_there(api, server, made):
    server.faults.append(made())
    acme = api(max_bytes=10_000_000)
    tracemalloc.start()
    with pytest.raises(Refused, match="larger than 10,000,000 bytes"):
        acme.get("x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000
    assert len(server.requests) == 1


def test_a_packed_answer_is_unpacked_and_a_cut_one_noticed(api, server):
    whole = gzip.compress(b'{"answer": 42}')
    server.faults += [answer(200, body=whole[:-6], content_encoding="gzip"), answer(200, body=whole, content_encoding="gzip")]
    acme = api()
    assert acme.get("x") == TRUTH
    assert acme.requests == 2


@pytest.mark.parametrize(
    "headers", [{"long": "x" * 70_000}, {f"h{number}": "x" * 1_000 for number in range(90)}, {f"h{number}": "x" for number in range(200)}]
)
def test_endless_headers_are_not_read(api, server, headers):
    server.faults += [answer(200, json=TRUTH, **headers)] * 5
    with pytest.raises(Busy):
        api().get("x")


HOSTILE = ['{"n": NaN}', '{"n": Infinity}', '{"n": 1e999}', '{"n": 1, "n": 2}', '{"n": 123456789012345678901}', "[" * 200_000, '{"n": "\xff"}']


@pytest.mark.parametrize("body", [*HOSTILE[:-1], HOSTILE[-1].encode("latin-1")])
def test_json_no_standard_allows_is_garbled(api, server, body):
    server.faults += [answer(200, body=body)] * 5
    with pytest.raises(Garbled):
        api().get("x")


def test_numbers_of_64_bits_stay_exact(api, server):
    server.faults.append(answer(200, body='{"n": 9007199254740993, "m": 18446744073709551615}'))
    assert api().get("x") == {"n": 9007199254740993, "m": 18446744073709551615}


@pytest.mark.parametrize("fault", [drop, lose, cut(3), answer(500), answer(429, retry_after="1"), answer(201, body="<html>")])
def test_a_post_is_sent_once_and_an_unclear_outcome_is_busy(api, server, fault):
    server.faults.append(fault)
    with pytest.raises(Busy):
        api().post("tickets", json={"title": "t"})
    assert len(server.requests) == 1
    assert server.requests[0].json == {"title": "t"}


def test_a_post_that_is_redirected_does_not_become_a_get(api, server):
    server.faults.append(answer(302, location="/elsewhere"))
    with pytest.raises(Refused) as raised:
        api().post("tickets", json={})
    assert raised.value.status == 302
    assert len(server.requests) == 1


def test_graphql_is_tried_again_and_partial_data_never_returned(api, server):
    def broken(kind):
        return answer(200, json={"data": {"a": None}, "errors": [{"type": kind, "message": "no"}]})

    acme = api()
    server.faults += [answer(502), broken("TIMEOUT"), broken("RATE_LIMITED"), answer(200, json={"data": {"a": 1}})]
    assert acme.graphql("graphql", query="{a}") == {"a": 1}
    server.faults.append(broken("NOT_FOUND"))
    with pytest.raises(Refused) as raised:
        acme.graphql("graphql", query="{a}")
    assert raised.value.status == 404
    server.faults += [broken("SOMETHING")] * 5
    with pytest.raises(Garbled):
        acme.graphql("graphql", query="{a}")
    server.faults += [answer(200, json={"data": None})] * 5
    with pytest.raises(Garbled):
        acme.graphql("graphql", query="{a}")


def test_more_requests_than_the_budget_wait_for_the_next_minute(api, clock):
    acme = api(requests_per_minute=10)
    sent = []
    for _ in range(35):
        acme.get("x")
        sent.append(clock.now)
    assert all(later - earlier >= 60 for earlier, later in zip(sent, sent[10:], strict=False))
    assert 180 <= sum(clock.slept) <= 190


def test_threads_share_the_budget_and_the_results_keep_their_order(api, server):
    def echo(number):
        return acme.get("x", n=number) and number

    acme = api()
    assert list(acme.over(echo, range(100))) == list(range(100))
    assert acme.requests == len(server.requests) == 100
    assert sorted(int(request.param("n")) for request in server.requests) == list(range(100))


def test_the_first_error_of_many_ends_them(api, server):
    server.faults_at["/x"] = [answer(404)]
    acme = api()
    with pytest.raises(Refused):
        list(acme.over(acme.get, ["x"] * 1000))
    assert acme.requests < 100


def test_streams_are_read_side_by_side_and_each_keeps_its_order(api):
    def echoes(name):
        return (acme.get("x", name=name, n=number) and (name, number) for number in range(250))

    acme = api()
    found = list(acme.streams(echoes, "abc"))
    assert [number for name, number in found if name == "a"] == list(range(250))
    assert sorted(found) == [(name, number) for name in "abc" for number in range(250)]


def test_a_stream_is_read_no_further_than_its_reader_goes(api, server):
    acme = api()
    some = acme.streams(lambda name: (acme.get("x", name=name, n=number) for number in range(5_000)), "ab")
    for _ in range(10):
        next(some)
    some.close()
    assert len(server.requests) <= 4 * 100  # of each stream the page in hand and the one after it


def test_the_first_error_of_many_streams_ends_them(api, server):
    server.faults_at["/x"] = [answer(404)]
    acme = api()
    with pytest.raises(Refused):
        list(acme.streams(lambda name: (acme.get(name) for _ in range(10)), ["x"] * 1000))
    assert acme.requests < 1000


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GOES_ON = {
    "a body of 5 GB": (HEAD + b"Content-Length: 5000000000\r\n\r\n[", b"0," * 32_768),
    "a body to the end of the connection": (HEAD + b"Connection: close\r\n\r\n[", b"0," * 32_768),
    "chunks": (CHUNKED, b"10000\r\n" + b"0," * 32_768 + b"\r\n"),
    "the size of a chunk": (CHUNKED, b"0" * 65_536),
    "a chunk of less than nothing": (CHUNKED + b"-5\r\n", b"0" * 65_536),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"x: y\r\n" * 10_000),
    "bytes after a packed end": (HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"{}"), b"0" * 65_536),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 3_000),
    "headers": (HEAD, b"x: y\r\n" * 10_000),
    "a header": (HEAD + b"x: ", b"y" * 65_536),
    "the first line": (b"HTTP/1.1 200 ", b"y" * 65_536),
}


@pytest.mark.parametrize("part", GOES_ON)
def test_whatever_part_of_an_answer_never_ends_it_is_left_early_and_memory_stays_flat(api, server, part):
    fault = Endless(*GOES_ON[part])
    server.faults.append(fault)
    tracemalloc.start()
    with pytest.raises((Busy, Refused)):
        api(max_bytes=200_000).post("x", json={})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    assert fault.sent < 50_000_000  # the rest of it lay in the buffers of the sockets


def test_a_body_of_five_gigabytes_costs_no_more_memory_than_the_default_cap(api, server):
    fault = Endless(*GOES_ON["a body of 5 GB"])
    server.faults.append(fault)
    tracemalloc.start()
    with pytest.raises(Refused, match="larger than 50,000,000 bytes"):
        api().get("x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120_000_000
    assert len(server.requests) == 1
