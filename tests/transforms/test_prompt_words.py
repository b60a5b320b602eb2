"""Small words of a prompt: questions, codes."""

import re

from transforms.prompts import code
from transforms.prompts.questions import QUESTIONS, REST_QUESTIONS


def test_every_detector_asks_three_to_five_questions():
    assert {3 <= len(questions) <= 5 for questions in [*QUESTIONS.values(), *REST_QUESTIONS.values()]} == {True}


def test_the_code_is_the_start_of_the_key():
    assert code("7f3a91c2deadbeef") == "LO-7f3a91c2"
    assert re.fullmatch("LO-[0-9a-f]{8}", code("no number"))
