"""The report's own words, the same on the page and in mail (docs/definitions.md, wording)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from transforms.near_misses.catalogue import BY_CODE
from transforms.report.contents import Candidate, Gap, Report, RotationRow, SourceState, Tier
from transforms.words.moments import moment
from transforms.words.numbers import LARGE, count, counted, rounded

CAPTION = (
    "Low-stakes events are where practice is cheap; the right-hand side is where it is dear. "
    "Commits, configuration changes and deploys are not expected to be talked about one by one: "
    "their solid part counts only those that belong to something people reviewed."
)
HOW_TO_READ = (
    "More on record is usually better: it shows that people notice and say so.",
    "Small numbers wobble. A week is one sounding, not a trend.",
    "Nothing here is about persons. Groups too small to hide anybody are left out.",
    "Surprises and incidents are normal, part of our work.",
    "Nothing here is a target.",
)
_REASONS = 4
_INCIDENTS = 5
NO_LINE = "No line of what was learned was written this week."
_NOTHING_WAITS = "Nothing new waits for a conversation this week."
_NOTHING_NEW = "No near miss of this week is new to ask about."
NO_SOURCE = "No source has been read yet."
NO_ADVICE = "This is not legal or medical advice."
_WEEK_HOURS = 7 * 24
_SURE = {
    "fairly sure": "We are fairly sure this is worth asking about.",
    "maybe": "Maybe there is something to learn here.",
    "a guess": "This is a guess; it may be nothing.",
}


def number(tier: Tier, is_short: bool = False) -> str:
    """A tier's count, marked where it is only a lower bound or not known; `is_short` where there is little room, large ones rounded."""
    shown = rounded(tier.count) if is_short else count(tier.count)
    if tier.standing == "complete":
        return shown
    return f"≥ {shown}" if tier.count else "not known"


def sentence(report: Report) -> tuple[str, str]:
    """What the week could teach, and what became of it."""
    figures = report.opportunities
    is_partial = bool(report.certainty.incomplete) or not report.certainty.sources
    if is_partial and not figures.noticed:
        return "We cannot say yet what this week can teach us.", "What there was to notice did not all reach us."
    usual = f" ({figures.weeks}-week median {count(figures.median)})" if figures.median is not None else ""
    first = f"{'At least ' if is_partial else ''}{counted(figures.noticed, 'event', 'events')}{usual} could have taught us something this week."
    longer = f" ({count(figures.waiting_longer)} of them from earlier weeks)" if figures.waiting_longer else ""
    second = (
        f"{counted(figures.talked, 'was', 'were')} talked about in it, "
        f"{counted(figures.waiting, 'is', 'are')} waiting{longer}, "
        f"{counted(figures.let_go, 'was', 'were')} let go."
    )
    if figures.noticed:
        second += f" Of {counted(figures.noticed, 'new one', 'new ones')}, {counted(figures.noticed_talked, 'was', 'were')} talked about."
    return first, second


def gap(figures: Gap) -> str:
    """The opportunity gap, as counts and never as a score."""
    if not figures.ended:
        return "No event reached the end of its time for a conversation this week."
    open_now, ended = count(figures.still_open), counted(figures.ended, "event", "events")
    return f"Opportunity gap: of {ended} whose time for a conversation ended this week, {open_now} had not had the one they call for."


def gap_short(figures: Gap) -> str:
    """The gap in the fewest words."""
    return f"{count(figures.still_open)} of {count(figures.ended)}"


def share(tier: Tier, is_short: bool = False) -> str:
    """How much of a tier was talked about."""
    if not tier.count:
        return "–" if is_short or tier.standing != "complete" else "none this week"
    percent = 100 * tier.talked / tier.count
    shown = "< 1 %" if 0 < percent < 1 else f"{percent:.0f} %"
    return shown if is_short or tier.talked >= LARGE else f"{count(tier.talked)} talked about, {shown}"


def days(report: Report) -> str:
    """The week's first and last day."""
    first, last = report.week.monday_on, report.week.monday_on + timedelta(days=6)
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B %Y}"
    return f"{start} – {last.day} {last:%B %Y}"


def standing(report: Report) -> list[str]:
    """What a reader must know before any number: incomplete, preliminary, late, a longer or shorter week, silence."""
    said = []
    sure, week = report.certainty, report.week
    if not sure.sources:
        said.append("No source has been read yet. Every number here is empty, not zero.")
    if sure.incomplete:
        names = ", ".join(sure.incomplete)
        said.append(
            f"Incomplete: {names} {'does' if len(sure.incomplete) == 1 else 'do'} not cover the whole week. Numbers built on this may be too low."
        )
    if sure.silent:
        said.append(f"Silent this week: {', '.join(sure.silent)}. No record of these days came from there.")
    if not report.is_closed:
        said.append(f"Preliminary: records that arrive late are waited for until {moment(week.closes_at, week.zone)}.")
    if sure.arrived_late:
        records = counted(sure.arrived_late, "record", "records")
        said.append(f"Revision: {records} of this week arrived after it closed and {'is' if sure.arrived_late == 1 else 'are'} counted here.")
    if week.hours != _WEEK_HOURS:
        said.append(f"The clocks changed: this week has {count(week.hours)} hours.")
    return said


def not_covered(source: SourceState) -> str:
    """What of the week the source does not cover."""
    if not source.gaps:
        return "nothing"
    hours = "under 1 h" if source.gap_hours < 1 else f"{source.gap_hours:,.0f} h"
    return f"{hours} in {counted(source.gaps, 'window', 'windows')}"


def levels(report: Report) -> str:
    """What the columns of the rotation table mean."""
    watch, flag, long = (f"{days:g}" for days in report.level_days)
    return (
        f"Stretches that touch the week. Watch is more than {watch} days on call without a real break, flag more than {flag}, long {long} or more. "
        "Loaded means little sleep or much work in it. Nights are those of whole stretches. "
        f"Ahead: planned stretches of more than {flag} days that begin in the next four weeks. {NO_ADVICE}"
    )


def rotation_notes(rotations: Sequence[RotationRow]) -> list[str]:
    """What is said about single rotations under their table."""
    built = [
        f"{rotation.name}: this rotation is built from long turns. What would a split week look like?"
        for rotation in rotations
        if rotation.is_structural
    ]
    begun = [
        f"{rotation.name}: {counted(rotation.censored, 'stretch', 'stretches')} began before our records do, so the true length may be longer."
        for rotation in rotations
        if rotation.censored
    ]
    return built + begun


def no_rotation(report: Report) -> str:
    """That there is no rotation to show."""
    return f"No rotation of {report.min_group} or more people is on record for these weeks."


def too_small(report: Report) -> str:
    """How many rotations are not shown, and why there is no total."""
    number = report.rest.too_small
    if not number:
        return ""
    shown = counted(number, "rotation is", "rotations are")
    reason = f"fewer than {report.min_group} people, or so close to another that a small group could be worked out"
    return f"{shown} not shown: {reason}. For the same reason there is no total."


def why(candidate: Candidate) -> str:
    """Why a candidate is here, with how sure that is in words."""
    return " ".join((*candidate.why, _SURE[candidate.certainty]))


def recorded_as(candidate: Candidate) -> str:
    """Where to find what was seen, where no link leads there; foreign text."""
    return f"Recorded as {candidate.recorded_as}." if candidate.recorded_as else ""


def certainty_notes(report: Report) -> list[str]:
    """Each thing that makes a number smaller or less certain than it looks, in a sentence."""
    sure = report.certainty
    said = []
    if sure.accounts["received"]:
        loaded, unchanged, quarantined = (count(sure.accounts[name]) for name in ("loaded", "unchanged", "quarantined"))
        parts = f"{loaded} new or changed, {unchanged} unchanged, {quarantined} set aside"
        records = counted(sure.accounts["received"], "record", "records")
        said.append(f"{records} received for windows that touch the week, one as often as it was read: {parts}.")
    if sure.unmapped_events:
        events, services = counted(sure.unmapped_events, "event", "events"), counted(sure.unmapped_services, "name", "names")
        said.append(f"{events} of the week could not be given to a service we know ({services} no service claims).")
    if sure.unplaced_incidents:
        said.append(f"{counted(sure.unplaced_incidents, 'incident has', 'incidents have')} a severity nothing maps: counted as below SEV2.")
    return said


def could_not_look(report: Report) -> list[tuple[str, str]]:
    """Each detector by code and plain name, with what it lacked and where."""
    missing = report.certainty.not_runnable
    return [
        (
            f"{code} {BY_CODE[code].name}" if code in BY_CODE else code,
            "; ".join(_lacking(source, what, report.certainty.brought_aside) for source, what in sorted(missing[code].items())),
        )
        for code in sorted(missing)
    ]


def _lacking(source: str, what: str, aside: Mapping[str, Sequence[str]]) -> str:
    if source != "*":
        return f"{source} has {what}"
    table = what.removeprefix("no ")
    brought = aside.get(table.replace(" ", "_"), ())
    return f"all {table} of {' and '.join(brought)} were set aside" if brought else f"no source brings {table}"


def answers(report: Report) -> str:
    """How many answers came this week, whatever week the event was of."""
    return f"{counted(report.answers, 'answer', 'answers')} to our tickets came this week."


def no_candidate(report: Report) -> str:
    """That there is nothing to ask about here, where all the same something may wait."""
    figures = report.opportunities
    return _NOTHING_NEW if figures.waiting > figures.waiting_longer else _NOTHING_WAITS


def from_before(report: Report) -> str:
    """That events of earlier weeks wait, too, and where they are named; nothing where none does."""
    number = report.opportunities.waiting_longer
    return f"{counted(number, 'event waits', 'events wait')} from earlier weeks; the reports of those weeks name them." if number else ""


def incidents_wait(report: Report) -> str:
    """That declared incidents wait for their conversation too; nothing where none does."""
    number = len(report.incidents)
    return f"{counted(number, 'incident that was declared waits', 'incidents that were declared wait')} for a conversation:" if number else ""


def incidents_shown(report: Report) -> list[tuple[str, str | None]]:
    """The first few, each with its link; it names services and so is foreign text."""
    shown = [(f"{one.service}, {moment(one.declared_at, report.week.zone)}", one.url) for one in report.incidents[:_INCIDENTS]]
    more = len(report.incidents) - _INCIDENTS
    return [*shown, (f"and {count(more)} more", None)] if more > 0 else shown


def not_shown(report: Report) -> str:
    """How many more near misses were noticed and why they are not asked about here, in one line; it quotes reasons and so is foreign text."""
    number = sum(tally.count for tally in report.not_shown)
    if not number:
        return ""
    reasons = [f"{count(tally.count)} {tally.what}" for tally in report.not_shown[:_REASONS]]
    if left := sum(tally.count for tally in report.not_shown[_REASONS:]):
        reasons.append(f"{count(left)} for other reasons")
    return f"Also noticed, and not asked about here: {count(number)} ({'; '.join(reasons)})."
