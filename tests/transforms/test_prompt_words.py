"""Small words of a prompt: lengths of time, questions, codes."""

import re
from datetime import timedelta

import pytest

from transforms.prompts import code
from transforms.prompts.facts import duration
from transforms.prompts.questions import QUESTIONS


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


def test_the_code_is_the_start_of_the_key():
    assert code("7f3a91c2deadbeef") == "LO-7f3a91c2"
    assert re.fullmatch("LO-[0-9a-f]{8}", code("no number"))
