"""The `ical` source: shifts of calendar files and feeds, in their own zones, with true hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from connectors import ical
from connectors.errors import Busy, Garbled, Refused
from connectors.http import Connection, connect
from demo.vendors.calendars import Calendars
from demo.vendors.server import Response, serve
from signals.pulled import Snapshot, Unfit
from signals.records import Shift
from signals.windows import Window
from tests.connectors.contract import CLAUSES, LOGIN, SECRET, Subject, ends_when_the_pages_do_not
from tests.connectors.rotas import AHEAD, LONDON, WEEK, calendar, event, pulled, shifts


def weekly(uid, person, start, *more, days=7):
    first = datetime.fromisoformat(start)
    until = f"{first + timedelta(days=days):%Y%m%dT%H%M%S}"
    return event(uid, f"SUMMARY:{person}", f"DTSTART;{LONDON}:{start}", f"DTEND;{LONDON}:{until}", *more)


@pytest.fixture
def read(tmp_path):
    """Write calendars into a folder and pull it."""
    return partial(pulled, tmp_path)


def hours(records):
    return [(shift.person, (shift.ends_at - shift.starts_at) / timedelta(hours=1)) for shift in shifts(records)]


def at(day, hour, month=10, zone="Europe/London"):
    return datetime(2026, month, day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_a_weekly_rota_is_expanded_and_a_week_is_as_long_as_it_is_when_the_clocks_change(read):
    records = read(calendar(weekly("a", "Ada", "20261005T090000", "RRULE:FREQ=WEEKLY;INTERVAL=2"), weekly("b", "Bob", "20261012T090000")))
    assert hours(records) == [("Bob", 168), ("Ada", 169), ("Ada", 168), ("Ada", 168)]
    assert [record for record in records if isinstance(record, Snapshot)] == [Snapshot(Shift, "primary", AHEAD)]
    assert shifts(records)[1] == Shift(
        native_id="primary/a/2026-10-19T08:00:00Z/Ada",
        scope="primary",
        person="Ada",
        schedule="primary",
        starts_at=at(19, 9),
        ends_at=at(26, 9),
        zone="Europe/London",
    )


def test_a_week_in_spring_has_an_hour_less(read):
    window = Window(at(24, 0, month=3), at(25, 0, month=3))
    assert hours(read(calendar(weekly("a", "Ada", "20260323T090000")), window=window)) == [("Ada", 167)]


def test_one_week_given_to_somebody_else_replaces_that_week_only(read):
    moved = weekly("a", "Bob", "20261027T090000", f"RECURRENCE-ID;{LONDON}:20261026T090000", days=6)
    records = read(calendar(weekly("a", "Ada", "20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=3"), moved))
    assert [(s.person, s.origin, s.starts_at) for s in shifts(records)] == [
        ("Ada", "rotation", at(19, 9)),
        ("Bob", "override", at(27, 9)),
        ("Ada", "rotation", at(2, 9, month=11)),
    ]


def test_everything_from_one_week_on_may_move_and_each_shift_keeps_its_own_identity(read):
    moved = weekly("a", "Bob", "20261027T090000", f"RECURRENCE-ID;RANGE=THISANDFUTURE;{LONDON}:20261026T090000")
    found = shifts(read(calendar(weekly("a", "Ada", "20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=4"), moved)))
    assert [s.person for s in found] == ["Ada", "Bob", "Bob", "Bob"]
    assert len({s.native_id for s in found}) == 4


def test_left_out_and_cancelled_weeks_have_nobody_on(read):
    rule = "RRULE:FREQ=WEEKLY;COUNT=4"
    cancelled = weekly("a", "Ada", "20261102T090000", f"RECURRENCE-ID;{LONDON}:20261102T090000", "STATUS:CANCELLED")
    gone = weekly("z", "Zoe", "20261019T090000", "STATUS:CANCELLED")
    records = read(calendar(weekly("a", "Ada", "20261019T090000", rule, f"EXDATE;{LONDON}:20261026T090000"), cancelled, gone))
    assert [s.starts_at for s in shifts(records)] == [at(19, 9), at(9, 9, month=11)]
    assert not any(isinstance(record, Unfit) for record in records)


def test_whole_days_begin_at_midnight_of_the_calendar_s_zone(read):
    days = event("a", "SUMMARY:Ada", "DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026")
    [shift] = shifts(read(calendar(days, head="X-WR-TIMEZONE:Europe/London\r\n"), zone="Asia/Tokyo"))
    assert (shift.starts_at, shift.ends_at) == (at(24, 0), at(26, 0))
    assert hours([shift]) == [("Ada", 49)]
    assert shift.schedule == "rota0"


@pytest.mark.parametrize("head", ["", "X-WR-TIMEZONE:Mars/Base\r\n"])
def test_times_without_a_zone_take_the_zone_of_the_source(read, head):
    floating = event("a", "SUMMARY:Ada", "DTSTART:20261024T090000", "DTEND:20261025T090000", "RRULE:FREQ=DAILY;COUNT=2")
    assert [(s.starts_at, s.zone) for s in shifts(read(calendar(floating, head=head), zone="America/New_York"))] == [
        (at(24, 9, zone="America/New_York"), "America/New_York"),
        (at(25, 9, zone="America/New_York"), "America/New_York"),
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["SUMMARY:Ada", "DTSTART:20261020T090000", "DTEND:20261021T090000"], "set `zone` of this source"),
        (["SUMMARY:Ada", "DTSTART;TZID=Mars/Base:20261020T090000", "DTEND;TZID=Mars/Base:20261021T090000"], "'Mars/Base' is in neither"),
        (["SUMMARY:Ada", "DTSTART:20261020T090000Z", "DTEND:20261019T090000Z"], "before it starts"),
        (["SUMMARY:Ada", "DTSTART:20261020T090000Z"], "no end or no length"),
        (["SUMMARY:Ada", "DTSTART:2026xx", "DTEND:20261021T090000Z"], "DTSTART"),
        (["SUMMARY:Ada"], "DTSTART"),
        (["SUMMARY:Ada", "DTSTART;TZID=Asia/Tokyo:20261020T090000Z", "DTEND;TZID=Asia/Tokyo:20261021T090000Z"], "UTC, and its TZID another zone"),
        (["SUMMARY:On call", "DTSTART:20261020T090000Z", "DTEND:20261021T090000Z"], "it names nobody"),
        (["SUMMARY:Ada", "DTSTART:20261020T090000Z", "DTEND:20261020T090001Z", "RRULE:FREQ=SECONDLY"], "every second or minute"),
        (["SUMMARY:Ada", "DTSTART:20261020T090000Z", "DTEND:20261021T090000Z", "RRULE:FREQ=SOMETIMES"], "SOMETIMES"),
        (["SUMMARY:Ada", "DTSTART:99991231T235959Z", "DTEND:99991231T235959Z", "RRULE:FREQ=DAILY;UNTIL=20261"], ""),
    ],
)
def test_an_event_that_cannot_be_read_is_kept_apart_and_takes_the_proof_of_completeness_away(read, lines, reason):
    records = read(calendar(event("bad", *lines), weekly("good", "Bob", "20261019T090000")))
    [unfit] = [record for record in records if isinstance(record, Unfit)]
    assert (unfit.kind, unfit.native_id) == ("shifts", "bad")
    assert reason in unfit.reason
    assert hours(records) == [("Bob", 169)]
    assert not any(isinstance(record, Snapshot) for record in records)


@pytest.mark.parametrize(
    ("lines", "option", "people"),
    [
        (["SUMMARY:On call: Ada"], None, ["Ada"]),
        (["SUMMARY:Ada (on-call)"], None, ["Ada"]),
        (["SUMMARY:Ada is on call"], None, ["Ada"]),
        (["SUMMARY:Primary", "ATTENDEE;CN=Ada:MAILTO:Ada@Example.org"], None, ["ada@example.org"]),
        (["SUMMARY:Ada", "ATTENDEE:mailto:a@x.org", "ATTENDEE:mailto:b@x.org"], None, ["Ada"]),
        (["SUMMARY:Ada", "ATTENDEE:mailto:a@x.org", "ATTENDEE:mailto:b@x.org"], "attendee", ["a@x.org", "b@x.org"]),
        (["SUMMARY:Ada", "ATTENDEE:mailto:a@x.org", "ATTENDEE;PARTSTAT=DECLINED:mailto:b@x.org"], None, ["a@x.org"]),
        (["SUMMARY:Rota", "ORGANIZER:mailto:o@x.org"], "attendee", ["o@x.org"]),
        (["SUMMARY:Ada", "ATTENDEE:mailto:a@x.org"], "summary", ["Ada"]),
    ],
)
def test_the_person_is_the_attendee_or_the_title_without_the_words_around_it(read, lines, option, people):
    records = read(calendar(event("a", *lines, "DTSTART:20261020T090000Z", "DURATION:PT8H")), person=option)
    assert sorted(shift.person for shift in shifts(records)) == people
    assert {length for _, length in hours(records)} == {8}


def test_the_zone_may_be_defined_in_the_file_itself(read):
    zone = "BEGIN:VTIMEZONE\r\nTZID:Ship\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\n"
    text = calendar(zone + "END:VTIMEZONE\r\n", event("a", "SUMMARY:Ada", "DTSTART;TZID=Ship:20261020T090000", "DTEND;TZID=Ship:20261020T170000"))
    assert shifts(read(text))[0].starts_at == datetime(2026, 10, 20, 3, 30, tzinfo=UTC)


def test_several_calendars_of_one_rota_are_proved_complete_together(read):
    texts = [calendar(weekly("a", "Ada", "20261019T090000")), calendar(weekly("b", "Bob", "20261026T090000"))]
    records = read(*texts, schedule_name="shop primary", level=2)
    assert {(s.schedule, s.level) for s in shifts(records)} == {("shop primary", 2)}
    told = replace(AHEAD, start=min(shift.starts_at for shift in shifts(records)))
    assert [record for record in records if isinstance(record, Snapshot)] == [Snapshot(Shift, "shop primary", told)]


@pytest.mark.parametrize(
    "text",
    ["", "<html>Sign in</html>", calendar()[:-20], calendar(weekly("a", "Ada", "20261019T090000"))[:-60], b"BEGIN:VCALENDAR\nX:\xff\nEND:VCALENDAR"],
)
def test_a_calendar_that_is_cut_or_none_is_an_error_and_no_empty_rota(read, text):
    with pytest.raises(Garbled, match="rota0"):
        read(text)


def test_a_missing_file_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(Refused, match=r"\.ics file or a folder"):
        list(ical.pull(None, WEEK, path=str(tmp_path / "rota.ics")))
    with pytest.raises(Refused, match="needs `path`"):
        list(ical.pull(None, WEEK))


def test_a_daily_rule_of_a_quarter_of_a_century_is_expanded_only_where_it_is_wanted(read):
    records = read(calendar(event("a", "SUMMARY:Ada", "DTSTART:20000101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")))
    assert len(shifts(records)) == 35


@pytest.fixture
def feeds():
    rota = calendar(weekly("a", "Ada", "20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=9"), weekly("b", "Bob", "20261015T090000", days=4))
    with serve(Calendars({"private-k3y/primary.ics": rota}, login=(LOGIN, SECRET))) as server:
        yield server


@pytest.mark.parametrize("clause", [clause for clause in CLAUSES if clause is not ends_when_the_pages_do_not], ids=lambda clause: clause.__name__)
def test_a_feed_keeps_the_contract(feeds, clause):
    clause(Subject("ical", feeds, {"feed": "primary.ics"}, WEEK, base="/private-k3y"))


def test_a_swapped_week_vanishes_from_the_feed_and_the_snapshot_covers_it(feeds):
    api = connect(ical.VENDOR, Connection(feeds.url, LOGIN, SECRET))
    before = list(ical.pull(api, WEEK, feed="private-k3y/primary.ics"))
    feeds.app.texts["private-k3y/primary.ics"] = calendar(weekly("a", "Cy", "20261019T090000", "RRULE:FREQ=WEEKLY;COUNT=9"))
    after = list(ical.pull(api, WEEK, feed="private-k3y/primary.ics"))
    assert not {s.native_id for s in shifts(before)} & {s.native_id for s in shifts(after)}
    told = replace(AHEAD, start=min(shift.starts_at for shift in shifts(after)))
    assert [record for record in after if isinstance(record, Snapshot)] == [Snapshot(Shift, "primary", told)]


def test_a_secret_address_is_the_host_of_the_connection_and_shows_in_no_error(feeds):
    api = connect(ical.VENDOR, Connection(f"{feeds.url}/private-k3y/primary.ics", LOGIN, SECRET))
    assert shifts(list(ical.pull(api, WEEK, feed="")))
    gone = connect(ical.VENDOR, Connection(f"{feeds.url}/private-0ther-k3y/primary.ics", LOGIN, SECRET))
    with pytest.raises(Refused) as refused:
        list(ical.pull(gone, WEEK, feed=""))
    assert "private-0ther-k3y" not in str(refused.value)


def test_a_feed_cut_short_is_no_empty_rota():
    whole = calendar(weekly("a", "Ada", "20261019T090000"))
    with serve(lambda _: Response(body=whole[: len(whole) // 2])) as server, pytest.raises(Busy):
        list(ical.pull(connect(ical.VENDOR, Connection(server.url)), WEEK, feed=""))


def test_a_zone_beside_a_time_in_utc_may_say_so_too(read):
    records = read(calendar(event("a", "SUMMARY:Ada", "DTSTART;TZID=Etc/UTC:20261020T090000Z", 'DTEND;TZID="UTC":20261020T110000Z')))
    assert hours(records) == [("Ada", 2)]


def test_a_reminder_or_a_task_that_cannot_be_read_costs_no_shift(read):
    reminder = ("BEGIN:VALARM", "TRIGGER:a day before", "END:VALARM")
    task = "BEGIN:VTODO\r\nUID:t\r\nDUE:soon\r\n" + "\r\n".join(reminder) + "\r\nEND:VTODO\r\n"
    shift = event("a", "SUMMARY:Ada", "DTSTART:20261020T090000Z", "DTEND:20261020T110000Z", *reminder)
    records = read(calendar(task, shift, task, weekly("b", "Bob", "20261019T090000")))
    assert sorted(hours(records)) == [("Ada", 2), ("Bob", 169)]
    assert any(isinstance(record, Snapshot) for record in records)


def test_a_line_folded_inside_a_letter_is_read_whole(tmp_path):
    """RFC 5545 folds after 75 bytes, wherever that falls."""
    text = calendar(weekly("a", "Jürgen", "20261026T090000")).encode()
    cut = text.index("ü".encode()) + 1
    folded = text[:cut] + b"\r\n " + text[cut:]

    (tmp_path / "rota.ics").write_bytes(folded)
    assert [shift.person for shift in shifts(list(ical.pull(None, WEEK, path=str(tmp_path))))] == ["Jürgen"]
    with serve(lambda _: Response(body=folded, headers={"Content-Type": "text/calendar"})) as feed:
        api = connect(ical.VENDOR, Connection(feed.url))
        assert [shift.person for shift in shifts(list(ical.pull(api, WEEK, feed="")))] == ["Jürgen"]
