"""Schema drift for one connector, as a clause of its contract: each field of each kind of record it reads, changed in each way vendors change them.

The table (record x field x drift) is read off the made-up vendor's own answers. A field without which the pull is the same is of no use to us,
and so is all that lies in it. Allowed is: the same records; a record with another value; a record put aside; a scope told as degraded; a pull
that ends with a named error. Never: a record that is gone without a word, one gone because of another, an identity made of nothing, a reason
in Python's words or without the name of a field, or any other exception.

`SOUNDINGS_WEATHER=1` (`make weather`) tries every drift at every field; without it each field meets "missing" and every second one another
in turn, "null" as often as all others together.
"""

import os
import re
from contextlib import suppress
from copy import deepcopy
from dataclasses import fields
from functools import reduce
from itertools import count
from operator import getitem

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import Busy, Refused
from demo.vendors.server import Response
from signals.record import Record
from signals.records import RECORDS

MISSING = object()
RENAMED = object()
DRIFTS = {
    "null": None,
    "renamed": RENAMED,
    "a number": 70_000_007,
    "another word": "TELEPORTED",
    "nothing in it": "",
    "a list": [],
    "a list of lists": [[[]]],
    "an object": {},
    "a list of objects": [{}],
    "true": True,
    "a time without a zone": "2026-11-02T01:00:00",
    "the year 1": "0001-01-01T00:00:00Z",
    "beyond the year 9999": "9999-12-31T23:59:59-14:00",
    "more than 64 bits": 2**64 - 1,
    "NUL and half a pair": "\0\ud800",
    "very deep": reduce(lambda inner, _: [inner], range(600), []),
}
TEXTS = [drift for drift, value in DRIFTS.items() if isinstance(value, str)]
WORDS = {"title", "body", "message", "summary", "comment", "description"}
PYTHON = re.compile(
    r"[a-z]Error\b|NoneType|object (is|has) (not|no)|subscriptable|unhashable|unpack|argument|_Fields|_Items|\bstr\b|\bint\b|\bdict\b"
)
REMEDY = re.compile(r"correct it|write it|give the record|name the record|look at", re.IGNORECASE)
NOTHING = re.compile(r"(^|\W)(None|True|False)(\W|$)|[@/#]\s*$|^\s*$")
OUR_FIELDS = {field.name for kind in RECORDS.values() for field in fields(kind)}
IS_WHOLE = bool(os.environ.get("SOUNDINGS_WEATHER"))


def _identities(subject, things):
    """What would be in the tables (records that fit them, by kind and name), and the reasons of what would not."""
    told = subject.told(things)
    aside = {id(thing) for thing, _ in told}
    found = {(type(thing), thing.native_id) for thing in things if isinstance(thing, Record) and id(thing) not in aside}
    assert not [name for _, name in found if NOTHING.search(name)], "an identity made of nothing"
    return found, [reason for _, reason in told]


def _alike(items):
    """One place of each form there is in a list."""
    forms = {}
    for place, item in enumerate(items):
        form = (str(item.get("type")), tuple(sorted(item))) if isinstance(item, dict) else type(item)
        forms.setdefault(form, place)
    return forms.values()


def _inner(value):
    return list(value) if isinstance(value, dict) else _alike(value) if isinstance(value, list) else ()


def _changed(body, path, drift):
    """The answer with another value at the path; what lies beside the path is the same object."""
    name, *below = path
    body = body.copy()
    if below:
        body[name] = _changed(body[name], below, drift)
    elif drift is MISSING or drift is RENAMED:
        value = body.pop(name)
        if drift is RENAMED and isinstance(body, dict):
            body[f"{name}_v2"] = value
    else:
        body[name] = drift
    return body


class Drifting:
    """A subject whose vendor changes one answer at a time."""

    def __init__(self, subject):
        self.subject, self.fair = subject, subject.server.app
        self.answers, self.cells, self.turn = {}, 0, count()
        self.expected = _identities(subject, self._pull(self._noting))[0]

    def _pull(self, app):
        with self.subject.answering(app):
            return self.subject.pull()

    def _noting(self, request):
        """One answer of each form, with what was asked."""
        answer = self.fair(request)
        form = request.path.rpartition("/")[0], tuple(sorted(answer.json)) if isinstance(answer.json, dict) else "a list"
        name = request.json.get("query") if request.method == "POST" else form
        self.answers.setdefault(name, ((request.method, request.target, request.body), deepcopy(answer.json)))
        return answer

    def _outcome(self, bodies):
        """The identities a pull gives with these bodies of these answers, and whether something was told; None for a named error."""

        def app(request):
            answer, asked = self.fair(request), (request.method, request.target, request.body)
            return Response(answer.status, json=bodies[asked], headers=answer.headers) if asked in bodies else answer

        try:
            found, reasons = _identities(self.subject, self._pull(app))
        except (Refused, Busy):
            return None
        assert not [one for one in reasons if PYTHON.search(one) or not REMEDY.search(one)], reasons
        self.reasons = reasons
        return found, bool(reasons or self.subject.api.degraded)

    def check(self):
        for asked, body in self.answers.values():
            self._below(asked, body, ())

    def _below(self, asked, body, path):
        holder = reduce(getitem, path, body)
        for name in _inner(holder):
            place = (*path, name)
            if self._cell(asked, body, place, "missing", MISSING) == (self.expected, False) and not isinstance(name, int):
                continue
            # An empty list in the place of a list is what a vendor says who has nothing.
            null, *drifts = (pair for pair in DRIFTS.items() if not (pair[1] == [] and isinstance(holder[name], list)))
            turn = next(self.turn)
            for drift, value in [null, *drifts] if IS_WHOLE else ((), (null,), (), (drifts[turn // 4 % len(drifts)],))[turn % 4]:
                self._cell(asked, body, place, drift, value)
            self._below(asked, body, place)

    def _cell(self, asked, body, path, drift, value):
        self.cells += 1
        where = f"{drift} at {asked[1]} {'.'.join(map(str, path))}"
        try:
            outcome = self._outcome({asked: _changed(body, path, value)})
        except Exception as error:
            error.add_note(where)
            raise
        if outcome:
            found, is_told = outcome
            gone = self.expected - found
            is_hidden = (path[-1], drift) in self.subject.may_hide or (drift in {"missing", "renamed"} and isinstance(path[-1], int))
            is_renamed = len(found) >= len(self.expected)
            assert is_told or is_renamed or is_hidden or not gone, f"gone without a word: {where}: {sorted(map(str, gone))[:3]}"
            fields_of_theirs = {name for _, _, place in self.places() for name in place if isinstance(name, str)}
            unnamed = [one for one in self.reasons if (OUR_FIELDS | fields_of_theirs | {"the record"}).isdisjoint(re.findall(r"the record|\w+", one))]
            assert not unnamed, f"a reason that names no field: {where}: {unnamed}"
            # A page, its incident and a call may all hang on one log entry; a scope that is told as degraded gives nothing.
            is_one = len(gone) <= 3 or bool(self.subject.api.degraded) or len(found) >= len(self._without(asked, body, path))
            assert is_hidden or is_one, f"more than the record is gone: {where}: {sorted(map(str, gone))[:5]}"
        return outcome

    def places(self):
        """Every place in every answer, of lists one of each form."""
        return [(asked, body, place) for asked, body in self.answers.values() for place in _places(body, ())]

    def heap(self, changes):
        """A pull with several changes at once: what is gone is told."""
        bodies, is_hidden = {}, False
        for (asked, body, place), drift, value in changes:
            with suppress(KeyError, IndexError, TypeError, AttributeError):  # one change may have taken away what another would change
                bodies[asked] = _changed(bodies.get(asked, body), place, value)
            is_hidden |= isinstance(place[-1], int) or value == [] or (place[-1], drift) in self.subject.may_hide
        outcome = self._outcome(bodies)
        if outcome:
            found, is_told = outcome
            assert is_told or is_hidden or len(found) >= len(self.expected), [(place, drift) for (_, _, place), drift, _ in changes]
        return outcome

    def _without(self, asked, body, path):
        """What is left when the item of the outermost list is not in the answer at all; nothing where it is in no list."""
        item = next((path[:depth] for depth, name in enumerate(path, 1) if isinstance(name, int)), None)
        if item is None:
            return ()
        outcome = self._outcome({asked: _changed(body, item, MISSING)})
        return outcome[0] if outcome else ()


def _places(body, path):
    for name in _inner(reduce(getitem, path, body)):
        yield (*path, name)
        yield from _places(body, (*path, name))


def _generated(few, many):
    return settings(max_examples=many if IS_WHOLE else few, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def no_heap_of_mutations_loses_a_record_without_a_word(subject):
    """Four answers changed at once in each example: 10,000 of them under `make weather`."""
    if subject.speaks_json():
        drifting = Drifting(subject)
        change = st.tuples(st.sampled_from(drifting.places()), st.sampled_from(list(DRIFTS.items()))).map(lambda pair: (pair[0], *pair[1]))
        _generated(20, 2_500)(given(st.lists(change, min_size=4, max_size=4))(lambda changes: drifting.heap(changes) and None))()


def whatever_people_write_the_record_is_taken(subject):
    """Any text of Unicode where a vendor keeps people's words is an answer as good as any: 2,000 of them under `make weather`."""
    if subject.speaks_json():
        drifting = Drifting(subject)
        words = [place for place in drifting.places() if place[2][-1] in WORDS and isinstance(reduce(getitem, place[2], place[1]), str)]

        def taken(texts):
            assert drifting.heap([(place, "words", text) for place, text in zip(words, texts, strict=True)]) == (drifting.expected, False)

        if words:
            _generated(10, 2_000)(given(st.lists(st.text(), min_size=len(words), max_size=len(words)))(taken))()


def no_drift_of_the_schema_loses_a_record_without_a_word(subject):
    if not subject.speaks_json():
        return
    drifting = Drifting(subject)
    drifting.check()
    assert drifting.cells > 0


DRIFT = (
    no_drift_of_the_schema_loses_a_record_without_a_word,
    no_heap_of_mutations_loses_a_record_without_a_word,
    whatever_people_write_the_record_is_taken,
)
