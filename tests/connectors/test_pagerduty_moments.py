"""Moments of PagerDuty's log entries, in whatever form they are written, and one incident that comes in several versions."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors import pagerduty
from demo.vendors.server import serve
from signals.pulled import Unfit
from signals.records import Incident, Interruption, Page
from signals.windows import Window
from tests.connectors.paged_shop import BO, DAY, INES, NEXT, NOON, SHOP, of, paged_shop, quick


@pytest.fixture
def account():
    return paged_shop()


@pytest.fixture
def pull(account):
    with serve(account) as server:
        api = quick(server, account)
        yield lambda window=DAY: list(pagerduty.pull(api, window))


def pulled_as_listed(account, *windows):
    """What each window makes of lists as they stand, whatever was asked for: which window a record is of is for the reader to say."""

    def listed(request):
        lists = {"incidents": account.incidents, "log_entries": account.log_entries}
        return account._page(request, lists[request.segments[0]]) if request.segments[0] in lists and len(request.segments) == 1 else account(request)

    with serve(listed) as server:
        api = quick(server, account)
        return [record for window in windows for record in pagerduty.pull(api, window)]


def rewritten(account, *texts):
    """The last entries of the account with these times in place of theirs."""
    for entry, text in zip(account.log_entries[-len(texts) :], texts, strict=True):
        entry["created_at"] = text


FIVE_PAST = ("2026-11-16T12:05:00Z", "2026-11-16T14:05:00+02:00", "2026-11-16T12:05:00.000+00:00")


@pytest.mark.parametrize(
    ("act", "times", "counts"),
    [
        (("reassign", BO), FIVE_PAST, (0, 1)),
        (("escalate", "timeout"), FIVE_PAST, (1, 0)),
        (("delegate", BO), FIVE_PAST, (0, 1)),
        (("reassign", BO), ("2026-11-16T12:05:00.120Z", "2026-11-16T12:05:00.480Z", "2026-11-16T12:05:00.990Z"), (0, 1)),
        (("reassign", BO), ("2026-11-16T12:04:59.900Z", "2026-11-16T12:05:00.100Z", "2026-11-16T12:05:00.700Z"), (0, 1)),
        (("reassign", BO), ("2026-11-16T12:05:00Z", "2026-11-16T12:05:01Z", "2026-11-16T12:05:02Z"), (0, 3)),
        (("escalate", "timeout"), ("2026-11-16T12:05:00Z", "2026-11-16T07:05:00-05:00", "2026-11-16T12:35:00Z"), (2, 0)),
        (("reassign", BO), ("2026-11-16T12:00:00.400Z", "2026-11-16T13:00:00+01:00", "2026-11-16T12:09:00Z"), (0, 1)),
    ],
)
def test_a_moment_is_one_in_whatever_zone_and_fraction_each_target_writes_it(account, pull, act, times, counts):
    account.add_incident(SHOP, NOON, "Slow", [(n, *act) for n in (1, 2, 3)])
    rewritten(account, *times)
    [page] = of(Page, pull())
    assert (page.escalations, page.reassignments) == counts


@pytest.mark.parametrize(
    ("script", "counts"),
    [
        ([(5, "escalate", "timeout"), (5, "delegate", BO)], (1, 1)),
        ([(5, "delegate", BO), (5, "escalate", BO), (5, "reassign", BO)], (0, 1)),
        ([(5, "escalate", "timeout"), (35, "escalate", "timeout"), (65, "repeat_escalation_path", "timeout"), (65, "escalate", "timeout")], (3, 0)),
        ([(2, "acknowledge", BO), (3, "snooze", BO), (63, "unacknowledge", "timeout"), (64, "acknowledge", BO)], (0, 0)),
        ([(2, "urgency_change", "timeout"), (4, "merge", BO), (4, "annotate", BO), (4, "resolve", BO)], (0, 0)),
    ],
)
@pytest.mark.parametrize("is_turned", [False, True])
def test_what_is_no_hand_over_is_not_counted_and_the_order_of_entries_changes_nothing(account, pull, script, counts, is_turned):
    account.add_incident(SHOP, NOON, "Slow", script)
    if is_turned:
        for entry, number in zip(account.log_entries, reversed(range(len(account.log_entries))), strict=True):
            entry["id"] = f"RX{number}"
    [page] = of(Page, pull())
    assert (page.escalations, page.reassignments) == counts
    assert page.changed_at_source == NOON + timedelta(minutes=script[-1][0])


def test_targets_of_one_moment_that_lie_in_two_pages_are_one_moment(account, pull):
    account.add_incident(SHOP, NOON, "Slow", [(5, "reassign", BO)] * 120)
    later = account.add_incident(SHOP, NOON, "Slower", [(5, "reassign", BO)] * 120)
    account.log(later, NEXT.start, "resolve", BO)  # read by itself
    assert {(page.escalations, page.reassignments) for page in of(Page, pull())} == {(0, 1)}


def test_first_and_last_are_told_by_instants_and_not_by_their_texts(account, pull):
    script = [(9, "acknowledge", INES), (3, "acknowledge", BO), (1, "priority", BO, "P3"), (2, "priority", BO, "P1")]
    account.add_incident(SHOP, NOON, "Slow", script)
    rewritten(account, "2026-11-16T12:09:00Z", "2026-11-16T14:03:00+02:00", "2026-11-16T15:01:00+03:00", "2026-11-16T06:02:00-06:00")
    records = pull()
    [page], [incident] = of(Page, records), of(Incident, records)
    assert (page.acknowledged_by, page.acknowledged_at) == (BO, NOON + timedelta(minutes=3))
    assert page.changed_at_source == incident.changed_at_source == NOON + timedelta(minutes=9)
    assert (incident.declared_at, incident.severity_initial, incident.severity_final) == (NOON + timedelta(minutes=1), "P3", "P1")


@pytest.mark.parametrize(
    ("created", "updated"),
    [
        ("2026-11-16T23:59:59.700Z", "2026-11-17T00:00:00.000Z"),
        ("2026-11-17T00:30:00+02:00", "2026-11-17T03:00:00+02:00"),
        ("2026-11-16T23:30:00Z", "2026-11-17T00:10:00+00:00"),
        ("2026-11-17T00:00:00.000Z", "2026-11-17T01:00:00+01:00"),
    ],
)
def test_a_page_on_the_edge_of_two_windows_is_told_alike_by_days_and_at_once(account, created, updated):
    key = account.add_incident(SHOP, DAY.end - timedelta(minutes=30), "Slow", [(31, "resolve", BO)])
    account.incidents[0] |= {"created_at": created, "updated_at": updated, "resolved_at": updated}
    account.log_entries[0]["created_at"], account.log_entries[1]["created_at"] = created, updated
    by_days, at_once = pulled_as_listed(account, DAY, NEXT), pulled_as_listed(account, Window(DAY.start, NEXT.end))
    assert {page.native_id for page in of(Page, by_days)} == {key}
    assert {replace(page, raw=None) for page in of(Page, by_days)} == {replace(page, raw=None) for page in of(Page, at_once)}
    assert not of(Unfit, by_days)


def test_a_window_that_begins_within_a_second_holds_the_rest_of_it(account):
    account.add_incident(SHOP, NOON, "Slow", [(0, "notify", BO)])
    account.incidents[0]["created_at"] = "2026-11-16T12:00:00.500Z"
    for entry in account.log_entries:
        entry["created_at"] = "2026-11-16T12:00:00.500Z"
    half = NOON + timedelta(seconds=0.3)
    records = pulled_as_listed(account, Window(DAY.start, half), Window(half, DAY.end))
    assert [call.sent_at for call in of(Interruption, records)] == [NOON + timedelta(seconds=0.5)]
    assert {page.triggered_at for page in of(Page, records)} == {NOON + timedelta(seconds=0.5)}


def test_an_entry_whose_time_is_none_is_kept_apart_and_costs_no_page(account, pull):
    account.add_incident(SHOP, NOON, "Slow", [(2, "acknowledge", BO), (5, "reassign", BO)])
    account.log_entries[-1]["created_at"] = "2026-11-16T25:05:00Z"
    records = pull()
    assert [page.acknowledged_by for page in of(Page, records)] == [BO]
    assert [unfit.kind for unfit in of(Unfit, records)] == ["pages"]


def test_an_incident_whose_time_there_cannot_be_is_set_aside_and_not_left_out(account, pull):
    account.add_incident(SHOP, NOON, "Slow", [(2, "acknowledge", BO)])
    account.incidents[0]["created_at"] = "2026-11-16T31:00:00Z"
    [unfit] = of(Unfit, pull())
    assert (unfit.native_id, "created_at" in unfit.reason) == ("Q000001", True)


@pytest.mark.parametrize("is_newer_first", [False, True])
@pytest.mark.parametrize("between", [0, 150])
def test_of_an_incident_that_is_listed_twice_the_version_changed_last_counts(account, is_newer_first, between):
    account.add_incident(SHOP, NOON, "Slow", [(2, "acknowledge", BO)])
    old = deepcopy(account.incidents[0])
    account.log("Q000001", NOON + timedelta(minutes=30), "resolve", BO)
    for number in range(between):
        account.add_incident(SHOP, NOON + timedelta(seconds=number), f"Other {number}")
    account.incidents.insert(len(account.incidents) if is_newer_first else 0, old)
    pages = [page for page in of(Page, pulled_as_listed(account, DAY)) if page.native_id == "Q000001"]
    newest = max(page.changed_at_source for page in pages)
    last = [page for page in pages if page.changed_at_source == newest][-1]
    assert (last.resolved_by_kind, last.resolved_at) == ("human", NOON + timedelta(minutes=30))


@pytest.mark.parametrize("times", [(None, None), (None, "2026-11-16T12:30:00Z"), ("2026-11-16T12:30:00Z", "2026-11-16T13:30:00+01:00")])
def test_of_two_versions_that_cannot_be_told_apart_the_one_listed_last_counts(account, pull, times):
    account.add_incident(SHOP, NOON, "Slow", [(30, "acknowledge", BO)])
    account.incidents.append(deepcopy(account.incidents[0]) | {"title": "Slow indeed", "updated_at": times[1]})
    account.incidents[0]["updated_at"] = times[0]
    pages = of(Page, pull())
    assert pages[-1].title == "Slow indeed"
    assert {page.changed_at_source for page in pages} == {NOON + timedelta(minutes=30)}
