"""Which earlier weeks may be compared with: only those every source concerned already covered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

import pandas as pd

from signals.pulled import COVERING
from transforms.events.rows import Tables, columns
from transforms.report.frames import per_week
from transforms.report.week import Week

_WEEKS = 12


def compared_since(week: Week) -> datetime:
    """The start of the first week this one is compared with: what happened before need not be read."""
    return week.before(_WEEKS).start


@dataclass(frozen=True, slots=True)
class History:
    """The twelve weeks before the reported one, oldest first, and since when each source is covered."""

    weeks: tuple[Week, ...]
    begun: Mapping[str, datetime]

    def known(self, sources: Iterable[str]) -> list[Week]:
        """The weeks in which all of these sources were covered from the start; none where there is no source."""
        named = set(sources)
        begun = [self.begun[source] for source in named if source in self.begun]
        return [week for week in self.weeks if named and all(start <= week.start for start in begun)]

    def since_first(self) -> list[Week]:
        """The weeks since the first source was covered."""
        first = min(self.begun.values(), default=None)
        return [week for week in self.weeks if first is None or first <= week.start]


def history(tables: Tables, week: Week) -> History:
    """What the ledger says about the weeks before this one."""
    pulls = columns(tables, "pulls", ("source", "window_start", "status"))
    covered = pulls[pulls["status"].isin(COVERING)]
    begun = covered.groupby("source")["window_start"].min()
    return History(tuple(week.before(n) for n in range(_WEEKS, 0, -1)), {str(s): at.to_pydatetime() for s, at in begun.items()})


def median_over(at: pd.Series, weeks: Sequence[Week]) -> float | None:
    """The median weekly count; None where no week is known."""
    return float(median(per_week(at, weeks))) if weeks else None
