"""The report as one self-contained page: inline SVG and CSS, no script, nothing fetched."""

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment

from transforms.look import templates
from transforms.report import phrases
from transforms.report.contents import Report
from transforms.report.picture import NARROW, STRIP, STRIP_NARROW, WIDE, picture, strip
from transforms.words.foreign_text import web_link
from transforms.words.moments import age, moment
from transforms.words.numbers import counted


def html(report: Report) -> str:
    """The page. Equal reports give equal bytes."""
    pictures = [picture(report.tiers, frame) for frame in (WIDE, NARROW)]
    strips = [strip(report.funnel, frame) for frame in (STRIP, STRIP_NARROW)]
    return _templates().get_template("page.html.j2").render(report=report, say=phrases, pictures=pictures, strips=strips)


def weeks_page(weeks: Sequence[str]) -> str:
    """A page that leads to the report of each week, in the order given."""
    return _templates().get_template("weeks.html.j2").render(weeks=weeks)


@cache
def _templates() -> Environment:
    return templates("transforms.report", number=phrases.number, share=phrases.share, link=web_link, age=age, moment=moment, counted=counted)
