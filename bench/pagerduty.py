"""What it takes to read PagerDuty's incidents with their log entries, beside the same lists read one page after the other.

`python -m bench.pagerduty [ROUNDS]`: 3,000 incidents with 9,000 log entries in 12 weeks, then 12,000 with 36,000 in one day, from a made-up account
in a process of its own that answers after 50 ms.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

import requests

from bench.apart import Apart
from connectors.http import Connection, connect
from connectors.pagerduty import VENDOR, pull
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import App
from signals.records import Interruption, Page
from signals.windows import Window

END = datetime(2026, 11, 2, tzinfo=UTC)
TOKEN = "made-up-token"  # noqa: S105
UNLIMITED = 1_000_000


def account(incidents: int, window: Window) -> App:
    """Incidents spread evenly, each with three log entries: triggered, somebody called, taken."""
    made = PagerDuty(token=TOKEN, requests_per_minute=UNLIMITED)
    shop, ada = made.add_service("shop"), made.add_user("Ada", "Europe/London")
    apart = (window.end - window.start) / incidents
    for number in range(incidents):
        made.add_incident(shop, window.start + apart * number, "Slow", [(0, "notify", ada), (0, "acknowledge", ada)])
    return made


def ours(url: str, window: Window) -> tuple[int, int]:
    """(pages, interruptions) as the connector tells them, each counted once."""
    records = list(pull(connect(replace(VENDOR, requests_per_minute=UNLIMITED), Connection(None, None, TOKEN), base_url=url), window))
    pages, calls = ({record.native_id for record in records if isinstance(record, kind)} for kind in (Page, Interruption))
    return len(pages), len(calls)


def one_by_one(url: str, window: Window) -> tuple[int, int]:
    """(incidents, log entries) of the bare lists: windows of two weeks, or of a quarter of it, so that none holds too many."""
    session = requests.Session()
    session.headers.update({"Authorization": f"Token token={TOKEN}", "Accept": "application/vnd.pagerduty+json;version=2"})
    seen: dict[str, set[str]] = {"incidents": set(), "log_entries": set()}
    for part in window.chunks(min(timedelta(days=14), (window.end - window.start) / 4)):
        for name, known in seen.items():
            asked = {"since": part.start.isoformat(), "until": part.end.isoformat(), "limit": "100"}
            offset, is_more = 0, True
            while is_more:
                page = session.get(f"{url}/{name}", params={**asked, "offset": str(offset)}).json()
                known.update(item["id"] for item in page[name])
                offset, is_more = offset + 100, page["more"]
    return len(seen["incidents"]), len(seen["log_entries"])


def measured(label: str, read: Callable[[str, Window], tuple[int, int]], server: Apart, window: Window) -> float:
    """Wall seconds of one read, told with what it found and asked."""
    began, used = time.perf_counter(), time.process_time()
    found = read(server.url, window)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    asked = len(server.log())
    print(f"{label}: {found[0]:,} and {found[1]:,} in {seconds:.2f} s, {cpu:.2f} CPU s; {asked / found[0] * 1000:.1f} requests for 1,000", flush=True)
    return seconds


def main(rounds: int) -> None:
    """Both readers in turns."""
    for incidents, days in ((3_000, 84), (12_000, 1)):
        window = Window(END - timedelta(days=days), END)
        with Apart(partial(account, incidents, window), 0.05) as server:
            ratios = []
            for _ in range(rounds):
                bare = measured(f"{incidents:,} in {days} days, one by one: incidents, log entries", one_by_one, server, window)
                ratios.append(measured(f"{incidents:,} in {days} days, connector: pages, calls", ours, server, window) / bare)
            print(f"  {median(ratios):.2f} of the time one by one", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
