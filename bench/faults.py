"""GitHub's commits under bad weather: 4 repositories of 1,000, a fifth of the pages struck once each; what a pull takes, loses and doubles.

`python -m bench.faults [SEEDS]`: over so many seeds (10), against a made-up GitHub over loopback. Each pull is made once more in fair weather.
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from connectors.errors import Busy
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Fault, Request, Server, serve
from demo.vendors.weather import answer, cut, drop, late
from signals.windows import Window
from warehouse.store import Store

START = datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=7))
REPOSITORIES = [f"acme/service-{number}" for number in range(4)]
COMMITS = 1000
ONCE: dict[str, Fault | None] = {
    "fair weather": None,
    "429, a second": answer(429, retry_after="1"),
    "403, a second": answer(403, json={"message": "You have exceeded a secondary rate limit."}, retry_after="1"),
    "502": answer(502, body="<html>bad gateway</html>"),
    "dropped": drop,
    "cut body": cut(20_000),
    "slow body (3 s)": late(3.0),
    "arrivals while paging": None,
    "502 for ever": answer(502, body="<html>bad gateway</html>"),
}


def github() -> GitHub:
    """Four repositories, a commit a few minutes apart."""
    state = State()
    for name in REPOSITORIES:
        for number in range(COMMITS):
            state.add_commit(name, f"Change {number}", WINDOW.start + timedelta(minutes=5 * number))
    return GitHub(state, limit=1_000_000)


def struck(server: Server, fault: Fault, random: Random, *, for_ever: bool) -> None:
    """Strike a fifth of the requests for a page of commits, on their first try or on every one."""
    fair, chosen = server.handle, {}

    def handle(request: Request, connection: object) -> bool:
        is_new = request.target not in chosen
        if is_new:
            chosen[request.target] = request.method == "GET" and random.random() < 0.2
        if chosen[request.target] and (is_new or for_ever):
            server.faults_at[request.path] = [fault]
        return fair(request, connection)

    server.handle = handle  # type: ignore[method-assign, assignment]


def landed(store: Store, url: str) -> tuple[str, float]:
    """How a pull ended, and its seconds."""
    api = connect(GITHUB, Connection(None, None, "ghs_made_up"), base_url=url, requests_per_minute=1_000_000)
    began = time.perf_counter()
    try:
        landing = store.land("github", WINDOW, pull(api, WINDOW, repositories=REPOSITORIES), service_of=lambda record: record.scope, now=WINDOW.end)
        store.publish(landing.pull_id, WINDOW.end)
        ended = "ok"
    except Busy:
        ended = "stops"
    return ended, time.perf_counter() - began


def missing(store: Store, expected: set[str]) -> tuple[int, int]:
    """(commits that are not there, rows too many)."""
    rows = list(store.read("commits", ["native_id"])["native_id"])
    return len(expected - set(rows)), len(rows) - len(set(rows))


def once(name: str, seed: int) -> tuple[str, float, int, int, int]:
    """(how it ended, seconds, lost, doubled, lost after a pull in fair weather)."""
    made, random = github(), Random(seed)
    expected = {f"{name}@{commit['sha']}" for name, home in made.state.repositories.items() for commit in home.commits}
    if name.startswith("arrivals"):
        made.meanwhile = lambda _request: [made.state.add_commit(random.choice(REPOSITORIES), f"late {made.remaining}", WINDOW.start)]
    with TemporaryDirectory() as folder, serve(made) as server:
        store = Store.open(f"sqlite:///{folder}/warehouse.db")
        fair, fault = server.handle, ONCE[name]
        if fault:
            struck(server, fault, random, for_ever=name.endswith("ever"))
        ended, seconds = landed(store, server.url)
        lost, doubled = missing(store, expected)
        server.handle = fair  # type: ignore[method-assign]
        server.faults_at.clear()
        made.meanwhile = lambda _request: None
        landed(store, server.url)
        arrived = {f"{name}@{commit['sha']}" for name, home in made.state.repositories.items() for commit in home.commits}
        healed, _ = missing(store, expected | arrived)
        store.engine.dispose()
    return ended, seconds, lost, doubled, healed


def main(seeds: int) -> None:
    """A line for each weather."""
    for name in ONCE:
        found = [once(name, seed) for seed in range(seeds)]
        ended = "/".join(sorted({one[0] for one in found}))
        seconds = [one[1] for one in found]
        sums = [sum(one[place] for one in found) for place in (2, 3, 4)]
        print(
            f"{name}: {ended}, {median(seconds):.1f} s [{min(seconds):.1f}-{max(seconds):.1f}], "
            f"lost {sums[0]}, doubled {sums[1]}, lost after another pull {sums[2]}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
