"""The vendor's own reason in an error answer, in the many forms there are, as one short line."""

import html
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from connectors.secret_forms import masked

_LONGEST = 200
_READ = 65_536
_DEPTH = 4
# In the order in which people read them: GitHub, Slack, OAuth, problem+json, Atlassian, PagerDuty, Apigee.
_NAMES = (
    "error", "message", "error_description", "title", "detail", "details", "errorMessages", "errors", "error_message", "messages", "reason",
    "description", "fault", "faultstring", "msg",
)  # fmt: skip
_HEADING = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)


def said(data: bytes) -> str:
    """The reason in printable characters, without secrets of a known form, cut short; nothing where there is none."""
    text = data[:_READ].decode("utf-8", "replace").strip()
    try:
        return _line(_texts(json.loads(text), _DEPTH))
    except (ValueError, RecursionError):
        pass
    if text.startswith("<"):
        return heading(text)
    return "" if text.startswith(("{", "[", '"')) or "\ufffd" in text else _line(text.splitlines()[:1])


def said_in(body: Any) -> str:
    """The same of an answer that was JSON."""
    return _line(_texts(body, _DEPTH)) if isinstance(body, dict) else ""


def heading(text: str) -> str:
    """What a page of HTML is called."""
    found = _HEADING.search(text[:_READ])
    return _line([html.unescape(re.sub(r"<[^>]*>", " ", found[2]))]) if found else ""


def _line(texts: Iterator[str] | list[str]) -> str:
    words = (" ".join("".join(letter if letter.isprintable() else " " for letter in text[:_READ]).split()) for text in islice(texts, 20))
    return masked("; ".join(dict.fromkeys(filter(None, words))))[:_LONGEST]


def _texts(body: Any, depth: int) -> Iterator[str]:
    """Every reason in a JSON answer; only what stands under a name that reasons stand under."""
    for name in _NAMES if isinstance(body, dict) and depth else ():
        if name in body:
            yield from _reasons(body[name], depth - 1)


def _reasons(found: Any, depth: int) -> Iterator[str]:
    """What stands under such a name: a text, a list of them, or an object that has one or names fields (`{"summary": "is missing"}`)."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, list):
        for one in found[:5] if depth else ():
            yield from _reasons(one, depth - 1)
    elif isinstance(found, dict):
        if any(name in found for name in _NAMES):
            yield from _texts(found, depth)
        else:
            yield ", ".join(f"{name}: {one}" for name, one in found.items() if isinstance(one, str | int))
