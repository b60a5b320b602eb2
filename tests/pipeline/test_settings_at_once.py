"""Whatever else is wrong in soundings.toml, each mistake in it is said at the first look, and nothing that only follows from another one."""

import time

import pytest

from pipeline.settings import Unusable, check

TABLES = {
    "[sources.s]": [
        ('use = "files"\nschedule = "often"\npaht = "x"', "0 path, 2 schedule, 3 paht"),
        ('use = "files"\npath = "x"\nsince = "now"\ndelimiter = ";;"\ntimezone = "CET"', "3 since, 4 delimiter, 5 timezone"),
        ('use = "git"\nbase_url = "x"\nlimit_seconds = -1\nbrunch = "b"', "2 base_url, 3 limit_seconds, 4 brunch"),
        ('use = "github"\nconn_id = 3\nrepositories = ["a/b", 3, 4]', "2 conn_id, 3 repositories.1, 3 repositories.2"),
        ('use = "ical"\nschedule = ""\npath = ["a", 3,\n4]', "2 schedule, 3 path.1, 3 path.2"),
        ('use = "filez"\nschedule = 3', "1 use, 2 schedule"),
        ('path = 3\nschedule = "often"', "0 use, 2 schedule"),
    ],
    "[trackers.t]": [
        ('use = "folder"\ndry_run = "no"\nteams = ["gone"]\npaht = "x"', "0 path, 2 dry_run, 3 teams, 4 paht"),
        ('use = "folder"\npath = "x"\nteams = ["gone", 3]', "3 teams, 3 teams.1"),
        ('use = "pigeon"\ndry_run = "no"', "1 use, 2 dry_run"),
        ('use = "folder"\npath = "x"\ndry_run = "no"\nteams = ["a"]\n[teams.a]\n[teams.b]', "3 dry_run, 4 teams"),
    ],
    "[services.s]": [
        ('team = "gone"\npages = [3, 4]\nrepository = "a"', "1 team, 2 pages.0, 2 pages.1, 3 repository"),
        ('pages = ["p"]\ndeploys = 3\n[services.r]\npages = ["P"]', "2 deploys, 4 services.r.pages"),
    ],
    "[teams.t]": [
        ('zone = "Mars"\nmembers = ["ada"]\nhours = "x"\n[teams.a]\nmembers = ["ada"]', "1 zone, 3 hours, 5 teams.a.members"),
        ('workdays = ["Monday", "Mon", "Samstag"]\nholidays = "XX"', "1 workdays.0, 1 workdays.2, 2 holidays"),
    ],
    "[people.p]": [('zone = "x"\nidentities = ["U"]\n[people.q]\nidentities = ["U"]', "1 zone, 4 people.q.identities")],
    "[warehouse]": [('url = "mysql://x"\nfile = "x"', "1 url, 2 file")],
    "[report]": [('schedule = "x"\nmeeting = "post-mortem"\nweek = 3', "1 schedule, 2 meeting, 3 week")],
    "[policy]": [("rest_hours = -1\nflag_days = 2\nmin_group = 1", "1 rest_hours, 2 flag_days, 3 min_group")],
}


@pytest.mark.parametrize(("header", "body", "told"), [(header, *case) for header, cases in TABLES.items() for case in cases])
def test_every_mistake_of_a_table_is_said_at_once_with_its_line(said, header, body, told):
    table = header.strip("[]")
    found = [(number - 1, key.removeprefix(f"{table}.")) for number, key, _ in said(f"{header}\n{body}\n")]
    assert ", ".join(f"{number} {key}" for number, key in found) == told


def test_a_catalogue_that_is_not_there_hides_nothing_and_leaves_open_which_teams_there_are(said):
    text = 'backstage = ["gone/*.yaml", "away/*.yaml"]\n[sources.s]\nuse = "filez"\n[services.s]\nteam = "of-the-catalogue"\n'
    found = said(text)
    assert [key for _, key, _ in found] == ["backstage", "backstage", "sources.s.use"]
    assert ["gone/*.yaml" in found[1][2], "away/*.yaml" in found[0][2]] == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        'teams = 3\n[services.s]\nteam = "a"\n[trackers.t]\nuse = "folder"\npath = "x"\nteams = ["a"]\n',
        '[teams.a]\n[services.s]\nteam = 3\n[trackers.t]\nuse = "folder"\npath = "x"\nteams = ["a"]\n',
        '[teams.a]\n[teams.b]\n[trackers.t]\nuse = "folder"\npath = "x"\nteams = ["a"]\n[trackers.u]\nuse = "folder"\npath = "y"\nteams = "b"\n',
        '[teams.a]\n[teams.b]\n[trackers.t]\nuse = "folder"\npath = "x"\nteams = ["a"]\n[trackers.u]\npath = "y"\n',
        '[policy]\nwatch_days = 6\nflag_days = "x"\n',
    ],
)
def test_what_only_follows_from_a_mistake_is_not_said(said, text):
    assert len(said(text)) == 1


def test_a_connection_and_a_password_are_said_with_the_rest(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ODD", "no uri")
    path = tmp_path / "soundings.toml"
    path.write_text(
        '[warehouse]\nurl = "postgresql://me:pass-word@db/x"\n'
        '[sources.s]\nuse = "github"\nconn_id = "odd"\nrepositories = ["a/b"]\nschedule = "often"\n'
    )
    with pytest.raises(Unusable) as raised:
        check(path)
    keys = [line.removeprefix(str(path)).split(": ")[1] for line in str(raised.value).splitlines()]
    assert keys == ["warehouse.url", "sources.s.conn_id", "sources.s.schedule"]
    assert "pass-word" not in str(raised.value)


def test_a_thousand_mistakes_are_said_in_the_time_of_one(said):
    text = "".join(f'[services.s{number}]\nteam = "gone"\npages = [3]\nrepositories = ["r"]\n' for number in range(1000))
    begun = time.monotonic()
    assert [number for number, _, _ in said(text)] == [line for at in range(0, 4000, 4) for line in (at + 2, at + 3)]
    assert time.monotonic() - begun < 5, "each mistake read the whole file"


def test_a_huge_value_is_not_shown_whole(said):
    [(_, _, words)] = said(f'[policy]\nrest_hours = "{"9" * 100_000}"\n')
    assert len(words) < 200
