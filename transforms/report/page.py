"""The report as one self-contained page: inline SVG and CSS, no script, nothing fetched."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from transforms.report import phrases
from transforms.report.contents import Report
from transforms.report.picture import NARROW, STRIP, STRIP_NARROW, WIDE, picture, strip


def html(report: Report) -> str:
    """The page. Equal reports give equal bytes."""
    pictures = [picture(report.tiers, frame) for frame in (WIDE, NARROW)]
    strips = [strip(report.funnel, frame) for frame in (STRIP, STRIP_NARROW)]
    return _templates().get_template("page.html.j2").render(report=report, say=phrases, pictures=pictures, strips=strips)


def weeks_page(weeks: Sequence[str]) -> str:
    """A page that leads to the report of each week, in the order given."""
    return _templates().get_template("weeks.html.j2").render(weeks=weeks)


def web_link(url: str | None) -> str | None:
    """The address if a browser may be sent there: http or https, a host, no user name, nothing invisible."""
    if not url or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and parts.username is None else None


def visible(text: object) -> str:
    """Foreign text on one line, without characters that hide or reorder the rest."""
    line = " ".join(str(text).split())
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") else letter for letter in line)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("transforms.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters |= {"count": phrases.count, "number": phrases.number, "share": phrases.share, "link": web_link, "visible": visible}
    return templates
