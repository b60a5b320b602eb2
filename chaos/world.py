"""The made-up vendors of `demo.vendors` in motion: seeded events as time passes, each told to the oracle.

Whatever happens here, the product promises to find: a commit that is pushed months late, a page that changes through its log.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

from chaos.oracle import Oracle
from demo.vendors.github import GitHub
from demo.vendors.github_records import moment
from demo.vendors.github_state import State
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import Exchange, Request, Response, Server, serve

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)  # a Wednesday
SERVICES = ("cart", "pay", "ship", "stock", "bills", "mail", "shelf", "gate")
BUSY = SERVICES[:2]  # where more happens; the others stay quiet
ATTIC = "attic"  # a repository that nobody has touched for longer than a first pull looks back
LEARNING = "acme/learning"
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
LATEST = 2000 * HOUR  # a push may come so long after its commit


@dataclass
class World:
    """One organisation. `late`: share of commits pushed late; `ties`: share of events in the very second something was read."""

    random: Random
    late: float = 0.2
    ties: float = 0.2
    now: datetime = NOW
    oracle: Oracle = field(default_factory=Oracle)
    pending: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    postponed: list[Callable[[], object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """An organisation that took four deploys back two days ago, and has been quiet since."""
        state = State()
        self.github = GitHub(state, limit=10**9)
        self.pagerduty = PagerDuty(requests_per_minute=10**9)
        state.add_repository(LEARNING)
        state.add_commit(f"acme/{ATTIC}", "Long ago", NOW - timedelta(days=300))
        for number, service in enumerate(SERVICES):
            begun = NOW - (40 + number) * HOUR
            for version, at in (("v1", begun - 48 * HOUR), ("v2", begun), ("v1", begun + 30 * MINUTE)):
                sha = self.commit(service, at)
                self.deploy(service, sha, at, "SUCCESS", at + 5 * MINUTE, version=version)
        self.pass_pending(NOW)
        self.oracle.findings = len(SERVICES)
        self.services = [self.pagerduty.add_service(service) for service in SERVICES]
        self.people = [self.pagerduty.add_user(name, "Europe/Berlin") for name in ("Ada", "Bo", "Cy")]
        for person in self.people:
            self.oracle.put("people", "pagerduty", person, "Europe/Berlin")
        self.pagerduty.add_policy("checkout", self.pagerduty.add_schedule("checkout", "Europe/Berlin", self.people, NOW - timedelta(days=60)))

    def pass_by(self, span: timedelta) -> None:
        """Time goes by, and things happen in it."""
        before, self.now = self.now, self.now + span
        for _ in range(self.random.randint(0, 5)):
            is_late = self.random.random() < self.late
            at = before - self.random.random() * LATEST if is_late else self._moment(before)
            self.commit(self.random.choice((*BUSY, ATTIC) if is_late else BUSY), at.replace(microsecond=0), is_late=is_late)
        if self.random.random() < 0.4:
            service, at = self.random.choice(BUSY), self._moment(before)
            outcome = self.random.choice(("SUCCESS", "FAILURE"))
            self.deploy(service, self.commit(service, at), at, outcome, at + self.random.randint(1, 300) * MINUTE)
        if self.random.random() < 0.3:
            self.pull_request(self.random.choice(BUSY), self._moment(before))
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.incident(self._moment(before))
        if self.random.random() < 0.3:
            self.change_event(self.random.choice(self.services), self._moment(before))
        self.pass_pending(self.now)

    def _moment(self, before: datetime) -> datetime:
        """A second since then; sometimes the very one up to which was read."""
        if self.random.random() < self.ties:
            return before
        return (before + self.random.random() * (self.now - before)).replace(microsecond=0)

    def pass_pending(self, now: datetime) -> None:
        """What was to happen up to now."""
        due = [event for event in self.pending if event[0] <= now]
        self.pending = [event for event in self.pending if event[0] > now]
        for _, happen in sorted(due, key=lambda event: event[0]):
            happen()

    def commit(self, service: str, at: datetime, *, is_late: bool = False) -> str:
        """A commit, pushed now."""
        repository, title = f"acme/{service}", f"Change {len(self.oracle.facts)}"
        sha = self.github.state.add_commit(repository, title, at, pushed_at=max(at, self.now))
        self.oracle.put("commits", "github", f"{repository}@{sha}", title, is_late=is_late)
        return sha

    def deploy(self, service: str, sha: str, at: datetime, outcome: str, ends_at: datetime, *, version: str | None = None) -> None:
        """A deployment that ends later."""
        repository = f"acme/{service}"
        number = self.github.state.add_deployment(repository, "production", sha, at, [("IN_PROGRESS", at)], tag=version)
        key = f"{repository}/deployments/{number}"
        self.oracle.put("deploys", "github", key, "running")

        def end() -> None:
            self.github.state.add_status(repository, number, outcome, ends_at)
            self.oracle.put("deploys", "github", key, {"SUCCESS": "success", "FAILURE": "failed"}[outcome])

        self.pending.append((ends_at, end))

    def pull_request(self, service: str, at: datetime) -> None:
        """A pull request, called something else within the month."""
        repository, title = f"acme/{service}", f"Propose {len(self.oracle.facts)}"
        number = self.github.state.add_pull(repository, title, at)
        self.oracle.put("pull_requests", "github", f"{repository}#{number}", title)

        def rename() -> None:
            self.github.state.repositories[repository].pulls[number].update(title=f"{title} now", updatedAt=moment(renamed_at))
            self.oracle.put("pull_requests", "github", f"{repository}#{number}", f"{title} now")

        renamed_at = at + self.random.randint(1, 720) * HOUR
        self.pending.append((renamed_at, rename))

    def change_event(self, service: str, at: datetime) -> None:
        """Something is switched somewhere."""
        target = f"Switch {len(self.oracle.facts)}"
        key = self.pagerduty.add_change_event(service, at, target)
        self.oracle.put("config_changes", "pagerduty", key, target)

    def incident(self, at: datetime) -> None:
        """Somebody is paged, and it ends within the day, or only weeks later."""
        who, title = self.random.choice(self.people), f"Alert {len(self.oracle.facts)}"
        key = self.pagerduty.add_incident(self.random.choice(self.services), at, title)
        self.pagerduty.log(key, at, "notify", who, "push")
        self.oracle.put("interruptions", "pagerduty", self.pagerduty.log_entries[-1]["id"], "push")
        self.oracle.put("pages", "pagerduty", key, "open")

        def resolve() -> None:
            self.pagerduty.log(key, ends_at, "resolve", who)
            self.oracle.put("pages", "pagerduty", key, "resolved")

        ends_at = at + self.random.randint(5, 1200) * self.random.choice((1, 1, 1, 24)) * MINUTE
        self.pending.append((ends_at, resolve))

    def postpone(self, exchange: Exchange) -> None:
        """A fault: the request is on its way, the client hears nothing more, and the tracker writes it down when `deliver` is called."""
        self.postponed.append(lambda: exchange.app(exchange.request))
        exchange.reset()

    def deliver(self) -> None:
        """What was on its way arrives."""
        while self.postponed:
            self.postponed.pop(0)()

    def opened(self) -> list[str]:
        """The text of every ticket there is."""
        return [issue["body"] for issue in self.github.state.repositories[LEARNING].issues.values()]


class Vendors:
    """Servers on loopback for one world after the other."""

    def __init__(self, stack: ExitStack) -> None:
        """Start both; the stack ends them."""
        self._world: World | None = None
        self._stack = stack  # a server ends when nobody holds its context any more
        self.github: Server = stack.enter_context(serve(self._github))
        self.pagerduty: Server = stack.enter_context(serve(self._pagerduty))

    @property
    def _at(self) -> World:
        if self._world is None:
            raise LookupError("no world yet")
        return self._world

    def _github(self, request: Request) -> Response:
        return self._dated(self._at.github(request))

    def _pagerduty(self, request: Request) -> Response:
        return self._dated(self._at.pagerduty(request))

    def _dated(self, response: Response) -> Response:
        """A vendor's clock is the world's."""
        return replace(response, headers={**response.headers, "Date": format_datetime(self._at.now, usegmt=True)})

    def show(self, world: World) -> None:
        """From now on this world answers, in fair weather."""
        self._world = world
        for server in (self.github, self.pagerduty):
            server.requests.clear()
            server.faults.clear()
            server.faults_at.clear()
