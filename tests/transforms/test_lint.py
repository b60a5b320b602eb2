"""The linter of our own words."""

import pytest

from transforms.words.lint import flaws, outside_evidence

BANNED = [
    *("root cause", "Root-Cause", "root  causes", "root\ncause", "**root** cause", "root_cause", "ro\u200bot cause", "Ｒoot cause", "RCA", "RCAs"),
    *("five whys", "5 whys", "5-Whys", "post-mortem", "postmortems", "Post Mortem", "post‑mortem", "blame", "blaming", "blameless"),
    *("at fault", "the team's fault", "fault of the deployer", "culprit", "guilty", "human error", "operator errors", "mistake by"),
    *(
        "mistakes made by",
        "careless",
        "carelessness",
        "negligent",
        "should have",
        "shouldn't have",
        "should’ve",
        "could have avoided",
        "should have taught us something this week",
    ),
    *("failed to", "failing to", "fails to", "forgot to", "forgetting to", "who caused", "caused by @ana", "offender", "violation", "violated"),
    *("responsible for", "days since last incident", "days since the last incident", "overdue", "best", "worst", "top", "most", "well done"),
]


@pytest.mark.parametrize("phrase", BANNED)
def test_a_banned_phrase_is_found_in_every_form(phrase):
    assert flaws(f"We saw {phrase} here.") != []


@pytest.mark.parametrize(
    "text",
    [
        "v412 went live, and the page reached the second level.",
        "The most recent change before the page is listed. On top of that, at most three people joined.",
        "What would have happened at another hour?",
        "Default values tolerate faults; the arcade is a sparcaster.",
        "Somebody deployed and nobody noticed.",
        "The deployed version is v4. What changed each time?",
        "At least 5 events (12-week median 4) could have taught us something this week.",
    ],
)
def test_plain_words_are_left_alone(text):
    assert flaws(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Alice deployed v412.",
        "Ana Lovelace rolled back.",
        "@octocat acknowledged it.",
        "It was merged by Bob.",
        "Why did you restart it?",
        "It would have been worse at night.",
        "All good ✅",
        "Red 🔴",
    ],
)
def test_people_as_subjects_verdicts_and_what_would_have_been_are_found(text):
    assert len(flaws(text)) == 1


def test_the_evidence_is_quoted_and_not_ours_but_an_open_fence_hides_nothing_before_it():
    assert flaws("A fact.\n\n````text\nroot cause!\n```\nblame\n````\n\nAnother fact.") == []
    assert flaws("```text\nquoted\n```\nroot cause") != []
    assert outside_evidence("a\n~~~\nb\n~~~\nc") == "a\nc"
    assert flaws("```root cause```") != []


def test_two_hundred_and_fifty_words_are_enough():
    assert flaws("word " * 250) == []
    assert flaws("word " * 251) == ["251 words outside the evidence, at most 250"]
    assert flaws("word " * 251, None) == []
    assert flaws("word " * 200 + "\n```\n" + "word " * 200 + "\n```") == []
