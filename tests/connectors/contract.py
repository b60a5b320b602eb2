"""What every connector promises, as one line of its test.

    from tests.connectors.contract import contract

    def test_pagerduty_keeps_the_contract():
        with serve(fake_pagerduty()) as server:
            contract("pagerduty", server, {"services": ["P1"]}, WINDOW)

`server` is a running `demo.vendors.server` whose data make the connector yield at least one record, and need at least two pages of at
least one list (the endless-paging clause answers every page with the first one). `base` is what stands between host and first path
(`"/api/v3"`). `at_once` is how many requests the connector starts with side by side (1 unless it begins with `api.over`). `may_hide` names
the few fields whose value decides by design whether there is a record at all, with the drift: `{("isDraft", "true")}`.

Clauses: only records, of the kinds registered; inside the window by their own time (shifts overlap it, up to 28 days ahead); aware
instants; unique identity; a second pull the same; 429 then 503 survived; 401 stops at once; endless paging raises; no form of the secret in
any record, error, log or output; all the bad weather of `tests.connectors.weather` and the drift of `tests.connectors.drift`.
"""

import io
import json
import logging
import time
import traceback
from base64 import b64encode
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from urllib.parse import quote

import pytest

from connectors import registry
from connectors.errors import Busy, Refused
from connectors.http import Connection, connect
from demo.vendors.server import Response
from demo.vendors.weather import answer
from signals.pulled import Snapshot, Unfit
from signals.record import Record
from signals.records import HAPPENED, RECORDS, PullRequest, Shift
from tests.connectors.drift import DRIFT
from tests.connectors.endless import ends_when_the_pages_do_not
from tests.connectors.weather import WEATHER
from warehouse.fitting import Fit, Misfit

SECRET = "zQ7+kV/2m&Xw9<Lp4T=hd"
LOGIN = "robot@example.org"
TABLES = {kind: table for table, kind in RECORDS.items()}


class Clock:
    """Time that passes only by sleeping."""

    hours = count(1_000)

    def __init__(self):
        # Each begins long after the one before: what a vendor told one pull (stay away) is over for the next.
        self.now = next(self.hours) * 10_000.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Subject:
    """One connector in front of one server."""

    def __init__(self, name, server, options, window, *, base="", at_once=1, may_hide=()):
        self.source = registry._sources.get(name) or registry.sources()[name]
        self.server, self.options, self.window, self.base, self.at_once = server, options, window, base, at_once
        self.may_hide, self.api, self.clock = may_hide, None, None

    def pull(self, url=None, **how):
        clock = self.clock = Clock()
        connection = Connection((url or self.server.url) + self.base, LOGIN, SECRET)
        self.api = connect(self.source.vendor, connection, requests_per_minute=1_000_000, sleep=clock.sleep, clock=clock, **how)
        self.server.requests.clear()
        try:
            return list(self.source.pull(self.api, self.window, **self.options))
        finally:
            self._settle()

    def _settle(self):
        """A request the client gave up may reach the server later: it must not meet the next pull's weather."""
        for _ in range(200):
            if len(self.server.requests) >= self.api.requests or not self.server.requests:
                return
            time.sleep(0.01)

    def speaks_json(self):
        self.pull()
        return self.server.app(self.server.requests[0]).content()[:1] in {b"{", b"["}

    def told(self, things):
        """What the warehouse keeps in quarantine of these, each with its reason: what could not be read, and records that fit no table."""
        kinds = {type(thing) for thing in things if isinstance(thing, Record)}
        unfit = {kind for kind in kinds if _misfit([thing for thing in things if type(thing) is kind])}
        reasons = [(thing, thing.reason if isinstance(thing, Unfit) else _misfit([thing])) for thing in things if type(thing) in {Unfit, *unfit}]
        return [(thing, reason) for thing, reason in reasons if reason]

    @contextmanager
    def answering(self, app):
        fair, self.server.app = self.server.app, app
        try:
            yield
        finally:
            self.server.app = fair


_fit = cache(Fit)


def _misfit(alike):
    """Why these records of one kind do not fit their table."""
    try:
        _fit(type(alike[0])).columns(alike, [None] * len(alike), "source")
    except Misfit as misfit:
        return str(misfit)
    return None


def records(things):
    return [thing for thing in things if isinstance(thing, Record)]


def yields_only_records_of_its_kinds(subject):
    things = subject.pull()
    assert records(things), "the server tells nothing that could be checked"
    for thing in things:
        assert isinstance(thing, Record | Unfit | Snapshot), thing
        assert not isinstance(thing, Record) or TABLES[type(thing)] in subject.source.kinds, thing


def stays_inside_the_window(subject):
    start, end = subject.window.start, subject.window.end
    for record in records(subject.pull()):
        if isinstance(record, Shift):
            assert record.ends_at > start, record
            assert record.starts_at < end + timedelta(days=28), record
        elif TABLES[type(record)] in HAPPENED:
            # A pull request may be old; the window holds those that changed in it.
            column = "changed_at_source" if isinstance(record, PullRequest) else HAPPENED[TABLES[type(record)]]
            assert getattr(record, column) in subject.window, record


def gives_aware_instants(subject):
    for record in records(subject.pull()):
        values = [getattr(record, field.name) for field in fields(record)]
        assert all(value.tzinfo for value in values if isinstance(value, datetime)), record


def gives_each_record_one_identity(subject):
    identities = [(type(record), record.native_id) for record in records(subject.pull())]
    assert len(identities) == len(set(identities))


def pulls_the_same_twice(subject):
    assert subject.pull() == subject.pull()


def survives_a_limit_and_an_outage(subject):
    expected = subject.pull()
    subject.server.faults += [answer(429, retry_after="1"), answer(503, body="away")]
    assert subject.pull() == expected
    assert not subject.server.faults


def stops_at_once_without_access(subject):
    with subject.answering(lambda _: Response(401, json={"message": "Bad credentials"})), pytest.raises(Refused) as raised:
        subject.pull()
    assert raised.value.status == 401
    assert len(subject.server.requests) <= subject.at_once


def never_shows_the_secret(subject):
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(log), redirect_stderr(log):
            _tell_everything(subject, log)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    shown = [form for form in _forms() if form in log.getvalue()]
    assert not shown


def _tell_everything(subject, log):
    log.write(repr(subject.pull()))
    credentials = " ".join([SECRET, *(subject.server.requests[0].headers.values())])
    for status in (400, 401, 403, 404, 429, 500, 200):
        with subject.answering(lambda _, status=status: Response(status, json={"message": f"no use for {credentials}", "errors": [credentials]})):
            try:
                subject.pull()
            except (Refused, Busy) as error:
                log.write("".join(traceback.format_exception(error)) + repr(error))
            log.write(repr(subject.api.degraded) + repr(subject.api))


def _forms():
    whole = f"{LOGIN}:{SECRET}".encode()
    codes = [b64encode(SECRET.encode()).decode(), b64encode(whole).decode(), quote(SECRET, safe="")]
    return [SECRET, SECRET[:9], SECRET[-9:], json.dumps(SECRET)[1:-1], *codes, codes[1][-16:]]


CLAUSES = (
    yields_only_records_of_its_kinds,
    stays_inside_the_window,
    gives_aware_instants,
    gives_each_record_one_identity,
    pulls_the_same_twice,
    survives_a_limit_and_an_outage,
    stops_at_once_without_access,
    ends_when_the_pages_do_not,
    never_shows_the_secret,
    *WEATHER,
    *DRIFT,
)


def contract(name, server, options, window, **how):
    """Check every clause; the traceback names the one that does not hold."""
    for clause in CLAUSES:
        clause(Subject(name, server, options, window, **how))
