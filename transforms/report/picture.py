"""The two pictures as geometry: where each bar, line and word of the SVG templates goes. Counts stay what the report says."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from transforms.report.contents import FunnelWeek, Tier
from transforms.words.numbers import compact

_STAKES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A drawing area in SVG units, and the bars' share of it. `name` makes the ids of one picture differ from the other's."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    bar: int
    is_narrow: bool = False

    @property
    def floor(self) -> int:
        """Where zero is."""
        return self.height - self.bottom


WIDE = Frame(name="wide", width=960, height=480, left=44, right=12, top=44, bottom=96, bar=76)
NARROW = Frame(name="narrow", width=380, height=440, left=36, right=4, top=42, bottom=84, bar=32, is_narrow=True)
STRIP = Frame(name="strip", width=960, height=170, left=0, right=0, top=24, bottom=38, bar=34)
STRIP_NARROW = Frame(name="strip-narrow", width=380, height=150, left=0, right=0, top=24, bottom=34, bar=14, is_narrow=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One tier: heights are y positions on the log axis. `bots` starts where the people's part ends."""

    tier: Tier
    x: float
    top: float
    people: float
    talked: float
    median: float | None
    stakes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The frequency-versus-stakes picture."""

    frame: Frame
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]

    @property
    def stakes_path(self) -> str:
        """The stakes line."""
        return "M" + " L".join(f"{bar.x:.1f} {bar.stakes:.1f}" for bar in self.bars)


def picture(tiers: Sequence[Tier], frame: Frame) -> Picture:
    """Counts on a log axis: zero on the floor, one a step above it, every further step ten times as many."""
    most = max((n for tier in tiers for n in (tier.count, tier.median or 0)), default=0)
    decades = max(ceil(log10(most)) if most > 1 else 0, 1)
    step = (frame.floor - frame.top) / (decades + 0.5)

    def y(count: float) -> float:
        height = step * (0.5 + log10(count)) if count >= 1 else step * 0.5 * count
        return round(frame.floor - height, 1)

    pitch = (frame.width - frame.left - frame.right) / max(len(tiers), 1)
    rise = (frame.floor - frame.top) / (_STAKES + 0.5)
    bars = tuple(
        Bar(
            tier=tier,
            x=round(frame.left + pitch * (place + 0.5), 1),
            top=y(tier.count),
            people=y(tier.count - tier.by_bots),
            talked=y(tier.talked),
            median=None if tier.median is None else y(tier.median),
            stakes=round(frame.floor - rise * tier.stakes, 1),
        )
        for place, tier in enumerate(tiers)
    )
    ticks = ((float(frame.floor), "0"), *((y(10**power), compact(10**power)) for power in range(decades + 1)))
    return Picture(frame=frame, bars=bars, ticks=ticks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What became of near misses, week by week, on a linear axis."""

    frame: Frame
    bars: tuple[tuple[FunnelWeek, float, float, float, float], ...]  # week, x, and y of noticed, invited, talked
    most: int


def strip(weeks: Sequence[FunnelWeek], frame: Frame) -> Strip:
    """One bar a week, oldest first."""
    most = max((week.noticed for week in weeks), default=0)
    unit = (frame.floor - frame.top) / max(most, 1)
    pitch = (frame.width - frame.left - frame.right) / max(len(weeks), 1)
    tops = [(week, *(round(frame.floor - unit * count, 1) for count in (week.noticed, week.invited, week.talked))) for week in weeks]
    bars = tuple((week, round(frame.left + pitch * (place + 0.5), 1), *ys) for place, (week, *ys) in enumerate(tops))
    return Strip(frame=frame, bars=bars, most=most)  # type: ignore[arg-type]
