"""What the week could teach: the sentence, the gap, what became of near misses, candidates for a conversation, learning lines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from transforms.events import Events
from transforms.events.reviews import LEVELS
from transforms.events.rows import Tables, between, columns, present, text
from transforms.policy import Policy
from transforms.report.contents import FunnelWeek, Gap, Learning, Opportunities, WaitingIncident
from transforms.report.frames import per_week
from transforms.report.frequency import stories
from transforms.report.history import median_over
from transforms.report.talked import Reviewed, service_of
from transforms.report.week import Week

_CONVERSATION = timedelta(days=7)  # five working days after the earliest time for it
_NOT_YET_SHARED = ("held", "talking", "invited")
_LINES = 5


def all_events(events: Events, reviews: Reviewed) -> pd.DataFrame:
    """Every near miss that stands and every real incident once: key, at, ended_at, level, required, state."""
    misses, incidents = stories(events.tables), events.real_incidents
    misses = misses[~misses["incident_id"].isin(incidents["native_id"])]
    near = pd.DataFrame({"key": misses["key"], "at": misses["started_at"], "ended_at": misses["ended_at"], "state": misses["state"]})
    near = near.assign(level=reviews.level_of("near_miss", misses["key"]), required=misses["placement"].map({"prompt": 2}).fillna(1))
    declared = pd.DataFrame({"key": incidents["native_id"], "at": incidents["declared_at"], "ended_at": incidents["resolved_at"], "state": None})
    declared = declared.assign(level=reviews.level_of("incident", incidents["native_id"]), required=incidents["is_severe"].map({True: 3, False: 2}))
    return pd.concat([near, declared.astype({"state": "object"})], ignore_index=True)


def opportunities(found: pd.DataFrame, week: Week, earlier: Sequence[Week]) -> Opportunities:
    """The figures of the first sentence, for what began in the week."""
    this = between(found, "at", week.start, week.end)
    talked = this["level"] >= 1
    let_go = int((~talked & (this["state"] == "let_go")).sum())
    return Opportunities(
        noticed=len(this),
        talked=int(talked.sum()),
        let_go=let_go,
        waiting=len(this) - int(talked.sum()) - let_go,
        median=median_over(found["at"], earlier if len(found) else ()),
        weeks=len(earlier),
    )


def waiting_incidents(events: Events, reviews: Reviewed, week: Week) -> tuple[WaitingIncident, ...]:
    """The incidents of the week that count as waiting in the first sentence and are not told with a near miss of theirs, the earlier first."""
    this = between(events.real_incidents, "declared_at", week.start, week.end)
    misses = between(stories(events.tables), "started_at", week.start, week.end)
    told = misses.loc[reviews.level_of("near_miss", misses["key"]) < 1, "incident_id"].dropna()
    this = this[(reviews.level_of("incident", this["native_id"]) < 1) & ~this["native_id"].isin(told)]
    waiting = this.sort_values(["declared_at", "native_id"])
    return tuple(
        WaitingIncident(service=text(service, "no service named"), declared_at=at.to_pydatetime(), url=_url(url))
        for service, at, url in zip(waiting["service"], waiting["declared_at"], waiting["url"], strict=True)
    )


def gap(found: pd.DataFrame, tables: Tables, policy: Policy, week: Week) -> Gap:
    """Of the events whose time for a conversation ended in the week, how many are below the level they call for."""
    prompts = columns(tables, "prompts", ("subject_key", "not_before_at")).dropna().groupby("subject_key")["not_before_at"].max()
    rested = found["ended_at"] + timedelta(hours=policy.rest_hours)
    ends_at = pd.to_datetime(found["key"].map(prompts.to_dict()), utc=True).fillna(rested) + _CONVERSATION
    due = found[(ends_at >= week.start) & (ends_at < week.end)]
    return Gap(still_open=int((due["level"] < due["required"]).sum()), ended=len(due))


def funnel(tables: Tables, reviews: Reviewed, weeks: Sequence[Week]) -> tuple[FunnelWeek, ...]:
    """Near misses by the week they began in: noticed, invited (a ticket was opened), talked about."""
    misses = stories(tables)
    prompts = columns(tables, "prompts", ("subject_key", "opened_at"))
    invited = misses["key"].isin(prompts.loc[prompts["opened_at"].notna(), "subject_key"])
    talked = reviews.level_of("near_miss", misses["key"]) >= 1
    counts = [per_week(misses.loc[rows, "started_at"], weeks) for rows in (misses["key"].notna(), invited, talked)]
    return tuple(FunnelWeek(label=week.label, noticed=n, invited=i, talked=t) for week, n, i, t in zip(weeks, *counts, strict=True))


def learnings(tables: Tables, week: Week, as_of: datetime) -> tuple[tuple[Learning, ...], int]:
    """Up to five lines of R2 and R3 conversations held in the week, one a service first; how many more there are.

    A line whose review is not shared yet (state held, talking or invited) stays with its team.
    """
    wanted = ("native_id", "service", "url", "level", "held_at", "first_seen_at", "learning", "state", "subject_kind", "subject_id")
    reviews = columns(tables, "reviews", wanted)
    reviews = reviews.assign(at=reviews["held_at"].fillna(reviews["first_seen_at"]), rank=reviews["level"].map(LEVELS).fillna(0))
    lines = between(reviews, "at", week.start, min(week.end, as_of))
    lines = lines[(lines["rank"] >= 2) & ~lines["state"].isin(_NOT_YET_SHARED) & lines["learning"].map(_says_something).astype("bool")]
    lines = lines.sort_values(["rank", "at", "native_id"], ascending=[False, True, True])
    named = [text(row.service) or service_of(tables, row.subject_kind, row.subject_id) for row in lines.itertuples()]
    lines = lines.assign(service=pd.Series(named, index=lines.index, dtype="object")).drop_duplicates(["service", "learning"])
    lines = lines.assign(turn=lines.groupby("service", dropna=False).cumcount()).sort_values("turn", kind="stable")
    shown = [
        Learning(service=text(row.service, "no service named"), line=str(row.learning), url=_url(row.url)) for row in lines[:_LINES].itertuples()
    ]
    return tuple(shown), max(len(lines) - _LINES, 0)


def _says_something(line: object) -> bool:
    return present(line) and bool(str(line).strip())


def _url(cell: object) -> str | None:
    return text(cell) or None
