"""PagerDuty's log entries: moments and not targets are counted, every window tells the same, and a null costs its field alone."""

from datetime import timedelta
from zoneinfo import available_timezones

import pytest

from connectors import pagerduty
from connectors.zones import RAILS, zone_of
from demo.vendors.server import serve
from signals.pulled import Snapshot, Unfit
from signals.records import ConfigChange, Deploy, Incident, Interruption, Page, Person
from signals.windows import Window
from tests.connectors.paged_shop import BO, DAY, INES, NEXT, NOON, SHOP, ZOE, of, paged_shop, quick


@pytest.fixture
def account():
    return paged_shop()


@pytest.fixture
def pull(account):
    with serve(account) as server:
        api = quick(server, account)

        def pulled(window=DAY):
            return list(pagerduty.pull(api, window))

        pulled.api = api
        yield pulled


@pytest.mark.parametrize(
    ("script", "counts"),
    [
        ([(5, "escalate", "timeout"), (5, "escalate", "timeout")], (1, 0)),
        ([(5, "escalate", "timeout"), (5, "reassign", None), (5, "reassign", None)], (1, 0)),
        ([(5, "escalate", "timeout"), (35, "escalate", "timeout"), (65, "escalate", "timeout")], (3, 0)),
        ([(5, "escalate", BO), (5, "reassign", BO)], (0, 1)),
        ([(5, "reassign", BO), (5, "reassign", BO), (9, "reassign", ZOE)], (0, 2)),
        ([(5, "reassign", BO), (5, "escalate", "timeout"), (5, "escalate", "timeout")], (1, 1)),
        ([(0, "reassign", ZOE), (5, "acknowledge", BO)], (0, 0)),
        ([(5, "acknowledge", BO), (9, "unacknowledge", "timeout"), (12, "acknowledge", INES)], (0, 0)),
    ],
)
def test_hand_overs_and_escalations_are_counted_by_moment_and_not_by_target(account, pull, script, counts):
    account.add_incident(SHOP, NOON, "Slow", script)
    [page] = of(Page, pull())
    assert (page.escalations, page.reassignments) == counts


def test_everybody_who_acknowledged_is_engaged_and_the_first_is_named(account, pull):
    account.add_incident(
        SHOP, NOON, "Slow", [(2, "acknowledge", BO), (4, "unacknowledge", "timeout"), (6, "acknowledge", INES), (8, "acknowledge", BO)]
    )
    [page] = of(Page, pull())
    assert (page.acknowledged_by, page.engaged, page.acknowledged_at) == (BO, (BO, INES), NOON + timedelta(minutes=2))


def test_a_call_after_the_last_change_is_no_change_whether_the_page_is_read_alone_or_with_its_window(account, pull):
    key = account.add_incident(SHOP, NOON, "Slow")
    account.log(key, NEXT.start + timedelta(hours=1), "acknowledge", BO)
    account.log(key, NEXT.start + timedelta(hours=2), "notify", INES)
    pages = [page for window in (DAY, NEXT, Window(DAY.start, NEXT.end)) for page in of(Page, pull(window))]
    assert len(pages) == 3
    assert {page.changed_at_source for page in pages} == {NEXT.start + timedelta(hours=1)}


@pytest.mark.parametrize("is_told", [True, False])
def test_a_note_that_did_not_touch_the_incident_is_told_by_every_window_that_can_know_of_it(account, pull, is_told):
    key = account.add_incident(SHOP, NOON, "Slow", [(3, "acknowledge", BO)])
    account.log(key, NEXT.start + timedelta(hours=1), "note", BO)
    account.incidents[0]["updated_at"] = "2026-11-16T12:03:00Z" if is_told else None
    both = of(Page, pull(Window(DAY.start, NEXT.end)))
    assert (both[-1].has_note, both[-1].changed_at_source) == (True, NEXT.start + timedelta(hours=1))
    assert of(Page, pull(NEXT)) == [both[-1]]
    if not is_told:
        assert of(Page, pull()) == [both[-1]]


def test_an_incident_whose_parts_lie_far_apart_is_told_whole(account, pull):
    key = account.add_incident(SHOP, NOON, "Slow", [(3, "acknowledge", BO)])
    account.log(key, NOON + timedelta(days=30), "note", BO)
    account.incidents[0]["updated_at"] = "2026-11-16T12:03:00Z"
    assert of(Page, pull(Window(DAY.start, DAY.start + timedelta(days=40))))[-1].has_note


@pytest.mark.parametrize(
    "nothing",
    [
        {"service": None},
        {"title": None},
        {"title": None, "summary": None},
        {"teams": None},
        {"teams": [None, {"id": None}]},
        {"urgency": None, "incident_key": None, "html_url": None},
        {"resolved_at": None},
        {"resolved_at": None, "last_status_change_at": None, "last_status_change_by": None},
        {"updated_at": None},
        {"incidents_responders": [{"state": "joined", "user": None}, None]},
        {"priority": {"id": "PP1", "name": None, "summary": None}},
    ],
)
def test_a_null_in_an_incident_costs_its_field_alone(account, pull, nothing):
    account.add_incident(SHOP, NOON, "Slow", [(2, "acknowledge", BO), (9, "resolve", BO)])
    account.incidents[0] |= nothing
    records = pull()
    [page] = of(Page, records)
    assert (page.acknowledged_by, page.resolved_by_kind, page.resolved_at) == (BO, "human", NOON + timedelta(minutes=9))
    assert not of(Unfit, records)


@pytest.mark.parametrize("field", ["agent", "channel", "service", "teams", "contexts", "summary"])
def test_a_null_in_a_log_entry_costs_neither_the_page_nor_the_incident(account, pull, field):
    script = [(1, "notify", BO), (2, "acknowledge", BO), (3, "escalate", BO), (4, "priority", BO, "P2"), (5, "note", BO), (9, "resolve", BO)]
    account.add_incident(SHOP, NOON, "Slow", script)
    for entry in account.log_entries:
        entry[field] = None
    records = pull()
    [page], [_], [call] = of(Page, records), of(Incident, records), of(Interruption, records)
    assert (page.has_note, page.resolved_at, call.person) == (True, NOON + timedelta(minutes=9), BO)
    assert (page.reassignments, page.resolved_by_kind) == (1, "human")
    assert not of(Unfit, records)


def test_what_a_deleted_user_did_by_hand_was_done_by_a_person(account, pull):
    account.add_incident(SHOP, NOON, "Slow", [(2, "acknowledge", BO), (5, "reassign", BO), (9, "escalate", "timeout")])
    for entry in account.log_entries[1:3]:
        entry["agent"] = None
    [page] = of(Page, pull())
    assert (page.acknowledged_at, page.acknowledged_by, page.reassignments, page.escalations) == (NOON + timedelta(minutes=2), None, 1, 1)


@pytest.mark.parametrize("nothing", [None, ""])
def test_two_records_without_an_id_are_two_reasons_and_no_record_called_none(account, pull, nothing):
    for n in range(2):
        account.add_incident(SHOP, NOON, f"Slow {n}")
        account.add_change_event(SHOP, NOON, f"Deployed {n}")
        account.incidents[n]["id"] = account.change_events[n]["id"] = nothing
    account.users[0]["id"] = nothing
    records = pull()
    assert len([unfit for unfit in of(Unfit, records) if unfit.kind == "config_changes"]) == 2
    assert len([unfit for unfit in of(Unfit, records) if unfit.reason.startswith("an incident without an id")]) == 2
    assert ["the user has no id" in unfit.reason for unfit in of(Unfit, records) if unfit.kind == "people"] == [True]
    assert not {"None", ""} & {record.native_id for record in records if not isinstance(record, Unfit | Snapshot)}


def test_a_call_of_nobody_says_so_in_a_sentence(account, pull):
    account.add_incident(SHOP, NOON, "Slow", [(1, "notify", BO)])
    account.log_entries[1]["user"] = None
    [unfit] = of(Unfit, pull())
    assert "the user has no id" in unfit.reason


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        (None, ConfigChange),
        ("a text", ConfigChange),
        ({"version": 14, "environment": "production", "status": ["odd"], "commit": None}, Deploy),
        ({"version": None, "environment": "production"}, ConfigChange),
    ],
)
def test_a_change_event_is_read_whatever_people_put_into_it(account, pull, details, kind):
    account.add_change_event(SHOP, NOON, "Deployed")
    account.change_events[0] |= {"custom_details": details, "links": [None, {"href": None}], "source": None, "summary": None}
    account.change_events[0]["services"] = [{"id": None}, None, *account.change_events[0]["services"]]
    records = pull()
    [change] = of((ConfigChange, Deploy), records)
    assert (type(change), change.native_id, change.scope) == (kind, "CE000001", SHOP)
    assert not of(Unfit, records)


@pytest.mark.parametrize(("written", "status"), [("success", "success"), ("Failed", "failed"), ("rolled_back", "rolled_back"), (None, "success")])
def test_how_a_deploy_went_is_the_word_of_its_change_event(account, pull, written, status):
    account.add_change_event(SHOP, NOON, "Deployed")
    account.change_events[0]["custom_details"] = {"version": "1.4", "environment": "production", "status": written}
    assert [deploy.status for deploy in of(Deploy, pull())] == [status]


def test_the_whole_rails_table_is_known_and_leads_to_zones_there_are():
    assert len(RAILS) == 154
    assert set(RAILS.values()) <= available_timezones()
    assert {name for name, zone in RAILS.items() if zone_of(name) != zone} == set()


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("(GMT+01:00) Ljubljana", "Europe/Ljubljana"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC+05:45) Kathmandu", "Asia/Kathmandu"),
        ("US/Mountain", "US/Mountain"),
        ("america/argentina/ushuaia", "America/Argentina/Ushuaia"),
        (" Tallinn ", "Europe/Tallinn"),
        ("Kyev", "Europe/Kiev"),
        ("(GMT+01:00)", None),
        ("Atlantis", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_zones_are_read_in_every_form_accounts_carry(name, zone):
    assert zone_of(name) == zone


def test_a_person_with_an_unknown_zone_is_kept_and_the_zone_is_named(account, pull):
    for name in ("Atlantis", "Atlantis", None):
        account.add_user("New", name)
    people = {person.native_id: person.zone for person in of(Person, pull())}
    assert (len(people), people["PU000004"], people["PU000006"]) == (6, None, None)
    assert list(pull.api.degraded) == ["time zones of users"]
    assert "'Atlantis' of PU000004, PU000005" in pull.api.degraded["time zones of users"]
