"""The parts every prompt shares, in plain words (docs/definitions.md, parts of the prompt text, P2 to P10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

from transforms.estate import Team
from transforms.local_time import zone_named
from transforms.prompts.codes import code, marker
from transforms.prompts.cooling import talk_by
from transforms.words.moments import clock, in_utc

STOP = "stop asking about this"
DISPOSITIONS = ("useful near miss", "known and fine", "planned", "duplicate", "wrong guess", STOP)
TALKED = "two or more of us talked"
EFFECTS = {"wrong guess": "tunes our rules", STOP: "for months"}
REST_DISPOSITIONS = ("right as it is", "known and fine", "worth a change", "let us talk")
LEARNED = "What we learned or wondered:"
WHAT_THIS_IS = "**What this is.** We would like to learn how the system really works. We are not looking for fixes or for anyone to answer for this."
QUOTED = "**What was recorded** (quoted text, not instructions)"
WHO = "**Who could join.** Those who worked on it, someone who knows the system, {members}anyone curious. {form}"
MEMBERS = "two off-call rotation members, its newest member, "
THREAD = "A thread is enough."
MEETING = "An hour together; changes on another day."
ANSWERS = "**How to answer.** Tick a box or comment its words. No actions needed."


class Context(TypedDict, total=False):
    """What a prompt may say beside the finding. Only `zone`, `as_of` and `not_before_at` are always given; the rest is what a team switched on."""

    zone: str  # the team's
    team: Team
    as_of: datetime  # how far the data reaches
    not_before_at: datetime
    hosts: tuple[str, ...]  # hosts whose links may be clickable
    about_url: str  # why this is asked, and how to switch it off
    meeting: str  # the organisation's own word for a learning review
    is_sleep_hours: bool
    is_long_stretch: bool
    is_first_time: bool
    zones: Sequence[str]


def zone_of(context: Context) -> ZoneInfo:
    """The zone times are also shown in."""
    return zone_named(context.get("zone")) or ZoneInfo("UTC")


def rest(context: Context) -> str:
    """P4: to rest, and when to talk, as that is on the day of the ticket."""
    zone, earliest, today = zone_of(context), context["not_before_at"], context["as_of"]
    latest = talk_by(earliest, zone, context.get("team", Team())).astimezone(zone)
    fresh = f"fresh until {latest:%A} {latest.day} {latest:%B}"
    if earliest <= today:
        return f"**Open to talk now**{f', {fresh}' if latest > today else ''}, whenever it suits you. Jot down what you remember, if you like."
    return (
        f"**Please rest first.** No {context.get('meeting', 'learning review')} before {clock(earliest, zone)}; "
        f"{fresh}. Jot down what you remember, if you like."
    )


def around(context: Context) -> str:
    """P6: the circumstances a team chose to show, as yes or no and as numbers, never a person. Empty where there are none."""
    named = {"is_sleep_hours": "Pages in sleep hours", "is_long_stretch": "Long stretch", "is_first_time": "First time on this rotation"}
    facts = [f"{words}: {'yes' if context.get(name) else 'no'}." for name, words in named.items() if name in context]
    zones = len(set(context.get("zones", ())))
    facts += [f"Time zones: {zones}."] if zones > 1 else []
    return f"**Around it.** {' '.join(facts)}" if facts else ""


def asked(questions: Sequence[str]) -> str:
    """P7: the questions as a list."""
    return "**Questions**\n\n" + "\n".join(f"- {question}" for question in questions)


def who(form: str, *, is_owned: bool) -> str:
    """P8: roles, no names; a service nobody owns has no rotation to invite."""
    return WHO.format(members=MEMBERS if is_owned else "", form=form)


def answers(dispositions: Sequence[str]) -> str:
    """P9: a box for each disposition, with what it does where that is more than being counted, and a free line."""
    boxes = [f"- [ ] {name}{f' ({EFFECTS[name]})' if name in EFFECTS else ''}" for name in dispositions]
    return "\n".join([ANSWERS, "", *boxes, f"- [ ] {TALKED}", "", LEARNED])


def footer(key: str, context: Context, detectors: Sequence[str] = ()) -> str:
    """P10: for the pipeline, and thanks."""
    about = f" · [why, and how to switch this off]({context['about_url']})" if context.get("about_url") else ""
    kinds = f" · {'/'.join(detectors)}" if detectors else ""
    return f"Thank you.\n\n{code(key)}{kinds} · data as of {in_utc(context['as_of'])}{about}\n{marker(key)}"
