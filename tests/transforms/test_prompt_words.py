"""Small words of a prompt: lengths of time, questions, codes, hosts."""

import re
from datetime import timedelta

import pytest

from transforms.prompts import code
from transforms.prompts.stretch_draft import ROTATION_QUESTIONS, STRETCH_QUESTIONS
from transforms.words.foreign_text import links
from transforms.words.moments import duration


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


@pytest.mark.parametrize("questions", [STRETCH_QUESTIONS, ROTATION_QUESTIONS])
def test_a_ticket_about_time_on_call_asks_three_to_five_questions(questions):
    assert 3 <= len(questions) <= 5


def test_the_code_is_the_start_of_the_key():
    assert code("7f3a91c2deadbeef") == "LO-7f3a91c2"
    assert re.fullmatch("LO-[0-9a-f]{8}", code("no number"))


@pytest.mark.parametrize(
    ("url", "is_linked"),
    [
        ("https://pagerduty.com/incidents/Q1", True),
        ("https://acme.pagerduty.com/incidents/Q1", True),
        ("http://acme.pagerduty.com/incidents/Q1", False),
        ("https://evilpagerduty.com/incidents/Q1", False),
        ("https://pagerduty.com.evil.example/", False),
        ("https://pagerduty.com@evil.example/", False),
        ("https://evil.example/pagerduty.com", False),
    ],
)
def test_an_address_is_a_link_on_a_named_host_or_below_it_and_by_https_alone(url, is_linked):
    assert links([url], ("pagerduty.com", "")) == [url] * is_linked
