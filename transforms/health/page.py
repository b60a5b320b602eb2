"""The figures as one self-contained page in the look of the report: no script, nothing fetched."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from signals.record import OWN
from signals.records import PEOPLE
from transforms.causes import Reason
from transforms.health.contents import Health
from transforms.report.page import visible
from transforms.report.phrases import age, count, counted

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
    second = f"Everything was read up to {moment(min(*read, health.as_of))}"
    if again := [source.name for source in health.sources if source.is_read_again]:
        return first, f"{second}, but not yet what changed settings add: {', '.join(map(visible, again))}."
    if partly := [source.name for source in health.sources if source.state == "degraded"]:
        return first, f"{second}, but not all of {', '.join(map(visible, partly))}."
    return first, f"{second}."


def moment(at: datetime | None) -> str:
    """An instant in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "not known"


def example(reason: Reason) -> str:
    """The identity of one of the records; none where records are a person's own, whose identity may name them."""
    return "" if OWN in PEOPLE.get(reason.kind, {}).values() else reason.example


def ago(seconds: float | None) -> str:
    """How long ago, roughly."""
    return age(None if seconds is None else seconds / timedelta(hours=1).total_seconds())


def words(text: str) -> Markup:
    """Our own sentence, its commands between backticks set as code."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(visible(text)))))  # noqa: S704 - escaped, then marked up


@cache
def _templates() -> Environment:
    loader = ChoiceLoader([PackageLoader("transforms.health"), PackageLoader("transforms.report")])
    templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    templates.filters |= {"count": count, "visible": visible, "moment": moment, "ago": ago, "lead": lead, "words": words, "example": example}
    return templates
