"""Lists without an end, as a clause of the contract: the same page for ever, two by turns, ever new tokens."""

import json
import re
from copy import deepcopy
from itertools import count

import pytest

from connectors.errors import Garbled, Refused
from demo.vendors.server import Response


def ends_when_the_pages_do_not(subject):
    fair = subject.server.app
    for token, most in (("A", 20), ("AB", 20), (None, 60)):
        first, turn = {}, count()

        def round_and_round(request, token=token, first=first, turn=turn):
            number, asked = next(turn), _question(request)
            page = first[asked] = first.get(asked) or fair(request)
            # The same page and token again and again; two tokens by turns, or ever new ones, and pages that are never quite the same.
            return page if token == "A" else _going_on(page, token[number % 2] if token else f"token{number}", number)

        with subject.answering(round_and_round), pytest.raises((Garbled, Refused)):
            subject.pull(max_pages=most)
        assert len(subject.server.requests) <= 20 * most


def _going_on(page, token, number):
    """A page whose list goes on at this token: in its `Link`, its cursor, or its flag. Not the lists inside its records."""
    body = deepcopy(page.json)
    inner = [body]
    while inner:
        part = inner.pop()
        for name, value in part.items() if isinstance(part, dict) else ():
            if isinstance(value, list):
                part[name] = [{**item, "page": number} if isinstance(item, dict) else item for item in value]
            part[name] = {"endCursor": token, "hasNextPage": True, "more": True}.get(name, part[name])
            inner.append(value)
    if isinstance(body, list):
        body = [{**item, "page": number} for item in body]
    links = {name: re.sub(r"([?&]page)=\d+", rf"\1={token}", value) for name, value in page.headers.items() if name == "Link"}
    return Response(page.status, json=body, headers={**page.headers, **links})


def _question(request):
    """What is asked, whatever the page."""
    if request.method != "POST":
        return request.method, request.path
    asked = request.json
    variables = {name: value for name, value in asked.get("variables", {}).items() if name not in {"after", "before", "cursor"}}
    return request.path, asked.get("query"), json.dumps(variables, sort_keys=True)
