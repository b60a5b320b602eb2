"""The weekly learning-opportunity report: figures counted once, shown as a page (`html`) and as text for mail and chat (`markdown`)."""

from transforms.report.counted import figures
from transforms.report.history import compared_since
from transforms.report.letter import markdown
from transforms.report.page import html, weeks_page
from transforms.report.week import Week

__all__ = ["Week", "compared_since", "figures", "html", "markdown", "weeks_page"]
