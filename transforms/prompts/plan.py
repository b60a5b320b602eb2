"""Which findings become prompts now, and for every other one the reason a person can read (docs/definitions.md, grouping and budget)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd

from transforms.estate import Estate
from transforms.events.sent import Mark, given_up, owner, sent_prompts
from transforms.near_misses.hits import place_of
from transforms.policy import Policy
from transforms.prompts.budget import Budget
from transforms.prompts.codes import code
from transforms.prompts.cooling import NOBODY, Response, not_before, opens_at
from transforms.prompts.ripeness import Item, Known, held
from transforms.working_hours import team_of

COLUMNS = {
    "subject_kind": "str",
    "subject_key": "str",
    "code": "str",
    "team": "str",
    "hits": "object",
    "state": "str",
    "withheld_reason": "str",
    "same_as": "str",
    "opens_at": "datetime64[us, UTC]",
    "not_before_at": "datetime64[us, UTC]",
}


def plan(
    near_misses: pd.DataFrame,
    hits: pd.DataFrame,
    prompts_so_far: pd.DataFrame,
    estate: Estate,
    policy: Policy,
    *,
    now: datetime,
    covered_until: Mapping[str, datetime],
    first_seen: Mapping[str, datetime],
    responses: Mapping[str, Response] | None = None,
) -> pd.DataFrame:
    """Near misses placed as prompts, one a row, in the order they are to be asked: `state` planned, or withheld with `withheld_reason`.

    `opens_at`: the ticket opens then, not earlier. `not_before_at`: no conversation before. `same_as`: key of the prompt that asked already.
    `first_seen` (near miss -> instant) is `now` where it says nothing; `covered_until`: source -> how far it was read.
    A prompt that is only planned or withheld does not count as asked, so planning again gives the same plan.
    """
    by_key = {hit["key"]: hit for hit in hits.to_dict("records")}
    sent = sent_prompts(prompts_so_far, {key: mark(hit) for key, hit in by_key.items()})
    refused = given_up(prompts_so_far)
    known = Known(sent=sent, refused=refused, policy=policy, now=now, covered_until=covered_until, first_seen=first_seen)
    wanted = near_misses[near_misses["placement"] == "prompt"].to_dict("records")
    budget = Budget(sent, policy, now)
    items = within_budget(in_order(item_of(row, by_key) for row in wanted), known, budget)
    rows = [planned(item, estate, policy, (responses or {}).get(item.key, NOBODY)) for item in items]
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype(COLUMNS)


def item_of(row: Mapping[Any, Any], hits: Mapping[Any, Mapping[Any, Any]]) -> Item:
    """A row of near_misses with what its hits have in common with others."""
    theirs = [hits[key] for key in row["hits"] if key in hits]
    surest = max(theirs, key=lambda hit: (hit["confidence"], hit["key"]), default=None)
    reason = row["set_aside_reason"]
    return Item(
        key=row["key"],
        team=row["team"] if pd.notna(row["team"]) else None,
        owner=owner(row["team"], {row["service"]}),
        detector=surest["detector"] if surest else "",
        stakes=row["stakes"],
        confidence=row["confidence"],
        ended_at=row["ended_at"].to_pydatetime(),
        state=row["state"],
        set_aside_reason=reason if pd.notna(reason) else None,
        hits=frozenset(row["hits"]),
        marks=frozenset[Mark](mark(hit) for hit in theirs),
    )


def in_order(items: Iterable[Item]) -> list[Item]:
    """Stakes first, then confidence; among equal stakes no detector comes a second time while another waits for its first."""
    surest = sorted(items, key=lambda item: (-item.stakes, -item.confidence, item.ended_at, item.key))
    seen: Counter[tuple[int, str]] = Counter()
    turns: list[tuple[int, int, int]] = []
    for place, item in enumerate(surest):
        turns.append((-item.stakes, seen[item.stakes, item.detector], place))
        seen[item.stakes, item.detector] += 1
    return [surest[place] for _, _, place in sorted(turns)]


def within_budget(items: Sequence[Item], known: Known, budget: Budget) -> Iterator[Item]:
    """The items in order, with a reason where one is not ripe, repeats another of this plan, or is beyond the week's budget."""
    chosen: list[Item] = []
    for item in items:
        found = held(item, known) or repeated(item, chosen) or refused(item, budget)
        if found:
            yield replace(item, reason=found[0], same_as=found[1])
        else:
            chosen.append(item)
            yield item


def repeated(item: Item, chosen: Sequence[Item]) -> tuple[str, None] | None:
    """Another finding of this plan is of the same kind."""
    alike = next((one for one in chosen if item.marks and item.marks <= one.marks), None)
    return (f"the same kind of event is being asked about in {code(alike.key)}", None) if alike else None


def refused(item: Item, budget: Budget) -> tuple[str, None] | None:
    """The week's prompts are used up."""
    reason = budget.take(item.owner)
    return (reason, None) if reason else None


def planned(item: Item, estate: Estate, policy: Policy, response: Response) -> dict[str, Any]:
    """One row of the plan."""
    team = team_of(item.team, estate.teams, estate.zone)
    return {
        "subject_kind": "near_miss",
        "subject_key": item.key,
        "code": code(item.key),
        "team": item.team,
        "hits": sorted(item.hits),
        "state": "withheld" if item.reason else "planned",
        "withheld_reason": item.reason,
        "same_as": item.same_as,
        "opens_at": opens_at(item.ended_at, team, policy),
        "not_before_at": not_before(item.ended_at, response, team, policy),
    }


def mark(hit: Mapping[Any, Any]) -> Mark:
    """What makes two hits the same kind of event: detector, service and place."""
    return str(hit["detector"]), str(hit["service"]), place_of(hit)
