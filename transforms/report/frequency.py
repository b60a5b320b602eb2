"""How often each rung of the ladder happened, and how much of it was talked about (docs/definitions.md, the report)."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from signals.records import HAPPENED
from transforms.estate import Estate
from transforms.events import Events
from transforms.events.rows import Tables, between, columns, pairs, text
from transforms.report.contents import Standing, Tier
from transforms.report.frames import hits_of
from transforms.report.history import History, median_over
from transforms.report.talked import Reviewed
from transforms.report.week import Week
from transforms.words.numbers import counted

_EVENT = ("source", "native_id", "service", "is_bot")
_NOT_A_STORY = ("set_aside", "merged")


def stories(tables: Tables) -> pd.DataFrame:
    """Near misses that stand: neither set aside nor part of another story."""
    wanted = (
        "key",
        "service",
        "team",
        "started_at",
        "ended_at",
        "confidence",
        "stakes",
        "placement",
        "state",
        "hits",
        "detectors",
        "summary",
        "title",
    )
    misses = columns(tables, "near_misses", (*wanted, "incident_id", "review_level", "set_aside_reason"))
    return misses[~misses["state"].isin(_NOT_A_STORY)]


def near_misses_without_page(tables: Tables) -> pd.DataFrame:
    """Near misses no page of which is counted in the same tier already."""
    hits = hits_of(tables)
    pages = pairs(columns(tables, "pages", _EVENT))
    paged = pairs(hits, "trigger_source", "trigger_id").isin(pages) | pairs(hits, "recovery_source", "recovery_id").isin(pages)
    misses = stories(tables)
    return misses[~misses["key"].isin(hits.loc[paged, "story"]) & misses["incident_id"].isna()]


def tiers(events: Events, *, week: Week, reviews: Reviewed, past: History, incomplete: Sequence[str]) -> tuple[Tier, ...]:
    """The six tiers of the picture from the lowest stakes to the highest. Production and other deploys count alike.

    incomplete: the sources that do not cover the week.
    """

    def tier(table: str, frame: pd.DataFrame, sources: pd.Series, **words: Any) -> Tier:
        at, fed_by = HAPPENED[table], set(sources.dropna())
        this = between(frame, at, week.start, week.end)
        return Tier(
            count=len(this),
            by_bots=int(this["is_bot"].eq(other=True).sum()) if "is_bot" in this else 0,
            talked=int(reviews.talked(table, this).sum()),
            median=median_over(frame[at], past.known(fed_by)),
            standing=standing(fed_by, incomplete),
            **words,
        )

    tables = events.tables
    commits, changes = columns(tables, "commits", (*_EVENT, "committed_at")), columns(tables, "config_changes", (*_EVENT, "applied_at"))
    deploys, incidents = columns(tables, "deploys", (*_EVENT, "environment", "started_at")), events.real_incidents
    severe, other = (incidents[wanted] for wanted in (incidents["is_severe"], ~incidents["is_severe"]))
    live = f"{_in_production(deploys, events.estate, week):,} to production"
    return (
        tier("commits", commits, commits["source"], name="Commits", short_name="Commits", stakes=1),
        tier("config_changes", changes, changes["source"], name="Configuration changes", short_name="Config", stakes=2),
        tier("deploys", deploys, deploys["source"], name="Deploys", short_name="Deploys", stakes=3, note=live),
        _attention(tables, week=week, reviews=reviews, past=past, incomplete=incomplete),
        tier("incidents", other, incidents["source"], name="Incidents below SEV2", short_name="< SEV2", stakes=4),
        tier("incidents", severe, incidents["source"], name="SEV2 or higher", short_name="SEV2+", stakes=5),
    )


def standing(fed_by: Collection[str], incomplete: Collection[str]) -> Standing:
    """Whether a count from these sources is all there was."""
    if not fed_by:
        return "unknown"
    return "partial" if set(fed_by) & set(incomplete) else "complete"


def _attention(tables: Tables, *, week: Week, reviews: Reviewed, past: History, incomplete: Sequence[str]) -> Tier:
    """Pages, and the near misses that hold none, in one tier."""
    pages, misses = columns(tables, "pages", (*_EVENT, "triggered_at")), near_misses_without_page(tables)
    paged, missed = between(pages, "triggered_at", week.start, week.end), between(misses, "started_at", week.start, week.end)
    talked = int(reviews.talked("pages", paged).sum()) + int((reviews.level_of("near_miss", missed["key"]) >= 1).sum())
    fed_by = {*pages["source"].dropna(), *hits_of(tables)["trigger_source"].dropna()}
    return Tier(
        name="Pages and near misses",
        short_name="Pages*",
        stakes=3,
        count=len(paged) + len(missed),
        by_bots=0,
        talked=talked,
        median=median_over(pd.concat([pages["triggered_at"], misses["started_at"]]), past.known(fed_by)),
        standing=standing(fed_by, incomplete) if len(pages) or not fed_by else "partial",
        note=f"{counted(len(paged), 'page')}, {counted(len(missed), 'near miss', 'near misses')} without a page",
    )


def _in_production(deploys: pd.DataFrame, estate: Estate, week: Week) -> int:
    this = between(deploys, "started_at", week.start, week.end)
    places = this.groupby(["service", "environment"], dropna=False).size().reset_index(name="deploys")
    live = [estate.is_production(text(row.service), text(row.environment)) for row in places.itertuples()]
    return int(places.loc[live, "deploys"].sum())
