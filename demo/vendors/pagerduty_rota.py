"""A made-up rota: members in turn by local wall clock, overrides on top, rendered the way PagerDuty renders old and new schedules."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Turn = tuple[datetime, datetime, str]


def _without(turns: list[Turn], start: datetime, end: datetime) -> list[Turn]:
    """The turns with the time [start, end) taken out."""
    left = [(begin, min(stop, start), user) for begin, stop, user in turns if begin < start]
    return sorted(left + [(max(begin, end), stop, user) for begin, stop, user in turns if stop > end])


@dataclass(slots=True)
class Rota:
    """One schedule. `first` is when the first member starts, in any zone; handovers keep that local hour."""

    key: str
    name: str
    zone: ZoneInfo
    members: list[str]
    first: datetime
    days: int
    is_new: bool
    overrides: list[Turn] = field(default_factory=list)

    def _turns(self, since: datetime, until: datetime) -> Iterator[Turn]:
        """Who the rotation gives from `since` on, whole turns."""
        local = self.first.astimezone(self.zone).replace(tzinfo=None)
        number = max(0, (since - self.first).days // self.days - 1)
        while True:
            start, end = ((local + timedelta(days=self.days * (number + n))).replace(tzinfo=self.zone).astimezone(UTC) for n in (0, 1))
            if start >= until:
                return
            if end > since:
                yield start, end, self.members[number % len(self.members)]
            number += 1

    def rendered(self, since: datetime, until: datetime, *, is_whole: bool) -> tuple[list[Turn], list[Turn]]:
        """(the final schedule, the overrides in it), cut at the ends of the window unless `is_whole`."""
        final, taken = list(self._turns(since, until)), [turn for turn in sorted(self.overrides) if turn[0] < until and turn[1] > since]
        for start, end, _ in taken:
            final = _without(final, start, end)
        both = (sorted(final + taken), taken)
        if is_whole:
            return both
        final, taken = ([(max(start, since), min(end, until), user) for start, end, user in turns if start < until and end > since] for turns in both)
        return final, taken

    def listed(self) -> dict[str, Any]:
        """The schedule as the list gives it."""
        kind = "schedule_v3_reference" if self.is_new else "schedule"
        urls = {"self": f"https://api.pagerduty.com/schedules/{self.key}", "html_url": f"https://acme.pagerduty.example/schedules/{self.key}"}
        item = {"id": self.key, "type": kind, "summary": self.name, **urls}
        return item if self.is_new else {**item, "name": self.name, "time_zone": self.zone.key}

    def _entries(self, turns: list[Turn]) -> list[dict[str, Any]]:
        return [
            {
                "start": start.astimezone(self.zone).isoformat(),
                "end": end.astimezone(self.zone).isoformat(),
                "user": {"id": user, "type": "user_reference", "summary": user, "self": None, "html_url": None},
            }
            for start, end, user in turns
        ]

    def classic(self, since: datetime, until: datetime, *, is_whole: bool) -> dict[str, Any]:
        """The detail of an old (v2) schedule."""
        final, overrides = self.rendered(since, until, is_whole=is_whole)
        return {
            **self.listed(),
            "final_schedule": {"name": "Final Schedule", "rendered_schedule_entries": self._entries(final)},
            "overrides_subschedule": {"name": "Overrides", "rendered_schedule_entries": self._entries(overrides)},
        }

    def detailed(self, since: datetime, until: datetime, *, is_whole: bool) -> dict[str, Any]:
        """The detail of a new (v3) schedule."""
        final, overrides = self.rendered(since, until, is_whole=is_whole)
        assignments = [
            {
                "type": "computed_shift_assignment",
                "start_time": start.astimezone(UTC).isoformat(),
                "end_time": end.astimezone(UTC).isoformat(),
                "member": {"type": "user_member", "user_id": user},
                "source": {"type": "schedule_rotation_override" if (start, end, user) in overrides else "schedule_rotation"},
            }
            for start, end, user in final
        ]
        rendered = {"type": "final_schedule", "rendered_coverage_percentage": 100, "computed_shift_assignments": assignments}
        return {**self.listed(), "type": "schedule_v3", "name": self.name, "time_zone": self.zone.key, "final_schedule": rendered}
