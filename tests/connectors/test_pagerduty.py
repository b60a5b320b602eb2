"""PagerDuty over real HTTP: what pages, interruptions, incidents and changes become of what the account tells."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors import pagerduty
from connectors.errors import Garbled, Refused
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import serve
from signals.pulled import Unfit
from signals.records import ConfigChange, Deploy, Incident, Interruption, Page, Person
from signals.windows import Window
from tests.connectors.paged_shop import DAY, NOON, of, quick


@pytest.fixture
def account():
    return PagerDuty(requests_per_minute=100_000)


@pytest.fixture
def server(account):
    with serve(account) as running:
        yield running


@pytest.fixture
def api(account, server):
    return quick(server, account)


def minutes(number):
    return NOON + timedelta(minutes=number)


def test_a_page_tells_who_was_called_who_took_it_and_who_ended_it(account, api):
    ada, bob, shop = account.add_user("Ada", "Europe/London"), account.add_user("Bob", "Eastern Time (US & Canada)"), account.add_service("shop")
    script = [(0, "notify", ada), (2, "notify", ada, "phone"), (5, "escalate", "timeout"), (5, "notify", bob, "sms"), (7, "acknowledge", bob)]
    script += [(9, "reassign", bob), (12, "acknowledge", ada), (20, "note", ada), (31, "resolve", ada)]
    page_id = account.add_incident(shop, NOON, "Disk full", script, alert_key="disk")
    records = list(pagerduty.pull(api, DAY))
    [page] = of(Page, records)
    assert replace(page, raw=None) == Page(
        native_id=page_id,
        scope=shop,
        url=f"https://acme.pagerduty.example/incidents/{page_id}",
        changed_at_source=minutes(31),
        title="Disk full",
        triggered_at=NOON,
        alert_key="disk",
        urgency="high",
        acknowledged_at=minutes(7),
        acknowledged_by=bob,
        resolved_at=minutes(31),
        resolved_by_kind="human",
        engaged=(bob, ada),
        escalations=1,
        reassignments=1,
        has_note=True,
    )
    calls = [(call.person, call.sent_at, call.channel, call.page_id) for call in of(Interruption, records)]
    assert sorted(calls) == [(ada, NOON, "push", page_id), (ada, minutes(2), "phone", page_id), (bob, minutes(5), "sms", page_id)]
    assert {(person.native_id, person.zone) for person in of(Person, records)} == {(ada, "Europe/London"), (bob, "America/New_York")}
    assert not of(Unfit, records)
    assert not of(Incident, records)


@pytest.mark.parametrize(("who", "kind"), [("timeout", "timeout"), (None, "integration"), ("PU000001", "human")])
def test_who_ended_a_page_is_told_by_kind(account, api, who, kind):
    account.add_user("Ada", None)
    account.add_incident(account.add_service("shop"), NOON, "Slow", [(10, "resolve", who)])
    [page] = of(Page, pagerduty.pull(api, DAY))
    assert (page.resolved_by_kind, page.acknowledged_at, page.has_note) == (kind, None, False)


def test_an_incident_with_a_priority_is_a_declared_incident_with_its_first_highest_and_last_severity(account, api):
    ada, shop = account.add_user("Ada", None), account.add_service("shop")
    script = [(10, "priority", ada, "P3"), (20, "priority", ada, "P1"), (40, "priority", ada, "P2"), (60, "resolve", ada)]
    key = account.add_incident(shop, NOON, "Checkout down", script)
    records = list(pagerduty.pull(api, DAY))
    [incident], [page] = of(Incident, records), of(Page, records)
    assert (incident.severity_initial, incident.severity_max, incident.severity_final) == ("P3", "P1", "P2")
    assert (incident.declared_at, incident.severity_changed_at, incident.resolved_at) == (minutes(10), minutes(40), minutes(60))
    assert (page.incident_id, page.severity, incident.native_id) == (key, "P2", key)


def test_the_order_of_severities_is_the_account_s_own(account, api):
    account.priorities = ["Meltdown", "Bad", "Annoying"]
    ada = account.add_user("Ada", None)
    account.add_incident(account.add_service("shop"), NOON, "x", [(1, "priority", ada, "Annoying"), (2, "priority", ada, "Meltdown")])
    assert [incident.severity_max for incident in of(Incident, pagerduty.pull(api, DAY))] == ["Meltdown"]


def test_what_happens_after_the_window_arrives_with_the_window_it_happens_in(account, api):
    ada, shop = account.add_user("Ada", None), account.add_service("shop")
    key = account.add_incident(shop, NOON, "Slow", [(3, "acknowledge", ada)])
    [before] = of(Page, pagerduty.pull(api, DAY))
    account.log(key, NOON + timedelta(days=3), "priority", ada, "P2")
    account.log(key, NOON + timedelta(days=3, hours=1), "resolve", ada)
    later = Window(DAY.start + timedelta(days=3), DAY.end + timedelta(days=3))
    between = Window(DAY.end, later.start)
    assert of(Page, pagerduty.pull(api, between)) == []
    records = list(pagerduty.pull(api, later))
    [after], [_] = of(Page, records), of(Incident, records)
    assert (before.resolved_at, after.resolved_at) == (None, NOON + timedelta(days=3, hours=1))
    assert (after.native_id, after.triggered_at, after.acknowledged_at) == (key, NOON, minutes(3))


def test_every_window_that_touches_a_page_tells_the_same_page(account, api):
    ada, shop = account.add_user("Ada", None), account.add_service("shop")
    script = [(3, "acknowledge", ada), (1500, "note", ada), (1600, "escalate", "timeout"), (3000, "resolve", None)]
    account.add_incident(shop, NOON, "Slow", script)
    days = [Window(DAY.start + timedelta(days=n), DAY.end + timedelta(days=n)) for n in range(3)]
    told = [page for day in reversed(days) for page in of(Page, pagerduty.pull(api, day))]
    assert len(told) == 3
    assert len(set(told)) == 1


@pytest.mark.parametrize("seed", range(2))
def test_windows_of_any_size_in_any_order_tell_the_same_pages(account, api, seed):
    chance = random.Random(seed)
    people, shop = [account.add_user(f"P{n}", None) for n in range(3)], account.add_service("shop")
    verbs = [("notify",), ("acknowledge",), ("escalate",), ("reassign",), ("note",), ("priority", "P1"), ("priority", "P3")]
    for _ in range(40):
        times = sorted(chance.choice([chance.randrange(90), chance.randrange(9000)]) for _ in range(5))
        script = [(at, verb, chance.choice(people), *to) for at in times[:4] for verb, *to in [chance.choice(verbs)]]
        account.add_incident(shop, DAY.start + timedelta(minutes=chance.randrange(14 * 1440)), "Slow", [*script, (times[4], "resolve", None)])
    span = Window(DAY.start, DAY.start + timedelta(days=25))

    def tables(length, *, is_backwards):
        windows = list(span.chunks(timedelta(hours=length)))
        found = {}
        for window in reversed(windows) if is_backwards else windows:
            found |= {(type(record), record.native_id): record for record in of((Page, Incident, Interruption), pagerduty.pull(api, window))}
        return found

    at_once = of((Page, Incident, Interruption), pagerduty.pull(api, span))
    assert len({(type(record), record.native_id) for record in at_once}) == len(at_once)
    whole = tables(25 * 24, is_backwards=False)
    assert sum(kind is Page for kind, _ in whole) == 40
    assert tables(31, is_backwards=True) == tables(24, is_backwards=False) == whole


def test_twelve_thousand_incidents_of_one_day_are_all_found(account, server):
    people = [account.add_user(f"P{n}", None) for n in range(3)]
    shop = account.add_service("shop")
    for n in range(12_000):
        who = people[n % 3]
        account.add_incident(shop, DAY.start + timedelta(seconds=7 * n), "Slow", [(0, "notify", who), (1, "acknowledge", who)])
    records = list(pagerduty.pull(quick(server, account), DAY))
    assert len({page.native_id for page in of(Page, records)}) == len(of(Page, records)) == 12_000
    assert len({call.native_id for call in of(Interruption, records)}) == len(of(Interruption, records)) == 12_000
    assert all(page.acknowledged_at for page in of(Page, records))
    assert len(server.requests) <= 12 * 45


def test_both_ends_of_the_window_are_always_sent_in_utc(account, api, server):
    account.add_incident(account.add_service("shop"), NOON, "Slow")
    list(pagerduty.pull(api, DAY))
    asked = {request.path: request for request in server.requests if request.path in {"/incidents", "/log_entries", "/change_events"}}
    assert {(request.param("since"), request.param("until")) for request in asked.values()} == {("2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z")}
    assert len(asked) == 3


def test_a_year_is_asked_for_in_pieces_the_vendor_answers(account, api):
    shop = account.add_service("shop")
    for month in range(12):
        account.add_change_event(shop, NOON - timedelta(days=30 * month), f"Change {month}")
    year = Window(DAY.end - timedelta(days=360), DAY.end)
    assert len(of(ConfigChange, pagerduty.pull(api, year))) == 12


def test_neighbouring_windows_share_no_record(account, api):
    shop, ada = account.add_service("shop"), account.add_user("Ada", None)
    for n in range(-2, 3):
        account.add_incident(shop, DAY.end + timedelta(seconds=n), "Slow", [(0, "notify", ada)])
        account.add_change_event(shop, DAY.end + timedelta(seconds=n), f"Change {n}")
    next_day = Window(DAY.end, DAY.end + timedelta(days=1))
    found = [of((Page, Interruption, ConfigChange), pagerduty.pull(api, window)) for window in (DAY, next_day)]
    assert [len(records) for records in found] == [6, 9]
    assert not {(type(r), r.native_id) for r in found[0]} & {(type(r), r.native_id) for r in found[1]}


def test_only_the_services_that_are_named_are_read(account, api):
    shop, mail, ada = account.add_service("shop"), account.add_service("mail"), account.add_user("Ada", None)
    for service in (shop, mail):
        account.add_incident(service, NOON, "Slow", [(0, "notify", ada), (2000, "resolve", ada)])
        account.add_change_event(service, NOON, "Change")
    both = [*pagerduty.pull(api, DAY, services=[mail]), *pagerduty.pull(api, Window(DAY.end, DAY.end + timedelta(days=1)), services=[mail])]
    assert {record.scope for record in of((Page, Interruption, ConfigChange), both)} == {mail}
    assert len(of(Page, both)) == 2


def test_a_change_event_that_names_version_and_environment_is_a_deploy(account, api):
    shop = account.add_service("shop")
    account.add_change_event(shop, NOON, "Deployed shop", version="1.4", environment="production", commit="abc")
    account.add_change_event(shop, NOON, "Feature on")
    records = list(pagerduty.pull(api, DAY))
    [deploy], [change] = of(Deploy, records), of(ConfigChange, records)
    assert (deploy.scope, deploy.version, deploy.environment, deploy.commit_sha, deploy.started_at) == (shop, "1.4", "production", "abc", NOON)
    assert (change.scope, change.target, change.applied_at) == (shop, "Feature on", NOON)


def test_a_part_the_plan_does_not_hold_is_shown_and_the_rest_is_read(account, api):
    account.unpaid.add("change_events")
    account.add_incident(account.add_service("shop"), NOON, "Slow")
    assert len(of(Page, pagerduty.pull(api, DAY))) == 1
    assert set(api.degraded) == {"change_events"}


def test_a_wrong_key_is_refused_at_once(server):
    with pytest.raises(Refused) as refused:
        list(pagerduty.pull(quick(server, PagerDuty(token="wrong-key-000")), DAY))
    assert refused.value.status == 401
    assert len(server.requests) == 1
    assert "wrong-key-000" not in str(refused.value)


def test_the_key_and_the_version_are_sent_as_the_vendor_wants_them(account, api, server):
    list(pagerduty.pull(api, DAY))
    assert {request.headers["authorization"] for request in server.requests} == {f"Token token={account.token}"}
    assert {request.headers["accept"] for request in server.requests} == {"application/vnd.pagerduty+json;version=2"}


@pytest.mark.parametrize(
    "damage",
    [
        {"created_at": "2026-11-16T12:00:00"},
        {"service": None},
        {"service": {"id": "PS000001"}, "status": None},
        {"title": None, "teams": 4},
        {"id": 7},
    ],
)
def test_an_incident_that_cannot_be_read_is_kept_apart_with_its_reason(account, api, damage):
    shop = account.add_service("shop")
    account.add_incident(shop, NOON, "Slow")
    account.add_incident(shop, NOON, "Broken")
    account.incidents[1] |= damage
    records = list(pagerduty.pull(api, DAY))
    assert [page.title for page in of(Page, records) if page.title != "Broken"] == ["Slow"]
    assert len(of(Page, records)) + len(of(Unfit, records)) >= 2


@pytest.mark.parametrize("path", ["/incidents", "/log_entries", "/change_events", "/users", "/priorities", "/escalation_policies"])
def test_no_damage_to_an_answer_goes_unnoticed_or_ends_the_pull_in_another_way_than_the_named_errors(account, path):
    """Every value of every record of a list replaced in turn by what nobody expects."""
    ada, shop = account.add_user("Ada", None), account.add_service("shop")
    account.add_policy("shop", ada)
    account.add_change_event(shop, NOON, "Deployed", version="1", environment="production")
    script = [(0, "notify", ada), (1, "acknowledge", ada), (2, "priority", ada, "P1"), (3, "escalate", "timeout"), (9, "resolve", ada)]
    account.add_incident(shop, NOON, "Slow", script)
    damage = {}

    def damaged(request):
        answer = account(request)
        if request.path == path and damage:
            items = answer.json[path[1:]]
            items[damage["at"]] = damage["item"]
        return answer

    with serve(damaged) as server:
        api = quick(server, account)
        whole = len(list(pagerduty.pull(api, DAY)))
        items = api.get(path[1:], since="2026-11-16T00:00:00Z", until="2026-11-17T00:00:00Z", limit=100)[path[1:]]
        for at, item in enumerate(items):
            wrongs = [item | {name: wrong} for name in item for wrong in (None, 7, [{}], {"id": None})]
            for wrong in [None, 7, [], "x", {}, *wrongs]:
                damage.update(at=at, item=wrong)
                with suppress(Garbled):
                    found = list(pagerduty.pull(api, DAY))
                    assert len(found) >= whole - 1 or of(Unfit, found)
