"""How every page of ours looks: one style, and templates that escape what they are given and fetch nothing."""

from collections.abc import Callable
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from transforms.words.foreign_text import one_line
from transforms.words.numbers import count


def templates(room: str, **filters: Callable[..., Any]) -> Environment:
    """The templates of a room and its own filters, over the style that all share (`look.css`)."""
    loader = ChoiceLoader([PackageLoader(room), PackageLoader("transforms.look")])
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {"count": count, "one_line": one_line, **filters}
    return found
