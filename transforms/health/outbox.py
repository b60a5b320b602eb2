"""What the outbox holds: the budget that is spent, what waits, what is held back and why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pandas as pd

from transforms.estate import Estate
from transforms.events.rows import instant, tally, text
from transforms.events.sent import TRIES, sent_prompts
from transforms.health.contents import Budget, Trouble, Waiting
from transforms.local_time import DAY, WEEK
from transforms.policy import Policy
from transforms.words.numbers import counted
from transforms.working_hours import closes_at, team_of

_UNCLEAR = ("unknown", "intent")
_SETTLES = "Nothing to do yet: a run some minutes after the send looks for the code in the tracker's list."
_MISSED = "See whether the DAG prompt is paused and what it said. By cron: run `soundings prompts` every hour, so that a run falls into those hours."
_NOT_TAKEN = "Change what the tracker names here, then run `soundings prompts --again`."
_STUCK = "Run `soundings doctor`: nobody could look into the tracker's list for a day. Then run `soundings prompts`."


def budgets(prompts: pd.DataFrame, policy: Policy, as_of: datetime) -> Iterator[Budget]:
    """The organisation's, then that of each team that had a ticket, and beside it that about time on call. A service nobody owns has its own."""
    sent = [one for one in sent_prompts(prompts, {}) if as_of - one.at < WEEK]
    for is_rest, each in ((False, policy.budget_team_week), (True, policy.budget_rest_team_week)):
        spent = Counter(one.owner for one in sent if (one.subject_kind != "near_miss") == is_rest)
        about = ", time on call" if is_rest else ""
        if spent or not is_rest:
            yield Budget(whose=f"everybody{about}", spent=spent.total(), allowed=policy.budget_organisation_week)
        for owner, count in sorted(spent.items()):
            whose = owner if owner.removeprefix("service ") else "services nobody owns"
            yield Budget(whose=f"{whose}{about}", spent=count, allowed=each)


def queue(prompts: pd.DataFrame) -> Iterator[Waiting]:
    """What was sent without a clear answer, then what is planned, each the earliest first."""
    for states, at in ((_UNCLEAR, "sent_at"), (("planned",), "opens_at")):
        for row in prompts[prompts["state"].isin(states)].sort_values([at, "code"]).to_dict("records"):
            state = "planned" if at == "opens_at" else "sent, no clear answer"
            yield Waiting(code=row["code"], team=text(row["team"], "nobody's"), tracker=row["tracker"], state=state, at=instant(row[at]))


def withheld(prompts: pd.DataFrame) -> Mapping[str, int]:
    """Reason -> how many, the frequent first."""
    return dict(tally(prompts.loc[prompts["state"] == "withheld", "withheld_reason"].fillna("no reason given").astype("str")))


def unclear(prompts: pd.DataFrame, policy: Policy, as_of: datetime) -> Iterator[Trouble]:
    """Sends without a clear answer; one that may still be under way is none yet. After a day the tracker's list cannot be read."""
    is_over = prompts["sent_at"] < as_of - timedelta(minutes=policy.wait_unknown_minutes)
    rows = prompts[(prompts["state"] == "unknown") | ((prompts["state"] == "intent") & is_over)]
    for tracker, theirs in rows.groupby("tracker"):
        since = theirs["sent_at"].min().to_pydatetime()
        what = f"{counted(len(theirs), 'ticket was', 'tickets were')} sent without a clear answer: {', '.join(sorted(theirs['code']))}"
        is_stuck = as_of - since > DAY
        yield Trouble(where=f"tracker {tracker}", what=what, since=since, remedy=_STUCK if is_stuck else _SETTLES, needs_person=is_stuck)


def unopened(prompts: pd.DataFrame, live: Mapping[str, bool], estate: Estate, as_of: datetime) -> Iterator[Trouble]:
    """Tickets that were to open and have seen their team's working hours come and go, in a tracker that opens tickets."""
    rows = prompts[(prompts["state"] == "planned") & (prompts["opens_at"] < as_of) & prompts["tracker"].map(live).eq(True)]  # noqa: FBT003
    teams = [team_of(name, estate.teams, estate.zone) for name in rows["team"]]
    rows = rows.assign(ripe_at=rows[["opens_at", "planned_at"]].max(axis=1))
    is_missed = [closes_at(at.to_pydatetime(), team) < as_of for at, team in zip(rows["ripe_at"], teams, strict=True)]
    missed = rows[pd.Series(is_missed, index=rows.index, dtype=bool)]
    for (tracker, whose), theirs in missed.groupby(["tracker", missed["team"].fillna("")]):
        team = team_of(whose, estate.teams, estate.zone)
        hours = f"the working hours of {whose or 'a service nobody owns'} ({team.starts:%H:%M} to {team.ends:%H:%M}, {team.zone})"
        what = f"{counted(len(theirs), 'ticket waits', 'tickets wait')} although {hours} came and went"
        yield Trouble(where=f"tracker {tracker}", what=what, since=instant(theirs["ripe_at"].min()), remedy=_MISSED, needs_person=True)


def refused(prompts: pd.DataFrame, policy: Policy, as_of: datetime) -> Iterator[Trouble]:
    """Tickets a tracker does not take, for as long as anybody would want to talk about them."""
    recent = as_of - timedelta(days=policy.let_go_days)
    for row in prompts[(prompts["state"] == "refused") & (prompts["sent_at"] > recent)].sort_values("code").to_dict("records"):
        is_over = row["attempt"] >= TRIES
        tries = f"{counted(int(row['attempt']), 'try', 'tries')}, {'not tried again' if is_over else 'tried again by itself'}"
        what = f"{row['code']} was not opened: {text(row['withheld_reason'])} ({tries})"
        yield Trouble(where=f"tracker {row['tracker']}", what=what, since=instant(row["sent_at"]), remedy=_NOT_TAKEN, needs_person=True)
