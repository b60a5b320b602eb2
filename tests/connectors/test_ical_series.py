"""What the calendar libraries would read wrongly without a word: read rightly, or set aside without a proof of completeness."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Garbled
from signals.windows import Window
from tests.connectors.rotas import LONDON, WEEK, calendar, event, is_proved, pulled, reasons, shifts

WEEKLY = ("SUMMARY:Zoe", f"DTSTART;{LONDON}:20261019T090000", f"DTEND;{LONDON}:20261026T090000")
DAILY = ("SUMMARY:Zoe", "DTSTART;VALUE=DATE:20261019", "DTEND;VALUE=DATE:20261020")
THREE = "RRULE:FREQ=WEEKLY;COUNT=3"


@pytest.fixture
def read(tmp_path):
    """(who, month and day) of each shift, the reasons of what was set aside, and whether the rota is proved whole."""

    def found(*events, head="", zone="Europe/London", **options):
        records = pulled(tmp_path, calendar(*events, head=head), zone=zone, **options)
        return [(shift.person, f"{shift.starts_at:%m-%d}") for shift in shifts(records)], reasons(records), is_proved(records)

    return found


def handed_to_bo(*lines):
    return event("a", "SUMMARY:Bo", f"DTSTART;{LONDON}:20261027T090000", f"DTEND;{LONDON}:20261028T090000", *lines)


def test_events_that_share_one_uid_and_replace_nothing_are_all_taken(read):
    days = [event("a", f"SUMMARY:{who}", f"DTSTART:202610{day}T090000Z", f"DTEND:202610{day + 1}T090000Z") for day, who in ((19, "Zoe"), (20, "Bo"))]
    assert read(*days) == ([("Zoe", "10-19"), ("Bo", "10-20")], [], True)


def test_two_people_on_at_once_may_share_one_uid(read):
    both = [event("a", f"SUMMARY:{who}", "DTSTART:20261019T090000Z", "DTEND:20261020T090000Z") for who in ("Zoe", "Bo")]
    assert sorted(read(*both)[0]) == [("Bo", "10-19"), ("Zoe", "10-19")]


def test_events_without_uid_are_taken_each_and_one_bad_one_is_alone(read):
    fine = "BEGIN:VEVENT\r\nSUMMARY:Zoe\r\nDTSTART:20261019T090000Z\r\nDTEND:20261020T090000Z\r\nEND:VEVENT\r\n"
    found, said, is_whole = read(fine, fine.replace("Zoe", "Bo"), fine.replace("DTSTART:20261019T090000Z\r\n", ""))
    assert sorted(found) == [("Bo", "10-19"), ("Zoe", "10-19")]
    assert (said, is_whole) == (["it has no DTSTART"], False)


def test_of_two_versions_of_one_event_the_newer_counts(read):
    old, new = (event("a", f"SUMMARY:{who}", *WEEKLY[1:], f"SEQUENCE:{n}") for n, who in enumerate(("Zoe", "Bo")))
    assert read(new, old) == ([("Bo", "10-19")], [], True)


def test_one_event_twice_is_one_shift_and_told_with_two_ends_it_is_set_aside(read):
    once = event("a", *WEEKLY)
    assert read(once, once) == ([("Zoe", "10-19")], [], True)
    found, [said], is_whole = read(once, event("a", *WEEKLY[:2], f"DTEND;{LONDON}:20261027T090000"))
    assert (found, is_whole) == ([("Zoe", "10-19")], False)
    assert "told in two ways" in said


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([event("a", *WEEKLY, "SEQUENCE:1"), event("a", *DAILY, "SEQUENCE:2")], "which of them was changed"),
        ([event("a", *WEEKLY), event("a", *DAILY), handed_to_bo("RECURRENCE-ID:20261026T090000Z")], "which of them was changed"),
        (
            [event("a", *WEEKLY, THREE), *(handed_to_bo(f"RECURRENCE-ID:20261026T090000Z\r\nX-N:{n}") for n in (1, 2))],
            "changes one occurrence in two",
        ),
        ([event("a", *WEEKLY, THREE), handed_to_bo("RECURRENCE-ID;VALUE=DATE:20261026")], "its RECURRENCE-ID is a date and DTSTART a time"),
        ([event("a", *WEEKLY, THREE), handed_to_bo("RECURRENCE-ID;RANGE=THISANDPRIOR:20261026T090000Z")], "THISANDPRIOR"),
        ([event("a", *WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20261103T000000Z")], "both COUNT and UNTIL"),
        ([event("a", *WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=0")], "less than 1"),
        ([event("a", *WEEKLY, "RRULE:FREQ=WEEKLY;INTERVAL=0")], "less than 1"),
        ([event("a", *WEEKLY, "RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=TU")], "DTSTART (MO) is none of them"),
        ([event("a", *WEEKLY, "RRULE:RSCALE=CHINESE;FREQ=YEARLY")], "holds RSCALE"),
        ([event("a", *WEEKLY, "RRULE:FREQ=MONTHLY;BYMONTHDAY=32")], "BYMONTHDAY that does not exist"),
        ([event("a", *WEEKLY, "RRULE:every week")], "its RRULE"),
        ([event("a", *WEEKLY, THREE, "EXRULE:FREQ=WEEKLY;INTERVAL=2")], "EXRULE"),
        ([event("a", *WEEKLY, THREE, "EXDATE:2026-10-26")], "its EXDATE cannot be read"),
        ([event("a", *DAILY, THREE, f"EXDATE;{LONDON}:20261026T090000")], "its EXDATE is a time with a zone and DTSTART a date"),
        ([event("a", *WEEKLY, "RDATE;VALUE=DATE:20261102")], "its RDATE is a date"),
        ([event("a", *WEEKLY, "DURATION:PT8H")], "both DTEND and DURATION"),
        ([event("a", *WEEKLY[:2], "DURATION:-PT8H")], "ends before it starts"),
        ([event("a", *WEEKLY[:2], "DTEND;VALUE=DATE:20261020")], "its DTEND a date"),
        ([event("a", *WEEKLY[:2], "DTEND:20261020T090000")], "its DTEND a time without a zone"),
        ([event("a", *WEEKLY, "ATTENDEE")], "its line cannot be read"),
        ([event("a", "SUMMARY:Zoe", "DTSTART;TZID=tzone://Microsoft/Custom:20261019T090000", "DURATION:PT8H")], "its DTSTART cannot be read"),
    ],
)
def test_what_could_be_read_in_two_ways_is_set_aside_with_what_to_do(read, events, reason):
    found, [said], is_whole = read(*events)
    assert (found, is_whole) == ([], False)
    assert reason in said


@pytest.mark.parametrize(
    ("rule", "starts"),
    [
        (f"RDATE;VALUE=PERIOD;{LONDON}:20261102T090000/20261103T090000,20261105T090000/PT4H", ["10-19", "11-02", "11-05"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261102", ["10-19", "10-26", "11-02"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261102T090000", ["10-19", "10-26", "11-02"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20261102T085959Z", ["10-19", "10-26"]),
        (f"{THREE}\r\nEXDATE;VALUE=DATE:20261026", ["10-19", "11-02"]),
        (f"{THREE}\r\nEXDATE:20261026T090000Z", ["10-19", "11-02"]),
        (f"{THREE}\r\nEXDATE:20261026T090000", ["10-19", "11-02"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=2", ["10-19", "10-29", "11-27"]),
    ],
)
def test_rules_end_where_they_say_in_every_form_and_periods_keep_their_start(read, rule, starts):
    window = Window(WEEK.start, WEEK.end + timedelta(days=10))
    assert read(event("a", *WEEKLY, rule), window=window) == ([("Zoe", start) for start in starts], [], True)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_end_of_a_rule_in_utc_counts_in_the_zone_of_whole_days(read, zone):
    last = datetime(2026, 10, 21, 12, tzinfo=UTC) + timedelta(hours=10 if zone.startswith("Am") else -14)
    found, _, is_whole = read(event("a", *DAILY, f"RRULE:FREQ=DAILY;UNTIL={last:%Y%m%dT%H%M%SZ}"), zone=zone)
    assert (len(found), is_whole) == (3, True)


def test_a_change_of_what_the_series_does_not_hold_is_set_aside_and_the_series_is_read(read):
    found, [said], is_whole = read(event("a", *WEEKLY, THREE, "SEQUENCE:1"), handed_to_bo("RECURRENCE-ID:20261027T090000Z", "SEQUENCE:2"))
    assert (found, is_whole) == ([("Zoe", "10-19"), ("Zoe", "10-26"), ("Zoe", "11-02")], False)
    assert "its series does not have" in said


def test_a_change_older_than_the_series_that_left_it_out_no_longer_counts(read):
    whole = event("a", *WEEKLY, THREE, "EXDATE:20261026T090000Z", "SEQUENCE:2")
    assert read(whole, handed_to_bo("RECURRENCE-ID:20261026T090000Z", "SEQUENCE:1")) == ([("Zoe", "10-19"), ("Zoe", "11-02")], [], True)


def test_a_change_whose_series_is_not_in_the_calendar_is_a_shift(read):
    assert read(handed_to_bo("RECURRENCE-ID:20261026T090000Z")) == ([("Bo", "10-27")], [], True)


@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "RRULE:FREQ=HOURLY;BYSETPOS=5",
        "RRULE:FREQ=HOURLY",
        f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}",
        "RRULE:FREQ=HOURLY;COUNT=900000",
    ],
)
def test_a_rule_that_would_take_for_ever_is_set_aside_at_once(read, rule):
    began = time.monotonic()
    found, said, is_whole = read(event("a", "SUMMARY:Zoe", "DTSTART:20090101T090000Z", "DURATION:PT1H", rule))
    assert (found, len(said), is_whole) == ([], 1, False)
    assert time.monotonic() - began < 2


def test_what_lies_far_from_the_window_does_not_take_the_proof_away_however_broken(read):
    assert read(
        event("a", *WEEKLY), event("b", "SUMMARY:Busy", "DTSTART;TZID=Mars/Base:20200101T090000", "DTEND;TZID=Mars/Base:20200102T090000")
    ) == (
        [("Zoe", "10-19")],
        [],
        True,
    )


def test_a_weekly_time_in_utc_stays_in_utc_whatever_zone_the_calendar_names(tmp_path):
    text = calendar(event("a", "SUMMARY:Zoe", "DTSTART:20261019T090000Z", "DURATION:PT8H", THREE), head="X-WR-TIMEZONE:Europe/London\r\n")
    assert {f"{shift.starts_at:%H:%M}" for shift in shifts(pulled(tmp_path, text))} == {"09:00"}


def test_a_whole_day_in_the_far_east_that_only_touches_the_end_is_read(tmp_path):
    day = event("a", "SUMMARY:Zoe", "DTSTART;VALUE=DATE:20261123")
    [shift] = shifts(pulled(tmp_path, calendar(day), zone="Asia/Tokyo"))
    assert shift.starts_at == datetime(2026, 11, 22, 15, tzinfo=UTC)


def test_the_hours_of_a_length_are_hours_over_a_clock_change_and_its_days_are_days(tmp_path):
    events = [
        event(uid, f"SUMMARY:{uid}", f"DTSTART;{LONDON}:20261024T200000", f"DURATION:{length}") for uid, length in (("h", "PT12H"), ("d", "P1D"))
    ]
    lengths = {shift.person: (shift.ends_at - shift.starts_at) / timedelta(hours=1) for shift in shifts(pulled(tmp_path, calendar(*events)))}
    assert lengths == {"h": 12, "d": 25}


def defined(name, winter, summer):
    """A zone of the calendar's own, with the clock changes of Europe."""
    halves = "".join(
        f"BEGIN:{half}\r\nDTSTART:1601{month}01T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}\r\n"
        f"TZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\nEND:{half}\r\n"
        for half, month, before, after in (("STANDARD", 10, summer, winter), ("DAYLIGHT", "03", winter, summer))
    )
    return f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{halves}END:VTIMEZONE\r\n"


def midnight(zone):
    return event("a", "SUMMARY:Zoe", f'DTSTART;TZID="{zone}":20261020T000000', f'DTEND;TZID="{zone}":20261021T000000')


def test_a_zone_of_outlook_is_known_and_a_known_name_that_means_another_zone_is_set_aside(read):
    assert read(midnight("W. Europe Standard Time")) == ([("Zoe", "10-19")], [], True)
    assert "neither the calendar nor the IANA list" in read(midnight("Customized Time Zone"))[1][0]
    assert "otherwise than the rest of the world" in read(defined("GMT", "+0000", "+0100"), midnight("GMT"))[1][0]


def test_a_zone_that_one_calendar_defines_is_not_the_zone_of_that_name_in_the_next(tmp_path):
    texts = [
        calendar(defined("Customized Time Zone", *offsets), midnight("Customized Time Zone"), head=f"X-WR-CALNAME:{offsets[0]}\r\n")
        for offsets in (("+0100", "+0200"), ("-0500", "-0400"))
    ]
    undefined = calendar(midnight("Customized Time Zone"), head="X-WR-CALNAME:none\r\n")
    records = pulled(tmp_path, *texts, undefined)
    assert {shift.schedule: f"{shift.starts_at:%d %H}" for shift in shifts(records)} == {"+0100": "19 22", "-0500": "20 04"}
    assert len(reasons(records)) == 1


@pytest.mark.parametrize("method", ["CANCEL", "REPLY"])
def test_a_calendar_that_cancels_or_answers_is_no_plan(read, method):
    found, [said], is_whole = read(event("a", *WEEKLY), head=f"METHOD:{method}\r\n")
    assert (found, is_whole) == ([], False)
    assert method in said


def test_a_mark_at_the_begin_of_a_file_folded_lines_and_foreign_lines_change_nothing(tmp_path):
    text = calendar(event("a", "SUMMARY:Z\r\n oe", *WEEKLY[1:], "X-SOMETHING;X-A=b:c", "DESCRIPTION:hello", "a line that belongs to nothing"))
    [shift] = shifts(pulled(tmp_path, b"\xef\xbb\xbf" + text.encode()))
    assert shift.person == "Zoe"


def test_a_login_page_is_named_as_such(tmp_path):
    with pytest.raises(Garbled, match="a web page"):
        pulled(tmp_path, "\n<!DOCTYPE html><title>Sign in</title>")


SECOND = f"{LONDON}:20261026T090000"  # the second week of the series


@pytest.mark.parametrize(
    "again", ["RECURRENCE-ID:20261026T090000Z", "RECURRENCE-ID;TZID=America/Toronto:20261026T050000", "RECURRENCE-ID:20261026T090000"]
)
@pytest.mark.parametrize("newer", [0, 1])
def test_of_two_changes_of_one_occurrence_the_newer_counts_in_whatever_zone_each_names_it(read, again, newer):
    names = [f"RECURRENCE-ID;{SECOND}", again]
    lines = [handed_to_bo(name, f"SEQUENCE:{1 + (number == newer)}") for number, name in enumerate(names)]
    lines[newer] = lines[newer].replace("SUMMARY:Bo", "SUMMARY:Ines")
    assert read(event("a", *WEEKLY, THREE), *lines) == ([("Zoe", "10-19"), ("Ines", "10-27"), ("Zoe", "11-02")], [], True)


def test_two_changes_of_one_occurrence_of_the_same_age_are_set_aside_in_whatever_zone_each_names_it(read):
    found, [said], is_whole = read(
        event("a", *WEEKLY, THREE), handed_to_bo(f"RECURRENCE-ID;{SECOND}"), handed_to_bo("RECURRENCE-ID:20261026T090000Z")
    )
    assert (found, is_whole) == ([], False)
    assert "changes one occurrence in two ways" in said


def test_a_series_is_one_in_whatever_zone_its_versions_name_its_start(read):
    newer = event("a", "SUMMARY:Bo", "DTSTART:20261019T080000Z", "DTEND:20261026T090000Z", "SEQUENCE:1")
    assert read(event("a", *WEEKLY), newer) == ([("Bo", "10-19")], [], True)


@pytest.mark.parametrize("named", ["RECURRENCE-ID:20261026T090000", "RECURRENCE-ID;TZID=America/Toronto:20261026T050000"])
def test_a_change_that_names_its_occurrence_in_no_zone_or_another_one_takes_its_place(read, named):
    assert read(event("a", *WEEKLY, THREE), handed_to_bo(named)) == ([("Zoe", "10-19"), ("Bo", "10-27"), ("Zoe", "11-02")], [], True)


def test_the_clock_of_an_event_is_its_own_whatever_zone_its_calendar_is_shown_in(tmp_path):
    there = "TZID=America/Los_Angeles"
    daily = event("a", "SUMMARY:Zoe", f"DTSTART;{there}:20261030T170000", f"DTEND;{there}:20261030T180000", "RRULE:FREQ=DAILY;COUNT=4")
    found = shifts(
        pulled(tmp_path, calendar(daily, head="X-WR-TIMEZONE:Australia/Adelaide\r\n"), window=Window(WEEK.end, WEEK.end + timedelta(days=14)))
    )
    assert [f"{shift.starts_at:%m-%d %H}" for shift in found] == ["10-31 00", "11-01 00", "11-02 01", "11-03 01"]
