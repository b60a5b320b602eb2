"""A made-up PagerDuty account with one service and three people, and how its records are pulled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors import pagerduty
from connectors.http import Connection, connect
from demo.vendors.pagerduty import PagerDuty
from signals.windows import Window

DAY = Window(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC))
NEXT = Window(DAY.end, DAY.end + timedelta(days=1))
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
ZOE, BO, INES, SHOP = "PU000001", "PU000002", "PU000003", "PS000001"


def paged_shop():
    account = PagerDuty(requests_per_minute=100_000)
    for name in ("Zoe", "Bo", "Ines"):
        account.add_user(name, "Europe/London")
    account.add_service("shop")
    return account


def quick(server, account, **how):
    """A client that waits for no budget."""
    return connect(replace(pagerduty.VENDOR, requests_per_minute=100_000), Connection(base_url=server.url, secret=account.token), **how)


def of(kind, records):
    return [record for record in records if isinstance(record, kind)]
