"""What the outbox holds: the budget that is spent, what waits, what is held back and why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pandas as pd

from transforms.health.contents import Budget, Trouble, Waiting
from transforms.policy import Policy
from transforms.prompts.budget import WEEK
from transforms.prompts.sent import sent_prompts
from transforms.report.frames import instant, tally, text
from transforms.report.phrases import counted

_UNCLEAR = ("unknown", "intent")
_LONG = timedelta(days=1)
_SETTLES = "Nothing to do yet: the next run looks for the code in the tracker's list."
_STUCK = "Run `soundings doctor`: nobody could look into the tracker's list for a day. Then run `soundings prompts`."


def budgets(prompts: pd.DataFrame, policy: Policy, as_of: datetime) -> Iterator[Budget]:
    """The organisation's, then that of each team that had a ticket. A service nobody owns has a budget of its own."""
    spent = Counter(one.owner for one in sent_prompts(prompts, {}) if as_of - one.at < WEEK)
    yield Budget(whose="everybody", spent=spent.total(), allowed=policy.budget_organisation_week)
    for owner, count in sorted(spent.items()):
        whose = owner if owner.removeprefix("service ") else "services nobody owns"
        yield Budget(whose=whose, spent=count, allowed=policy.budget_team_week)


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
    """Sends without a clear answer that a run could have settled by now. After a day the tracker's list cannot be read."""
    rows = prompts[prompts["state"].isin(_UNCLEAR) & (prompts["sent_at"] < as_of - timedelta(minutes=policy.wait_unknown_minutes))]
    for tracker, theirs in rows.groupby("tracker"):
        since = theirs["sent_at"].min().to_pydatetime()
        what = (
            f"{len(theirs)} {'ticket was' if len(theirs) == 1 else 'tickets were'} sent without a clear answer: {', '.join(sorted(theirs['code']))}"
        )
        is_stuck = as_of - since > _LONG
        yield Trouble(where=f"tracker {tracker}", what=what, since=since, remedy=_STUCK if is_stuck else _SETTLES, needs_person=is_stuck)


def unopened(prompts: pd.DataFrame, live: Mapping[str, bool], as_of: datetime) -> Iterator[Trouble]:
    """Tickets whose time came more than a day ago, in a tracker that opens tickets."""
    rows = prompts[(prompts["state"] == "planned") & (prompts["opens_at"] < as_of - _LONG) & prompts["tracker"].map(live).eq(True)]  # noqa: FBT003
    for tracker, theirs in rows.groupby("tracker"):
        what = f"{counted(len(theirs), 'ticket waits', 'tickets wait')} although the time to open came"
        remedy = "Look at the last run of the DAG prompt: whether it is paused, and what it said. Or run `soundings prompts`."
        yield Trouble(where=f"tracker {tracker}", what=what, since=instant(theirs["opens_at"].min()), remedy=remedy, needs_person=True)
