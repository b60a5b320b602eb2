"""Up to five near misses worth a conversation: the higher stakes first, one a team, and not the same kind twice while another waits."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from signals.records import HAPPENED
from transforms.events.rows import Tables, between, columns, instant, present, tally, text
from transforms.near_misses.catalogue import BY_CODE, fact
from transforms.policy import Policy
from transforms.report.contents import Candidate, Tally
from transforms.report.frames import hits_of
from transforms.report.frequency import stories
from transforms.report.talked import Reviewed
from transforms.report.week import Week
from transforms.words.confidence import certainty_in_words
from transforms.words.numbers import and_more

_SHOWN = 5
_LONGEST_ID = 200
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b")
_TALKING = ("talking", "held")  # nobody needs to be asked to talk about these
_NOT_ASKED = (*_TALKING, "let_go", "closed_unrecorded")


def candidates(tables: Tables, policy: Policy, reviews: Reviewed, week: Week) -> tuple[tuple[Candidate, ...], tuple[Tally, ...]]:
    """The candidates of the week, and the other near misses nobody talked about by why they are not among them."""
    misses = between(stories(tables), "started_at", week.start, week.end)
    open_still = misses[reviews.level_of("near_miss", misses["key"]) < 1]
    waiting = open_still[open_still["placement"].isin(["prompt", "list"]) & ~open_still["state"].isin(_NOT_ASKED)]
    asked = waiting["placement"].eq("prompt")
    waiting = waiting.assign(asked=asked).sort_values(["asked", "stakes", "confidence", "key"], ascending=[False, False, False, True])
    chosen = list(_varied(waiting))
    others = open_still[~open_still["key"].isin([row["key"] for row in chosen])]
    reasons = tally(_why_not(others, tables))
    return tuple(_candidate(row, tables, policy) for row in chosen), tuple(Tally(what=what, count=count) for what, count in reasons)


def _why_not(misses: pd.DataFrame, tables: Tables) -> Iterator[str]:
    """Why each of these is not asked about here, up to the first semicolon of the outbox's reason."""
    prompts = columns(tables, "prompts", ("subject_key", "opened_at", "withheld_reason"))
    opened = set(prompts.loc[prompts["opened_at"].notna(), "subject_key"])
    withheld = dict(zip(prompts["subject_key"], prompts["withheld_reason"], strict=True))
    for row in misses.itertuples():
        if row.state in _TALKING:
            yield "being talked about now"
        elif row.key in opened:
            yield "its ticket was closed" if row.state == "closed_unrecorded" else "in a ticket already"
        elif row.state == "let_go":
            yield "let go, too long ago to ask"
        elif row.placement == "prompt":
            yield text(withheld.get(row.key), "waiting for a place in this list").partition(";")[0]
        else:
            yield "not certain enough to ask"


def _varied(waiting: pd.DataFrame) -> Iterator[pd.Series]:
    """One row a team; of those left, a row whose detectors were not shown yet comes before one whose were."""
    left = [row for _, row in waiting.iterrows()]
    seen: set[str] = set()
    for _ in range(_SHOWN):
        if not left:
            return
        row = next((row for row in left if not seen & set(_names(row["detectors"]))), left[0])
        seen |= set(_names(row["detectors"]))
        left = [other for other in left if _owner(other) != _owner(row)]
        yield row


def _owner(row: pd.Series) -> str:
    return text(row["team"]) or f"service {row['service']}"


def _names(cell: object) -> list[str]:
    return [str(name) for name in cell] if isinstance(cell, (list, tuple)) else []


def _candidate(row: pd.Series, tables: Tables, policy: Policy) -> Candidate:
    prompts = columns(tables, "prompts", ("subject_key", "url", "not_before_at"))
    ticket = prompts[prompts["subject_key"] == row["key"]].sort_values("url", na_position="last").head(1)
    url = text(ticket["url"].iloc[0]) if len(ticket) else ""
    is_ticket = url.startswith(("https://", "http://"))  # a file's address leads nowhere from a mail
    started_at = row["started_at"].to_pydatetime()
    hits = hits_of(tables)
    mine = hits[hits["story"] == row["key"]].sort_values("key")
    seen_at = None if is_ticket else _source_url(mine, tables)
    return Candidate(
        service=text(row["service"], "no service named") + and_more(mine["service"].dropna().nunique() - 1, "service"),
        team=text(row["team"]) or None,
        summary=text(row["summary"], text(row["title"])),
        why=tuple(_why(row, mine)),
        certainty=certainty_in_words(float(row["confidence"]), policy),
        started_at=started_at,
        not_before_at=instant(ticket["not_before_at"].iloc[0]) if len(ticket) else None,
        url=url if is_ticket else seen_at,
        is_ticket=is_ticket,
        recorded_as="" if is_ticket or seen_at else _recorded_as(mine),
    )


def _why(row: pd.Series, hits: pd.DataFrame) -> list[str]:
    """What it is listed for beside what the summary says already."""
    said = [hit.detector for hit in hits.itertuples() if _fact(hit) == row["summary"]]
    return [BY_CODE[name].why for name in _names(row["detectors"]) if name not in said][:3]


def _fact(hit: Any) -> str:
    seen = hit.evidence if isinstance(hit.evidence, Mapping) else {}
    return fact(hit.detector, seen, hit.ended_at - hit.started_at) if hit.detector in BY_CODE and present(hit.started_at) else ""


def _recorded_as(hits: pd.DataFrame) -> str:
    """The source's own name of the first event, commit ids shortened."""
    first = hits.head(1)
    names = (_COMMIT.sub(r"\1", str(name)) for name in first["trigger_id"])
    shown = (f"{name[:_LONGEST_ID]}…" if len(name) > _LONGEST_ID else name for name in names)
    return "".join(f"{name} in {source}" for source, name in zip(first["trigger_source"], shown, strict=True))


def _source_url(mine: pd.DataFrame, tables: Tables) -> str | None:
    """The link of the first of these events that has one."""
    for source, native_id in zip(mine["trigger_source"], mine["trigger_id"], strict=True):
        for table in HAPPENED:
            rows = columns(tables, table, ("source", "native_id", "url"))
            urls = rows.loc[(rows["native_id"] == native_id) & (rows["source"] == source), "url"].dropna()
            if len(urls):
                return str(urls.iloc[0])
    return None
