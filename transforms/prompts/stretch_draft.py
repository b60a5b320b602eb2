"""The tickets about time on call: a rotation built from long turns, and one long stretch. Roles and numbers, never a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from transforms.prompts.codes import code
from transforms.prompts.draft import Draft
from transforms.prompts.evidence import named
from transforms.prompts.parts import REST_DISPOSITIONS, WHAT_THIS_IS, Context, answers, asked, footer, rest, zone_of
from transforms.words.foreign_names import tame
from transforms.words.foreign_text import fenced, titled
from transforms.words.moments import clock
from transforms.words.numbers import counted

MAYBE_NOTHING = "It may be just right as it is; saying so takes one line."
CARE = "This is about rest, not about anyone's work. It is not legal or medical advice."
RECOVERY = "What would help people rest after it?"
STRETCH_QUESTIONS = (
    "How rested was everyone?",
    "What made this long stretch the sensible choice at the time?",
    RECOVERY,
    "Did language, time zone or equipment matter?",
)
COMING_QUESTIONS = (
    "What makes this long stretch the sensible choice?",
    "Who could take an evening or a day of it, and what would make that easy?",
    "What would help people rest during and after it?",
)
ROTATION_QUESTIONS = (
    "What would a split week look like here: Mon-Thu and Fri-Sun, Sun-Wed and Thu-Sat, or 12 hours each across zones?",
    RECOVERY,
    'What does everybody "know" here that is written nowhere?',
)


def rotation_key(schedules: Sequence[str], as_of: datetime) -> str:
    """Identity of the one prompt a rotation, here the schedules worked as one, gets in a quarter."""
    return blake2b(f"rotation\0{min(schedules)}\0{as_of.year}Q{(as_of.month + 2) // 3}".encode(), digest_size=8).hexdigest()


def rotation_draft(rotation: Mapping[str, Any], context: Context) -> Draft:
    """The prompt for a rotation built from long turns (a row of `structural_rotations`), once a quarter."""
    schedules = rotation["schedules"]
    key = rotation_key(schedules, context["as_of"])
    days, share = counted(round(rotation["typical_days"]), "day"), round(100 * rotation["share"])
    together = "" if len(schedules) == 1 else f" Its {len(schedules)} schedules are worked as one."
    why = f"You see this because {share} % of the turns in this rotation are longer than five days; a usual turn is {days}.{together} {MAYBE_NOTHING}"
    known = fenced([
        *(line for schedule in schedules for line in named("rotation", schedule)),
        f"  turns looked at: {rotation['shifts']}",
        f"  usual turn: {rotation['typical_days']:.1f} days",
    ])  # fmt: skip
    title = titled(f"[learning] {called(schedules)}: this rotation is built from turns of {days}")
    body = ask([why, WHAT_THIS_IS, CARE, known, asked(ROTATION_QUESTIONS)], key, context)
    return Draft(title, body, code(key))


def called(schedules: Sequence[str]) -> str:
    """The rotation by the names of its schedules."""
    names = [tame(schedule, "") for schedule in schedules]
    return " and ".join(names) if all(names) else "a rotation"


def stretch_draft(stretch: Mapping[str, Any], context: Context) -> Draft:
    """The prompt for one long stretch (a row of `noteworthy`): the team's rotation is the subject, people questions only.

    One to come is asked about as such: nobody rests from it yet, and what interrupts it is not known.
    """
    role = "the on-call rotation" if len(stretch["schedules"]) == 1 else "the on-call rotations"
    team = tame(stretch.get("team"), "a team")
    days = counted(round(stretch["span_local_days"]), "day")
    least = " at least" if stretch["is_left_censored"] else ""
    is_over = not stretch["is_forecast"]
    has_begun = is_over or stretch["starts_at"] <= context["as_of"]
    has = "had" if is_over else "is in" if has_begun else "is about to have"
    fact = f"{role} {has} a stretch of{least} {days}"
    swap = "" if is_over else "A swap is still easy: worth a thought? "
    why = f"You see this because {fact}, without a free day in between. {swap}{MAYBE_NOTHING}"
    known = load(stretch, zone_of(context), has_begun=has_begun)
    parts = [rest(context), known, asked(STRETCH_QUESTIONS)] if is_over else [known, asked(COMING_QUESTIONS)]
    title = titled(f"[learning] {team}: {fact}")
    return Draft(title, ask([why, WHAT_THIS_IS, CARE, *parts], stretch["key"], context), code(stretch["key"]))


def load(stretch: Mapping[str, Any], zone: ZoneInfo, *, has_begun: bool) -> str:
    """The stretch in numbers, with the names of its schedules, quoted."""
    broken = f"{counted(stretch['interruptions'], 'interruption')}, in the sleep hours of {counted(stretch['sleep_interruption_nights'], 'night')}"
    so_far = " so far" if stretch["is_forecast"] else ""
    return fenced([
        f"from {clock(stretch['starts_at'], zone)}",
        f"to   {clock(stretch['ends_at'], zone)}",
        f"{stretch['covered_hours']:.0f} hours on call, {counted(stretch['nights'], 'night')}, {counted(stretch['weekend_days'], 'weekend day')}",
        *([broken + so_far] if has_begun else []),
        *(line for schedule in stretch["schedules"] for line in named("rotation", schedule)),
    ])  # fmt: skip


def ask(parts: list[str], key: str, context: Context) -> str:
    """The parts, how to answer, and the mark."""
    return "\n\n".join([*parts, answers(REST_DISPOSITIONS), footer(key, context)]) + "\n"
