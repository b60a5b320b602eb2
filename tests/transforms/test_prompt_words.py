"""Small words of a prompt: questions, codes."""

import re

import pytest

from transforms.prompts import code
from transforms.prompts.stretch_draft import ROTATION_QUESTIONS, STRETCH_QUESTIONS


@pytest.mark.parametrize("questions", [STRETCH_QUESTIONS, ROTATION_QUESTIONS])
def test_a_ticket_about_time_on_call_asks_three_to_five_questions(questions):
    assert 3 <= len(questions) <= 5


def test_the_code_is_the_start_of_the_key():
    assert code("7f3a91c2deadbeef") == "LO-7f3a91c2"
    assert re.fullmatch("LO-[0-9a-f]{8}", code("no number"))
