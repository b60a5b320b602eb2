"""Every detector says everything it has to, and nothing is said for one that is not there."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from transforms.near_misses.catalogue import BY_CODE, DETECTORS, fact
from transforms.prompts.questions import QUESTIONS
from transforms.words.lint import flaws
from warehouse.schema import SIGNALS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.code)
def test_a_detector_has_all_its_words_and_they_pass_the_linter(detector):
    said = fact(detector.code, {}, timedelta(minutes=38))
    for words in (detector.name, detector.rule, detector.why, said, *detector.moment):
        assert words
        assert flaws(words) == []
    assert detector.why.endswith(".")
    assert not (detector.rule + said).endswith(".")
    assert detector.questions in QUESTIONS


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.code)
def test_a_review_can_name_what_a_detector_starts_from(detector):
    assert detector.subject_kind in SIGNALS["reviews"].c["subject_kind"].info["expect"].among


def test_there_is_no_code_twice_and_no_set_of_questions_nobody_asks():
    assert len(BY_CODE) == len(DETECTORS)
    assert {detector.questions for detector in DETECTORS} == set(QUESTIONS)


def test_each_detector_and_no_other_has_a_card_with_its_name():
    cards = re.findall(r"^\*\*(NM-\d+) (.+?)\.\*\*", (ROOT / "docs" / "definitions.md").read_text(), re.MULTILINE)
    assert {code: name.casefold() for code, name in cards} == {detector.code: detector.name.casefold() for detector in DETECTORS}
