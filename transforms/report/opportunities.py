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
_NEVER_LET_GO = 3  # the level called for
_LINES = 5


def all_events(events: Events, reviews: Reviewed) -> pd.DataFrame:
    """Every near miss that stands and every real incident once: key, at, ended_at, level, talked_at, required."""
    misses, incidents = stories(events.tables), events.real_incidents
    misses = misses[~misses["incident_id"].isin(incidents["native_id"])]
    near = pd.DataFrame({"key": misses["key"], "at": misses["started_at"], "ended_at": misses["ended_at"]})
    near = near.assign(required=misses["placement"].map({"prompt": 2}).fillna(1), **_talk(reviews, "near_miss", misses["key"]))
    declared = pd.DataFrame({"key": incidents["native_id"], "at": incidents["declared_at"], "ended_at": incidents["resolved_at"]})
    called_for = incidents["is_severe"].map({True: 3, False: 2})
    declared = declared.assign(required=called_for, **_talk(reviews, "incident", incidents["native_id"]))
    return pd.concat([near, declared], ignore_index=True)


def _talk(reviews: Reviewed, kind: str, ids: pd.Series) -> dict[str, pd.Series]:
    return {"level": reviews.level_of(kind, ids), "talked_at": reviews.began(kind, ids)}


def opportunities(found: pd.DataFrame, policy: Policy, week: Week, earlier: Sequence[Week]) -> Opportunities:
    """The figures at the top: what began in the week, and what became in it of all that was there to talk about.

    What nobody has spoken about is let go `let_go_days` after it ended, an incident that was SEV2 or higher never.
    """
    is_new = (found["at"] >= week.start) & (found["at"] < week.end)
    is_talked = found["level"] >= 1
    ends_at = found["ended_at"].fillna(found["at"]) + timedelta(days=policy.let_go_days)
    is_kept = (found["required"] >= _NEVER_LET_GO) | (ends_at >= week.end)
    waits = (found["at"] < week.end) & ~is_talked & is_kept
    return Opportunities(
        noticed=int(is_new.sum()),
        noticed_talked=int((is_new & is_talked).sum()),
        talked=len(between(found, "talked_at", week.start, week.end)),
        waiting=int(waits.sum()),
        waiting_longer=int((waits & ~is_new).sum()),
        let_go=int((~is_talked & ~is_kept & (ends_at >= week.start)).sum()),
        median=median_over(found["at"], earlier if len(found) else ()),
        weeks=len(earlier),
    )


def waiting_incidents(events: Events, reviews: Reviewed, week: Week) -> tuple[WaitingIncident, ...]:
    """The incidents of the week that count as waiting at the top and are not told with a near miss of theirs, the earlier first."""
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


def answers(tables: Tables, week: Week) -> int:
    """How many prompts were answered in the week, whenever they were opened."""
    prompts = columns(tables, "prompts", ("subject_key", "answered_at"))
    return between(prompts, "answered_at", week.start, week.end)["subject_key"].nunique()


def learnings(tables: Tables, week: Week, as_of: datetime) -> tuple[tuple[Learning, ...], int]:
    """Up to five lines somebody wrote in the week, one a service first; how many more there are.

    A line whose review is not shared yet (state held, talking or invited) stays with its team.
    """
    wanted = ("native_id", "service", "url", "level", "held_at", "first_seen_at", "learning", "state", "subject_kind", "subject_id")
    reviews = columns(tables, "reviews", wanted)
    reviews = reviews.assign(at=reviews["held_at"].fillna(reviews["first_seen_at"]), rank=reviews["level"].map(LEVELS).fillna(0))
    lines = between(reviews, "at", week.start, min(week.end, as_of))
    lines = lines[(lines["rank"] >= 1) & ~lines["state"].isin(_NOT_YET_SHARED) & lines["learning"].map(_says_something).astype("bool")]
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
