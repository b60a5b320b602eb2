"""What people answered, read back from the ticket as they edited it."""

from datetime import UTC, datetime

import pytest

from transforms.prompts import answer
from transforms.prompts.parts import DISPOSITIONS, REST_DISPOSITIONS, TALKED, answers, footer

NOON = datetime(2026, 11, 6, 12, tzinfo=UTC)
QUOTE = "```text\n| - [x] planned\n| What we learned or wondered: quoted\n```"
BODY = "\n\n".join([QUOTE, answers(DISPOSITIONS), footer("7f3a91c2deadbeef", {"as_of": NOON})])


def test_a_ticked_box_and_a_line_are_an_answer():
    edited = BODY.replace("- [ ] useful near miss", "- [x] useful near miss").replace("wondered:", "wondered: the limiter\nhas two switches")
    given = answer(edited, [])
    assert (given.dispositions, given.learning, given.level) == (("useful near miss",), "the limiter has two switches", "R1")


def test_two_people_and_a_line_are_a_conversation():
    edited = BODY.replace("wondered:", "wondered:\n\nNothing new.")
    assert answer(edited, [("ana", NOON, "I saw it"), ("bo", NOON, "me too")]).level == "R2"
    assert (
        answer(
            edited,
            [
                ("ana", NOON, "I saw it"),
                ("ana", NOON, "again"),
                ("stale[bot]", NOON, "hm"),
                ("jenkins", NOON, "built"),
                ("release-bot", NOON, "shipped"),
            ],
        ).level
        == "R1"
    )


@pytest.mark.parametrize(
    ("comment", "dispositions", "learning"),
    [
        ("planned", ("planned",), None),
        ("Planned: a game day", ("planned",), None),
        ("**Known and fine** - we see it weekly", ("known and fine",), None),
        ("duplicate of #12", ("duplicate",), None),
        ("- [x] not a surprise", ("known and fine",), None),
        ("Planned!", ("planned",), None),
        ("Known and fine (every Friday)", ("known and fine",), None),
        ("`planned`", ("planned",), None),
        ("planned 👍", ("planned",), None),
        ("👍 planned", ("planned",), None),
        ("[duplicate]", ("duplicate",), None),
        ("- planned", ("planned",), None),
        ("2. useful near miss", ("useful near miss",), None),
        ("PLANNED\nWe move it each year.", ("planned",), None),
        ("Not a surprise.", ("known and fine",), None),
        ("planned…", ("planned",), None),
        ("planned?", None, None),
        ("planned ?", None, None),
        ("? planned", None, None),
        ("Not planned", None, None),
        ("Is this planned", None, None),
        ("planned by us?", None, None),
        ("Learned: the limiter has two switches", (), "the limiter has two switches"),
        ("planned\nLearned: it runs each Friday", ("planned",), "it runs each Friday"),
        ("We have learned: nothing", None, None),
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


@pytest.mark.parametrize("disposition", DISPOSITIONS)
def test_each_box_is_an_answer_with_what_it_does_beside_it(disposition):
    assert answer(BODY.replace(f"- [ ] {disposition}", f"- [x] {disposition}"), []).dispositions == (disposition,)


@pytest.mark.parametrize(("line", "level"), [("The switch is per shard.", "R2"), ("Nothing new", "R2"), ("", "R1")])
def test_one_person_may_say_that_two_or_more_talked(line, level):
    """As in a folder, which has no comments."""
    edited = BODY.replace(f"- [ ] {TALKED}", f"- [x] {TALKED}").replace("wondered:", f"wondered: {line}")
    given = answer(edited, [])
    assert (given.level, given.learning, given.dispositions) == (level, line or None, ())


@pytest.mark.parametrize("disposition", REST_DISPOSITIONS)
def test_each_box_of_a_rotation_ticket_is_an_answer(disposition):
    body = answers(REST_DISPOSITIONS)
    given = answer(body.replace(f"- [ ] {disposition}", f"- [x] {disposition}"), [])
    said = answer(body, [("ana", NOON, f"{disposition.capitalize()}: since May")])
    assert (given.dispositions, given.level, said.dispositions, said.learning) == ((disposition,), "R1", (disposition,), None)
