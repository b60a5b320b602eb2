"""Prompts: what they say, what hostile text cannot do in them, how they are answered, which are planned and when."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import html5lib
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from transforms.estate import Estate, Service, Team
from transforms.policy import Policy
from transforms.prompts import Response, answer, code, draft, not_before, opens_at, plan, responses, rotation_draft, stretch_draft
from transforms.prompts.answers import DISPOSITIONS
from transforms.prompts.facts import duration
from transforms.prompts.questions import QUESTIONS
from transforms.prompts.rest_plan import rest_plan
from transforms.wording import flaws, outside_evidence

LONDON = "Europe/London"
POLICY = Policy()
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
FAMILY = {"NM-01": "change", "NM-02": "change", "NM-03": "change", "NM-20": "people", "NM-21": "people", "NM-23": "human"}


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


def test_a_ticket_says_the_fact_in_the_title_and_all_ten_parts_in_the_body():
    ticket = draft(finding(), [hit()], CONTEXT)
    assert ticket.title == "[learning] payments: v412 was replaced by v411 after 38 minutes"
    assert ticket.code == "LO-7f3a91c2"
    for part in (
        "fairly sure",
        "saying so takes one click",
        "not looking for fixes",
        "before 2026-11-05 10:00 UTC (10:00 Europe/London)",
        "```text",
        "  began 2026-11-02 14:03 UTC (14:03 Europe/London)",
        "Pages in sleep hours: yes. Long stretch: no. First time on this rotation: yes. Time zones: 2.",
        "What kept this from getting worse?",
        "Who could join",
        "No actions needed",
        "What we learned or wondered:",
        "LO-7f3a91c2 · data as of 2026-11-04 06:00 UTC",
        "how to switch this off",
        "<!-- soundings LO-7f3a91c2 -->",
        "<https://git.example.org/pay/1>",
    ):
        assert part in ticket.body
    assert [f"- [ ] {name}" in ticket.body for name in DISPOSITIONS] == [True] * 5


def test_only_what_the_team_switched_on_is_said_about_people():
    body = draft(finding(), [hit()], {name: CONTEXT[name] for name in ("zone", "as_of", "not_before_at")}).body
    assert "Around it" not in body
    assert "sleep" not in body
    assert "https://" not in outside_evidence(body)


@pytest.mark.parametrize(
    ("detector", "evidence", "fact"),
    [
        ("NM-02", {"undone": "a" * 40}, "a commit was undone after 38 minutes"),
        ("NM-03", {"target": "values.yaml: replicas"}, "values.yaml: replicas was put back to its earlier value after 38 minutes"),
        ("NM-13", {"times_in_7_days": 3}, "a page was acknowledged and ended by itself after 38 minutes, 3 times in 7 days"),
        ("NM-14", {"times_in_7_days": 1}, "a page in sleep hours ended by itself after 38 minutes"),
        ("NM-15", {"times": 4}, "an alert came and went 4 times within 38 minutes"),
        ("NM-20", {}, "several people were needed for 38 minutes"),
        ("NM-99", {}, "a page came and was put right after 38 minutes"),
    ],
)
def test_every_detector_has_a_neutral_fact(detector, evidence, fact):
    assert draft(finding(), [hit(detector, evidence=evidence)], CONTEXT).title == f"[learning] payments: {fact}"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_lengths_are_said_as_people_say_them(length, words):
    assert duration(length) == words


def test_every_detector_asks_three_to_five_questions():
    assert {3 <= len(questions) <= 5 for questions in QUESTIONS.values()} == {True}


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
@pytest.mark.parametrize("detector", [*sorted(set(QUESTIONS) - {"stretch", "rotation"}), "NM-99"])
def test_hostile_text_neither_pings_links_closes_nor_hides(detector, attack):
    evidence = dict.fromkeys(("replaced_version", "version", "target", "title", "reason"), attack) | {"urls": [attack], "times": attack}
    others = [hit(other, other, evidence=evidence) for other in ("NM-15", "NM-02", "NM-14")]
    assert_harmless(draft(finding(service=attack, stakes=5), [hit(detector, evidence=evidence), *others], CONTEXT), attack)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80))
def test_no_text_whatever_leaves_the_evidence(reason, version):
    ticket = draft(
        finding(service=version), [hit(evidence={"version": version, "replaced_version": "v2", "reason": reason, "urls": [reason]})], CONTEXT
    )
    assert MarkdownIt("commonmark").render(ticket.body).count("<pre>") == 1
    assert all(letter == "\n" or letter.isprintable() for letter in ticket.body + ticket.title)
    assert flaws(ticket.body) == flaws(ticket.title) == []
    assert not MENTION.search(ticket.body + ticket.title)


def test_what_cannot_be_seen_is_shown_and_what_looks_like_a_secret_is_taken_out():
    body = draft(finding(), [hit(evidence={"reason": ATTACKS[4]}), hit("NM-02", "bb", evidence={"reason": ATTACKS[8]})], CONTEXT).body
    assert "<U+001B>" in body
    assert "<U+202E>" in body
    assert "<U+E0041>" in body
    assert not re.search("hunter2|ghp_|sekretpw", body)


@pytest.mark.parametrize("detector", [*sorted(set(QUESTIONS) - {"stretch", "rotation"}), "NM-99"])
def test_the_longest_ticket_is_short(detector):
    names = {"replaced_version": "one two three", "version": "four five six", "target": "seven eight nine", "times": 12, "times_in_7_days": 12}
    far = CONTEXT | {"zone": "America/Los_Angeles", "not_before_at": at("2026-11-05T02:00")}
    urls = {"urls": ["https://git.example.org/pay/1"]}
    ticket = draft(finding(stakes=5, confidence=0.5), [hit(detector, evidence=names | urls), hit("NM-13", "b", confidence=0.6, evidence=names)], far)
    assert flaws(ticket.body) == []


def test_a_word_for_the_meeting_that_we_never_use_is_refused():
    assert "No retro before" in draft(finding(), [hit()], CONTEXT | {"meeting": "retro"}).body
    with pytest.raises(ValueError, match="cannot be used in prompts"):
        draft(finding(), [hit()], CONTEXT | {"meeting": "Post-Mortem"})


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
    assert "worth a thought" in stretch_draft(STRETCH | {"is_forecast": True}, CONTEXT).body


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_schedules_and_teams_are_as_harmless_as_any_text(attack):
    assert_harmless(stretch_draft(STRETCH | {"team": attack, "schedules": [attack]}, CONTEXT), attack)
    assert_harmless(rotation_draft({"schedule": attack, "share": 0.97, "typical_days": 7.0, "shifts": 12}, CONTEXT), attack)


def test_a_rotation_and_a_stretch_to_come_are_asked_about_in_the_next_working_hours_and_a_past_one_after_rest():
    names = ["person", "schedule", "level", "starts_at", "ends_at", "origin", "zone"]
    weeks = [
        ("ana", "primary", 1, at("2026-10-05T09:00") + timedelta(weeks=w), at("2026-10-12T09:00") + timedelta(weeks=w), "rotation", LONDON)
        for w in (0, 2)
    ]
    instants = dict.fromkeys(("starts_at", "ends_at"), "datetime64[us, UTC]")
    shifts = pd.DataFrame(weeks, columns=names).astype(instants)
    past = STRETCH | {
        "key": "0a",
        "level": "long",
        "origin": "incidental",
        "is_loaded": False,
        "schedules": ["primary"],
        "ends_at": at("2026-11-06T09:00"),
    }
    rows = pd.DataFrame([past, past | {"key": "0b", "ends_at": at("2026-11-20T09:00")}, past | {"key": "0c", "schedules": ["other"]}]).astype(
        instants
    )
    estate = Estate(teams={"pay": Team(zone=LONDON, rotations=("primary",))})
    asked_at = at("2026-11-07T12:00")  # a Saturday
    found = rest_plan(rows, shifts, estate, POLICY, now=asked_at)
    assert [row["subject_kind"] for row in found] == ["rotation", "stretch", "stretch"]
    assert [row["opens_at"] for row in found] == [at("2026-11-09T09:00")] * 3
    assert rest_plan(rows, shifts, estate, POLICY, now=at("2026-11-09T11:00"))[0]["opens_at"] == at("2026-11-09T11:00")


def test_a_rotation_has_one_code_a_quarter():
    rotation = {"schedule": "payments primary", "share": 0.97, "typical_days": 7.0, "shifts": 12}
    codes = [rotation_draft(rotation, CONTEXT | {"as_of": at(day)}).code for day in ("2026-10-01T00:00", "2026-12-31T00:00", "2027-01-01T00:00")]
    assert codes[0] == codes[1] != codes[2]


def test_the_code_is_the_start_of_the_key():
    assert code("7f3a91c2deadbeef") == "LO-7f3a91c2"
    assert re.fullmatch("LO-[0-9a-f]{8}", code("no number"))


COOLING = {
    "an ordinary day": ("2026-11-03T14:00", "2026-11-04T14:00", "2026-11-04T09:00"),
    "a morning": ("2026-11-03T07:00", "2026-11-04T10:00", "2026-11-04T09:00"),
    "at night": ("2026-11-03T03:00", "2026-11-04T10:00", "2026-11-03T15:00"),
    "Friday evening": ("2026-11-06T20:00", "2026-11-09T10:00", "2026-11-09T09:00"),
    "Sunday": ("2026-11-08T22:00", "2026-11-09T22:00", "2026-11-09T10:00"),
    "Friday before the clocks go forward": ("2026-03-27T20:00", "2026-03-30T10:00", "2026-03-30T09:00"),
    "Saturday before the clocks go back": ("2026-10-24T23:30", "2026-10-26T10:00", "2026-10-26T09:00"),
}


@pytest.mark.parametrize("name", COOLING)
def test_people_rest_before_they_are_asked(name):
    ended, talk, ticket = (at(text, LONDON) for text in COOLING[name])
    assert not_before(ended, Response(), TEAM, POLICY) == talk
    assert opens_at(ended, TEAM, POLICY) == ticket


def test_the_conversation_waits_for_the_morning_where_most_responders_live_and_for_their_rest():
    ended = at("2026-11-03T14:00")
    pacific = Response(zones=("America/Los_Angeles", "America/Los_Angeles", LONDON))
    assert not_before(ended, pacific, TEAM, POLICY) == at("2026-11-04T10:00", "America/Los_Angeles")
    assert not_before(ended, Response(woken_at=(at("2026-11-04T06:00"),)), TEAM, POLICY) == at("2026-11-04T17:00")
    assert not_before(at("2026-11-03T08:00"), Response(shift_ends=(at("2026-11-04T08:00"), at("2026-11-09T09:00"))), TEAM, POLICY) == at(
        "2026-11-04T10:00"
    )


def test_a_weekend_is_what_the_team_says():
    team = Team(zone="Asia/Dubai", workdays=(6, 0, 1, 2, 3))
    assert not_before(at("2026-11-05T20:00", "Asia/Dubai"), Response(), team, POLICY) == at("2026-11-08T10:00", "Asia/Dubai")


BODY = draft(finding(), [hit()], CONTEXT).body
NOON = at("2026-11-06T12:00")


def test_a_ticked_box_and_a_line_are_an_answer():
    edited = BODY.replace("- [ ] useful near miss", "- [x] useful near miss").replace("wondered:", "wondered: the limiter\nhas two switches")
    given = answer(edited, [])
    assert (given.dispositions, given.learning, given.level) == (("useful near miss",), "the limiter has two switches", "R1")


def test_two_people_and_a_line_are_a_conversation():
    edited = BODY.replace("wondered:", "wondered:\n\nNothing new.")
    assert answer(edited, [("ana", NOON, "I saw it"), ("bo", NOON, "me too")]).level == "R2"
    assert answer(edited, [("ana", NOON, "I saw it"), ("ana", NOON, "again"), ("stale[bot]", NOON, "hm")]).level == "R1"


@pytest.mark.parametrize(
    ("comment", "dispositions", "learning"),
    [
        ("planned", ("planned",), None),
        ("Planned: a game day", ("planned",), "a game day"),
        ("**Known and fine** - we see it weekly", ("known and fine",), "we see it weekly"),
        ("duplicate of #12", ("duplicate",), "#12"),
        ("- [x] not a surprise", ("not a surprise",), None),
        ("planned outage next week, is it that?", None, None),
        ("> planned\n\nis it?", None, None),
        ("```\nplanned\n```", None, None),
        ("This was not planned.", None, None),
    ],
)
def test_a_comment_answers_when_it_starts_with_the_disposition(comment, dispositions, learning):
    given = answer(BODY, [("ana", NOON, comment)])
    assert (given and given.dispositions, given and given.learning) == (dispositions, learning)


def test_our_own_comments_and_an_untouched_ticket_answer_nothing():
    assert answer(BODY, []) is None
    assert answer(BODY, [("soundings", NOON, "planned"), ("other[bot]", NOON, "planned")], ours="soundings") is None


ESTATE = Estate(services={"payments": Service(team="pay")}, teams={"pay": TEAM}, zones={"ana": "America/New_York"})
NOW = at("2026-11-03T12:00")
PROMPTS = ["key", "subject_key", "code", "state", "team", "hits", "planned_at", "sent_at", "opened_at", "answered_at"]


def story(number, detector="NM-01", **more):
    """One near miss with one hit, as they stand in the tables."""
    key = f"{number:016x}"
    row = {
        "key": key,
        "service": f"svc{number}",
        "team": f"team{number}",
        "ended_at": at("2026-11-02T14:41"),
        "confidence": 0.7,
        "stakes": 3,
        "placement": "prompt",
        "state": "noticed",
        "set_aside_reason": None,
        "hits": [f"h{number}"],
    } | more
    return row, hit(detector, row["hits"][0], service=row["service"], near_miss_key=key)


def frames(*stories):
    instants = {"ended_at": "datetime64[us, UTC]"}
    misses = pd.DataFrame([row for row, _ in stories]).astype(instants)
    return misses, pd.DataFrame([one for _, one in stories]).drop_duplicates("key").astype(instants | {"started_at": "datetime64[us, UTC]"})


def asked(*rows):
    times = ["planned_at", "sent_at", "opened_at", "answered_at"]
    return pd.DataFrame(rows, columns=PROMPTS).astype(dict.fromkeys(times, "datetime64[us, UTC]"))


def before(number, **more):
    """A prompt that was opened a day ago."""
    key = f"{number:016x}"
    given = {"key": f"k{number}", "subject_key": key, "code": code(key), "state": "open", "team": f"team{number}", "hits": [f"h{number}"]}
    return given | {"opened_at": NOW - timedelta(days=1)} | more


def planned(*stories, prompts=(), policy=POLICY, **more):
    given = {"now": NOW, "covered_until": {"pd": NOW}, "first_seen": {}} | more
    return plan(*frames(*stories), asked(*prompts), ESTATE, policy, **given)


def reasons(found):
    return [None if state == "planned" else reason for state, reason in zip(found["state"], found["withheld_reason"], strict=True)]


def test_a_ripe_finding_is_planned_with_its_times():
    found = planned(story(1, team="pay"), story(2, placement="list"))
    assert found["subject_key"].tolist() == [f"{1:016x}"]
    assert found["state"].tolist() == ["planned"]
    assert found["opens_at"][0] == at("2026-11-03T09:00")
    assert found["not_before_at"][0] == at("2026-11-03T14:41")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": "set_aside", "set_aside_reason": "planned"}, "planned"),
        ({"state": "answered"}, "people have talked about it"),
        ({"state": "talking"}, "people are talking about it"),
        ({"ended_at": NOW - timedelta(days=14, seconds=1)}, "older than 14 days when first seen"),
    ],
)
def test_what_is_not_asked_about_has_a_reason(more, reason):
    assert reasons(planned(story(1, **more))) == [reason]


def test_the_age_gate_looks_at_the_day_it_was_first_seen():
    old = story(1, ended_at=NOW - timedelta(days=20))
    assert reasons(planned(old, first_seen={old[0]["key"]: NOW - timedelta(days=7)})) == [None]
    assert reasons(planned(story(1, ended_at=NOW - timedelta(days=14)))) == [None]
    ancient = story(1, ended_at=NOW - timedelta(days=31))
    assert reasons(planned(ancient, first_seen={ancient[0]["key"]: NOW - timedelta(days=29)})) == ["older than 30 days"]


def test_a_finding_waits_for_every_source_but_not_longer_than_three_days():
    ended = at("2026-11-02T14:41")
    assert reasons(planned(story(1), covered_until={"pd": NOW, "git": ended + timedelta(hours=5)})) == ["waiting for git"]
    assert reasons(planned(story(1), covered_until={"git": ended + timedelta(hours=6)})) == [None]
    late = {"now": ended + timedelta(days=3, hours=6), "covered_until": {"git": ended}}
    assert reasons(planned(story(1), **late)) == [None]


def test_a_story_is_asked_about_once_whatever_its_key():
    assert reasons(planned(story(1), prompts=[before(1)])) == ["already asked about in LO-00000000"]
    found = planned(story(2, hits=["h1"]), prompts=[before(1)])
    assert found["same_as"].tolist() == ["k1"]
    assert reasons(planned(story(1), prompts=[before(1, state="withheld"), before(1, state="planned")])) == [None]


def test_the_same_kind_of_event_cools_down_for_fourteen_days():
    old, new = story(1, service="payments", state="invited"), story(2, service="payments")
    prompts = [before(1, opened_at=NOW - timedelta(days=13))]
    assert reasons(planned(old, new, prompts=prompts))[1] == "the same kind of event was asked about in LO-00000000 of 2026-10-21"
    assert reasons(planned(old, new, prompts=[before(1, answered_at=NOW)]))[1].startswith("this came back after LO-")
    assert reasons(planned(old, new, prompts=[before(1, opened_at=NOW - timedelta(days=14))]))[1] is None
    assert reasons(planned(old, story(2, service="other"), prompts=prompts))[1] is None
    assert reasons(planned(story(1, service="payments"), new))[1].startswith("the same kind of event is being asked about")


def test_the_budget_goes_by_stakes_then_confidence_with_variety_among_equals():
    stories = [
        story(1, stakes=3, confidence=0.9, team="pay"),
        story(2, stakes=3, confidence=0.8, team="pay"),
        story(3, "NM-15", stakes=3, confidence=0.61, team="pay"),
        story(4, stakes=5, confidence=0.5, team="pay"),
    ]
    found = planned(*stories)
    assert [int(key, 16) for key in found["subject_key"]] == [4, 1, 3, 2]
    assert reasons(found) == [None, None, None, "pay has its 3 prompts of this week; listed in the report"]


def test_the_week_of_the_organisation_and_the_first_run_have_their_limits():
    many = [story(n) for n in range(1, 30)]
    assert reasons(planned(*many)).count(None) == 15
    assert reasons(planned(*many, policy=Policy(budget_organisation_week=99))).count(None) == 20
    assert reasons(planned(*many, prompts=[before(100 + n) for n in range(12)])).count(None) == 3
    assert reasons(planned(*many, prompts=[before(100 + n, opened_at=NOW - timedelta(days=7)) for n in range(12)])).count(None) == 15


def test_planning_is_the_same_in_any_order():
    many = [story(n, stakes=n % 3 + 1) for n in range(1, 25)]
    assert planned(*many).equals(planned(*reversed(many)))


def test_those_a_page_woke_are_known_by_zone_and_time_alone():
    _, hits = frames(story(1, "NM-14"))
    woken = at("2026-11-02T03:00", "America/New_York")
    calls = pd.DataFrame([{"source": "pd", "page_id": "P1", "person": "ana", "sent_at": woken, "channel": "sms"}]).astype(
        {"sent_at": "datetime64[us, UTC]"}
    )
    shifts = pd.DataFrame([{"person": "ana", "starts_at": woken - timedelta(hours=3), "ends_at": woken + timedelta(hours=5)}])
    shifts = shifts.astype(dict.fromkeys(("starts_at", "ends_at"), "datetime64[us, UTC]"))
    found = responses(hits, calls, shifts, pd.DataFrame(columns=["native_id", "zone"]), ESTATE)
    assert found == {f"{1:016x}": Response(zones=("America/New_York",), woken_at=(woken,), shift_ends=(woken + timedelta(hours=5),))}
