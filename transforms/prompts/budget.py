"""How many prompts a week has room for (docs/definitions.md, grouping and budget)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from transforms.events.sent import Sent
from transforms.local_time import WEEK
from transforms.policy import Policy
from transforms.words.numbers import counted


class Budget:
    """What the last seven days left of the prompts of each owner and of the organisation. Time on call has a budget of its own."""

    def __init__(self, sent: Iterable[Sent], policy: Policy, now: datetime, *, of_rest: bool = False) -> None:
        """Count what was sent of one sort."""
        asked = [one for one in sent if (one.subject_kind != "near_miss") == of_rest]
        self._policy, self._is_first_run = policy, not asked
        self._each = policy.budget_rest_team_week if of_rest else policy.budget_team_week
        self._used = Counter(one.owner for one in asked if now - one.at < WEEK)

    def take(self, owner: str) -> str | None:
        """None, and one prompt less is left; or the reason why there is none left, for people to read."""
        policy = self._policy
        if self._used[owner] >= self._each:
            return f"{owner} has its {counted(self._each, 'prompt')} of this week; listed in the report"
        if self._used.total() >= policy.budget_organisation_week:
            return f"the {policy.budget_organisation_week} prompts of this week are used up; listed in the report"
        if self._is_first_run and self._used.total() >= policy.first_run_cap:
            return f"a first run opens at most {policy.first_run_cap}; listed in the report"
        self._used[owner] += 1
        return None
