"""Files that cannot be read key by key, on one side or on both: they changed, and nothing of them was removed."""

import pathlib

import pytest

from signals.pulled import Unfit
from signals.records import ConfigChange
from tests.connectors.git_history import History, changes

PLAIN = "a: 1\nb: 2\n"
LARGE = "".join(f"key{number:06}: value{number}\n" for number in range(60_000))
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "5" * 64 + "\nsize 12345\n"


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "shop")


@pytest.mark.parametrize(
    "other",
    [
        LARGE,
        POINTER,
        "{{- if .Values.on }}\na: {{ .Values.b }}\n{{- end }}\n",
        "{% if on %}\na: 1\n{% endif %}\n",
        "<%= a %>: 1\n<% b do %>\n",
        "a: [\n",
        "a sentence\n",
        b"a: 1\n\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00",
    ],
    ids=["large", "pointer", "helm", "jinja", "erb", "broken", "text", "nul", "binary"],
)
def test_where_one_state_cannot_be_read_the_file_changed_and_no_key_was_removed(history, other):
    for text in (PLAIN, other, PLAIN, other):
        history.change("v.yaml", text)

    plain, *found = sorted(changes(history.folder, "*.yaml"), key=lambda change: (change.applied_at, change.target))[1:]

    assert plain.target == "v.yaml#b"
    assert [change.target for change in found] == ["v.yaml"] * 3
    assert all(isinstance(change, ConfigChange) and change.old_value and change.new_value for change in found)
    assert found[0].new_value == found[1].old_value == found[2].new_value


def test_a_link_and_a_submodule_are_values_as_a_whole(history):
    history.change("v.yaml", PLAIN)
    (history.folder / "v.yaml").unlink()
    pathlib.Path(history.folder / "v.yaml").symlink_to("elsewhere.yaml")
    history.commit("a link")
    history.git("update-index", "--add", "--cacheinfo", f"160000,{history.git('rev-parse', 'HEAD')},part.yaml")
    history.git("commit", "--quiet", "-m", "a submodule")

    found = [change for change in changes(history.folder, "*.yaml") if change.title != "Change"]

    assert [(change.target, bool(change.old_value), bool(change.new_value)) for change in found] == [
        ("v.yaml", True, True),
        ("part.yaml", False, True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (PLAIN, PLAIN.replace("\n", "\r\n"), []),
        (PLAIN, "\ufeff" + PLAIN, []),
        (PLAIN, PLAIN.encode("utf-16"), []),
        (PLAIN, "", ["v.yaml#a", "v.yaml#b"]),
        (PLAIN, "# nothing\n", ["v.yaml#a", "v.yaml#b"]),
        (PLAIN, "# why\n" + PLAIN, []),
    ],
    ids=["line ends", "byte order", "wide", "empty", "comment", "commented"],
)
def test_how_a_file_is_written_is_no_change_of_its_keys(history, old, new, expected):
    history.change("v.yaml", old)
    history.change("v.yaml", new, "again")

    assert [change.target for change in changes(history.folder, "*.yaml") if change.title == "again"] == expected


def test_a_file_made_executable_has_not_changed_and_one_replaced_by_a_folder_is_gone(history):
    history.change("v.yaml", PLAIN)
    (history.folder / "v.yaml").chmod(0o755)
    history.commit("executable")
    (history.folder / "v.yaml").unlink()
    history.change("v.yaml/w.yaml", "c: 3\n", "a folder")

    found = {change.target: change.new_value for change in changes(history.folder, "**/*.yaml", "*.yaml") if change.title != "Change"}

    assert found.keys() == {"v.yaml#a", "v.yaml#b", "v.yaml/w.yaml#c"}
    assert found["v.yaml#a"] is None


def test_content_the_repository_lacks_is_set_aside_with_what_to_do_and_the_rest_is_read(history):
    history.change("v.yaml", PLAIN)
    history.change("w.yaml", PLAIN)
    blob = history.git("hash-object", "-w", "--stdin", given=b"a: 7\n")
    history.change("v.yaml", "a: 7\n")
    (history.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    set_aside, *found = changes(history.folder, "*.yaml")

    assert isinstance(set_aside, Unfit)
    assert "v.yaml" in set_aside.reason
    assert "--refetch" in set_aside.reason
    assert [change.target for change in found] == ["v.yaml#a", "v.yaml#b", "w.yaml#a", "w.yaml#b"]


def test_what_a_hostile_file_costs_is_bounded(history):
    history.write("keys.yaml", "".join(f"k{number}: {number}\n" for number in range(70_000)))
    history.write("aliases.yaml", "a: &a [x]\n" + "".join(f"k{number}: [*a, *a]\n" for number in range(40_000)))
    history.write("same.yaml", "l:\n" + "- {name: a}\n" * 70_000)
    history.write("line.json", '{"l": [' + "1," * 500_000 + "1]}")
    history.write("dots.toml", "a." * 500_000 + "a = 1")
    history.write("open.env", 'A="' + "x\n" * 500_000)
    history.write("deep.json", '{"a":' * 170_000)
    history.write("cut.yaml", "".join(f"{'  ' * depth}k:\n" for depth in range(99)) + "  " * 99 + "x" * 900_000 + ": [\n")
    history.commit("all")

    assert len(changes(history.folder, "**")) == 8
