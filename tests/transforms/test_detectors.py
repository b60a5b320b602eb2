"""The contract of detectors: each says everything it has to, a file is found by itself, and nothing is said for one that is not there."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from transforms.near_misses import catalogue, detectors
from transforms.near_misses.catalogue import BY_CODE, DETECTORS, fact
from transforms.words.lint import flaws
from warehouse.schema import SIGNALS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "transforms" / "near_misses" / "detectors"
DEFINITIONS = (ROOT / "docs" / "definitions.md").read_text()
CODE = re.compile(r"\bNM-\d+")

every = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.code)


@every
def test_a_detector_has_all_its_words_and_they_pass_the_linter(detector):
    said = fact(detector.code, {}, timedelta(minutes=38))
    for words in (detector.name, detector.rule, detector.why, said, *detector.moment, *detector.shown.values(), *detector.questions):
        assert words
        assert flaws(words) == []
    assert detector.why.endswith(".")
    assert not (detector.rule + said).endswith(".")


@every
def test_a_detector_asks_three_to_five_questions(detector):
    assert 3 <= len(set(detector.questions)) == len(detector.questions) <= 5
    assert all(question.endswith("?") for question in detector.questions)


@every
def test_what_is_said_or_left_unsaid_of_the_evidence_is_in_what_is_shown(detector):
    assert detector.shown
    assert {*detector.unremarkable, *([detector.named_by] if detector.named_by else [])} <= set(detector.shown)


@every
def test_a_detector_needs_columns_that_there_are_and_knows_words_of_one(detector):
    needed = [(table, column) for table, columns in detector.needs for column in columns]
    assert [(table, column) for table, column in needed if column not in SIGNALS[table].c] == []
    if detector.vocabulary:
        table, column, known = detector.vocabulary
        assert set(SIGNALS[table].c[column].info["expect"].among) <= set(known)


@every
def test_a_review_can_name_what_a_detector_starts_from(detector):
    assert detector.subject_kind in SIGNALS["reviews"].c["subject_kind"].info["expect"].among


def test_each_file_of_the_folder_is_a_detector_named_by_its_code():
    files = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    assert [detector.code.lower().replace("-", "_") for detector in DETECTORS] == files
    assert len(BY_CODE) == len(DETECTORS) > 0


def test_one_more_file_is_one_more_detector(tmp_path, monkeypatch):
    told = (FOLDER / "nm_15.py").read_text().replace("NM-15", "NM-99")
    (tmp_path / "nm_99.py").write_text(told)
    monkeypatch.setattr(detectors, "__path__", [*detectors.__path__, str(tmp_path)])
    assert [detector.code for detector in catalogue.found()] == [*BY_CODE, "NM-99"]


def test_each_detector_and_no_other_has_a_card_with_its_name():
    cards = re.findall(r"^\*\*(NM-\d+) (.+?)\.\*\*", DEFINITIONS, re.MULTILINE)
    assert {code: name.casefold() for code, name in cards} == {detector.code: detector.name.casefold() for detector in DETECTORS}


def test_the_pages_name_no_detector_that_is_not_there_but_where_they_say_so():
    pending = re.search(r"^Not there yet: .*?\n\n", DEFINITIONS, re.MULTILINE | re.DOTALL)[0]
    pages = [page.read_text() for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))]
    named = {code for page in pages for code in CODE.findall(page.replace(pending, ""))}
    assert named == set(BY_CODE)
    assert set(CODE.findall(pending)) & set(BY_CODE) == set()


def test_no_other_file_of_ours_knows_a_detector_by_its_code():
    sources = (path for room in ("transforms", "pipeline", "warehouse", "plugins") for path in (ROOT / room).rglob("*.py") if path.parent != FOLDER)
    assert {str(path.relative_to(ROOT)): CODE.findall(path.read_text()) for path in sources if CODE.search(path.read_text())} == {}
