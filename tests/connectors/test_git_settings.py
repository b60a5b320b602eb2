"""Configuration changes, key by key, from real repositories."""

from datetime import timedelta

import pytest

from connectors.disclosure import Place
from connectors.git.config_differences import differences
from connectors.git.config_tree import Documents
from connectors.git.config_values import values_of
from tests.connectors.git_history import START, History, changes

FORMS = {
    "app.yaml": "# c\nlimits:\n  replicas: {}\nother: on\n",
    "app.json": '{{"limits": {{"replicas": {}}}, "other": 1.10}}',
    "app.toml": "other = 2026-01-01\n[limits]\nreplicas = {}\n",
    "app.ini": "other = 1\n[limits]\nreplicas: {}\n",
    "app.properties": "other=1\nlimits.replicas={}\n",
    ".env.production": "export OTHER=1\nlimits.replicas='{}'\n",
}


def keys(path, text):
    """Key -> value of one state of a file; None where it is one value as a whole."""
    documents = values_of(path, text)
    return None if documents is None else {place.shown: new for place, _, new in differences(Documents(), documents, Place())}


def changed(path, old, new):
    """Key -> values of what differs between two states of a file."""
    return {place.shown: values for place, *values in differences(values_of(path, old), values_of(path, new), Place())}


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


def test_plain_and_odd_files_are_one_value(history):
    history.write("VERSION", "1.10\n")
    history.write("large.json", "[" + "1," * 600_000 + "1]")
    history.write("odd#%.txt", b"\xff\x00")
    history.commit("all")

    found = {change.target: change.new_value for change in changes(history.folder, "**", allow=["*"])}

    assert found.keys() == {"VERSION", "large.json", "odd%23%25.txt"}
    assert found["VERSION"] == "1.10"
    assert found["large.json"].startswith("sha256:")


def test_yaml_is_read_as_text_with_its_documents_lists_and_aliases():
    text = (
        "kind: Deployment\nmetadata: {name: web}\non: yes\nv: 1.10\nenv: [{name: A, value: x}, {name: B, value: !secret y}]\n"
        "hosts: [b, a]\nbase: &b {c: &c 1}\nuse: *b\nalso: *c\nempty: {}\ntwice: 1\ntwice: 2\nnothing:\n---\nplain: 2026-01-01\n"
    )

    assert keys("a.yml", text) == {
        "Deployment/web:kind": "Deployment",
        "Deployment/web:metadata.name": "web",
        "Deployment/web:on": "yes",
        "Deployment/web:v": "1.10",
        "Deployment/web:env[A].name": "A",
        "Deployment/web:env[A].value": "x",
        "Deployment/web:env[B].name": "B",
        "Deployment/web:env[B].value": "!secret y",
        "Deployment/web:hosts": '["a", "b"]',
        "Deployment/web:base.c": "1",
        "Deployment/web:use": "*b",
        "Deployment/web:also": "*c",
        "Deployment/web:empty": "{}",
        "Deployment/web:twice": "2",
        "Deployment/web:nothing": "null",
        "plain": "2026-01-01",
    }


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            "a.yaml",
            "p: 123\nc: NO\nn: null\ns: a",
            "p: '123'\nc: \"NO\"\nn: 'null'\ns: 'a'",
            {"p": ["123", '"123"'], "c": ["NO", '"NO"'], "n": ["null", '"null"']},
        ),
        ("a.yaml", "p: x", "p: !Ref x", {"p": ["x", "!Ref x"]}),
        ("a.yaml", "p: 5", "p: !!str 5", {"p": ["5", '"5"']}),
        ("a.yaml", "p: !Sub [b, a]", "p: !Sub [a, b]", {"p": ['!Sub ["b", "a"]', '!Sub ["a", "b"]']}),
        ("a.yaml", "p: ~\nq:", "p: null\nq: ~", {}),
        ("a.yaml", "p: ''", "p:", {"p": ['""', "null"]}),
        ("a.yaml", "p: {}", "q: []", {"p": ["{}", None], "q": [None, "[]"]}),
        ("a.yaml", "on: 1", "'on': 1", {"on": ["1", None], '"on"': [None, "1"]}),
        ("a.json", '{"p": 1, "l": ["a"]}', '{"p": "1", "l": "[\\"a\\"]"}', {"p": ["1", '"1"'], "l": ['["a"]', '"[\\"a\\"]"']}),
        ("a.json", '{"p": true, "q": null}', '{"p": "true", "q": "null"}', {"p": ["true", '"true"'], "q": ["null", '"null"']}),
        ("a.json", "{}", '{"p": 1.10}', {"p": [None, "1.10"]}),
        ("a.toml", "p = 2026-01-01", "p = '2026-01-01'", {"p": ["2026-01-01", '"2026-01-01"']}),
        ("a.toml", "p = 1", "p = 1.0", {"p": ["1", "1.0"]}),
        ("a.toml", "p = inf\nq = nan", "p = 'inf'\nq = 'nan'", {"p": ["inf", '"inf"'], "q": ["nan", '"nan"']}),
        ("a.json", '{"p": -Infinity}', '{"p": "-Infinity"}', {"p": ["-Infinity", '"-Infinity"']}),
    ],
)
def test_a_value_that_only_changes_its_type_is_a_change(path, old, new, expected):
    assert changed(path, old, new) == expected


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("a.properties", "dir=C:\\\\logs\\\\\nlevel=INFO", "dir=C:\\\\logs\\\\\nlevel=DEBUG", {"level": ["INFO", "DEBUG"]}),
        ("a.properties", "list=a,\\\n  b\nx=1", "list=a,\\\n  c\nx=1", {"list": ["a,b", "a,c"]}),
        ("a.properties", "# was C:\\temp\\\nlevel=INFO", "# was C:\\temp\\\nlevel=DEBUG", {"level": ["INFO", "DEBUG"]}),
        ("a.properties", "a\\:b\\=c = 1", "a\\:b\\=c = 2", {"a:b=c": ["1", "2"]}),
        ("a.properties", "db.password first", "db.password second", {"db.password": ["first", "second"]}),
        ("a.properties", "k=a\u2028b=c", "k=a\u2028b=d", {"k": ["a\u2028b=c", "a\u2028b=d"]}),
        (".env", "A=x\\\nB=1", "A=x\\\nB=2", {"B": ["1", "2"]}),
        (".env", 'A="x\n y"\nHOME_OF=${HOME}', 'A="x\n z"\nHOME_OF=${HOME}', {"A": ["x\n y", "x\n z"]}),
        (".env.local", "export A='1' # one", "export A=2 # two", {"A": ["1", "2"]}),
        ("a.ini", "Top = 1\n[s]\nDir = C:\\\nb = 1", "Top = 2\n[s]\nDir = C:\\\nb = 2", {"Top": ["1", "2"], "s.b": ["1", "2"]}),
        ("a.ini", "[s]\n# c\\\na = x\n  y", "[s]\n# c\\\na = x\n  z", {"s.a": ["x\ny", "x\nz"]}),
        ("a.ini", "[s]\na = %(b)s", "[s]\na = %(c)s", {"s.a": ["%(b)s", "%(c)s"]}),
        ("app.conf", "[s]\na = 1", "[s]\na = 2", {"s.a": ["1", "2"]}),
        ("redis.conf", "# don't\nmaxmemory 1\nsave 9 1\nsave 3 2", "# won't\nmaxmemory 2\nsave 3 2\nsave 9 1", {"maxmemory": ["1", "2"]}),
    ],
)
def test_each_format_has_its_own_grammar(path, old, new, expected):
    assert changed(path, old, new) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", "{"),
        ("a.json", "[" * 100_000),
        ("a.json", '{"a":' * 200 + "1" + "}" * 200),
        ("a.yaml", "[" * 100_000),
        ("a.yaml", "- " * 100_000),
        ("a.yaml", "a: \x00"),
        ("a.yaml", "a: [" * 3 + "secret\n"),
        ("a.yaml", "just a sentence"),
        ("a.yaml", "a: {{ .Values.b }}"),
        ("a.yaml", "{{- if .Values.on }}\na: 1\n{{- end }}"),
        ("a.yaml", "<% if on %>\na: 1\n<% end %>"),
        ("a.toml", "a = secret"),
        ("a.toml", "a = " + "9" * 5000),
        ("a.toml", "a = " + "[" * 50_000),
        ("a.toml", "a." * 200_000 + "a = 1"),
        ("a.properties", "a=\\uZZZZ"),
        (".env", 'A="never closed\nB=1'),
        ("a.ini", "[s]\na=1\na=2"),
        ("a.ini", "s=1\n[s]\na=2"),
        ("a.conf", "server {\n  listen 80;\n}"),
        ("a.cfg", "global\n  maxconn 100"),
    ],
)
def test_what_is_not_readable_key_by_key_is_one_value_as_a_whole(path, text):
    assert keys(path, text) is None


def test_a_small_file_cannot_become_a_large_one():
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))

    assert len(keys("a.yaml", laughs)) == 60


@pytest.mark.parametrize("path", ["conf/{old => new}/a.yaml", "conf/{eu,us}/a.yaml", "conf/a => b.yaml", "conf/caf\u00e9\tx.yaml", 'conf/"a".yaml'])
def test_a_path_is_read_as_it_is_whatever_git_prints_in_its_summaries(history, path):
    for value in ("1", "2"):
        history.change(path, f"a: {value}\n")
    assert [(one.target, one.old_value, one.new_value) for one in changes(history.folder, "conf/*", "conf/**", allow=("*",))] == [
        (f"{path}#a", None, "1"),
        (f"{path}#a", "1", "2"),
    ]


def test_a_file_that_is_renamed_made_executable_and_changed_at_once_is_one_file(history):
    history.change("run/job.yaml", "a: 1\nb: 2\nc: 3\nd: 4\n")
    (history.folder / "run/job.yaml").rename(history.folder / "run/task.yaml")
    (history.folder / "run/task.yaml").write_text("a: 1\nb: 2\nc: 3\nd: 5\n")
    (history.folder / "run/task.yaml").chmod(0o755)
    history.commit("Rename")
    (history.folder / "run/task.yaml").chmod(0o644)
    history.commit("Only the mode")
    assert [(one.target, one.old_value, one.new_value) for one in changes(history.folder, "run/*", allow=("*",))][4:] == [
        ("run/task.yaml#d", "4", "5")
    ]
