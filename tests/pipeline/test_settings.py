import re
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from connectors.errors import Refused
from pipeline.settings import Unusable, check, load

SOUND = """\
[organisation]
zone = "Europe/Paris"

[sources.records]
use = "files"
path = "records"
schedule = "@hourly"

[services.cart]
team = "checkout"
pages = ["P1"]

[teams.checkout]
hours = "08:30-17:00"
workdays = ["Mon", "Tue"]
"""


def test_a_sound_file_is_what_the_transforms_want(tmp_path):
    path = tmp_path / "soundings.toml"
    path.write_text(SOUND, encoding="utf-8-sig")  # as some editors do
    settings = load(path)

    team = settings.estate.teams["checkout"]
    assert (team.starts, team.ends, team.workdays) == (time(8, 30), time(17), (0, 1))
    assert (settings.estate.zone, settings.estate.team_of("cart")) == ("Europe/Paris", "checkout")
    assert settings.options(settings.sources["records"]) == {"path": str(tmp_path / "records")}
    assert settings.warehouse_url == f"sqlite:///{tmp_path}/soundings.db"
    assert settings.trackers["folder"].dry_run, "a tracker nobody wrote down sends nothing"


@pytest.mark.parametrize(
    ("old", "new", "place", "advice"),
    [
        ("schedule", "shedule", (7, "sources.records.shedule"), "no such key; did you mean `schedule`?"),
        ('zone = "Europe/Paris"', 'zone = "Mars/Base"', (2, "organisation.zone"), 'write one such as "Europe/Paris"'),
        ("@hourly", "hourly", (7, "sources.records.schedule"), 'write five fields such as "0 * * * *"'),
        ("[organisation]", "[organization]", (1, "organization"), "no such key; did you mean `organisation`?"),
        ('use = "files"', "", (4, "sources.records.use"), "this key is needed"),
        ('"files"', '"filez"', (5, "sources.records.use"), "there is no source 'filez'; did you mean `files`?"),
        ('"records"\ns', "3\ns", (6, "sources.records.path"), "a text in quotes is needed"),
        ('path = "records"', "", (4, "sources.records.path"), "this key is needed"),
        ('["P1"]', '"P1"', (11, "services.cart.pages"), 'write ["P1"]'),
        (
            "[teams.checkout]",
            "[teams.basket]",
            (10, "services.cart.team"),
            "there is no [teams.checkout]; add it, or name one of those there are: basket",
        ),
        ("08:30-17:00", "all day", (14, "teams.checkout.hours"), 'write "09:00-18:00"'),
        ("08:30-17:00", "8-17h", (14, "teams.checkout.hours"), 'write "09:00-18:00"'),
        ('"Mon", ', '"Monday", ', (15, "teams.checkout.workdays.0"), "'Mon', 'Tue'"),
        ("[teams", '[services.basket]\npages = ["p1"]\n[teams', (14, "services.basket.pages"), "'p1' already stands for the service 'cart'"),
        ("[teams", '[trackers.t]\nuse = "folder"\npath = "x"\nteams = ["q"]\n[teams', (16, "trackers.t.teams"), "there is no [teams.q]"),
        ("[teams", '[trackers.t]\nuse = "pigeon"\n[teams', (14, "trackers.t.use"), "there is no tracker 'pigeon'; there are folder, "),
        ("[teams", '[policy]\nflag_days = "five"\n[teams', (14, "policy.flag_days"), "a number is needed here, without quotes"),
        ("[teams", '[warehouse]\nurl = "mysql://x"\n[teams', (14, "warehouse.url"), "postgresql"),
        (
            "@hourly",
            '@hourly"\nsince = 2026-01-01T00:00:00\nbase_url = "https://x',
            (8, "sources.records.since"),
            "add one, such as 2026-08-01T00:00:00Z",
        ),
        ("@hourly", '@hourly"\nsince = 2026-01-01\nbase_url = "https://x', (8, "sources.records.since"), "T00:00:00Z (found 2026-01-01)"),
        ("@hourly", '@hourly"\nsince = 2099-01-01T00:00:00Z\nbase_url = "https://x', (8, "sources.records.since"), "has not come yet"),
    ],
)
def test_one_mistake_is_named_with_its_line_and_the_fix(said, old, new, place, advice):
    assert old in SOUND
    [(number, found, words)] = said(SOUND.replace(old, new, 1))

    assert (number, found) == place
    assert advice in words


TRACKER = '[trackers.t]\nuse = "folder"\npath = "x"\n'


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        (f'{TRACKER}dry_run = "no"', "trackers.t.dry_run", "true or false is needed here, without quotes (found 'no')"),
        (f"{TRACKER}dry_run = 0", "trackers.t.dry_run", "true or false is needed here, without quotes (found 0)"),
        ('[policy]\ndrop_desk_only = "no"', "policy.drop_desk_only", "true or false is needed"),
        ('[policy]\nbudget_team_week = "3"', "policy.budget_team_week", "a whole number is needed here, without quotes"),
        ("[policy]\nmin_nights = true", "policy.min_nights", "a whole number is needed"),
        ("[policy]\nrest_hours = nan", "policy.rest_hours", "a finite number"),
        ("[policy]\nmin_group = 4", "policy.min_group", "5 or more is needed here (found 4)"),
        ("[policy]\nprompt_confidence = 1.01", "policy.prompt_confidence", "1 or less is needed"),
        ("[policy]\nlist_confidence = -0.1", "policy.list_confidence", "0 or more is needed"),
        ("[policy]\nrest_hours = -1", "policy.rest_hours", "0 or more is needed"),
        ("[policy]\nage_gate_days = -1", "policy.age_gate_days", "0 or more is needed"),
        ("[policy]\nfirst_run_cap = -1", "policy.first_run_cap", "0 or more is needed"),
        ("[policy]\nseverity = {P1 = 0}", "policy.severity.P1", "1 or more is needed"),
        ("[policy]\nflag_days = 8", "policy.flag_days", "flag_days (8) must not be above long_days (7)"),
        ("[policy]\nflag_days = 2", "policy.flag_days", "watch_days (3) must not be above flag_days (2)"),
        ("[policy]\nrest_hour = 3", "policy.rest_hour", "did you mean `rest_hours`?"),
        ('[report]\nmeeting = "post-mortem"', "report.meeting", '"post-mortem" asks for one cause; leave it out for'),
        ('[sources.g]\nuse = "git"\nlimit_seconds = -1', "sources.g.limit_seconds", "0 or more is needed"),
        ('[sources.g]\nuse = "git"\nbrunch = "main"', "sources.g.brunch", "did you mean `branch`?"),
        ('[sources.g]\nuse = "github"\nrepositories = "acme"', "sources.g.repositories", 'write ["acme"]'),
        ('[sources.i]\nuse = "ical"\npath = 3', "sources.i.path", "a text in quotes is needed"),
        ('[sources.i]\nuse = "git"\nsince = "2026-01-01"', "sources.i.since", "a time without quotes is needed"),
        ('[teams.q]\nhours = "17:00-09:00"', "teams.q.hours", "end before they begin; write the earlier time first"),
        ('[teams.q]\nhours = "09:00Z-17:00"', "teams.q.hours", 'write "09:00-18:00"'),
        ('[teams.p]\nrotations = ["r"]\n[teams.q]\nrotations = ["r"]', "teams.q.rotations", "already stands for the team 'p'"),
        ('[teams.p]\nmembers = ["ada"]\n[teams.q]\nmembers = ["ada"]', "teams.q.members", "already stands for the team 'p'"),
        ('[people.p]\nidentities = ["U1"]\n[people.q]\nidentities = ["U1"]', "people.q.identities", "already stands for the person 'p'"),
        (f'[teams.q]\n{TRACKER}teams = ["checkout"]', "trackers.t.teams", "no tracker serves the team 'q'; leave `teams` out of one tracker"),
        (f'[services.q]\n{TRACKER}teams = ["checkout"]', "trackers.t.teams", "no tracker serves the service 'q', which has no team; leave"),
        ("[trackers]", "trackers", "there is no tracker; add one"),
        ("[policy]\nrest_hours = 1e308", "policy.rest_hours", "876000 or less is needed"),
        ("[policy]\nage_gate_days = 1e6", "policy.age_gate_days", "36500 or less is needed"),
        ("[policy]\nbudget_team_week = 9223372036854775808", "policy.budget_team_week", "2147483647 or less is needed"),
        ("[policy]\nseverity = {P1 = 9223372036854775808}", "policy.severity.P1", "2147483647 or less is needed"),
        ('[report]\nschedule = "0 0 31 2 *"', "report.schedule", "a day that never comes"),
        ('[report]\nschedule = "* * * * * *"', "report.schedule", "write five fields"),
        ('[report]\nschedule = "R 0 * * *"', "report.schedule", "write five fields"),
        ('[sources.g]\nuse = "git"\nlimit_seconds = 1e308', "sources.g.limit_seconds", "or less is needed"),
    ],
)
def test_what_would_be_taken_for_something_else_is_a_mistake_in_its_last_line(said, more, key, words):
    [(number, found, advice)] = said(f"{SOUND}{more}")

    assert (number, found) == (len(f"{SOUND}{more}".splitlines()), key)
    assert words in advice


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://me:pass-word@host/x", "not mysql; write sqlite:///FILE"),
        ("postgresql+asyncpg://me:pass-word@host/x", "not postgresql+asyncpg; write sqlite:///FILE"),
        ("postgresql://me:pass-word@host:port/x", "no address of a database"),
        ("postgresql://me:pass-word@[::1/x", "no address of a database"),
        ("postgresql://me:pass-word@host/x?pass-worth=1", 'invalid connection option "pass-worth"; write'),
        ("warehouse.db", "no address of a database"),
        ("", "no address of a database"),
        ("sqlite:///", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("sqlite:///a\\u0000b", "a NUL character"),
        ("sqlite://host/x.db", "SQLite needs a file"),
    ],
)
def test_an_address_that_leads_to_no_database_is_a_mistake_and_is_not_repeated(said, url, words):
    [(number, key, told)] = said(f'[warehouse]\nurl = "{url}"\n')
    assert (number, key) == (2, "warehouse.url")
    assert words in told
    assert "pass-word" not in told


def test_an_unsound_threshold_is_not_compared_with_the_others(said):
    assert [key for _, key, _ in said(f'{SOUND}[policy]\nwatch_days = 6\nflag_days = "x"')] == ["policy.flag_days"]


def test_one_tracker_without_teams_serves_everybody(tmp_path):
    path = tmp_path / "soundings.toml"
    path.write_text(f"{SOUND}[services.q]\n{TRACKER}teams = ['checkout']\n{TRACKER.replace('.t', '.u')}")
    assert set(load(path).trackers) == {"t", "u"}


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file(said):
    wrong = SOUND.replace("Europe", "Mars").replace('path = "records"', "path = 3").replace('team = "checkout"', 'team = "gone"')
    found = said(f"{wrong}\n[trackers.t]\nuse = 'jirra'\ndry_run = 'perhaps'\n[trackers.u]\nuse = 'folder'\n")

    keys = ["organisation.zone", "sources.records.path", "services.cart.team", "trackers.t.use", "trackers.t.dry_run", "trackers.u.path"]
    assert [key for _, key, _ in found] == keys


@pytest.mark.parametrize(("text", "line"), [("[a]\nb = \n", 2), ("[a]\nb = 1\nb = 2\n", 3), ("a = [1,\n2", 2)])
def test_broken_toml_is_named_with_its_line(said, text, line):
    [(number, _, words)] = said(text)

    assert number == line
    assert "this is no TOML" in words or "no TOML" in words


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(Unusable, match=r"there is no such file; `soundings init` writes one, or name yours with --config"):
        load(tmp_path / "none.toml")


CATALOGUE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: pay
  annotations: {github.com/project-slug: acme/pay, pagerduty.com/service-id: P9, argocd/app-name: pay-prod}
spec: {owner: "group:default/money", type: service}
---
---
kind: Group
metadata: {name: money}
spec: {members: ["user:default/ada", bo]}
---
kind: System
metadata: {name: shop}
"""


def test_services_and_teams_come_from_backstage_and_soundings_toml_wins(tmp_path):
    (tmp_path / "pay").mkdir()
    (tmp_path / "pay" / "catalog-info.yaml").write_text(CATALOGUE)
    path = tmp_path / "soundings.toml"
    path.write_text('backstage = ["*/catalog-info.yaml"]\n[services.pay]\npages = ["P10"]\n' + SOUND)
    file = load(path).file

    pay = file.services["pay"]
    assert (pay.team, pay.repositories, pay.pages, pay.deploys) == ("money", ("acme/pay",), ("P10",), ("pay-prod",))
    assert file.teams["money"].members == ("ada", "bo")
    assert set(file.services) == {"cart", "pay"}


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a: [\nb: [", "is no YAML"),
        (b"name: caf\xe9", "is no YAML"),
        ("[" * 5000, "is no YAML"),
        ("- 1\n", "needs `kind`"),
        ("kind: X\nmetadata:\n", "needs `kind`"),
        ("kind: Component\nmetadata: {name: a}\nspec: shop\n", "of 'a', `spec`"),
        ("kind: Component\nmetadata: {name: a, annotations: [1]}\n", "`metadata.annotations` must be tables"),
        ("kind: Group\nmetadata: {name: a}\nspec: {members: 3}\n", "`spec.members` a list"),
    ],
)
def test_a_file_that_is_no_catalogue_is_named_on_one_line(said, tmp_path, text, advice):
    (tmp_path / "c.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    [(_, key, words)] = said('backstage = ["c.yaml"]\n')
    assert (key, str(tmp_path / "c.yaml") in words, advice in words) == ("backstage", True, True)


def test_an_id_that_yaml_takes_for_a_number_is_an_id(tmp_path):
    (tmp_path / "c.yaml").write_text(CATALOGUE.replace("P9", "42"))
    path = tmp_path / "soundings.toml"
    path.write_text('backstage = ["c.yaml"]\n')
    assert load(path).file.services["pay"].pages == ("42",)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('backstage = ["a\\u0000b"]', (1, "backstage.0")),
        ('[sources.s]\nuse = "git"\npath = "a\\u0000b"', (3, "sources.s.path")),
        ('[sources.s]\nuse = "git"\npath = "a"\nenvironments = {x = "a\\u0000b"}', (4, "sources.s.environments.x")),
        ('[report]\nout = "a\\u0000b"', (2, "report.out")),
        ('[organisation]\nname = "a\\u0000b"', (2, "organisation.name")),
    ],
)
def test_a_character_that_no_path_and_no_database_has_is_a_mistake_in_its_line(said, text, place):
    [(number, key, words)] = said(text)
    assert ((number, key), "NUL character" in words) == (place, True)


def test_a_place_in_a_home_is_there_and_one_in_the_home_of_nobody_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = tmp_path / "soundings.toml"
    path.write_text('[report]\nout = "~/pages"\n[sources.s]\nuse = "files"\npath = "~nobody-of-that-name/x"\n')
    settings = load(path)
    assert settings.beside(settings.file.report.out) == tmp_path / "home" / "pages"
    with pytest.raises(Refused, match="~nobody-of-that-name/x: whose home that is nobody knows here; write the whole path"):
        settings.options(settings.sources["s"])


def test_a_pattern_that_matches_nothing_is_a_mistake(said):
    [(line, key, words)] = said('\nbackstage = ["gone/*.yaml"]\n')

    assert (line, key) == (2, "backstage")
    assert "matches no file" in words


def test_the_example_of_the_demo_is_sound():
    example = Path(__file__).resolve().parents[2] / "demo" / "soundings.toml"
    assert load(example).sources


def test_times_in_the_file_are_instants(tmp_path):
    path = tmp_path / "soundings.toml"
    path.write_text(SOUND.replace("@hourly", '@hourly"\nsince = 2026-01-01T00:00:00+01:00\nbase_url = "https://x'))
    assert load(path).sources["records"].since == datetime(2025, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "key", "advice"),
    [
        ('use = "github"\nrepositories = ["a/b"]\nbase_url = "https://git.example.com#x"', "base_url", "has no fragment"),
        ('use = "github"\nrepositories = ["a/b"]\nbase_url = "gopher://x"', "base_url", "begins with https:// or http://"),
        ('use = "github"\nrepositories = ["a/b"]\nbase_url = "https://me:pass-word@x"', "base_url", "carries no login"),
        ('use = "github"\nrepositories = ["a/b"]\nbase_url = "https://x\\r\\nHost: y"', "base_url", "holds no blank, line break"),
        ('use = "github"\nrepositories = ["a/b"]\nbase_url = "https://2852039166"', "base_url", "as four numbers"),
        ('use = "git"\nurl = "ftp://git.example.com/o/n"', "url", "begins with https://, ssh:// or file://"),
        ('use = "git"\nurl = "https://metadata.google.internal/o/n"', "url", "a cloud answers credentials"),
        ('use = "files"\npath = "x"\ntimezone = "CET"', "timezone", 'timezone = "Europe/Paris"'),
        ('use = "files"\npath = "x"\ndelimiter = ", "', "delimiter", "write one character"),
        ('use = "files"\npath = "x"\ncolumns = {nativ_id = "Incident"}', "columns", "did you mean native_id?"),
    ],
)
def test_what_a_connector_has_against_an_option_is_said_with_its_line(said, lines, key, advice):
    [(number, found, words)] = said(f"[sources.one]\n{lines}\n")
    assert (number, found) == (1 + len(lines.splitlines()), f"sources.one.{key}")
    assert advice in words
    assert "pass-word" not in words


@pytest.mark.parametrize("address", ["postgresql+psycopg://me:pass-word@db/x", "postgresql://db/x?user=me&password=pass-word"])
def test_a_password_in_the_address_of_the_warehouse_is_told_where_it_belongs(tmp_path, address):
    path = tmp_path / "soundings.toml"
    path.write_text(f'[warehouse]\nurl = "{address}"\n')
    with pytest.raises(Unusable, match=re.escape(f"{path}:2: warehouse.url: a password does not belong in this file")) as raised:
        check(path)
    assert "pass-word" not in str(raised.value)
    path.write_text('[warehouse]\nurl = "postgresql+psycopg://me@db/x"\n')
    check(path)


@pytest.mark.parametrize(
    ("held", "advice"),
    [
        ('{"conn_type": "http", "host": "https://169.254.169.254"}', "the host of the connection: an address inside"),
        ('{"conn_type": "http", "host": "git.example.com\\r\\nX: y", "password": "pass-word"}', "holds no blank, line break"),
        ("http://:pass-word@git.example.com\r\n.evil.example/https", "is neither JSON nor a URI"),
        ("http://:pass-word@https%3A%2F%2Fgit.example.com%23x", "has no fragment"),
    ],
)
def test_a_connection_that_leads_nowhere_is_said_with_the_line_that_names_it(tmp_path, monkeypatch, held, advice):
    monkeypatch.setenv("AIRFLOW_CONN_GIT_EXAMPLE", held)
    path = tmp_path / "soundings.toml"
    path.write_text('[sources.github]\nuse = "github"\nrepositories = ["a/b"]\nconn_id = "git_example"\n')
    load(path)
    with pytest.raises(Unusable, match=re.escape(f"{path}:4: sources.github.conn_id: ")) as raised:
        check(path)
    assert advice in str(raised.value)
    assert "pass-word" not in str(raised.value)
