"""The figures as one self-contained page in the look of the report: no script, nothing fetched."""

import re
from datetime import timedelta
from functools import cache

from jinja2 import Environment
from markupsafe import Markup, escape

from signals.record import OWN
from signals.records import PEOPLE
from transforms.causes import Reason
from transforms.health.contents import Health
from transforms.look import templates
from transforms.words.foreign_text import one_line
from transforms.words.moments import age, in_utc
from transforms.words.numbers import count, counted

_COMMAND = re.compile(r"`([^`]+)`")


def html(health: Health) -> str:
    """The page. Equal figures give equal bytes."""
    return _templates().get_template("health.html.j2").render(health=health)


def lead(health: Health) -> tuple[str, str]:
    """The page in two sentences: whether somebody has to do something, and how far everything was read."""
    people, unread = len(health.needs_person), sum(source.covered_until is None for source in health.sources)
    first = f"{counted(people, 'thing needs', 'things need')} a person." if people else "Nothing needs a person."
    if unread and not people:
        first = f"{counted(unread, 'source was', 'sources were')} never read."
    read = [source.covered_until for source in health.sources if source.covered_until]
    if not health.sources:
        return first, "No source is configured yet."
    if len(read) < len(health.sources):
        return first, f"{count(len(read))} of {counted(len(health.sources), 'source', 'sources')} read so far."
    second = f"Everything was read up to {in_utc(min(*read, health.as_of))}"
    if again := [source.name for source in health.sources if source.is_read_again]:
        return first, f"{second}, but not yet what changed settings add: {', '.join(map(one_line, again))}."
    if partly := [source.name for source in health.sources if source.state == "degraded"]:
        return first, f"{second}, but not all of {', '.join(map(one_line, partly))}."
    return first, f"{second}."


def example(reason: Reason) -> str:
    """The identity of one of the records; none where records are a person's own, whose identity may name them."""
    return "" if OWN in PEOPLE.get(reason.kind, {}).values() else reason.example


def ago(seconds: float | None) -> str:
    """How long ago, roughly."""
    return age(None if seconds is None else seconds / timedelta(hours=1).total_seconds())


def words(text: str) -> Markup:
    """Our own sentence, its commands between backticks set as code."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(one_line(text)))))  # noqa: S704 - escaped, then marked up


@cache
def _templates() -> Environment:
    return templates("transforms.health", in_utc=in_utc, ago=ago, lead=lead, words=words, example=example)
