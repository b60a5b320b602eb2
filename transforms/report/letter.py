"""The report as Markdown, for mail and chat. Foreign text is escaped so that it formats, links and notifies nothing."""

import re
from collections.abc import Iterator, Sequence

from transforms.report import phrases as say
from transforms.report.contents import Candidate, Report, Tally
from transforms.words.foreign_text import one_line, web_link
from transforms.words.moments import age, moment
from transforms.words.numbers import count, counted

_MARKUP = re.compile(r"([\\`*_\[\]{}|~$#])")
_BEGINS_BLOCK = re.compile(r"^(\d*)([-+=.):])")
_LIVE = re.compile(r"(@|#|:(?=//)|www(?=\.))", re.IGNORECASE)
_UNSAFE_IN_LINK = {ord(letter): f"%{ord(letter):02X}" for letter in "()<>[]`|\"' "}
_JOINER = "\N{WORD JOINER}"  # after it a name mentions nobody and an address is no link


def markdown(report: Report) -> str:
    """The letter. Equal reports give equal text."""
    parts = (_opening, _frequency, _learned, _worth, _rest, _sure, _reading)
    return "\n".join(line for part in parts for line in part(report)) + "\n"


def quoted(text: object) -> str:
    """Foreign text as one line that means only itself."""
    line = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    inert = _BEGINS_BLOCK.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", line))
    return _LIVE.sub(rf"\1{_JOINER}", inert)


def link(words: str, url: str | None) -> str:
    """A Markdown link, or nothing where nobody should be sent there."""
    safe = web_link(url)
    return f"[{words}]({safe.translate(_UNSAFE_IN_LINK)})" if safe else ""


def _opening(report: Report) -> Iterator[str]:
    first, second = say.sentence(report)
    yield f"# Soundings {report.week.label}, {say.days(report)}"
    yield from ("", f"**{first}** {second}")
    for line in say.standing(report):
        yield from ("", f"> {quoted(line)}")


def _frequency(report: Report) -> Iterator[str]:
    yield from ("", "## Frequency and stakes", "")
    head = ("Kind of event", "Stakes", "This week", "By bots", "Median", "Talked about")
    rows = [
        (
            tier.name,
            str(tier.stakes),
            say.number(tier),
            count(tier.by_bots),
            count(tier.median) if tier.median is not None else "not known",
            f"{count(tier.talked)} ({say.share(tier, is_short=True)})",
        )
        for tier in report.tiers
    ]
    yield from table(head, rows)
    yield from ("", say.gap(report.gap), "", say.CAPTION)


def _learned(report: Report) -> Iterator[str]:
    yield from ("", "## What we learned", "")
    if not report.learnings:
        yield say.NO_LINE
    for learning in report.learnings:
        yield f"- {quoted(learning.line)} ({quoted(learning.service)}) {link('read the conversation', learning.url)}".rstrip()
    yield from ("", say.answers(report))


def _worth(report: Report) -> Iterator[str]:
    yield from ("", "## Worth a conversation", "")
    if not report.candidates:
        yield say.no_candidate(report)
    for candidate in report.candidates:
        yield _candidate(candidate, report.week.zone)
    yield from ("", say.incidents_wait(report), "") if report.incidents else ()
    yield from (f"- {quoted(words)} {link('see the event', url)}".rstrip() for words, url in say.incidents_shown(report))
    for line in (quoted(say.not_shown(report)), say.from_before(report)):
        yield from ("", line) if line else ()


def _candidate(candidate: Candidate, zone: str) -> str:
    name = f"**{quoted(candidate.service)}**" + (f" (team {quoted(candidate.team)})" if candidate.team else "")
    fact = f"{quoted(candidate.summary)}. " if candidate.summary else ""
    rest = f" Rest first, talk from {moment(candidate.not_before_at, zone)}." if candidate.not_before_at else ""
    where = link("open the ticket" if candidate.is_ticket else "see the event", candidate.url) or quoted(say.recorded_as(candidate))
    return f"- {name}: {fact}{say.why(candidate)}{rest} {where}".rstrip()


def _rest(report: Report) -> Iterator[str]:
    yield from ("", "## Rest and on-call", "")
    if report.rest.rotations:
        head = ("Rotation", "People", "Stretches", "Watch", "Flag", "Long", "Loaded", "Nights with pages", "Ahead")
        rows = [
            (quoted(r.name), *(count(n) for n in (r.people, r.stretches, r.watch, r.flag, r.long, r.loaded, r.nights, r.ahead)))
            for r in report.rest.rotations
        ]
        yield from table(head, rows)
        yield from ("", say.levels(report))
    else:
        yield say.no_rotation(report)
    for note in (*(quoted(note) for note in say.rotation_notes(report.rest.rotations)), say.too_small(report)):
        yield from ("", note) if note else ()


def _sure(report: Report) -> Iterator[str]:
    sure = report.certainty
    yield from ("", "## How sure we are", "")
    if sure.sources:
        head = ("Source", "State", "Covered until", "Records of this week", "Not covered this week")
        rows = [(quoted(s.name), s.state, age(s.age_hours), count(s.records), say.not_covered(s)) for s in sure.sources]
        yield from table(head, rows)
    else:
        yield say.NO_SOURCE
    for note in say.certainty_notes(report):
        yield from ("", note)
    yield from _tallies("Records set aside in quarantine since the week began", sure.quarantine, sure.quarantine_more)
    yield from _tallies("Invitations held back", sure.withheld)
    yield from _tallies("Near misses set aside this week", sure.set_aside)
    yield from _notes("Detectors that could not look", say.could_not_look(report))
    yield from _notes("What sources could not show us", sure.degraded)
    yield from _notes("Checks that did not hold", sure.checks)


def _tallies(title: str, items: Sequence[Tally], more: int = 0) -> Iterator[str]:
    if items:
        yield from ("", f"**{title}**", "")
        yield from (f"- {count(item.count)}: {quoted(item.what)}" for item in items)
    if more:
        yield f"- and {counted(more, 'further reason', 'further reasons')}"


def _notes(title: str, items: Sequence[tuple[str, str]]) -> Iterator[str]:
    if items:
        yield from ("", f"**{title}**", "")
        yield from (f"- {quoted(name)}: {quoted(words)}" for name, words in items)


def _reading(report: Report) -> Iterator[str]:
    yield from ("", "## How to read this", "")
    yield from (f"- {line}" for line in say.HOW_TO_READ)
    yield from ("", f"Counted as of {moment(report.as_of, report.week.zone)}. Monday to Sunday, {report.week.zone}.")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table whose columns also line up as plain text; the first is text, the rest numbers."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(zip(cells, widths, strict=True)))
        return f"| {' | '.join((first, *rest))} |"

    yield line(head)
    yield f"| {' | '.join('-' * width if place == 0 else '-' * (width - 1) + ':' for place, width in enumerate(widths))} |"
    yield from (line(row) for row in rows)
