"""An ISO week, Monday to Sunday, in the organisation's own zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LABEL = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """The seven local days from this Monday on: 168 hours, 167 or 169 in a week with a clock change."""

    monday_on: date
    zone: str = "UTC"

    @classmethod
    def parse(cls, label: str, zone: str = "UTC") -> "Week":
        """The week an ISO label such as 2026-W46 means (ValueError where there is no such week)."""
        match = _LABEL.fullmatch(label)
        if not match:
            message = f"a week is written like 2026-W46, got {label!r}"
            raise ValueError(message)
        try:
            return cls(date.fromisocalendar(int(match[1]), int(match[2]), 1), zone)
        except ValueError:
            message = f"there is no week {label}: a year has weeks W01 to W52, some W53"
        raise ValueError(message)

    @classmethod
    def of(cls, at: datetime, zone: str = "UTC") -> "Week":
        """The week in which the instant lies."""
        local = at.astimezone(ZoneInfo(zone)).date()
        return cls(local - timedelta(days=local.weekday()), zone)

    @classmethod
    def closed_by(cls, at: datetime, zone: str = "UTC") -> "Week":
        """The newest week that is closed at this instant."""
        week = cls.of(at, zone).before(1)
        return week if week.closes_at <= at else week.before(1)

    def __str__(self) -> str:
        """The ISO label."""
        return self.label

    @property
    def label(self) -> str:
        """The ISO label, 2026-W46."""
        year, number, _ = self.monday_on.isocalendar()
        return f"{year:04d}-W{number:02d}"

    @property
    def start(self) -> datetime:
        """Monday 00:00 local, as a UTC instant."""
        return self._at(0, time(0))

    @property
    def end(self) -> datetime:
        """The next Monday 00:00 local, as a UTC instant; not part of the week."""
        return self._at(7, time(0))

    @property
    def closes_at(self) -> datetime:
        """Tuesday 06:00 local after the week: late records are in by then."""
        return self._at(8, time(6))

    @property
    def hours(self) -> float:
        """True elapsed hours of the week."""
        return (self.end - self.start).total_seconds() / 3600

    def before(self, weeks: int) -> "Week":
        """The week that many weeks earlier."""
        return Week(self.monday_on - timedelta(weeks=weeks), self.zone)

    def _at(self, days: int, clock: time) -> datetime:
        return datetime.combine(self.monday_on + timedelta(days=days), clock, ZoneInfo(self.zone)).astimezone(UTC)
