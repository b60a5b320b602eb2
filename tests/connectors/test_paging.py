from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from connectors.errors import Garbled, Refused, TooMany
from connectors.http import Connection, Vendor, connect
from connectors.paging import LINK, cursor, next_url, numbered, offset, windowed
from demo.vendors.server import Response, serve
from signals.windows import Window

ACME = Vendor(name="acme", base_url=None, auth=lambda _: {}, requests_per_minute=1_000_000)
ALL = list(range(250))
START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def pages():
    """The items a client sees of a vendor that answers so, and how many requests that took."""

    def read(app, *path, **how):
        with serve(app) as server:
            api = connect(ACME, Connection(server.url), max_pages=how.pop("max_pages", 50))
            return list(api.pages(*(path or ("things",)), **how)), api.requests

    return read


def linked(request):
    number = int(request.param("page", "1"))
    following = f'<{"http://" + request.headers["host"]}/things?page={number + 1}&per_page=100>; rel="next", <http://x/>; rel="last"'
    return Response(json=ALL[(number - 1) * 100 : number * 100], headers={"Link": following} if number < 3 else {})


def counted(request):
    start = int(request.param("offset", "0"))
    return Response(json={"things": ALL[start : start + 100], "more": start + 100 < len(ALL)})


def tokened(request):
    start = int(request.param("after") or 0)
    token = str(start + 100) if start + 100 < len(ALL) else ""
    return Response(json={"things": ALL[start : start + 100], "meta": {"next": token}})


def pointing(request):
    start = int(request.param("from") or 0)
    href = f"/things?from={start + 100}" if start + 100 < len(ALL) else None
    return Response(json={"data": {"things": ALL[start : start + 100]}, "_links": {"next": {"href": href}}})


def paged(request):
    number = int(request.param("page", "1"))
    return Response(json=ALL[(number - 1) * 100 : number * 100])


@pytest.mark.parametrize(
    ("app", "how"),
    [
        (linked, {"pager": LINK}),
        (counted, {"pager": offset(), "items": "things", "limit": 100}),
        (tokened, {"pager": cursor("meta.next", "after"), "items": "things"}),
        (pointing, {"pager": next_url("_links.next.href"), "items": "data.things"}),
        (paged, {"pager": numbered(), "per_page": 100}),
    ],
)
def test_every_way_of_paging_gives_each_item_once_and_in_order(pages, app, how):
    assert pages(app, **how) == (ALL, 3)


def test_a_page_is_asked_for_only_when_the_one_before_is_used_up():
    with serve(linked) as server:
        api = connect(ACME, Connection(server.url))
        items = api.pages("things")
        next(items)
        assert api.requests == 1
        assert sum(1 for _ in items) == 249
        assert api.requests == 3


def test_lists_instants_and_flags_travel_as_vendors_expect_them(pages):
    seen = []

    def app(request):
        seen.append(request.query)
        return Response(json=[])

    pages(app, params={"statuses[]": ["a", "b c"], "since": START}, total=True, left_out=None)
    assert seen == [{"statuses[]": ["a", "b c"], "since": ["2026-03-02T00:00:00Z"], "total": ["true"]}]


def fresh():
    turn = count(1)
    return lambda _: Response(json={"things": [next(turn)], "next": f"token-{next(turn)}", "more": True})


def constant(_):
    return Response(json={"things": [1], "next": "same", "more": True})


def cycling():
    turn = count()
    return lambda _: Response(json={"things": [next(turn)], "next": "AB"[next(turn) // 2 % 2], "more": True})


@pytest.mark.parametrize(
    ("app", "pager", "most"),
    [
        (constant, cursor("next", "after"), 3),
        (constant, offset(), 3),
        (constant, numbered(size=1), 3),
        (cycling(), cursor("next", "after"), 4),
        (fresh(), cursor("next", "after"), 50),
        (fresh(), offset(more="more"), 50),
    ],
)
def test_paging_without_an_end_raises_and_names_the_loop(pages, app, pager, most):
    asked = []

    def watched(request):
        asked.append(request.target)
        return app(request)

    with pytest.raises(Garbled, match="acme: GET /things, page after page"):
        pages(watched, pager=pager, items="things")
    assert len(asked) <= most


def test_a_next_link_to_another_host_is_not_followed(pages):
    asked = []

    def elsewhere(request):
        asked.append(request)
        return Response(json=[])

    with serve(elsewhere) as other, pytest.raises(Refused, match="another host"):
        pages(lambda _: Response(json=[1], headers={"Link": f'<{other.url}/things?page=2>; rel="next"'}))
    assert not asked


@pytest.mark.parametrize("body", [{"items": []}, {"things": None}, {"things": {}}, [], "text"])
def test_an_answer_without_the_list_is_not_an_empty_list(pages, body):
    with pytest.raises(Garbled, match="no list 'things'"):
        pages(lambda _: Response(json=body), items="things")


def test_the_cap_of_an_offset_raises_before_the_vendor_refuses(pages):
    asked = []

    def app(request):
        asked.append(int(request.param("offset", "0")))
        return Response(json={"things": [asked[-1]], "more": True})

    with pytest.raises(TooMany):
        pages(app, pager=offset(cap=1_000), items="things", limit=100)
    assert max(asked) + 100 == 1_000


def test_a_window_that_holds_too_many_is_halved_until_all_are_listed():
    moments = [START + timedelta(milliseconds=180 * number) for number in range(20_000)]
    asked = []

    def app(request):
        since, until = (datetime.fromisoformat(request.param(name)) for name in ("since", "until"))
        first = int(request.param("offset", "0"))
        found = [moment.isoformat() for moment in moments if since <= moment < until]
        assert first + 1_000 <= 10_000
        return Response(json={"things": found[first : first + 1_000], "more": first + 1_000 < len(found)})

    with serve(app) as server:
        api = connect(ACME, Connection(server.url))

        def fetch(window):
            asked.append(window)
            yield from api.pages("things", pager=offset(limit=1_000), items="things", since=window.start, until=window.end, limit=1_000)

        found = list(windowed(fetch, Window(START, START + timedelta(hours=1))))
    assert found == [moment.isoformat() for moment in moments]
    assert len(asked) <= 7


def test_a_window_that_cannot_be_halved_further_says_so():
    def fetch(_):
        raise TooMany("too many")
        yield

    with pytest.raises(Refused, match="nothing smaller can be asked"):
        list(windowed(fetch, Window(START, START + timedelta(seconds=9))))


def test_an_unchanged_answer_is_none_and_a_changed_one_is_told():
    state = {"version": 1}

    def app(request):
        tag = f'"{state["version"]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(304, headers={"ETag": tag})
        return Response(json=state, headers={"ETag": tag})

    with serve(app) as server:
        etags = {}
        api = connect(ACME, Connection(server.url), etags=etags)
        assert api.changed("things", page=1) == {"version": 1}
        assert api.changed("things", page=1) is None
        assert api.changed("things", page=2) == {"version": 1}
        state["version"] = 2
        assert connect(ACME, Connection(server.url), etags=etags).changed("things", page=1) == {"version": 2}
        assert api.get("things", page=1) == {"version": 2}


def test_a_scope_that_may_not_be_seen_is_noted_and_the_rest_goes_on():
    def app(request):
        status = {"gone": 404, "closed": 403, "law": 451, "locked": 401, "odd": 400}.get(request.segments[0], 200)
        return Response(status, json={"message": "no"})

    with serve(app) as server:
        api = connect(ACME, Connection(server.url))
        for name in ("gone", "fine", "closed", "law"):
            with api.scope(name):
                api.get(name)
        assert list(api.degraded) == ["gone", "closed", "law"]
        assert api.degraded["gone"] == "acme: GET /gone answered 404: no"
        for name in ("odd", "locked"):
            with pytest.raises(Refused), api.scope(name):
                api.get(name)
        assert len(api.degraded) == 3


def test_a_scope_that_is_gone_for_good_is_noted_with_what_to_do():
    with serve(lambda _: Response(410, json={"message": "no"})) as server:
        api = connect(ACME, Connection(server.url))
        with api.scope("gone"):
            api.get("x")
        assert "gone for good" in api.degraded["gone"]
        with pytest.raises(Refused, match="answered 410"):
            api.settle()
