"""How many requests a pull of GitHub costs when nothing is new and when one repository in a hundred has news, at 50 ms an answer.

`python -m bench.idle`: 100 and 1,000 repositories whose last push is a week old; then 200 pull requests with their reviews. What is kept between
pulls is kept, and the vendor's clock is the real one.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.apart import Apart
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import App, Request, Response
from signals.windows import Window

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = Window(NOW - timedelta(days=3), NOW)
LONG_AGO = NOW - timedelta(days=8)


def repositories(count: int) -> list[str]:
    """Their names."""
    return [f"acme/service-{number:04}" for number in range(count)]


def organisation(count: int, pulls: int = 0) -> Callable[[], App]:
    """So many repositories, each with an old commit; a POST to /news pushes to one in a hundred; `pulls` requests in the first one."""

    def make() -> App:
        github = GitHub(State(), limit=1_000_000)
        for name in repositories(count):
            github.state.add_commit(name, "Work", LONG_AGO)
        for number in range(pulls):
            reviews = [("grace", "APPROVED"), ("lint[bot]", "COMMENTED")]
            github.state.add_pull(repositories(1)[0], f"Change {number}", LONG_AGO, updated_at=NOW - timedelta(minutes=number + 1), reviews=reviews)

        def app(request: Request) -> Response:
            if request.path == "/repos/news/now":
                for name in repositories(count)[::100]:
                    github.state.add_commit(name, "New", NOW - timedelta(minutes=5))
                return Response(json={})
            return github(request)

        return app

    return make


def asked(server: Apart, label: str, names: list[str], etags: dict[str, str], **options: Any) -> None:
    """One pull and its price."""
    server.log()
    began, used = time.perf_counter(), time.process_time()
    api = connect(GITHUB, Connection(None, None, "ghs_made_up"), base_url=server.url, etags=etags)
    count = len(list(pull(api, WINDOW, repositories=names, **options)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{label}: {count} records, {len(server.log())} requests, {seconds:.2f} s, {cpu:.2f} CPU s", flush=True)


def main() -> None:
    """Quiet, then a little news, then pull requests."""
    for count in (10, 100, 1_000):
        with Apart(organisation(count), 0.05) as server:
            etags: dict[str, str] = {}
            names = repositories(count)
            asked(server, f"{count:,} repositories, nothing new", names, etags)
            connect(GITHUB, Connection(None, None, "ghs_made_up"), base_url=server.url).get("repos", "news", "now")
            asked(server, f"{count:,} repositories, one in a hundred has news", names, etags)
    with Apart(organisation(1, pulls=200), 0.05) as server:
        asked(server, "200 pull requests with reviews", repositories(1), {}, commits=False)


if __name__ == "__main__":
    main()
