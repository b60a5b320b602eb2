"""What is added to a source after it was read is read from the beginning, and nothing else is read anew."""

import json
import os
import signal
import sys
from datetime import timedelta

import pytest

from connectors.errors import Refused
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from pipeline import readings, reporting, steps
from pipeline.connections import connection
from pipeline.health import examine, health
from signals.windows import EPOCH
from tests.connectors.git_history import History
from tests.pipeline.conftest import NOW, rollback
from tests.warehouse.test_crashes import ended, forked
from transforms.health import lead

DAY = timedelta(days=1)
AGES = (70, 60, 50, 40, 20, 1)
GIT = '[sources.code]\nuse = "git"\npath = "code"\n'
HUB = '[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = [{}]\n'


def history(folder, *options):
    """Six commits of 70 days to one day of age, each of which changes a setting."""
    made = History(folder, *options)
    for age in AGES:
        made.at = NOW - age * DAY
        made.change("config.yaml", f"limit: {age}\n")
    return made


def pulled(place, start=None, end=NOW):
    """What was said, and the figures."""
    told = []
    with place.open() as store:
        figures = steps.pull(place.settings, store, "code", connection, start=start, end=end, on_news=lambda _, news: told.append(news))
    return told, figures


def due(place):
    with place.open() as store:
        return steps.windows(place.settings, store, "code", start=None, end=NOW, exactly=False)


def rows(place, table, **where):
    with place.open() as store:
        return len(store.read(table, where=where))


def troubles(place, store):
    return [trouble for trouble in health(place.settings, store).troubles if trouble.where == "source code"]


def reading(place, records):
    place.configure(records=records)
    return readings.reading(place.settings, "code")


@pytest.fixture
def hub(place, monkeypatch):
    """A GitHub source in front of a running server, of whose two repositories the first was read."""
    state = State()
    for repository in ("acme/one", "acme/two"):
        for age in AGES:
            state.add_commit(repository, f"Of {age} days", NOW - age * DAY)
    place.configure(records=HUB.format('"acme/one"'))
    with serve(GitHub(state)) as server:
        held = {"conn_type": "http", "host": server.url, "password": state.token}
        monkeypatch.setenv("AIRFLOW_CONN_CODE", json.dumps(held))
        pulled(place)
        yield server


def test_settings_that_are_configured_later_are_read_from_the_first_commit(place):
    history(place.folder / "code")
    place.configure(records=GIT)
    pulled(place)
    place.configure(records=GIT + 'config = ["*.yaml"]\n')

    told, figures = pulled(place)
    assert told == ["its settings or what is there to read changed, so it is read again from the beginning"]
    assert (rows(place, "config_changes"), rows(place, "commits"), figures["unchanged"]) == (6, 6, 6)
    assert pulled(place)[0] == [], "once is enough"


def test_a_repository_put_into_the_folder_is_read_from_its_first_commit(place):
    history(place.folder / "code" / "one")
    place.configure(records=GIT)
    pulled(place)
    history(place.folder / "code" / "two")

    pulled(place)
    assert (rows(place, "commits", repo="one"), rows(place, "commits", repo="two")) == (6, 6)


def test_an_empty_repository_that_fills_later_is_read_from_its_first_commit(place):
    history(place.folder / "code" / "one")
    empty = History(place.folder / "code" / "two.git", "--bare")
    place.configure(records=GIT)
    pulled(place)
    history(place.folder / "elsewhere").git("push", "--quiet", str(empty.folder), "main")

    pulled(place)
    assert rows(place, "commits", repo="two") == 6


def test_an_empty_repository_at_an_address_that_fills_later_is_read_from_its_first_commit(place):
    empty = History(place.folder / "two.git", "--bare")
    place.configure(records=f'[sources.code]\nuse = "git"\nurl = "file://{empty.folder}"\n')
    for _ in range(2):
        pulled(place)
    history(place.folder / "elsewhere").git("push", "--quiet", str(empty.folder), "main")

    pulled(place)
    assert rows(place, "commits") == 2, "what the look-back reaches; that there is more is known once it is mirrored"
    assert pulled(place)[0] == ["its settings or what is there to read changed, so it is read again from the beginning"]
    assert rows(place, "commits") == 6
    assert pulled(place)[0] == []


def test_a_repository_at_an_address_is_read_once_and_not_again_when_it_is_mirrored(place):
    made = history(place.folder / "origin")
    place.configure(records=f'[sources.code]\nuse = "git"\nurl = "file://{made.folder}"\n')
    pulled(place)

    assert (rows(place, "commits"), due(place)[0].start) == (6, NOW - 30 * DAY)


def test_a_repository_that_could_be_read_only_later_is_read_from_its_first_commit(place):
    history(place.folder / "code" / "one")
    two = history(place.folder / "code" / "two")
    shallow = two.folder / ".git" / "shallow"
    shallow.write_text(two.git("rev-parse", "HEAD~2") + "\n")
    place.configure(records=GIT)
    pulled(place)
    assert (rows(place, "commits", repo="two"), due(place)[0].start) == (0, NOW - 30 * DAY), "meanwhile the rest is not read again and again"
    shallow.unlink()

    pulled(place)
    assert rows(place, "commits", repo="two") == 6


def test_a_repository_that_was_never_read_needs_a_person_and_not_everything_was_read(place):
    history(place.folder / "code" / "one")
    shallow = history(place.folder / "code" / "two").folder / ".git" / "shallow"
    shallow.write_text("0" * 40 + "\n")
    place.configure(records=GIT + 'config = ["*.yaml"]\n')
    with place.open() as store:
        asked = examine(place.settings, store, connection)["source code"]
        assert asked["state"] == "degraded", "the other one is read"
        assert "git fetch --unshallow" in asked["troubles"][0]["what"]
    pulled(place)
    with place.open() as store:
        found, [trouble] = health(place.settings, store), troubles(place, store)
        assert [one["what"] for one in examine(place.settings, store, connection)["source code"]["troubles"]] == [trouble.what], "said once"
    assert (trouble.what.partition(":")[0], trouble.needs_person) == ("two", True)
    assert "--since 1970-01-01" in trouble.remedy
    assert lead(found) == ("1 thing needs a person.", "Everything was read up to 2026-06-10 12:00 UTC, but not all of code.")

    shallow.unlink()
    pulled(place)
    with place.open() as store:
        assert lead(health(place.settings, store)) == ("Nothing needs a person.", "Everything was read up to 2026-06-10 12:00 UTC.")


def test_a_repository_of_github_that_is_added_is_read_as_far_back_as_the_first(hub, place):
    place.configure(records=HUB.format('"acme/one", "acme/two"'))

    told, _ = pulled(place)
    assert told == ["its settings changed, so it is read again from 2026-03-18 12:00 UTC"]
    assert (rows(place, "commits", repo="acme/one"), rows(place, "commits", repo="acme/two")) == (6, 6)
    assert hub.requests


def test_what_went_wrong_on_the_way_is_asked_for_again_and_doubles_nothing(hub, place):
    place.configure(records=HUB.format('"acme/one", "acme/two"'))
    fair, hub.app = hub.app, lambda _request: Response(401, json={"message": "Bad credentials"})
    with pytest.raises(Refused):
        pulled(place)
    with place.open() as store:
        assert store.read("pulls")["status"].tolist() == ["published", "failed"]
        refused, note = troubles(place, store)
        assert ("401" in refused.what, refused.needs_person, note.needs_person) == (True, True, False)

    hub.app = fair
    told, figures = pulled(place)
    assert (len(told), figures["unchanged"], rows(place, "commits", repo="acme/two")) == (1, 6, 6)
    with place.open() as store:
        assert troubles(place, store) == []


def test_a_run_that_is_killed_while_it_reads_again_is_simply_made_again(place):
    history(place.folder / "code")
    place.configure(records=GIT)
    pulled(place)
    place.configure(records=GIT + 'config = ["*.yaml"]\n')

    def dying():
        sys.addaudithook(lambda event, _: os.kill(os.getpid(), signal.SIGKILL) if event == "soundings.land.written" else None)
        pulled(place)

    assert ended(forked(dying)) == -signal.SIGKILL
    assert rows(place, "config_changes") == 0
    told, figures = pulled(place)
    assert (len(told), figures["unchanged"], rows(place, "config_changes"), rows(place, "commits")) == (1, 6, 6, 6)


@pytest.mark.usefixtures("hub")
def test_a_part_that_was_read_by_hand_since_is_not_read_twice(place):
    place.configure(records=HUB.format('"acme/one", "acme/two"'))
    told, _ = pulled(place, start=NOW - 84 * DAY, end=NOW - 45 * DAY)
    assert told == []

    assert [(window.start, window.end) for window in due(place)] == [(NOW - 48 * DAY, NOW)], "the rest, and the look-back of three days"


def test_what_is_there_was_read_as_the_settings_say_or_is_read_again(place):
    history(place.folder / "code")
    plain, shown = GIT + 'config = ["*.yaml"]\n', GIT + 'config = ["*.yaml"]\nallow = ["limit"]\n'
    values = []
    for settings in (shown, plain, shown):
        place.configure(records=settings)
        pulled(place)
        with place.open() as store:
            values.append(set(store.read("config_changes")["new_value"]))

    assert values[0] == values[2] == {str(age) for age in AGES}
    assert not values[0] & values[1], "not what the settings before the last ones left there"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GIT + 'config = ["a/*", "b/*"]\n', GIT + 'config = ["b/*", "a/*", "b/*"]\n'),
        (GIT + "config = []\n", GIT),
        (GIT, GIT + 'cache = "elsewhere"\nlimit_seconds = 5\nschedule = "5 * * * *"\nconn_id = "other"\n'),
        (GIT, GIT + "since = 2026-06-01T00:00:00Z\n"),
        (HUB.format('"a/b", "c/d"'), HUB.format('"c/d", "a/b"') + "commits = true\n"),
        (HUB.format('"a/b"'), HUB.format('"a/b"') + 'base_url = "https://git.example/api/v3"\n'),
    ],
)
def test_what_changes_nothing_that_is_read_makes_nothing_read_again(place, before, after):
    history(place.folder / "code")

    assert reading(place, before) == reading(place, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (GIT, GIT + 'branch = "main"\n'),
        (GIT, GIT + 'allow = ["limit"]\n'),
        (GIT + 'environments = {"a/*" = "x", "*" = "y"}\n', GIT + 'environments = {"*" = "y", "a/*" = "x"}\n'),  # the first that fits counts
        (HUB.format('"a/b"'), HUB.format('"a/b"') + "environments = []\n"),  # none instead of all
        (HUB.format('"a/b"'), HUB.format('"a/b"') + 'workflows = {"Deploy *" = "production"}\n'),
        ('[sources.code]\nuse = "pagerduty"\nservices = ["P1"]\n', '[sources.code]\nuse = "pagerduty"\n'),
        ('[sources.code]\nuse = "pagerduty"\n', '[sources.code]\nuse = "pagerduty"\nschedules = ["S1"]\n'),
        ('[sources.code]\nuse = "launchdarkly"\nprojects = ["a"]\n', '[sources.code]\nuse = "launchdarkly"\nprojects = ["a", "b"]\n'),
        ('[sources.code]\nuse = "ical"\nfeed = ["a.ics"]\n', '[sources.code]\nuse = "ical"\nfeed = ["a.ics", "b.ics"]\n'),
        (HUB.format('"a/b"'), GIT),
    ],
)
def test_what_changes_what_is_read_makes_it_read_again(place, before, after):
    history(place.folder / "code")

    assert reading(place, before) != reading(place, after)


def test_an_earlier_since_reads_what_lies_before(hub, place):
    place.configure(records=HUB.format('"acme/one"') + "since = 2026-01-01T00:00:00Z\n")

    assert [str(window.start) for window in due(place)] == ["2026-01-01 00:00:00+00:00", str(NOW - 3 * DAY)]
    assert pulled(place)[0] == []
    assert hub.requests


def test_an_upgrade_reads_nothing_anew_and_a_change_after_it_does(place):
    history(place.folder / "code")
    place.configure(records=GIT)
    pulled(place)
    with place.open() as store, store.writing() as connected:
        connected.exec_driver_sql("UPDATE pulls SET reading = NULL")  # as lines are that were written before there was the column
    assert due(place)[0].start == NOW - 30 * DAY
    with place.open() as store:
        assert troubles(place, store) == []

    assert pulled(place)[0] == []
    place.configure(records=GIT + 'config = ["*.yaml"]\n')
    assert due(place)[0].start == EPOCH
    pulled(place)
    assert rows(place, "config_changes") == 6


def test_until_it_is_read_health_doctor_and_report_say_so(place):
    history(place.folder / "code")
    place.configure(records=GIT)
    pulled(place)
    place.configure(records=GIT + 'config = ["*.yaml"]\n')
    with place.open() as store:
        steps.derive(place.settings, store)
        found, [trouble] = health(place.settings, store), troubles(place, store)
        asked = examine(place.settings, store, connection)["source code"]["troubles"]
        report = reporting.report(place.settings, store)[1].read_text()
    assert (trouble.where, trouble.needs_person, found.sources[0].state) == ("source code", False, "to be read again")
    assert "what that adds was not read yet" in trouble.what
    assert "soundings pull code" in trouble.remedy
    assert lead(found)[1] == "Everything was read up to 2026-06-10 12:00 UTC, but not yet what changed settings add: code."
    assert trouble.what in [one["what"] for one in asked]
    assert trouble.what in report

    pulled(place)
    with place.open() as store:
        assert lead(health(place.settings, store))[1] == "Everything was read up to 2026-06-10 12:00 UTC."
        assert trouble.what not in reporting.report(place.settings, store)[1].read_text()


def test_a_path_where_nothing_can_be_found_is_refused_as_ever_and_forgets_nothing(place):
    history(place.folder / "code" / "one")
    place.configure(records=GIT)
    pulled(place)
    (place.folder / "code").rename(place.folder / "away")
    with pytest.raises(Refused, match="there is no git repository"):
        pulled(place, end=NOW)
    (place.folder / "away").rename(place.folder / "code")

    assert due(place)[0].start == NOW - 30 * DAY


def test_a_file_of_older_rows_put_into_the_folder_is_read_whole(place):
    old = '[sources.code]\nuse = "files"\npath = "records"\n'
    place.configure(records=old)
    place.record("deploys", rollback("cart"))
    pulled(place)
    place.record("deploys-2021", rollback("pay", hours_ago=5 * 365 * 24))
    pulled(place)

    assert rows(place, "deploys") == 6


ROTAS = '[sources.code]\nuse = "ical"\npath = {}\n'


def rota(place, name, ages):
    """A calendar file with a shift of eight hours so many days ago each."""
    times = [(age, NOW - age * DAY, NOW - age * DAY + timedelta(hours=8)) for age in ages]
    events = [
        f"BEGIN:VEVENT\r\nUID:{name}{age}\r\nSUMMARY:ann\r\nDTSTART:{_utc(start)}\r\nDTEND:{_utc(end)}\r\nEND:VEVENT\r\n" for age, start, end in times
    ]
    (place.folder / "rotas").mkdir(exist_ok=True)
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//made up//EN\r\nX-WR-CALNAME:{name}\r\n{''.join(events)}END:VCALENDAR\r\n"
    (place.folder / "rotas" / f"{name}.ics").write_text(text)


def _utc(at):
    return f"{at:%Y%m%dT%H%M%SZ}"


@pytest.mark.parametrize(("before", "after"), [('"rotas"', '"rotas"'), ('"rotas/one.ics"', '["rotas/one.ics", "rotas/two.ics"]')])
def test_a_calendar_that_comes_is_read_as_far_back_as_the_first(place, before, after):
    place.configure(records=ROTAS.format(before))
    rota(place, "one", AGES)
    pulled(place)
    place.configure(records=ROTAS.format(after))
    rota(place, "two", AGES)
    pulled(place)

    assert (rows(place, "shifts", schedule="one"), rows(place, "shifts", schedule="two")) == (6, 6)


@pytest.mark.parametrize(("left", "kept"), [((20, 1), 6), ((), 5)])  # what ended within a day is taken out, not forgotten
def test_a_calendar_that_has_dropped_its_past_loses_none_of_it_here_when_it_is_read_again(place, left, kept):
    place.configure(records=ROTAS.format('"rotas"'))
    rota(place, "one", AGES)
    pulled(place)
    rota(place, "one", left)
    rota(place, "two", AGES)
    pulled(place)

    assert (rows(place, "shifts", schedule="one"), rows(place, "shifts", schedule="two")) == (kept, 6)
