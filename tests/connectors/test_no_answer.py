"""Answers of a good status that are none: never nothing to tell, never a whole list."""

import pytest

from connectors.errors import Busy, Garbled
from connectors.http import Connection, Vendor, connect
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer

ACME = Vendor(name="acme", base_url=None, auth=lambda _: {}, requests_per_minute=1_000_000)
THINGS = [{"id": 1}, {"id": 2}]
NONE = {
    "202 with an empty list": answer(202, json=[]),
    "202 with nothing": answer(202),
    "203 in HTML": answer(203, body="<html><title>Proxy</title></html>"),
    "204": answer(204),
    "205": answer(205),
    "206 with a part of the list": answer(206, json=THINGS[:1]),
    "207 with many answers": answer(207, json=THINGS[:1]),
    "226": answer(226, json=THINGS[:1]),
    "304 nobody asked for": answer(304),
    "200 with nothing": answer(200, body=""),
    "200 with blanks": answer(200, body=" \n"),
    "200 in HTML": answer(200, body="<!doctype html><title>Sign in to Acme</title>"),
    "a message for the list": answer(200, json={"message": "Server Error", "documentation_url": "x"}),
    "a list that says it is not whole": answer(200, json={"items": THINGS[:1], "incomplete_results": True}),
}


@pytest.fixture
def server():
    with serve(lambda _: Response(json=THINGS)) as running:
        yield running


@pytest.fixture
def acme(server):
    return connect(ACME, Connection(server.url), etags={}, sleep=lambda _: None)


@pytest.mark.parametrize("name", NONE)
@pytest.mark.parametrize("items", [None, "items"])
def test_what_is_no_answer_is_never_a_list(acme, server, name, items):
    server.faults += [NONE[name]] * 5

    with pytest.raises(Busy):
        list(acme.pages("things", items=items))


@pytest.mark.parametrize("counted", [{"total_count": 2}, {"total": 2, "more": False}])
def test_a_list_that_counts_some_and_holds_none_is_no_empty_list(acme, server, counted):
    server.faults.append(answer(200, json={"things": [], **counted}))
    with pytest.raises(Garbled, match="counts 2 and holds none of them"):
        list(acme.pages("things", items="things"))


def test_a_page_behind_the_last_one_may_count_what_came_before_it(acme, server):
    server.faults += [answer(200, json={"things": [{"id": n}] if n == 1 else [], "total_count": 1}) for n in (1, 2)]
    assert list(acme.pages("things", items="things", pager=lambda page: {"page": 2} if page.items else None)) == [{"id": 1}]


@pytest.mark.parametrize("name", [name for name in NONE if name != "a message for the list"])
def test_what_is_no_answer_is_no_record_and_no_news(acme, server, name):
    for ask in (acme.get, acme.changed):
        server.faults += [NONE[name]] * 5
        with pytest.raises(Busy):
            ask("things")


@pytest.mark.parametrize("name", [name for name in NONE if name[:3] in {"202", "204", "205", "206", "207", "226", "304"}])
def test_what_is_no_answer_is_no_text_and_no_graph(acme, server, name):
    server.faults += [NONE[name]] * 5
    with pytest.raises(Busy):
        acme.content("feed.ics")
    server.faults += [NONE[name]] * 5
    with pytest.raises(Busy):
        acme.graphql("graphql", query="{a}")


def test_what_is_still_being_worked_out_is_asked_for_again_when_the_vendor_says(server):
    slept = []
    acme = connect(ACME, Connection(server.url), sleep=slept.append)
    server.faults += [answer(202, json=[]), answer(202, json=[], retry_after="7")]

    assert acme.get("things") == THINGS
    assert len(server.requests) == 3
    assert 7 <= sum(slept) < 9


def test_an_answer_that_did_not_change_counts_only_where_it_was_asked_about(acme, server):
    server.faults += [answer(200, json=THINGS, etag='"one"'), answer(304)]

    assert acme.changed("things") == THINGS
    assert acme.changed("things") is None
    server.faults += [answer(304)] * 5
    with pytest.raises(Garbled, match="answered 304"):
        acme.get("things")


def test_a_write_may_be_answered_in_any_good_way(acme, server):
    server.faults += [answer(201, body=""), answer(202, json={"id": 7}), answer(204)]

    assert [acme.post("things", json={}) for _ in range(3)] == [None, {"id": 7}, None]


def test_the_reason_shows_what_the_vendor_said_instead_of_the_list(acme, server):
    server.faults.append(answer(200, json={"message": "Server Error"}))
    with pytest.raises(Garbled, match="holds no list: Server Error"):
        list(acme.pages("things"))
    server.faults += [NONE["200 in HTML"]] * 5
    with pytest.raises(Garbled, match=r"HTML instead of JSON \(Sign in to Acme\)"):
        acme.get("things")


@pytest.mark.parametrize("body", [{"data": {"a": None}, "errors": [{"message": "odd"}]}, {"data": {"a": 1}, "errors": [{"message": "odd"}]}])
def test_a_part_of_a_graph_is_none(acme, server, body):
    server.faults += [answer(200, json=body)] * 5

    with pytest.raises(Garbled, match="odd"):
        acme.graphql("graphql", query="{a b}")
