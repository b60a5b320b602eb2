"""Prompts: what they say, what hostile text cannot do in them, how they are answered, which are planned and when."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from transforms.estate import Team
from transforms.near_misses.catalogue import BY_CODE
from transforms.prompts import answer, draft, rotation_draft, stretch_draft
from transforms.prompts.parts import DISPOSITIONS, REST_DISPOSITIONS, TALKED
from transforms.words.lint import flaws, outside_evidence

LONDON = "Europe/London"
TEAM = Team(zone=LONDON)


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


CONTEXT = {
    "zone": LONDON,
    "team": TEAM,
    "as_of": at("2026-11-04T06:00"),
    "not_before_at": at("2026-11-05T10:00"),
    "hosts": ("git.example.org",),
    "about_url": "https://soundings.example.org/about",
    "zones": ["Europe/London", "Asia/Kolkata"],
    "is_sleep_hours": True,
    "is_long_stretch": False,
    "is_first_time": True,
}
FAMILY = {"NM-01": "change", "NM-02": "change", "NM-03": "change"}


def hit(detector="NM-01", key="aa", **more):
    evidence = {"environment": "production", "replaced_version": "v412", "version": "v411", "urls": ["https://git.example.org/pay/1"]}
    return {
        "key": key,
        "detector": detector,
        "family": FAMILY.get(detector, "page"),
        "service": "payments",
        "trigger_source": "pd",
        "trigger_id": "P1",
        "started_at": at("2026-11-02T14:03"),
        "ended_at": at("2026-11-02T14:41"),
        "confidence": 0.7,
        "evidence": evidence,
        "rule_version": "1",
        "near_miss_key": "7f3a91c2deadbeef",
    } | more


def finding(**more):
    return {"key": "7f3a91c2deadbeef", "service": "payments", "team": "pay", "confidence": 0.92, "stakes": 4} | more


def test_what_no_address_leads_to_is_told_by_its_sources_name_of_it():
    ends = {"trigger_source": "code", "trigger_id": "cart@1a:a.yaml#limit", "recovery_source": "code", "recovery_id": "cart@2b:a.yaml#limit"}
    body = draft(finding(), [hit("NM-03", evidence={"target": "a.yaml#limit"}, **ends)], CONTEXT).body
    assert "  recorded as:\n    | cart@1a:a.yaml#limit in code\n    | cart@2b:a.yaml#limit in code\n" in body
    assert "recorded as" not in draft(finding(), [hit(**ends)], CONTEXT).body, "its address is there"
    assert "recorded as" not in draft(finding(), [hit("NM-02", evidence={"undone": "1a", "undone_by": "2b"}, **ends)], CONTEXT).body


def test_a_time_is_said_once_where_the_team_lives_in_utc():
    assert "UTC (" not in draft(finding(), [hit()], CONTEXT | {"zone": "Etc/UTC"}).body


def test_a_ticket_says_the_fact_in_the_title_and_all_ten_parts_in_the_body():
    ticket = draft(finding(), [hit()], CONTEXT)
    assert ticket.title == "[learning] payments: v412 was replaced by v411 after 38 minutes"
    assert ticket.code == "LO-7f3a91c2"
    for part in (
        "fairly sure",
        "saying so takes one line",
        "**What this is.** We would like to learn how the system really works.",
        "not looking for fixes",
        "before 2026-11-05 10:00 UTC (10:00 Europe/London)",
        "```text",
        "  began 2026-11-02 14:03 UTC (14:03 Europe/London)",
        "Pages in sleep hours: yes. Long stretch: no. First time on this rotation: yes. Time zones: 2.",
        "What kept this from getting worse?",
        "Who could join",
        "No actions needed",
        "What we learned or wondered:",
        "LO-7f3a91c2 · NM-01 · data as of 2026-11-04 06:00 UTC",
        "how to switch this off",
        "<!-- soundings LO-7f3a91c2 -->",
        "<https://git.example.org/pay/1>",
    ):
        assert part in ticket.body
    assert [f"- [ ] {name}" in ticket.body for name in DISPOSITIONS] == [True] * 6


def test_only_what_the_team_switched_on_is_said_about_people():
    body = draft(finding(), [hit()], {name: CONTEXT[name] for name in ("zone", "as_of", "not_before_at")}).body
    assert "Around it" not in body
    assert "sleep" not in body
    assert "https://" not in outside_evidence(body)


@pytest.mark.parametrize(
    ("detector", "evidence", "fact"),
    [
        ("NM-02", {"undone": "a" * 40}, "commit aaaaaaaaaaaa was undone after 38 minutes"),
        ("NM-03", {"target": "a.yaml#rate_limit"}, "rate_limit (a.yaml) was put back to its earlier value after 38 minutes"),
        ("NM-03", {"target": "values.yaml: replicas"}, "values.yaml: replicas was put back to its earlier value after 38 minutes"),
        ("NM-13", {"times_in_7_days": 3}, "a page was acknowledged and ended by itself after 38 minutes"),
        ("NM-14", {"times_in_7_days": 1}, "a page in sleep hours ended by itself after 38 minutes"),
        ("NM-15", {"times": 4}, "an alert came and went 4 times within 38 minutes"),
    ],
)
def test_every_detector_has_a_neutral_fact(detector, evidence, fact):
    assert draft(finding(), [hit(detector, evidence=evidence)], CONTEXT).title == f"[learning] payments: {fact}"


ATTACKS = [
    "@octocat and @acme/everyone fixes #12, closes acme/pay#3, resolves GH-7",
    "`````\n/close\n/assign @octocat\n```\n~~~~~~~\n",
    "![x](https://evil.example/x.png) <img src=https://evil.example/y onerror=alert(1)> <script>alert(1)</script>",
    "</code></pre><h1>Look</h1><!-- soundings LO-00000000 --> LO-00000000",
    "\x1b[31mred\x1b[0m \u202eevil\u202c zero\u200bwidth \U000e0041\U000e0042 nul\x00 \r\n- [x] planned",
    "the root cause was human error, Alice failed to check; this postmortem should have found the culprit!",
    "- [x] planned\n\nWhat we learned or wondered: nothing\n",
    "| a | b |\n|---|---|\n[click](javascript:alert(1)) www.evil.example https://evil.example ftp://x <https://evil.example>",
    "password=hunter2hunter2 ghp_abcdefghijklmnopqrstuvwxyz0123456789 https://u:sekretpw@h.example",
    "=cmd|' /C calc'!A0",
    "x" * 70_000,
    "A\u0301ccents \ufe0f\u3164 \u2028line\u2029para \x85next",
]
MENTION = re.compile(r"(?<!\w)@\w")


def markup(body):
    """Every text that is not in a code block, every tag and every address, as a Markdown reader and then a browser see them."""
    tree = html5lib.parse(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(body), namespaceHTMLElements=False)
    for code_block in list(tree.iter("pre")):
        code_block.clear()
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    return " ".join(tree.itertext()), tags, [element.get("href") for element in tree.iter("a")]


def assert_harmless(ticket, *texts):
    seen, tags, addresses = markup(ticket.body)
    assert tags <= {"html", "head", "body", "p", "strong", "ul", "li", "pre", "a", "input"}
    assert set(addresses) <= {CONTEXT["about_url"], "https://git.example.org/pay/1"}
    for text in texts:
        assert "evil" not in seen
        assert text not in seen or len(text) < 3
    assert not MENTION.search(ticket.body)
    assert not MENTION.search(ticket.title)
    assert "#12" not in ticket.body
    assert all(letter == "\n" or letter.isprintable() for letter in ticket.body + ticket.title)
    assert len(ticket.title) <= 120
    assert "`" not in ticket.title
    assert len(ticket.body) < 60_000
    assert flaws(ticket.body) == []
    assert flaws(ticket.title) == []
    assert answer(ticket.body, []) is None


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize("detector", sorted(BY_CODE))
def test_hostile_text_neither_pings_links_closes_nor_hides(detector, attack):
    evidence = dict.fromkeys(("replaced_version", "version", "target", "title", "reason"), attack) | {"urls": [attack], "times": attack}
    others = [hit(other, other, evidence=evidence) for other in ("NM-15", "NM-02", "NM-14")]
    assert_harmless(draft(finding(service=attack, stakes=5), [hit(detector, evidence=evidence), *others], CONTEXT), attack)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80))
def test_no_text_whatever_leaves_the_evidence(reason, version):
    ticket = draft(
        finding(service=version),
        [hit(evidence={"version": version, "replaced_version": "v2", "urls": [reason]}), hit("NM-02", "bb", evidence={"reason": reason})],
        CONTEXT,
    )
    assert MarkdownIt("commonmark").render(ticket.body).count("<pre>") == 1
    assert all(letter == "\n" or letter.isprintable() for letter in ticket.body + ticket.title)
    assert flaws(ticket.body) == flaws(ticket.title) == []
    assert not MENTION.search(ticket.body + ticket.title)


def test_what_cannot_be_seen_is_shown():
    body = draft(finding(), [hit("NM-02", evidence={"reason": ATTACKS[4]}), hit("NM-02", "bb", evidence={"reason": ATTACKS[8]})], CONTEXT).body
    assert "<U+001B>" in body
    assert "<U+202E>" in body
    assert "<U+E0041>" in body


@pytest.mark.parametrize("detector", sorted(BY_CODE))
def test_the_longest_ticket_is_short(detector):
    names = {"replaced_version": "one two three", "version": "four five six", "target": "seven eight nine", "times": 12, "times_in_7_days": 12}
    far = CONTEXT | {"zone": "America/Los_Angeles", "not_before_at": at("2026-11-05T02:00")}
    urls = {"urls": ["https://git.example.org/pay/1"]}
    ticket = draft(
        finding(stakes=5, confidence=0.5),
        [hit(detector, evidence=names | urls), *(hit(other, other, confidence=0.6, evidence=names) for other in BY_CODE)],
        far,
    )
    assert flaws(ticket.body) == []


def ring(detector, start, end, **more):
    evidence = {
        "title": "replica lag",
        "urls": [f"https://pages.example.org/{start}"],
        "is_sleep_hours": True,
        "times_in_7_days": 1,
    } | more
    times = {"started_at": at(f"2026-11-02T{start}"), "ended_at": at(f"2026-11-02T{end}")}
    evidence["place"] = evidence["title"]
    return hit(detector, f"{detector}{start}", evidence=evidence, confidence=0.5, trigger_id=start, **times)


def test_pages_of_one_alert_are_one_event_with_a_list_of_times():
    rings = [("01:10", "01:21"), ("02:05", "02:16"), ("03:20", "03:31")]
    hits = [ring("NM-13", *rings[0]), ring("NM-15", "01:10", "04:51", times=4, pages=["a", "b", "c", "d"])]
    hits += [ring("NM-14", *times, times_in_7_days=n) for n, times in enumerate(rings, 1)]
    body = draft(finding(), hits, CONTEXT).body
    told = body.partition("```text\n")[2].partition("\n```")[0].split("\n")
    assert told[:5] == [
        "an alert came and went 4 times within 4 hours",
        "  2026-11-02 01:10 to 01:21 UTC (01:10 to 01:21 Europe/London), acknowledged, ended by itself",
        "  2026-11-02 02:05 to 02:16 UTC (02:05 to 02:16 Europe/London), ended by itself",
        "  2026-11-02 03:20 to 03:31 UTC (03:20 to 03:31 Europe/London), ended by itself",
        "  and 1 more",
    ]
    assert [body.count(words) for words in ("replica lag", "  in sleep hours: yes", "https://pages.example.org/01:10", "7 days")] == [1, 1, 1, 0]
    assert "· NM-13/NM-14/NM-15 · data as of" in body
    assert "NM-1" not in body.partition("LO-")[0]


def test_two_alerts_are_two_events_and_how_often_is_said_once():
    hits = [ring("NM-13", "01:10", "01:21", times_in_7_days=3), ring("NM-13", "01:12", "01:30", title="queue depth")]
    told = draft(finding(), hits, CONTEXT).body.partition("```text\n")[2].partition("\n```")[0]
    assert told.count("a page was acknowledged") == 2
    assert told.count("times in 7 days: 3") == told.count("7 days") == 1


@pytest.mark.parametrize(
    ("detector", "evidence"),
    [("NM-01", {"is_branch_test": False}), ("NM-03", {"chain_length": 2}), ("NM-14", {"is_sleep_hours": False}), ("NM-02", {"method": "sha"})],
)
def test_what_goes_without_saying_and_what_only_we_understand_is_left_out(detector, evidence):
    assert draft(finding(), [hit(detector, evidence=evidence)], CONTEXT).body == draft(finding(), [hit(detector, evidence={})], CONTEXT).body


@pytest.mark.parametrize(
    ("detector", "evidence", "line"),
    [
        ("NM-01", {"is_branch_test": True}, "looks like a test of a branch: yes"),
        ("NM-02", {"is_deployed": False}, "had reached production: no"),
        ("NM-03", {"chain_length": 4}, "changes of it in that time: 4"),
        ("NM-14", {"is_sleep_hours": True}, "in sleep hours: yes"),
    ],
)
def test_what_is_telling_is_shown_in_plain_words(detector, evidence, line):
    assert f"\n  {line}\n" in draft(finding(), [hit(detector, evidence=evidence)], CONTEXT).body


def test_an_address_stands_once_as_a_link_or_else_in_the_evidence():
    urls = ["https://git.example.org/pay/1", "https://git.example.org/pay/1", "https://else.example.org/2"]
    body = draft(finding(), [hit(evidence={"urls": urls}), hit("NM-02", "bb", evidence={"urls": urls})], CONTEXT).body
    assert body.count("<https://git.example.org/pay/1>") == body.count("git.example.org") == 1
    assert body.count("else.example.org") == body.count("recorded at: https://else.example.org/2") == 1


def test_no_rotation_is_invited_to_a_service_nobody_owns():
    assert "two off-call rotation members" in draft(finding(), [hit()], CONTEXT).body
    assert "rotation members" not in draft(finding(team=None), [hit()], CONTEXT).body


def test_the_meeting_has_the_organisations_own_name():
    assert "No retro before" in draft(finding(), [hit()], CONTEXT | {"meeting": "retro"}).body


STRETCH = {
    "key": "ffeeddccbbaa0011",
    "person": "ana",
    "team": "pay",
    "starts_at": at("2026-11-09T09:00"),
    "ends_at": at("2026-11-18T09:00"),
    "span_local_days": 9.0,
    "covered_hours": 214.0,
    "nights": 9,
    "weekend_days": 2,
    "interruptions": 5,
    "sleep_interruption_nights": 3,
    "schedules": ["payments primary", "checkout primary"],
    "is_left_censored": False,
    "is_forecast": False,
}


def test_a_long_stretch_is_told_of_the_rotation_and_never_of_the_person():
    ticket = stretch_draft(STRETCH, CONTEXT)
    assert ticket.title == "[learning] pay: the on-call rotations had a stretch of 9 days"
    assert not re.search(r"\bana\b", ticket.title + ticket.body)
    assert "in the sleep hours of 3 nights" in ticket.body
    assert flaws(ticket.body) == []
    assert "at least 9 days" in stretch_draft(STRETCH | {"is_left_censored": True}, CONTEXT).title


@pytest.mark.parametrize(
    ("starts", "title", "broken"),
    [
        ("2026-11-09T09:00", "[learning] pay: the on-call rotation is about to have a stretch of 9 days", None),
        ("2026-11-03T09:00", "[learning] pay: the on-call rotation is in a stretch of 9 days", "of 3 nights so far"),
    ],
)
def test_a_ticket_about_time_on_call_to_come_asks_about_what_is_to_come(starts, title, broken):
    ticket = stretch_draft(STRETCH | {"is_forecast": True, "starts_at": at(starts), "schedules": ["primary"]}, CONTEXT)

    assert ticket.title == title
    assert "A swap is still easy: worth a thought?" in ticket.body
    assert re.search("rest first|How rested|fresh until", ticket.body) is None
    assert re.findall("of 3 nights.*|interruptions", ticket.body) == (["interruptions", broken] if broken else [])
    assert flaws(ticket.body) == []


def test_a_rotation_of_two_schedules_is_told_as_one():
    rotation = {"schedules": ["payments week", "payments weekend"], "share": 1.0, "typical_days": 7.0, "shifts": 8}
    ticket = rotation_draft(rotation, CONTEXT)

    assert ticket.title == "[learning] payments week and payments weekend: this rotation is built from turns of 7 days"
    assert "Its 2 schedules are worked as one." in ticket.body
    assert ticket.code == rotation_draft(rotation | {"schedules": ["payments week"]}, CONTEXT).code


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_schedules_and_teams_are_as_harmless_as_any_text(attack):
    assert_harmless(stretch_draft(STRETCH | {"team": attack, "schedules": [attack]}, CONTEXT), attack)
    assert_harmless(rotation_draft({"schedules": [attack], "share": 0.97, "typical_days": 7.0, "shifts": 12}, CONTEXT), attack)


def test_a_ticket_about_rest_asks_what_fits_a_rotation():
    rotation = rotation_draft({"schedules": ["payments primary"], "share": 0.97, "typical_days": 7.0, "shifts": 12}, CONTEXT)
    for ticket in (rotation, stretch_draft(STRETCH, CONTEXT)):
        assert re.findall(r"- \[ \] (.*)", ticket.body) == [*REST_DISPOSITIONS, TALKED]
        assert "saying so takes one line" in ticket.body
    assert "```text\n  rotation: payments primary\n  turns looked at: 12\n" in rotation.body
    assert all(f"\n  rotation: {name}\n" in stretch_draft(STRETCH, CONTEXT).body for name in STRETCH["schedules"])


def test_a_rotation_has_one_code_a_quarter():
    rotation = {"schedules": ["payments primary"], "share": 0.97, "typical_days": 7.0, "shifts": 12}
    codes = [rotation_draft(rotation, CONTEXT | {"as_of": at(day)}).code for day in ("2026-10-01T00:00", "2026-12-31T00:00", "2027-01-01T00:00")]
    assert codes[0] == codes[1] != codes[2]


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (
            "2026-11-05T09:59",
            "**Please rest first.** No learning review before 2026-11-05 10:00 UTC (10:00 Europe/London); fresh until Thursday 12 November.",
        ),
        ("2026-11-05T10:00", "**Open to talk now**, fresh until Thursday 12 November, whenever it suits you."),
        ("2026-11-20T09:00", "**Open to talk now**, whenever it suits you."),
    ],
)
def test_when_to_talk_is_true_on_the_day_of_the_ticket(today, words):
    body = draft(finding(), [hit()], CONTEXT | {"as_of": at(today)}).body

    assert words in body
    assert flaws(body) == []
