"""A made-up GitHub over loopback: REST and GraphQL of one state, with pages, ETags, rate limits and refusals like the real one.

    github = GitHub(State(token="made-up"))
    github.state.add_commit("acme/shop", "Add a cart", at)
    with serve(github) as server: ...            # server.url, or server.url + "/api/v3" as an Enterprise Server

`remaining` counts down with each answer; at 0 everything is refused until `resets_at`. `meanwhile` is called after each answer,
so that something can happen between two pages. `longest_page` caps what one page holds.
"""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from hashlib import sha1
from typing import Any
from urllib.parse import parse_qsl, urlencode

from demo.vendors import github_graphql
from demo.vendors.github_records import Json, issue, number_of, public_user
from demo.vendors.github_state import Repository, State
from demo.vendors.server import Request, Response

_RUNS_CAP = 1000


def _error(status: int, message: str, **more: Any) -> Response:
    return Response(status, json={"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more})


def _within(text: str, start: str, end: str) -> bool:
    """Whether an instant lies between two, both inclusive; an empty bound is none."""
    return (not start or text >= start) and (not end or text <= end)


class GitHub:
    """The app for `demo.vendors.server.serve`."""

    def __init__(self, state: State | None = None, *, limit: int = 5000) -> None:
        """Start from a state, an empty one by default, with the whole hourly limit left."""
        self.state = state or State()
        self.limit = self.remaining = limit
        self.longest_page = 100
        self.resets_at = time.time() + 3600
        self.meanwhile: Callable[[Request], None] = lambda _request: None
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        """One request, answered in turn."""
        with self._lock:
            response = self._limited() or self._answer(request)
            response = self._unless_known(request, response)
            self.meanwhile(request)
        return response

    def _limited(self) -> Response | None:
        if time.time() >= self.resets_at:
            self.remaining, self.resets_at = self.limit, time.time() + 3600
        if self.remaining > 0:
            return None
        refused = _error(403, "API rate limit exceeded for installation ID 1.")
        return Response(403, json=refused.json, headers=self._limits())

    def _limits(self) -> dict[str, str]:
        used = self.limit - self.remaining
        values = {"limit": self.limit, "remaining": self.remaining, "used": used, "reset": int(self.resets_at) + 1, "resource": "core"}
        return {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in values.items()}

    def _unless_known(self, request: Request, response: Response) -> Response:
        """304 without a body, and free of charge, for an answer the client says it has."""
        tag = f'W/"{sha1(response.content(), usedforsecurity=False).hexdigest()}"'
        if request.method == "GET" and response.status == 200 and request.headers.get("if-none-match") == tag:
            return Response(304, headers={"ETag": tag, **self._limits()})
        self.remaining = max(0, self.remaining - 1)
        return Response(response.status, json=response.json, headers={"ETag": tag, **response.headers, **self._limits()})

    def _answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.state.token}":
            return _error(401, "Bad credentials")
        segments = request.segments[1:] if request.segments[:1] == ("api",) else request.segments
        match request.method, segments[segments[:1] == ("v3",) :]:
            case "POST", ("graphql",):
                return Response(json=github_graphql.answer(self.state, request.json))
            case "GET", ("user",):
                return Response(json=public_user(self.state.login, self.state.now()))
            case _, ("repos", owner, name, *rest):
                return self._repository(request, f"{owner}/{name}", rest)
            case _, ("repositories", number, *rest):
                name = next((name for name in self.state.repositories if str(number_of(name)) == number), "")
                return self._repository(request, name, rest)
        return _error(404, "Not Found")

    def _repository(self, request: Request, name: str, rest: list[str]) -> Response:  # noqa: C901, PLR0911 - a table of paths
        if name in self.state.renamed:
            moved = f"{self._origin(request)}/repositories/{number_of(self.state.renamed[name])}/{'/'.join(rest)}?{request.target.partition('?')[2]}"
            return Response(301, json={"message": "Moved Permanently", "url": moved}, headers={"Location": moved})
        status = self.state.refused.get(name, 200 if name in self.state.repositories else 404)
        if status != 200:
            return _error(status, {404: "Not Found", 451: "Repository access blocked"}.get(status, "Resource not accessible by integration"))
        home = self.state.repositories[name]
        if int(request.param("per_page", "30")) > self.state.heavy.get(name, 100):
            return Response(502, body="<html><head><title>502 Bad Gateway</title></head></html>")
        match request.method, rest:
            case "GET", ["commits"]:
                return self._commits(request, home)
            case "GET", ["compare", basehead]:
                return self._compared(request, home, *basehead.split("..."))
            case "GET", ["actions", "runs", *which]:
                return self._run(request, home, *which) if which else self._runs(request, home)
            case "GET", ["labels"]:
                return self._page(request, list(home.labels.values()))
            case "GET", ["labels", label]:
                return Response(json=home.labels[label.lower()]) if label.lower() in home.labels else _error(404, "Not Found")
            case "POST", ["labels"]:
                return self._new_label(home, request.json)
            case _, ["issues", *more]:
                return self._issues(request, home, more)
        return _error(404, "Not Found")

    def _commits(self, request: Request, home: Repository) -> Response:
        if not home.commits:
            return _error(409, "Git Repository is empty.")
        head = request.param("sha", home.branch)
        reached = home.reached(home.commits[-1]["sha"] if head == home.branch else head)
        if not reached:
            return _error(404, f"No commit found for SHA: {head}")
        since, until = request.param("since"), request.param("until")
        found = [item for item in reversed(home.pushed) if item["sha"] in reached]
        return self._page(request, [item for item in found if _within(item["commit"]["committer"]["date"], since, until)])

    def _compared(self, request: Request, home: Repository, base: str, head: str) -> Response:
        """What the head reaches and the base does not, oldest first."""
        before, after = home.reached(base), home.reached(head)
        if not before & after:
            return _error(404, "Not Found")
        new = [commit for commit in home.pushed if commit["sha"] in after - before]
        page = self._page(request, new)
        counts = {"ahead_by": len(new), "behind_by": len(before - after), "total_commits": len(new)}
        status = ("identical", "ahead", "behind", "diverged")[bool(counts["ahead_by"]) + 2 * bool(counts["behind_by"])]
        return Response(json={"status": status, **counts, "commits": page.json}, headers=page.headers)

    def _runs(self, request: Request, home: Repository) -> Response:
        """The newest thousand of those asked for: beyond them the real list ends, while its count goes on."""
        start, _, end = request.param("created").partition("..")
        found = [run for run in reversed(home.runs) if _within(run["created_at"], start, end)]
        page = self._page(request, found[:_RUNS_CAP])
        return Response(json={"total_count": len(found), "workflow_runs": page.json}, headers=page.headers)

    def _run(self, request: Request, home: Repository, number: str, *which: str) -> Response:
        """One run, an earlier attempt of it, or the jobs of all its attempts."""
        run = next((run for run in home.runs if str(run["id"]) == number), None)
        if run is None:
            return _error(404, "Not Found")
        if which == ("jobs",):
            latest = request.param("filter") != "all"
            jobs = [job for job in home.jobs.get(run["id"], []) if not latest or job["run_attempt"] == run["run_attempt"]]
            return Response(json={"total_count": len(jobs), "jobs": self._page(request, jobs).json})
        attempts = {str(attempt["run_attempt"]): attempt for attempt in [*home.attempts[run["id"]], run]}
        found = attempts.get(which[1]) if which[:1] == ("attempts",) else run
        return Response(json=found) if found else _error(404, "Not Found")

    def _new_label(self, home: Repository, body: Json) -> Response:
        if body["name"].lower() in home.labels:
            return _error(422, "Validation Failed", errors=[{"resource": "Label", "code": "already_exists", "field": "name"}])
        return Response(201, json=self.state.add_label(home.name, body["name"]))

    def _issues(self, request: Request, home: Repository, rest: list[str]) -> Response:
        match request.method, rest:
            case "GET", []:
                return self._page(request, self._listed(request, home))
            case "POST", []:
                body = request.json
                new = self.state.add_issue(home.name, body["title"], body.get("body", ""), labels=body.get("labels", ()))
                return Response(201, json=new)
            case "GET", [number] if int(number) in home.issues:
                return Response(json=home.issues[int(number)])
            case "GET", [number, "comments" | "events" as part] if int(number) in home.issues:
                return self._page(request, {"comments": home.comments, "events": home.events}[part].get(int(number), []))
        return _error(404, "Not Found")

    def _listed(self, request: Request, home: Repository) -> list[Json]:
        """Issues, and pull requests among them, as the real list has both."""
        pulls = [self._as_issue(home, number, node["title"]) for number, node in home.pulls.items()]
        wanted = {name for name in request.param("labels").split(",") if name}
        state, creator = request.param("state", "open"), request.param("creator")
        found = [
            item
            for item in [*home.issues.values(), *pulls]
            if _within(item["updated_at"], request.param("since"), "")
            and state in {"all", item["state"]}
            and creator in {"", item["user"]["login"]}
            and wanted <= {label["name"] for label in item["labels"]}
        ]
        return sorted(found, key=lambda item: -item["number"])

    def _as_issue(self, home: Repository, number: int, title: str) -> Json:
        opened_at = datetime.fromisoformat(home.pulls[number]["createdAt"])
        url = f"https://api.github.com/repos/{home.name}/pulls/{number}"
        links = {"url": url, "html_url": url, "diff_url": url, "patch_url": url}
        return {**issue(home.name, number, title, "", login=self.state.login, labels=(), at=opened_at), "pull_request": links}

    def _origin(self, request: Request) -> str:
        prefix = "/api/v3" if request.path.startswith("/api/v3") else ""
        return f"http://{request.headers['host']}{prefix}"

    def _page(self, request: Request, items: list[Json]) -> Response:
        size, page = min(int(request.param("per_page", "30")), self.longest_page), int(request.param("page", "1"))
        path, _, query = request.target.partition("?")
        links = []
        if page * size < len(items):
            following = urlencode({**dict(parse_qsl(query)), "page": page + 1})
            links = [f'<http://{request.headers["host"]}{path}?{following}>; rel="next"']
        return Response(json=json.loads(json.dumps(items[(page - 1) * size : page * size])), headers={"Link": ", ".join(links)} if links else {})
