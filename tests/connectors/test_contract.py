import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from connectors import registry
from connectors.http import Vendor
from connectors.paging import offset
from connectors.parse import instant, parsed
from demo.vendors.server import Response, serve
from signals.pulled import Snapshot
from signals.records import Page
from signals.windows import Window
from tests.connectors.contract import contract

START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=7))
PAGES = [{"id": number, "at": (START + timedelta(minutes=number)).isoformat()} for number in range(250)]
ACME = Vendor(name="acme", base_url=None, auth=lambda connection: {"Authorization": f"Bearer {connection.secret}"})


def acme(request):
    start = int(request.param("offset", "0"))
    return Response(json={"pages": PAGES[start : start + 100], "more": start + 100 < len(PAGES)})


def page_of(item):
    return Page(native_id=str(item["id"]), title="a page", triggered_at=instant(item["at"]))


def steady(api, window):
    yield from parsed("pages", page_of, api.pages("pages", items="pages", pager=offset(), limit=100))
    yield Snapshot(Page, "acme", window)


def first_page_only(api, _window):
    yield from parsed("pages", page_of, api.get("pages")["pages"])


def outside(api, window):
    for page in steady(api, window):
        yield dataclasses.replace(page, triggered_at=window.end) if isinstance(page, Page) else page


def twice(api, window):
    yield from steady(api, window)
    yield from steady(api, window)


def swallowing(api, window):
    with api.scope("all"):
        yield from steady(api, window)
    yield Snapshot(Page, "acme", window)


def telling(api, window):
    yield from steady(api, window)
    print(api._attempts.secrets[0][:12])  # noqa: T201 - the slip the contract is there to see


@pytest.fixture
def kept(monkeypatch):
    def check(pull):
        found = registry.Source("acme", pull, ("pages",), ACME, timedelta(days=1), None)
        monkeypatch.setitem(registry._sources, "acme", found)
        with serve(acme) as server:
            contract("acme", server, {}, WINDOW)

    return check


def test_an_honest_connector_keeps_the_contract(kept):
    kept(steady)


@pytest.mark.parametrize("pull", [first_page_only, outside, twice, swallowing, telling])
def test_a_connector_with_a_slip_does_not_keep_the_contract(kept, pull):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        kept(pull)
