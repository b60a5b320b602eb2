"""Who is on call by a calendar: the individuals who take part, or the people a title names; an event that names nobody is set aside."""

from datetime import timedelta

import pytest

from connectors.ical.people import levels_in, people_in
from tests.connectors.rotas import calendar, event, is_proved, pulled, reasons, shifts

TIMES = ("DTSTART:20261020T090000Z", "DURATION:PT8H")


@pytest.fixture
def people(tmp_path):
    """The people of one event, and the reasons why it has none."""

    def found(*lines, **options):
        records = pulled(tmp_path, calendar(event("a", *lines, *TIMES)), **options)
        return sorted(shift.person for shift in shifts(records)), reasons(records)

    return found


@pytest.mark.parametrize(
    ("attendee", "person"),
    [
        ("ATTENDEE;CN=Zoe:MAILTO:Zoe@Acme.Example", "zoe@acme.example"),
        ("ATTENDEE:zoe@acme.example", "zoe@acme.example"),
        ("ATTENDEE:mailto:zoe%2Bpager@acme.example", "zoe+pager@acme.example"),
        ("ATTENDEE:mailto: zoe@acme.example?subject=hello", "zoe@acme.example"),
        ('ATTENDEE;CN=Zoe;EMAIL="Zoe@acme.example":urn:uuid:0b2c', "zoe@acme.example"),
        ("ATTENDEE:MAILTO:<Zoe@acme.example>", "zoe@acme.example"),
        ("ATTENDEE;CN=\"'zoe@acme.example'\":invalid:nomail", "zoe@acme.example"),
        ("ATTENDEE;CN=zoe@acme.example:/aBcDeF/principal/", "zoe@acme.example"),
        ('ATTENDEE;CN="Okafor, Zoe":invalid:nomail', "Okafor, Zoe"),
        ("ATTENDEE;CN=Zoe;CUTYPE=INDIVIDUAL:mailto:invalid:nomail", "Zoe"),
        ("ATTENDEE;CUTYPE=UNKNOWN;ROLE=CHAIR:mailto:zoe@acme.example", "zoe@acme.example"),
        ("ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:zoe@acme.example", "zoe@acme.example"),
        ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:zoe@acme.example", "zoe@acme.example"),
    ],
)
def test_an_attendee_is_told_by_address_wherever_it_stands_else_by_name(people, attendee, person):
    assert people("SUMMARY:Primary", attendee) == ([person], [])


@pytest.mark.parametrize(
    "other",
    [
        "ATTENDEE;CUTYPE=ROOM:mailto:nile@acme.example",
        "ATTENDEE;CUTYPE=resource;CN=Projector:mailto:beamer@acme.example",
        "ATTENDEE;CUTYPE=GROUP:mailto:sre-all@acme.example",
        "ATTENDEE;CN=Nile:mailto:c_18f@resource.calendar.google.com",
        "ATTENDEE:mailto:abc@group.calendar.google.com",
        "ATTENDEE:mailto:unknownorganizer@calendar.google.com",
        "ATTENDEE:mailto:no-reply@acme.example",
        "ATTENDEE:mailto:calendar.noreply+x@acme.example",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:bo@acme.example",
        "ATTENDEE;ROLE=NON-PARTICIPANT:mailto:boss@acme.example",
        'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:zoe@acme.example":mailto:bo@acme.example',
        "ATTENDEE;CN=Zoe Okafor;PARTSTAT=ACCEPTED:MAILTO:ZOE@acme.example",
    ],
)
def test_who_does_not_take_part_is_not_on(people, other):
    assert people("SUMMARY:Primary", "ATTENDEE:mailto:zoe@acme.example", other) == (["zoe@acme.example"], [])
    assert people("SUMMARY:Primary", "ATTENDEE:mailto:zoe@acme.example", other, person="attendee") == (["zoe@acme.example"], [])


def test_what_was_handed_on_goes_to_the_one_it_was_handed_to(people):
    handed_on = 'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:zoe@acme.example":mailto:bo@acme.example'
    assert people("SUMMARY:Duty", handed_on) == (["zoe@acme.example"], [])


def test_several_who_take_part_are_all_on_where_the_title_names_nobody(people):
    both = ("ATTENDEE:mailto:bo@acme.example", "ATTENDEE;CN=Zoe:urn:uuid:1")
    assert people("SUMMARY:Night shift", *both) == (["Zoe", "bo@acme.example"], [])
    assert people("SUMMARY:Ines", *both) == (["Ines"], [])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["SUMMARY:Busy"], "names nobody"),
        (["SUMMARY:Privater Termin"], "names nobody"),
        (["SUMMARY:Occupé"], "names nobody"),
        (["SUMMARY:予定あり"], "names nobody"),
        (["SUMMARY:(No title)"], "names nobody"),
        ([], "names nobody"),
        (["SUMMARY:Primary on-call"], "names nobody"),
        (["SUMMARY:L2 support"], "names nobody"),
        (["SUMMARY:On-Call (GoAlert: checkout)"], "names nobody"),
        (["SUMMARY:primary"], "names nobody"),
        (["SUMMARY:Unassigned"], "names nobody"),
        (["SUMMARY:N/A"], "names nobody"),
        (["SUMMARY:Primary: offen"], "names nobody"),
        (["SUMMARY:Checkout Team"], "names nobody"),
        (["SUMMARY:Bo -> Zoe"], "names nobody"),
        (["SUMMARY:Handover → Zoe"], "names nobody"),
        (["SUMMARY:Swap: Bo instead of Zoe"], "names nobody"),
        (["SUMMARY:Checkout: Bo or Zoe"], "names nobody"),
        (["SUMMARY:Bo covering for Zoe"], "names nobody"),
        (["SUMMARY:P: Bo\\, S: Zoe"], "names nobody"),
        (["SUMMARY:Checkout: Bo; Billing: Zoe"], "names nobody"),
        (["SUMMARY:Primary Bo\\, Secondary Zoe"], "several levels"),
        (["SUMMARY:Duty", "ATTENDEE:urn:uuid:1"], "names nobody"),
        (["SUMMARY:Duty", "ATTENDEE:urn:uuid:1", "ATTENDEE:mailto:bo@acme.example"], "names nobody"),
        (["SUMMARY:Duty", "ORGANIZER:mailto:boss@acme.example"], "names nobody"),
        (["SUMMARY:Bo", "ATTENDEE;PARTSTAT=DECLINED:mailto:bo@acme.example"], "everybody it invites has declined"),
        (["SUMMARY:Primary: Bo / Secondary: Zoe"], "several levels"),
        (["SUMMARY:L1 Bo, L2: Zoe"], "several levels"),
        (["SUMMARY:Out of office", "ATTENDEE:mailto:bo@acme.example"], "somebody is away"),
        (["SUMMARY:OOO - Bo"], "somebody is away"),
        (["SUMMARY:Bo (Urlaub)"], "somebody is away"),
        (["SUMMARY:Vacation Bo"], "somebody is away"),
        (["SUMMARY:Feiertag"], "somebody is away"),
        (["SUMMARY:Bo", "X-MICROSOFT-CDO-BUSYSTATUS:OOF"], "somebody is away"),
    ],
)
def test_an_event_that_names_nobody_is_set_aside_and_is_no_shift_of_nobody(people, lines, reason):
    found, [said] = people(*lines)
    assert found == []
    assert reason in said


def test_an_organiser_is_on_only_where_asked_for_and_a_stand_in_never(people):
    assert people("SUMMARY:Duty", "ORGANIZER:mailto:Bo@acme.example", person="attendee") == (["bo@acme.example"], [])
    assert people("SUMMARY:Duty", "ORGANIZER:mailto:unknownorganizer@calendar.google.com", person="attendee")[0] == []


def test_one_week_that_names_nobody_takes_neither_the_other_weeks_nor_the_proof_of_another_rota(tmp_path):
    weekly = event("a", "SUMMARY:Bo", *TIMES, "RRULE:FREQ=WEEKLY;COUNT=4")
    week = event("a", "SUMMARY:Busy", "DTSTART:20261027T090000Z", "DURATION:PT8H", "RECURRENCE-ID:20261027T090000Z")
    records = pulled(tmp_path, calendar(weekly, week), calendar(event("b", "SUMMARY:Zoe", *TIMES), head="X-WR-CALNAME:other\r\n"))
    assert [shift.person for shift in shifts(records) if shift.schedule == "primary"] == ["Bo"] * 3
    assert [record.scope for record in records if is_proved([record])] == ["other"]


def test_a_rota_of_hidden_titles_says_so_once_an_event_and_not_once_a_week(tmp_path):
    assert len(reasons(pulled(tmp_path, calendar(event("a", "SUMMARY:Busy", *TIMES, "RRULE:FREQ=DAILY"))))) == 1


@pytest.mark.parametrize(
    "title", ["Shadow: Bo", "[Shadow] Bo", "Bo (shadowing)", "Shadow on-call: Bo", "Canceled: Bo", "Abgesagt: Bo", "[CANCELLED] Bo", "Bo - canceled"]
)
def test_who_only_watches_or_was_called_off_is_not_on_and_the_rota_stays_proved(tmp_path, title):
    records = pulled(tmp_path, calendar(event("a", f"SUMMARY:{title}", *TIMES), event("b", "SUMMARY:Zoe (shadow: Bo)", *TIMES)))
    assert [shift.person for shift in shifts(records)] == ["Zoe"]
    assert is_proved(records)


@pytest.mark.parametrize(
    ("title", "people", "level"),
    [
        ("On Call - Zoe Okafor - Checkout Team", ["Zoe Okafor"], None),
        ("[Primary] Zoe on call", ["Zoe"], 1),
        ("[L2] zoe", ["zoe"], 2),
        ("[L0] @zoe @bo", ["zoe", "bo"], 1),
        ("Rotation L1: zoe@acme", ["zoe@acme"], 1),
        ("[L2] Zoe@Acme.Example", ["zoe@acme.example"], 2),
        ("Zoe <zoe@acme.example>", ["zoe@acme.example"], None),
        ("Checkout on-call: Zoe", ["Zoe"], None),
        ("Secondary: Zoe", ["Zoe"], 2),
        ("Zoe - secondary", ["Zoe"], 2),
        ("L3 support - Zoe", ["Zoe"], 3),
        ("L1 Zoe", ["Zoe"], 1),
        ("Zoe L2", ["Zoe"], 2),
        ("Week 42", [], None),
        ("KW 42 Zoe", ["Zoe"], None),
        ("Secondary Zoe", ["Zoe"], 2),
        ("Bereitschaft Zoe Okafor", ["Zoe Okafor"], None),
        ("Jan Or", ["Jan Or"], None),
        ("09:00-17:00 Zoe", ["Zoe"], None),
        ("Zoe 9-17", ["Zoe"], None),
        ("Engineer No 2", ["Engineer No 2"], None),
        ("Zoe on call for checkout", ["Zoe"], None),
        ("Zoe Okafor's on-call shift", ["Zoe Okafor"], None),
        ("Zoe (swap)", ["Zoe"], None),
        ("Bo & Zoe", ["Bo", "Zoe"], None),
        ("Bo, Zoe and Ines", ["Bo", "Zoe", "Ines"], None),
        ("Rufbereitschaft: Jörg", ["Jörg"], None),
        ("🚒 Zoe", ["Zoe"], None),
        ("Billie Holiday", ["Billie Holiday"], None),
        ("Jean-Luc O'Neil", ["Jean-Luc O'Neil"], None),
        ("Alexander", ["Alexander"], None),
        ("Checkout - Zoe", ["Zoe"], None),
    ],
)
def test_a_title_names_people_in_the_forms_that_tools_and_people_write(title, people, level):
    assert (list(people_in(title, "checkout")), list(levels_in(title))) == (people, [level] if level else [])


def test_a_title_that_went_through_a_web_page_says_the_same(people):
    assert people("SUMMARY:Bo &amp\\; Zoe") == (["Bo", "Zoe"], [])


def test_a_calendar_of_free_and_busy_times_alone_is_no_rota_with_nobody_on(tmp_path):
    text = calendar("BEGIN:VFREEBUSY\r\nFREEBUSY:20261020T090000Z/PT8H\r\nEND:VFREEBUSY\r\n")
    records = pulled(tmp_path, text)
    assert ["free or busy" in reason for reason in reasons(records)] == [True]
    assert not is_proved(records)


def test_the_level_of_a_title_comes_before_that_of_the_source(tmp_path):
    records = pulled(tmp_path, calendar(event("a", "SUMMARY:[L2] Zoe", *TIMES), event("b", "SUMMARY:Bo", *TIMES)), level=3)
    assert {shift.person: shift.level for shift in shifts(records)} == {"Zoe": 2, "Bo": 3}


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:TENTATIVE", "CLASS:PRIVATE"])
def test_a_shift_shown_as_free_or_tentative_is_a_shift(tmp_path, line):
    [shift] = shifts(pulled(tmp_path, calendar(event("a", "SUMMARY:Zoe", line, *TIMES))))
    assert shift.ends_at - shift.starts_at == timedelta(hours=8)
