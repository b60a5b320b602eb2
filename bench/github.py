"""What it takes to read GitHub's commits into the warehouse, beside a bare reader of the same pages in the same run.

`python -m bench.github [ROUNDS]`: 10 repositories of 1,000 commits from a made-up vendor in a process of its own; each reader is a process too, so
that CPU and peak memory are its own. `python -m bench.github budget` reads under the budget of 900 requests a minute for three minutes.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from statistics import median
from typing import Any

from bench.apart import Apart
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github_records import commit
from demo.vendors.server import App, Request, Response
from signals.windows import Window

NOW = datetime(2026, 11, 2, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=84), NOW)
UNLIMITED = 1_000_000
NEWS = {
    "isEmpty": False,
    "pushedAt": "2026-11-01T00:00:00Z",
    "defaultBranchRef": {"name": "main", "target": {"oid": "b" * 40}},
    "pullRequests": {"nodes": []},
    "deployments": {"nodes": []},
}


def _page() -> bytes:
    """A hundred commits as GitHub lists them, 0.3 MB; each page gets shas of its own where it is sent."""
    items = []
    for number in range(100):
        at = WINDOW.start + timedelta(minutes=number)
        sha = f"@@@@@@@@@@{sha1(str(number).encode(), usedforsecurity=False).hexdigest()[:30]}"
        message = f"Change how the cart adds up, part {number} (#{number})\n\nIt was odd before. {'Now it is not. ' * 8}"
        who: dict[str, Any] = {"login": f"person-{number % 20}", "email": f"person{number % 20}@example.com"}
        items.append(commit("acme/service-000", sha, message, at=at, authored_at=at, parents=["a" * 40], **who))
    return json.dumps(items).encode()


def vendor(commits: int) -> Callable[[], App]:
    """Any repository, with that many commits in the window."""

    def make() -> App:
        page = _page()

        def app(request: Request) -> Response:
            if request.method == "POST":
                return Response(json={"data": dict.fromkeys((f"r{number}" for number in range(len(request.json["variables"]) // 2)), NEWS)})
            repository, number = request.segments[2][-3:], int(request.param("page", "1"))
            following = f"http://{request.headers['host']}{request.target.partition('&page=')[0]}&page={number + 1}"
            body = page.replace(b"@@@@@@@@@@", f"{repository}{number:07}".encode()).replace(b"service-000", f"service-{repository}".encode())
            return Response(body=body, headers={"Link": f'<{following}>; rel="next"'} if number * 100 < commits else {})

        return app

    return make


def land(url: str, folder: str, repositories: int, requests_per_minute: int) -> int:
    """Our whole way: pulled, fitted, landed."""
    from warehouse.store import Store  # noqa: PLC0415 - only this reader needs it

    store = Store.open(f"sqlite:///{Path(folder) / 'bench.db'}")
    api = connect(replace(GITHUB, requests_per_minute=requests_per_minute), Connection(None, None, "made-up"), base_url=url)
    names = [f"acme/service-{number:03}" for number in range(repositories)]
    landing = store.land("github", WINDOW, pull(api, WINDOW, repositories=names), service_of=lambda record: record.scope, now=NOW)
    store.engine.dispose()
    return landing.loaded


def bare(url: str, folder: str, repositories: int, _: int) -> int:
    """The least that could be called reading: requests, json, a few fields, one executemany a page; 16 threads."""
    import requests  # noqa: PLC0415 - only this reader needs it

    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=16))

    def read(number: int) -> list[list[tuple[Any, ...]]]:
        pages, at = [], f"{url}/repos/acme/service-{number:03}/commits?per_page=100"
        while at:
            answer = session.get(at)
            pages.append([_fields(item) for item in answer.json()])
            at = answer.links["next"]["url"] if "next" in answer.links else ""
        return pages

    with sqlite3.connect(Path(folder) / "bare.db") as database, ThreadPoolExecutor(16) as pool:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE commits (sha PRIMARY KEY, author, committed_at, authored_at, message, url)")
        for pages in pool.map(read, range(repositories)):
            for page in pages:
                database.executemany("INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", page)
        count: int = database.execute("SELECT count(*) FROM commits").fetchone()[0]
        return count


def _fields(item: Any) -> tuple[Any, ...]:
    git = item["commit"]
    return item["sha"], (item["author"] or {}).get("login"), git["committer"]["date"], git["author"]["date"], git["message"], item["html_url"]


def reader(how: str, *arguments: str) -> None:
    """One reader in this process; prints what it took. CPU is told from the process's start on and without start-up."""
    with tempfile.TemporaryDirectory() as folder:
        if how == "land":
            land("http://127.0.0.1:1", folder, 0, 1)  # everything imported, the tables made
        began, used = time.perf_counter(), time.process_time()
        count = {"land": land, "bare": bare}[how](arguments[0], folder, int(arguments[1]), int(arguments[2]))
        figures = {"records": count, "wall": time.perf_counter() - began, "cpu": time.process_time() - used, "cpu_whole": time.process_time()}
        print(json.dumps(figures | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def run(how: str, url: str, repositories: int, requests_per_minute: int = UNLIMITED) -> dict[str, float]:
    """One reader in a process of its own."""
    command = [sys.executable, "-m", "bench.github", how, url, str(repositories), str(requests_per_minute)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own file
    figures: dict[str, float] = json.loads(told.stdout)
    return figures


def told(label: str, runs: list[dict[str, float]]) -> None:
    """The medians in one line."""
    at = {name: median(figures[name] for figures in runs) for name in runs[0]}
    each = 1e6 / at["records"]
    print(
        f"{label}: {at['records']:,.0f} records, {at['records'] / at['wall']:,.0f}/s by wall, {at['cpu'] * each:.0f} us CPU each "
        f"({at['cpu_whole'] * each:.0f} with start-up), peak {at['peak']:.0f} MB",
        flush=True,
    )


def first_sync(rounds: int) -> None:
    """10 x 1,000 at 0 and 50 ms, and how memory grows."""
    for latency in (0.05, 0.0):
        with Apart(vendor(1000), latency) as server:
            both = [(run("bare", server.url, 10), run("land", server.url, 10)) for _ in range(rounds)]
            asked = len(server.log()) / rounds / 2
            told(f"bare reader, {latency * 1000:.0f} ms", [pair[0] for pair in both])
            told(f"to the warehouse, {latency * 1000:.0f} ms", [pair[1] for pair in both])
            print(f"  {asked:.1f} requests a reader", flush=True)
    for commits in (1_000, 5_000, 20_000):
        with Apart(vendor(commits)) as server:
            told(f"10 repositories of {commits:,}", [run("land", server.url, 10)])
    with Apart(vendor(50_000)) as server:
        told("1 repository of 50,000", [run("land", server.url, 1)])


def budget(minutes: int = 3) -> None:
    """The most requests in any 60 seconds, by the vendor's own log, while there is always more to read."""
    with Apart(vendor(90 * minutes * 100)) as server:
        told("under the budget", [run("land", server.url, 10, 900)])
        times = [at for at, _ in server.log()]
        most = max(bisect_left(times, at + 60) - number for number, at in enumerate(times))
        print(f"{len(times):,} requests in {times[-1] - times[0]:.0f} s, in any 60 s at most {most}")


if __name__ == "__main__":
    if sys.argv[1:] == ["budget"]:
        budget()
    elif sys.argv[1:2] in (["land"], ["bare"]):
        reader(*sys.argv[1:])
    else:
        first_sync(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
