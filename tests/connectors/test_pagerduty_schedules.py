"""PagerDuty's schedules over real HTTP: shifts as they are really rendered, old API and new."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import getitem
from zoneinfo import ZoneInfo

import pytest

from connectors import pagerduty
from connectors.errors import Garbled
from connectors.pagerduty import schedules
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import serve
from signals.pulled import Snapshot, Unfit
from signals.records import Shift
from signals.windows import Window
from tests.connectors.paged_shop import quick

LONDON = "Europe/London"


def at(year, month, day, hour=9, zone=LONDON):
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


WEEK = Window(at(2026, 11, 16, 0), at(2026, 11, 23, 0))
AHEAD = Window(WEEK.start, WEEK.end + timedelta(days=28))


@pytest.fixture
def account():
    account = PagerDuty(requests_per_minute=100_000)
    for name in ("Ada", "Bob", "Cy"):
        account.add_user(name, LONDON)
    return account


ADA, BOB, CY = "PU000001", "PU000002", "PU000003"


@pytest.fixture
def pull(account):
    """Pull a window and give what there is of schedules."""
    with serve(account) as server:
        api = quick(server, account)

        def pulled(window=WEEK, **options):
            records = [record for record in pagerduty.pull(api, window, **options) if isinstance(record, Shift | Snapshot | Unfit)]
            assert not any(isinstance(record, Unfit) for record in records)
            return records

        pulled.server = server
        yield pulled


def hours(records):
    return [(s.person, (s.ends_at - s.starts_at).total_seconds() / 3600) for s in sorted(shifts(records), key=lambda s: s.starts_at)]


def shifts(records):
    return [record for record in records if isinstance(record, Shift)]


@pytest.mark.parametrize("is_new", [False, True])
def test_a_week_is_as_long_as_it_is_when_the_clocks_change(account, pull, is_new):
    account.add_schedule("primary", LONDON, [ADA, BOB], at(2026, 3, 16), is_new=is_new)
    spring = pull(Window(at(2026, 3, 17), at(2026, 3, 18)))
    assert hours(spring)[:3] == [(ADA, 168), (BOB, 167), (ADA, 168)]
    autumn = pull(Window(at(2026, 10, 20), at(2026, 10, 21)))
    assert 169 in {length for _, length in hours(autumn)}


@pytest.mark.parametrize("is_new", [False, True])
def test_shifts_reach_four_weeks_ahead_and_are_whole_at_the_edges(account, pull, is_new):
    account.add_schedule("primary", LONDON, [ADA, BOB, CY], at(2026, 1, 5), is_new=is_new)
    records = pull()
    assert [length for _, length in hours(records)] == [168] * 6
    assert [record for record in records if isinstance(record, Snapshot)] == [Snapshot(Shift, "PR000001", AHEAD)]
    assert {(s.schedule, s.scope, s.zone, s.origin) for s in shifts(records)} == {("primary", "PR000001", LONDON, "rotation")}


def test_every_window_gives_a_shift_the_same_identity(account, pull):
    account.add_schedule("primary", LONDON, [ADA, ADA, BOB], at(2026, 1, 5))
    account.add_schedule("night", LONDON, [CY], at(2026, 1, 5), is_new=True)
    days = [Window(WEEK.start + timedelta(hours=7 * n), WEEK.start + timedelta(hours=7 * n + 7)) for n in range(48)]
    told = {}
    for day in days:
        for shift in shifts(pull(day)):
            assert told.setdefault(shift.native_id, shift) == shift
    assert len({(s.person, s.starts_at) for s in told.values()}) == len(told)
    assert {length for person, length in hours(told.values()) if person == ADA} == {336}


@pytest.mark.parametrize("is_new", [False, True])
def test_an_override_replaces_the_time_of_the_scheduled_person(account, pull, is_new):
    schedule = account.add_schedule("primary", LONDON, [ADA, BOB], at(2026, 11, 16), is_new=is_new)
    account.add_override(schedule, CY, at(2026, 11, 18), at(2026, 11, 19))
    week = [shift for shift in shifts(pull()) if at(2026, 11, 16) <= shift.starts_at < at(2026, 11, 23)]
    assert [(s.person, s.origin, s.starts_at, s.ends_at) for s in sorted(week, key=lambda s: s.starts_at)] == [
        (ADA, "rotation", at(2026, 11, 16), at(2026, 11, 18)),
        (CY, "override", at(2026, 11, 18), at(2026, 11, 19)),
        (ADA, "rotation", at(2026, 11, 19), at(2026, 11, 23)),
    ]


def test_a_swap_that_is_taken_back_is_no_longer_told_and_the_snapshot_covers_it(account, pull):
    schedule = account.add_schedule("primary", LONDON, [ADA, BOB], at(2026, 11, 16))
    account.add_override(schedule, CY, at(2026, 11, 18), at(2026, 11, 19))
    before = pull()
    account.rotas[schedule].overrides.clear()
    after = pull()
    gone = {s.native_id: s for s in shifts(before)}.keys() - {s.native_id for s in shifts(after)}
    [snapshot] = [record for record in after if isinstance(record, Snapshot)]
    assert len(gone) == 2
    for shift in shifts(before):
        if shift.native_id in gone:
            assert shift.scope == snapshot.scope
            assert shift.starts_at < snapshot.window.end
            assert shift.ends_at > snapshot.window.start


def test_old_and_new_schedules_are_each_read_once_and_one_that_moves_keeps_its_shifts(account, pull):
    old = account.add_schedule("old", LONDON, [ADA, BOB], at(2026, 11, 2))
    account.add_schedule("new", LONDON, [CY], at(2026, 11, 2), is_new=True)
    before = pull()
    assert sorted(record.scope for record in before if isinstance(record, Snapshot)) == ["PR000001", "PR000002"]
    account.rotas[old].is_new = True
    after = pull()
    assert sorted(shifts(after), key=lambda s: s.native_id) == sorted(shifts(before), key=lambda s: s.native_id)
    assert len({s.native_id for s in shifts(after)}) == len(shifts(after))


def test_the_level_is_the_first_at_which_an_escalation_policy_calls_the_schedule(account, pull):
    first, second, _ = (account.add_schedule(name, LONDON, [ADA, BOB], at(2026, 11, 2)) for name in ("one", "two", "three"))
    account.add_policy("shop", first, second)
    account.add_policy("mail", BOB, second, first)
    levels = {shift.schedule: shift.level for shift in shifts(pull(level=3))}
    assert levels == {"one": 1, "two": 2, "three": 3}


def test_a_schedule_with_nobody_on_gives_no_shift_and_says_so(account, pull):
    account.add_schedule("later", LONDON, [ADA], at(2027, 6, 7))
    assert pull() == [Snapshot(Shift, "PR000001", AHEAD)]


def test_only_the_schedules_that_are_named_are_read(account, pull):
    first, _ = (account.add_schedule(name, LONDON, [ADA, BOB], at(2026, 11, 2)) for name in ("one", "two"))
    assert {record.scope for record in pull(schedules=[first])} == {first}


def test_thirty_schedules_take_one_request_each_and_their_lists(account, pull):
    for n in range(30):
        account.add_schedule(f"s{n}", LONDON, [ADA, BOB], at(2026, 11, 2), is_new=n % 2 == 1)
    pull(Window(WEEK.start, WEEK.start + timedelta(days=1)))
    assert sum("schedules" in request.path for request in pull.server.requests) == 2 + 30


def test_an_entry_that_cannot_be_read_takes_the_proof_of_completeness_away(account):
    account.add_schedule("primary", LONDON, [ADA, BOB], at(2026, 11, 2))

    def damaged(request):
        answer = account(request)
        if request.path == "/schedules/PR000001":
            answer.json["schedule"]["final_schedule"]["rendered_schedule_entries"][-1]["start"] = "2026-11-16T09:00:00"
        return answer

    with serve(damaged) as server:
        records = list(pagerduty.pull(quick(server, account), WEEK))
    assert any(isinstance(record, Unfit) and "no zone" in record.reason for record in records)
    assert shifts(records)
    assert not any(isinstance(record, Snapshot) for record in records)


def places(value, path=()):
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield (*path, name)
        yield from places(part, (*path, name))


@pytest.mark.parametrize("is_new", [False, True])
def test_damage_anywhere_in_a_schedule_is_kept_apart_or_ends_the_pull_with_a_named_error(account, is_new):
    account.add_schedule("primary", LONDON, [ADA, BOB], at(2026, 11, 2), days=14, is_new=is_new)
    account.add_override("PR000001", CY, at(2026, 11, 18), at(2026, 11, 19))
    damage = []

    def damaged(request):
        answer = account(request)
        if damage and request.segments[-1] == "PR000001":
            *path, last, wrong = damage
            reduce(getitem, path, answer.json)[last] = wrong
        return answer

    with serve(damaged) as server:
        api = quick(server, account, sleep=lambda _: None)
        whole = len(list(schedules.shifts(api, WEEK, (), 1)))
        detail = api.get(*["v3"][: is_new * 1], "schedules", "PR000001", since=WEEK.start, until=WEEK.end)
        for place in places(detail):
            for wrong in (None, 7, {"id": None}):
                damage[:] = [*place, wrong]
                with suppress(Garbled):
                    found = list(schedules.shifts(api, WEEK, (), 1))
                    assert len(found) >= whole - 1 or any(isinstance(record, Unfit) for record in found)
