"""A made-up PagerDuty account: incidents with their log entries, rotas old and new, change events, paged and limited like the vendor.

    account = PagerDuty()
    ada, shop = account.add_user("Ada", "Europe/London"), account.add_service("shop")
    page = account.add_incident(shop, at, "Disk full", [(0, "notify", ada), (4, "acknowledge", ada), (31, "resolve", ada)])
    account.log(page, later, "priority", ada, "P2")
    with serve(account) as server: ...

Rules of paging, windows and errors: reference/REST and docs/REST-API of PagerDuty/developer-docs.
"""

import threading
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from demo.vendors.pagerduty_rota import Rota
from demo.vendors.server import Request, Response

Item = dict[str, Any]
CAP = 10_000
LONGEST = timedelta(days=184)
_VERBS = {"note": "annotate", "reassign": "assign", "priority": "priority_change"}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(status: int, code: int, message: str) -> Response:
    return Response(status, json={"error": {"code": code, "message": message}})


class PagerDuty:
    """The account. Everything added is there at once; call the object with a request to be answered."""

    def __init__(self, *, token: str = "made-up-token", zone: str = "America/New_York", requests_per_minute: int = 960) -> None:  # noqa: S107
        """Start with nobody and nothing; `plan` names the parts the account has not paid for."""
        self.token = token
        self.zone = ZoneInfo(zone)
        self.requests_per_minute = requests_per_minute
        self.unpaid: set[str] = set()
        self.priorities = ["P1", "P2", "P3", "P4", "P5"]
        self.users: list[Item] = []
        self.services: list[Item] = []
        self.policies: list[Item] = []
        self.rotas: dict[str, Rota] = {}
        self.incidents: list[Item] = []
        self.log_entries: list[Item] = []
        self.change_events: list[Item] = []
        self._incident: dict[str, Item] = {}
        self._story: dict[str, list[Item]] = {}
        self._is_sorted = True
        self._lately: deque[float] = deque()
        self._lock = threading.RLock()

    def _reference(self, kind: str, key: str, summary: str = "") -> Item:
        return {"id": key, "type": f"{kind}_reference", "summary": summary, "self": None, "html_url": None}

    def _added(self, to: list[Item], kind: str, summary: str, prefix: str, /, **fields: Any) -> str:
        key = f"{prefix}{len(to) + 1:06}"
        urls = {"self": f"https://api.pagerduty.com/{kind}s/{key}", "html_url": f"https://acme.pagerduty.example/{kind}s/{key}"}
        to.append({"id": key, "type": kind, "summary": summary, **urls, **fields})
        return key

    def add_user(self, name: str, zone: str | None) -> str:
        """A user; gives the id."""
        mail = f"{name.lower().replace(' ', '.')}@example.org"
        return self._added(self.users, "user", name, "PU", name=name, email=mail, time_zone=zone, role="user", job_title="Engineer")

    def add_service(self, name: str) -> str:
        """A service; gives the id."""
        return self._added(self.services, "service", name, "PS", name=name, status="active")

    def add_schedule(self, name: str, zone: str, members: Sequence[str], first: datetime, *, days: int = 7, is_new: bool = False) -> str:
        """A rota: each member in turn for so many local days from `first` on, for ever. `is_new` = a v3 schedule."""
        key = f"PR{len(self.rotas) + 1:06}"
        self.rotas[key] = Rota(key, name, ZoneInfo(zone), list(members), first, days, is_new)
        return key

    def add_override(self, schedule: str, user: str, start: datetime, end: datetime) -> None:
        """Somebody takes over for a while."""
        self.rotas[schedule].overrides.append((start, end, user))

    def add_policy(self, name: str, *levels: str) -> str:
        """An escalation policy: one schedule or user a level, the first called first."""
        kinds = ["schedule" if level in self.rotas else "user" for level in levels]
        rules = [
            {"id": f"{name}{n}", "escalation_delay_in_minutes": 30, "targets": [self._reference(kind, level)]}
            for n, (kind, level) in enumerate(zip(kinds, levels, strict=True))
        ]
        return self._added(self.policies, "escalation_policy", name, "PE", name=name, escalation_rules=rules, num_loops=0)

    def add_incident(
        self, service: str, at: datetime, title: str, script: Iterable[tuple[Any, ...]] = (), *, urgency: str = "high", alert_key: str | None = None
    ) -> str:
        """An incident and what happened to it: (minutes after, verb, who, to whom); verbs are those of `log`."""
        with self._lock:
            fields: Item = {"title": title, "created_at": _text(at), "status": "triggered", "urgency": urgency, "incident_key": alert_key}
            fields |= {"service": self._reference("service", service), "teams": [], "priority": None, "resolved_at": None}
            key = self._added(self.incidents, "incident", title, "Q", incident_number=len(self.incidents) + 1, **fields)
            self._incident[key] = self.incidents[-1]
            self.log(key, at, "trigger")
            for minutes, verb, *rest in script:
                self.log(key, at + timedelta(minutes=minutes), verb, *rest)
            return key

    def log(self, incident: str, at: datetime, verb: str, who: str | None = None, to: str | None = None) -> None:
        """One more entry: trigger, notify (to: push, sms, phone, email), acknowledge, escalate, reassign, note, priority (to: its name), resolve.

        What goes to several targets at once is an entry for each. A notification alone is no update of the incident.
        `who` None is the service itself; "timeout" the vendor's clock.
        """
        with self._lock:
            known = self._incident[incident]
            is_person = bool(who) and who != "timeout"
            agent = self._reference("user", str(who)) if is_person else known["service"]
            channel: Item = {"type": "website" if is_person else "timeout" if who == "timeout" else "api"}
            entry = {"type": f"{_VERBS.get(verb, verb)}_log_entry", "summary": verb, "created_at": _text(at), "agent": agent, "channel": channel}
            entry |= {"service": known["service"], "incident": self._reference("incident", incident, known["title"]), "teams": [], "contexts": []}
            if verb == "notify":
                notification = {"type": f"{to or 'push'}_notification", "status": "success", "address": None}
                entry |= {"user": agent, "agent": known["service"], "channel": {"type": "auto", "notification": notification}}
            self._apply(known, verb, entry, to)
            entry["id"] = f"R{len(self.log_entries) + 1:07}"
            self.log_entries.append(entry)
            self._story.setdefault(incident, []).append(entry)
            self._is_sorted = False

    def _apply(self, incident: Item, verb: str, entry: Item, to: str | None) -> None:
        if verb != "notify":
            incident["updated_at"] = entry["created_at"]
        if verb in {"acknowledge", "resolve"}:
            incident |= {"status": f"{verb}d", "last_status_change_at": entry["created_at"], "last_status_change_by": entry["agent"]}
        if verb == "resolve":
            incident["resolved_at"] = entry["created_at"]
        if verb == "priority":
            priority = {"id": f"PP{to}", "type": "priority", "summary": to, "name": to}
            entry["channel"] |= {"old_priority": incident["priority"], "new_priority": priority}
            incident["priority"] = priority

    def add_change_event(self, service: str, at: datetime, summary: str, **details: str) -> str:
        """Something was deployed or switched somewhere; its id."""
        fields = {"timestamp": _text(at), "source": "ci", "services": [self._reference("service", service)], "custom_details": details}
        return self._added(self.change_events, "change_event", summary, "CE", **fields, links=[])

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        with self._lock:
            refusal = self._refusal(request)
            return refusal or self._answer(request)

    def _refusal(self, request: Request) -> Response | None:
        now = time.monotonic()
        while self._lately and self._lately[0] < now - 60:
            self._lately.popleft()
        if len(self._lately) >= self.requests_per_minute:
            wait = {"ratelimit-limit": str(self.requests_per_minute), "ratelimit-remaining": "0"}
            wait["ratelimit-reset"] = str(int(self._lately[0] + 61 - now))
            return Response(429, json={"error": {"code": 2020, "message": "Rate Limit Exceeded"}}, headers=wait)
        self._lately.append(now)
        if request.headers.get("authorization") != f"Token token={self.token}":
            return _error(401, 2006, "Unauthorized")
        if "version=2" not in request.headers.get("accept", ""):
            return _error(400, 2002, "Accept must name version=2")
        return _error(402, 2012, "Payment Required") if request.segments[0] in self.unpaid else None

    def _answer(self, request: Request) -> Response:
        match request.segments:
            case ("incidents", key, *rest) if key in self._incident:
                return self._of_incident(request, key, bool(rest))
            case ("schedules", key) | ("v3", "schedules", key) if key in self.rotas:
                return self._schedule(request, self.rotas[key])
            case ("incidents" | "log_entries" | "change_events",):
                return self._recent(request)
            case ("users" | "services" | "escalation_policies" | "priorities" | "schedules",) | ("v3", "schedules"):
                return self._page(request, self._everything(request))
        return _error(404, 2100, "Not Found")

    def _everything(self, request: Request) -> list[Item]:
        if request.segments[-1] == "schedules":
            return [rota.listed() for rota in self.rotas.values() if rota.is_new == (request.segments[0] == "v3")]
        named = [{"id": f"PP{name}", "type": "priority", "summary": name, "name": name} for name in self.priorities]
        return {"users": self.users, "services": self.services, "escalation_policies": self.policies, "priorities": named}[request.segments[0]]

    def _of_incident(self, request: Request, key: str, is_story: bool) -> Response:
        if not is_story:
            return Response(json={"incident": self._incident[key]})
        included = {"incident": self._incident[key]} if "incidents" in request.query.get("include[]", []) else {}
        return self._page(request, [entry | included for entry in reversed(self._story[key])])

    def _schedule(self, request: Request, rota: Rota) -> Response:
        """The detail: a v3 schedule has left the old API, and the new one refuses an old schedule."""
        is_v3 = request.segments[0] == "v3"
        if rota.is_new != is_v3:
            return _error(400, 2001, "Schedule is not a v3 schedule") if is_v3 else _error(404, 2100, "Not Found")
        detail = rota.detailed if is_v3 else rota.classic
        return Response(json={"schedule": detail(*self._span(request), is_whole=request.param("overflow") == "true")})

    def _recent(self, request: Request) -> Response:
        match request.segments[0]:
            case "change_events" if not all(request.param(name, "Z").endswith("Z") for name in ("since", "until")):
                return _error(400, 2001, "since and until must be UTC")
            case "change_events":
                return self._windowed(request, self.change_events, "timestamp")
            case "log_entries":
                return self._windowed(request, self.log_entries, "created_at")
        wanted = set(request.query.get("service_ids[]", []))
        return self._windowed(request, self.incidents, "created_at", lambda item: not wanted or item["service"]["id"] in wanted)

    def _span(self, request: Request) -> tuple[datetime, datetime]:
        """The window asked for; a time without an offset is in the account's zone, the default is the last month."""
        until = datetime.fromisoformat(request.param("until") or datetime.now(UTC).isoformat())
        since = datetime.fromisoformat(request.param("since") or (until - timedelta(days=30)).isoformat())
        since, until = (at if at.tzinfo else at.replace(tzinfo=self.zone) for at in (since, until))
        return since, until

    def _windowed(self, request: Request, items: list[Item], field: str, is_wanted: Callable[[Item], bool] | None = None) -> Response:
        """The items of a window, both ends inside; nothing at all for more than six months, as the vendor does."""
        since, until = self._span(request)
        if not self._is_sorted:
            self.incidents.sort(key=lambda item: item["created_at"])
            self.log_entries.sort(key=lambda item: item["created_at"])
            self._is_sorted = True
        found = items[bisect_left(items, _text(since), key=lambda i: i[field]) : bisect_right(items, _text(until), key=lambda i: i[field])]
        if until - since > LONGEST:
            found = []
        if is_wanted:
            found = [item for item in found if is_wanted(item)]
        return self._page(request, found if request.param("sort_by") == "created_at:asc" else found[::-1])

    def _page(self, request: Request, items: list[Item]) -> Response:
        limit, offset = min(int(request.param("limit", "25")), 100), int(request.param("offset", "0"))
        if offset + limit > CAP:
            return _error(400, 2001, "Offset and limit must not go beyond 10000")
        total = len(items) if request.param("total") == "true" else None
        window = {"limit": limit, "offset": offset, "total": total, "more": offset + limit < len(items)}
        return Response(json={request.segments[-1]: items[offset : offset + limit], **window})
