"""Configuration changes, key by key, from real repositories."""

from datetime import timedelta

import pytest

from connectors.git.config_values import Unreadable, values_of
from pipeline.signals import Unfit
from tests.connectors.git_history import START, History, changes

FORMS = {
    "app.yaml": "# c\nlimits:\n  replicas: {}\nother: on\n",
    "app.json": '{{"limits": {{"replicas": "{}"}}, "other": 1.10}}',
    "app.toml": 'other = 2026-01-01\n[limits]\nreplicas = "{}"\n',
    "app.ini": "other = 1\n[limits]\nreplicas: {}\n",
    "app.properties": "other=1\nlimits.replicas={}\n",
    ".env.production": "export OTHER=1\nlimits.replicas='{}'\n",
}


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "shop")


@pytest.mark.parametrize("path", FORMS)
def test_a_value_put_back_is_seen_in_every_form(history, path):
    for value in ("3", "5", "3"):
        sha = history.change(path, FORMS[path].format(value), f"Scale to {value}")

    found = [change for change in changes(history.folder, "**", allow=["limits.*"]) if change.target == f"{path}#limits.replicas"]

    assert [(change.old_value, change.new_value) for change in found] == [(None, "3"), ("3", "5"), ("5", "3")]
    last = found[-1]
    assert (last.native_id, last.system, last.scope) == (f"shop@{sha}:{path}#limits.replicas", "git", "shop")
    assert (last.actor, last.applied_at, last.title) == ("ada@example.com", START + timedelta(hours=3), "Scale to 3")


def test_only_keys_that_differ_are_changes_and_values_are_hashed_alike(history):
    for value in ("a", "b", "a"):
        history.change("x.yaml", f"k: {value}\nsame: 1\n")

    first, _, second, third = sorted(changes(history.folder, "x.yaml"), key=lambda change: (change.applied_at, change.target))

    assert first.new_value.startswith("sha256:")
    assert len(first.new_value) == 19
    assert (second.old_value, third.new_value) == (first.new_value, first.new_value)
    assert second.new_value != first.new_value


@pytest.mark.parametrize(
    "line", ["db_password: hunter22", "api_key: abc", "target: postgres://u:hunter22@db/x", "note: '-----BEGIN RSA PRIVATE KEY-----'"]
)
def test_what_looks_secret_is_hashed_even_if_allowed(history, line):
    history.change("x.yaml", line)

    (change,) = changes(history.folder, "*.yaml", allow=["*"])

    assert change.new_value.startswith("sha256:")


def test_a_file_that_does_not_parse_is_set_aside_without_its_content(history):
    history.change("chart/t.yaml", "password: hunter22\n{{ if .Values.x }}\n a: [\n")
    sha = history.change("good.yaml", "a: 1", "fine")

    unfit, good = changes(history.folder, "**/*.yaml")

    assert isinstance(unfit, Unfit)
    assert unfit.kind == "config_changes"
    assert "chart/t.yaml" in unfit.reason
    assert "not YAML" in unfit.reason
    assert "hunter22" not in repr(unfit)
    assert good.native_id == f"shop@{sha}:good.yaml#a"
    assert len(changes(history.folder, "**/*.yaml", "!chart/**")) == 1


def test_a_renamed_file_keeps_its_values_and_a_deleted_one_loses_them(history):
    text = "".join(f"key{number}: value\n" for number in range(20))
    history.change("old.yaml", text)
    (history.folder / "old.yaml").rename(history.folder / "new.yaml")
    history.change("new.yaml", text.replace("key7: value", "key7: other"), "renamed")
    (history.folder / "new.yaml").unlink()
    history.commit("deleted")

    found = changes(history.folder, "*.yaml")

    assert [change.target for change in found if change.title == "renamed"] == ["new.yaml#key7"]
    deleted = [change for change in found if change.title == "deleted"]
    assert len(deleted) == 20
    assert all(change.new_value is None and change.old_value for change in deleted)


def test_a_merged_branch_counts_once_when_it_was_merged(history):
    base = history.change("a.yaml", "k: 1", "base")
    history.git("checkout", "--quiet", "-b", "side", base)
    history.change("a.yaml", "k: 2", "on the side")
    history.git("checkout", "--quiet", "main")
    history.change("b", "1", "meanwhile")
    history.at += timedelta(hours=1)
    history.git("merge", "--quiet", "--no-ff", "-m", "Merge side", "side")

    assert [(change.title, change.applied_at) for change in changes(history.folder, "*.yaml")][1:] == [("Merge side", START + timedelta(hours=4))]


def test_the_environment_is_given_or_read_off_the_path(history):
    for path in ("production/a.yaml", "values-staging.yaml", "eu/x.yaml", "plain.yaml"):
        history.write(path, "a: 1")
    history.commit("all")

    found = {change.target: change.environment for change in changes(history.folder, "**/*.yaml", environments={"eu/*": "production-eu"})}

    assert found == {"production/a.yaml#a": "production", "values-staging.yaml#a": "staging", "eu/x.yaml#a": "production-eu", "plain.yaml#a": None}


def test_large_plain_and_odd_files_are_one_value(history):
    history.write("VERSION", "1.10\n")
    history.write("large.json", "[" + "1," * 600_000 + "1]")
    history.write("odd#%.txt", b"\xff\x00")
    history.commit("all")

    assert {change.target for change in changes(history.folder, "**")} == {"VERSION", "large.json", "odd%23%25.txt"}


def test_yaml_is_read_as_text_with_its_documents_lists_and_aliases():
    text = (
        "kind: Deployment\nmetadata: {name: web}\non: yes\nv: 1.10\nenv: [{name: A, value: x}, {name: B, value: !secret y}]\n"
        "hosts: [a, b]\nbase: &b {c: 1}\nuse: *b\nempty: {}\ntwice: 1\ntwice: 2\n---\nplain: 2026-01-01\n"
    )

    assert values_of("a.yml", text) == {
        "Deployment/web:kind": "Deployment",
        "Deployment/web:metadata.name": "web",
        "Deployment/web:on": "yes",
        "Deployment/web:v": "1.10",
        "Deployment/web:env[A].name": "A",
        "Deployment/web:env[A].value": "x",
        "Deployment/web:env[B].name": "B",
        "Deployment/web:env[B].value": "y",
        "Deployment/web:hosts": '["a", "b"]',
        "Deployment/web:base.c": "1",
        "Deployment/web:use": "*b",
        "Deployment/web:empty": "{}",
        "Deployment/web:twice": "2",
        "[1].plain": "2026-01-01",
    }


def test_a_small_file_cannot_become_a_large_one():
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))

    assert len(values_of("a.yaml", laughs)) == 60


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.json", '{"a":' * 200 + "1" + "}" * 200),
        ("a.yaml", "[" * 100_000),
        ("a.yaml", "a: \x00"),
        ("a.yaml", "a: [" * 3 + "secret\n"),
        ("a.toml", "a = secret"),
        ("a.toml", "a = " + "9" * 5000),
        ("a.toml", "a = " + "[" * 50_000),
    ],
)
def test_what_is_not_readable_says_so_and_nothing_of_the_content(path, text):
    with pytest.raises(Unreadable) as caught:
        values_of(path, text)

    assert "secret" not in str(caught.value)
