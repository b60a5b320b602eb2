"""What was there before keeps its key, whatever is put beside it, before it or among it."""

import pandas as pd
import pytest

from tests.connectors.git_history import History, changes
from tests.connectors.test_git_settings import changed
from transforms.estate import Estate
from transforms.events import Events
from transforms.near_misses.detectors.nm_03 import values_put_back
from transforms.policy import Policy

ROLE = "kind: Role\nmetadata: {{name: {}, namespace: {}}}\nrules: {}\n"


def put_back(folder, *config):
    """The keys whose value was put back, as the detector sees them."""
    frame = pd.DataFrame(
        [
            {
                **{
                    name: getattr(change, name)
                    for name in ("native_id", "system", "environment", "target", "old_value", "new_value", "actor", "title")
                },
                "applied_at": change.applied_at,
                "source": "git",
                "service": "shop",
                "is_bot": False,
                "is_planned": None,
                "url": None,
            }
            for change in changes(folder, *config)
        ]
    )
    return [hit.evidence["target"] for hit in values_put_back(Events({"config_changes": frame}, Estate(), Policy()))]


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "shop")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (ROLE.format("r", "b", "B"), ROLE.format("r", "a", "A") + "---\n" + ROLE.format("r", "b", "B")),
        ("x: 1\n", "y: 2\n---\nx: 1\n"),
        ("x: 1\n---\ny: 1\n", "z: 2\n---\nx: 1\n---\ny: 1\n"),
        ("l: [{name: a, v: 1}]", "l: [{v: 0}, {name: b, v: 2}, {name: a, v: 1}]"),
        ("l: [{name: a, v: 1}]", "l: [{name: a, v: 2}, {name: a, v: 1}]"),
        ("l: [{id: 1, v: 1}, {name: c, id: 2}]", "l: [{id: 3, v: 1}, {id: 1, v: 1}, {name: c, id: 2}]"),
        (
            "kind: List\nitems: [{kind: A, metadata: {name: x}, v: 1}]",
            "kind: List\nitems: [{kind: B, metadata: {name: x}, v: 2}, {kind: A, metadata: {name: x}, v: 1}]",
        ),
        (
            "kind: Job\nmetadata: {generateName: a-}\nv: 1",
            "kind: Job\nmetadata: {generateName: b-}\nv: 1\n---\nkind: Job\nmetadata: {generateName: a-}\nv: 1",
        ),
    ],
)
def test_what_is_added_beside_moves_nothing(old, new):
    found = changed("a.yaml", old, new)

    assert found
    assert [values for values in found.values() if values[0] is not None] == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("l: [a, b, c]", "l: [c, a, b]", {}),
        ("l: [{v: 1}, {v: 2}]", "l: [{v: 2}, {v: 1}]", {}),
        ("l: [{name: a, v: 1}, {name: b, v: 2}]", "l: [{name: b, v: 2}, {name: a, v: 1}]", {}),
        ("l: [a, b]", "l: [b, w]", {"l": ['["a", "b"]', '["b", "w"]']}),
        ("l: [a, a]", "l: [a]", {"l": ['["a", "a"]', '["a"]']}),
        ("l: [{name: a, v: 1}, x]", "l: [x, {name: a, v: 2}]", {"l[a].v": ["1", "2"]}),
        ("apiVersion: v1\nkind: A\nmetadata: {name: x}", "apiVersion: v2\nkind: A\nmetadata: {name: x}", {"A/x:apiVersion": ["v1", "v2"]}),
        ("l: [{name: a, v: 1}, {name: a, v: 2}]", "l: [{name: a, v: 1}, {name: a, v: 3}]", {"l[a 2].v": ["2", "3"]}),
    ],
)
def test_items_are_known_by_their_names_and_not_by_their_places(old, new, expected):
    assert changed("a.yaml", old, new) == expected


def test_an_item_that_only_moved_was_not_put_back(history):
    for jobs in ("[a, b, c, d]", "[b, c, d]", "[w, b, c, d]"):
        history.change("a.yaml", f"jobs: {jobs}\nnamed: {jobs.replace('a', '{x: 1}').replace('w', '{x: 2}')}\n")

    assert put_back(history.folder, "*.yaml") == []


def test_a_list_that_is_as_it_was_was_put_back_in_whatever_order(history):
    for jobs in ("[a, b, c]", "[b, c]", "[c, a, b]"):
        history.change("a.yaml", f"jobs: {jobs}\n")

    assert put_back(history.folder, "*.yaml") == ["a.yaml#jobs"]


def test_a_commit_of_very_many_keys_is_told_file_by_file_and_so_is_its_undoing(history):
    text = "".join(f"key{number}: {{0}}\n" for number in range(400))
    history.write("small.yaml", "a: 1\n")
    for value in ("1", "2", "1"):
        history.write("small.yaml", f"a: {value}\n")
        sha = history.change("many.yaml", text.format(value))

    found = changes(history.folder, "*.yaml")

    assert [change.target for change in found] == ["many.yaml", "small.yaml"] * 3
    assert f"shop@{sha}:many.yaml" in {change.native_id for change in found}
    assert put_back(history.folder, "*.yaml") == ["many.yaml", "small.yaml"]


def test_a_name_that_two_places_share_is_told_twice(history):
    history.change("a.json", '{"a.b": 1, "a": {"b": 2}}')
    history.change("a.json", '{"a.b": 3, "a": {"b": 4}}')

    assert [change.target for change in changes(history.folder, "*.json")] == ["a.json#a.b", "a.json#a.b 2"] * 2


def test_the_same_value_has_the_same_fingerprint_in_another_pull_of_the_same_key(history):
    from connectors.disclosure import fingerprints  # noqa: PLC0415 (beside its use)

    history.change("a.yaml", "pin: 1234")
    values = []
    for key in ("one", "one", "another"):
        with fingerprints(key):
            values += [change.new_value for change in changes(history.folder, "*.yaml")]

    assert values[0] == values[1]
    assert values[2] != values[0]
