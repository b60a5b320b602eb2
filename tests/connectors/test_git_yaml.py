"""A large YAML file is read entry by entry, and what comes out is what reading it at once gives."""

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.git import config_yaml
from connectors.git.config_tree import Unreadable
from connectors.git.recent import Recent

WORDS = st.sampled_from(
    [
        "a",
        "b",
        "name",
        "1",
        "no",
        "null",
        "~",
        "x y",
        "a: b",
        "# c",
        "- d",
        "'e",
        '"f',
        "{g}",
        "[h",
        "|",
        "*i",
        "line\nline\n",
        "k\n\n  l",
        "",
        "\t",
        "é",
    ]
)
TREES = st.recursive(
    WORDS, lambda inner: st.one_of(st.lists(inner, min_size=1, max_size=3), st.dictionaries(WORDS, inner, min_size=1, max_size=3)), max_leaves=12
)
ODD = st.sampled_from(
    [
        "# c",
        "? x",
        ": y",
        "*a : 1",
        "&a b: 1",
        "---",
        "--- a",
        "...",
        "%YAML 1.1",
        "- z",
        "-",
        "k: |",
        "  k: >-",
        "'",
        '"',
        "{",
        "}",
        "[",
        "  ",
        "x",
        "k:",
        "k: v",
        "!t",
        "!t k: v",
        "\tk: v",
        "- - k: v",
    ]
)


def read(text):
    """The documents that say something; None where it is no YAML."""
    try:
        return [document for document in config_yaml.documents_of(text) if document != "null"]
    except Unreadable:
        return None


@pytest.fixture
def _cut_everywhere(monkeypatch):
    monkeypatch.setattr(config_yaml, "SMALL", 4)


@st.composite
def files(draw):
    """Documents in some style, with odd lines between theirs."""
    style, flow = draw(st.sampled_from([None, "'", '"', "|"])), draw(st.sampled_from([False, None]))
    trees, indent = draw(st.lists(TREES, min_size=1, max_size=3)), draw(st.integers(2, 4))
    lines = yaml.safe_dump_all(trees, default_style=style, default_flow_style=flow, indent=indent, allow_unicode=True).split("\n")
    for at, spaces, line in draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4), ODD), max_size=3)):
        lines.insert(min(at, len(lines)), " " * spaces + line)
    return "\n".join(lines)


@pytest.mark.usefixtures("_cut_everywhere")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files())
def test_entry_by_entry_is_the_same_as_at_once(monkeypatch, text):
    monkeypatch.setattr(config_yaml, "LARGE", 1 << 30)
    at_once = read(text)
    monkeypatch.setattr(config_yaml, "LARGE", 0)

    assert read(text) == at_once


def test_an_entry_that_stands_in_the_next_version_too_is_read_once(monkeypatch):
    entries = [f"- name: job{number}\n  command: {'x' * 300}\n  image: {number}\n" for number in range(50)]
    monkeypatch.setattr(config_yaml, "_entries", Recent(1 << 20, lambda text, _: len(text)))
    first = config_yaml.documents_of("jobs:\n" + "".join(entries))[0]["jobs"]
    entries[7] = entries[7].replace("image: 7", "image: 8")

    second = config_yaml.documents_of("# later\njobs:\n" + "".join(entries))[0]["jobs"]

    assert second[7]["image"] == "8"
    assert [number for number in range(50) if first[number] is not second[number]] == [7]


def test_what_was_read_lately_is_forgotten_when_it_is_too_much():
    recent = Recent(16, lambda *_: 4)
    for key in "abc":
        recent.keep(key, key.upper())
    assert recent["b"] == "B", "used again, it stays"
    for key in "de":
        recent.keep(key, key.upper())

    assert [recent[key] for key in "abcde"] == [None, "B", None, "D", "E"]
