"""A made-up organisation's warehouse, seeded: the frames the report reads."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache

import pandas as pd

from transforms.estate import Estate, Service, Team
from transforms.report import Week

SERVICES = {"checkout": "payments", "ledger": "money", "search": "discovery", "catalogue": "goods", "gateway": "edge", "mailer": "messages"}
ZONE = "Europe/London"
WEEK = Week.parse("2026-W46", ZONE)
AS_OF = datetime(2026, 11, 17, 9, tzinfo=UTC)
ESTATE = Estate(
    services={name: Service(team=team) for name, team in SERVICES.items()},
    teams={name: Team(zone=ZONE) for name in SERVICES.values()},
    zone=ZONE,
)
FACTS = {
    "NM-01": ("change", "v412 was replaced by v411 after 38 minutes"),
    "NM-03": ("change", "timeout_ms went from 800 to 200 and back within an hour"),
    "NM-15": ("page", "'queue depth' came and went seven times in a day"),
    "NM-14": ("page", "a page in sleep hours ended by itself after 6 minutes"),
    "NM-02": ("change", "a commit was undone two hours after it was merged"),
}
LINES = (
    "Step-backs skip the warm-up, so the first minute after one looks like an outage on the dashboard.",
    "We all thought the flag was read at start. It is read on every request.",
    "The queue alert counts messages that are retried on purpose.",
    "Nothing new, and good to know that three of us would have looked in three places first.",
    "Search falls back to yesterday's index, silently. Discovery knew, payments did not.",
    "The runbook is fine; finding it at night is what takes ten minutes.",
)


def frames(seed: int = 46, *, weeks: int = 13, busy: float = 1.0) -> dict[str, pd.DataFrame]:
    """Thirteen weeks that end with WEEK, plus planned shifts; `busy` scales how much happens."""
    return {name: frame.copy() for name, frame in _made(seed, weeks, busy).items()}


@cache
def _made(seed: int, weeks: int, busy: float) -> dict[str, pd.DataFrame]:
    chance = random.Random(seed)
    tables: dict[str, list[dict]] = {name: [] for name in ("commits", "config_changes", "deploys", "pages", "incidents", "reviews", "prompts")}
    misses: list[dict] = []
    hits: list[dict] = []
    for back in range(weeks):
        for table, mean in (("commits", 1350), ("config_changes", 210), ("deploys", 164), ("pages", 31)):
            tables[table] += [_event(chance, table, WEEK.before(back), n) for n in range(int(mean * busy * chance.uniform(0.8, 1.2)))]
        tables["incidents"] += [_incident(chance, WEEK.before(back), n) for n in range(int(chance.choice((2, 3, 4)) * busy))]
        for n in range(int(chance.randint(6, 13) * busy)):
            _near_miss(chance, WEEK.before(back), n, tables=tables, misses=misses, hits=hits)
    made = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return made | {"near_misses": pd.DataFrame(misses), "near_miss_hits": pd.DataFrame(hits)} | on_call() | ledger()


def _at(chance: random.Random, week: Week) -> datetime:
    return week.start + timedelta(seconds=chance.randrange(int(week.hours * 3600)))


def _event(chance: random.Random, table: str, week: Week, n: int) -> dict:
    at = _at(chance, week)
    source, when, bots = {
        "commits": ("github", "committed_at", 0.22),
        "config_changes": ("config", "applied_at", 0.35),
        "deploys": ("argo", "started_at", 0.6),
        "pages": ("pagerduty", "triggered_at", None),
    }[table]
    known, label = chance.random() > 0.03, week.label
    row = {
        "source": source,
        "native_id": f"{table}-{label}-{n}",
        "service": chance.choice(list(SERVICES)) if known else f"orphan-{n % 4}",
        "url": f"https://{source}.example/{table}/{label}/{n}",
        "first_seen_at": at + timedelta(minutes=7),
        when: at,
    }
    if bots is not None:
        row["is_bot"] = chance.random() < bots
    if table == "deploys":
        row["environment"] = chance.choice(("production", "production", "staging"))
    return row


def _incident(chance: random.Random, week: Week, n: int) -> dict:
    at = _at(chance, week)
    return {
        "source": "pagerduty",
        "native_id": f"incident-{week}-{n}",
        "service": chance.choice(list(SERVICES)),
        "kind": "rehearsal" if n == 3 else "real",
        "severity_initial": None,
        "severity_max": "sev2" if n == 0 and chance.random() < 0.6 else "SEV3",
        "severity_final": "SEV3",
        "declared_at": at,
        "resolved_at": at + timedelta(hours=3),
        "title": "Payments slow",
        "url": None,
        "first_seen_at": at,
    }


def _near_miss(chance: random.Random, week: Week, n: int, *, tables: dict, misses: list, hits: list) -> None:
    label, at = week.label, _at(chance, week)
    key = f"nm-{label}-{n:02d}"
    service = chance.choice(list(SERVICES))
    detector = chance.choice(list(FACTS))
    family, fact = FACTS[detector]
    table = {"NM-01": "deploys", "NM-03": "config_changes", "NM-02": "commits"}.get(detector, "pages")
    trigger = chance.choice([row for row in tables[table] if label in row["native_id"]])
    age = (AS_OF - at).days
    state = chance.choices(("invited", "shared", "answered", "set_aside", "let_go" if age > 30 else "resting"), (3, 3, 3, 1, 2))[0]
    placement = chance.choice(("prompt", "prompt", "list"))
    hits.append(
        {
            "key": f"hit-{key}",
            "detector": detector,
            "family": family,
            "service": service,
            "trigger_source": trigger["source"],
            "trigger_id": trigger["native_id"],
            "recovery_source": trigger["source"],
            "recovery_id": trigger["native_id"],
            "started_at": at,
            "ended_at": at + timedelta(hours=1),
        }
    )
    misses.append(
        {
            "key": key,
            "service": service,
            "team": SERVICES[service],
            "started_at": at,
            "ended_at": at + timedelta(hours=1),
            "confidence": 0.75 if placement == "prompt" else 0.4,
            "stakes": chance.choice((2, 3, 3, 4)),
            "placement": placement,
            "state": state,
            "set_aside_reason": "planned" if state == "set_aside" else None,
            "hits": [f"hit-{key}"],
            "detectors": [detector],
            "summary": fact,
            "incident_id": None,
            "review_level": {"shared": "R2", "answered": "R1"}.get(state, "R0"),
        }
    )
    if state in ("invited", "shared", "answered"):
        tables["prompts"].append(_prompt(key, at, n))
    if state == "shared":
        tables["reviews"].append(_review(chance, key, service, at))


def _prompt(key: str, at: datetime, n: int) -> dict:
    return {
        "key": f"p-{key}",
        "subject_kind": "near_miss",
        "subject_key": key,
        "url": f"https://tracker.example/{key}",
        "not_before_at": at + timedelta(hours=30),
        "opened_at": at + timedelta(hours=14) if n % 6 else None,
        "withheld_reason": None if n % 6 else "over the weekly budget of the team",
    }


def _review(chance: random.Random, key: str, service: str, at: datetime) -> dict:
    return {
        "source": "prompts",
        "native_id": f"review-{key}",
        "service": service,
        "url": f"https://tracker.example/{key}",
        "subject_kind": "near_miss",
        "subject_id": key,
        "level": "R2",
        "held_at": at + timedelta(days=4),
        "first_seen_at": at + timedelta(days=4),
        "learning": chance.choice(LINES),
        "state": "shared",
    }


def on_call() -> dict[str, pd.DataFrame]:
    """Two rotations of six and five people, one of four; week-long, three-day and week-long turns."""
    shifts, stretches = [], []
    for schedule, people, days in (("payments-primary", 6, 7), ("discovery-primary", 5, 3.5), ("edge-tiny", 4, 7)):
        start, turn = WEEK.before(9).start, 0
        while start < WEEK.end + timedelta(weeks=5):
            end, person = start + timedelta(days=days), f"{schedule}-person-{turn % people}"
            shifts.append(
                {"person": person, "schedule": schedule, "level": 1, "starts_at": start, "ends_at": end, "origin": "rotation", "zone": ZONE}
            )
            stretches.append(_stretch(person, schedule, start, end, days=days, turn=turn))
            start, turn = end, turn + 1
    return {"shifts": pd.DataFrame(shifts).assign(source="pagerduty", native_id=lambda f: f.index.astype(str)), "stretches": pd.DataFrame(stretches)}


def _stretch(person: str, schedule: str, start: datetime, end: datetime, *, days: float, turn: int) -> dict:
    return {
        "key": f"{person}-{turn}",
        "person": person,
        "starts_at": start,
        "ends_at": end,
        "level": "long" if days >= 7 else "watch",
        "origin": "structural",
        "is_loaded": turn % 5 == 0,
        "is_left_censored": False,
        "is_forecast": start > AS_OF,
        "schedules": [schedule],
        "interruptions": 4,
        "sleep_interruption_nights": turn % 3,
    }


def ledger() -> dict[str, pd.DataFrame]:
    """Daily windows of four sources; one of them lost a day, one ended before the week did, one never worked; answers came once."""
    pulls = []
    for source in ("argo", "config", "github", "pagerduty"):
        for day in range(14 * 7):
            start = WEEK.start + timedelta(days=day - 13 * 7)
            if (source, day) != ("config", 13 * 7 + 2) and not (source == "argo" and day > 13 * 7 + 4):
                pulls.append(_pull(source, start, "published"))
    pulls.append(_pull("prompts", WEEK.before(2).start, "published"))
    pulls.append(_pull("statuspage", WEEK.start, "failed") | {"detail": "401: the key was refused; make a new one"})
    scopes = {"acme/legacy-billing": "403, the app is not installed there"}
    pulls.append(_pull("github", WEEK.start, "degraded") | {"degraded": scopes})
    reasons = ["started_at is no instant"] * 4 + ["has no id"] * 2
    quarantine = [
        {"source": "argo", "kind": "deploys", "native_id": None, "reason": reason, "raw": "{}", "quarantined_at": WEEK.start + timedelta(days=1)}
        for reason in reasons
    ]
    return {"pulls": pd.DataFrame(pulls), "quarantine": pd.DataFrame(quarantine)}


def _pull(source: str, start: datetime, status: str) -> dict:
    taken = {"received": 60, "loaded": 50, "unchanged": 9, "quarantined": 1} if status != "failed" else {}
    return {
        "source": source,
        "window_start": start,
        "window_end": start + timedelta(days=1),
        "status": status,
        "finished_at": start + timedelta(days=1, minutes=20),
        "detail": None,
        "degraded": {},
        **taken,
    }
