import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.health import health
from pipeline.set_aside import excluding
from signals.pulled import Unfit
from signals.records import ConfigChange
from signals.windows import Window
from tests.pipeline.conftest import NOW, rollback

BAD = [{"native_id": f"x{number}", "scope": "cart", "environment": "production", "started_at": f"day {number}"} for number in range(5)]
CODE = '[sources.code]\nuse = "git"\npath = "code"\nconfig = ["config/**", "charts/**"]\n'


@pytest.fixture
def ran(place, monkeypatch):
    monkeypatch.chdir(place.folder)
    return lambda *command: CliRunner().invoke(app, command)


def needs_person(place):
    """What the health page would ask a person for."""
    with place.open() as store:
        return [trouble.what for trouble in health(place.settings, store).needs_person]


def land(place, *paths, read=(), reason="not YAML: found a template in line 1"):
    """A pull of the source `code` that met these files and could not read them, and others that it could."""
    place.configure(records=CODE)
    names = [f"shop@{number}:{path}" for number, path in enumerate(paths)]
    unfit = [Unfit("config_changes", f"{name}: {reason}", {"path": name}, name) for name in names]
    taken = [ConfigChange(native_id=f"shop@9:{path}#a", scope="shop", system="git", target=f"{path}#a", applied_at=NOW) for path in read]
    with place.open() as store:
        landing = store.land("code", Window(NOW - timedelta(hours=1), NOW), [*unfit, *taken], service_of=lambda _: "shop", now=NOW)
        store.publish(landing.pull_id, NOW)


@pytest.mark.parametrize(
    ("paths", "read", "patterns"),
    [
        (["a/templates/x.yaml", "a/templates/y.yaml", "b/z.yaml"], [], ["!a/templates/**", "!b/z.yaml"]),
        (["a/templates/x.yaml", "b/templates/x.yaml"], ["a/values.yaml"], ["!**/templates/**"]),
        (["a/templates/x.yaml", "b/templates/x.yaml"], ["c/templates/deep/good.yaml"], ["!a/templates/x.yaml", "!b/templates/x.yaml"]),
        (["a/x.yaml", "a/y.yaml"], ["a/b/good.yaml"], ["!a/x.yaml", "!a/y.yaml"]),
        (["a/x.yaml"], ["a/x.yaml"], []),
        (["top.yaml", "other.yaml", "odd%23name.yaml"], [], ["!odd#name.yaml", "!other.yaml", "!top.yaml"]),
        ([], ["a/x.yaml"], []),
    ],
)
def test_patterns_leave_out_what_was_set_aside_and_nothing_that_was_read(paths, read, patterns):
    assert excluding(paths, read) == patterns


def test_templates_are_one_cause_with_the_line_that_leaves_them_out(ran, place):
    land(place, "charts/a/templates/x.yaml", "charts/a/templates/y.yaml", "config/limits.yaml", read=["config/limits.yaml"])

    [cause] = json.loads(ran("quarantine", "--json").stdout)["quarantine"]
    assert (cause["count"], cause["reason"], cause["remedy"]) == (
        3,
        "not YAML: found a template in line 1",
        'config = ["…", "!charts/a/templates/**"]',
    )
    shown = ran("quarantine", "--source", "code").stdout
    assert '  do    if these are no configuration, write under [sources.code]: config = ["…", "!charts/a/templates/**"]\n' in shown


@pytest.mark.parametrize("reason", ["its content is not here: run `git fetch --refetch` there", "not YAML: a tab"])
def test_a_reason_that_names_its_own_remedy_and_a_line_that_is_written_already_get_no_other(ran, place, reason):
    land(place, "charts/templates/x.yaml", "charts/templates/y.yaml", reason=reason)
    place.configure(records=CODE.replace('"charts/**"', '"charts/**", "!charts/templates/**"') if "`" not in reason else CODE)

    assert [one["remedy"] for one in json.loads(ran("quarantine", "--json").stdout)["quarantine"]] == [""]


def test_a_run_ends_with_three_where_most_of_a_table_was_set_aside_and_health_says_so(ran, place):
    place.record("deploys", [*rollback("cart"), *BAD])
    done = ran("run", "--json")

    assert done.exit_code == 3
    assert "source records: most of its deploys were set aside: 5, and 3 taken. Why: soundings quarantine --source records" in done.stderr
    assert json.loads(done.stdout)["look"].keys() == {"records"}
    told = ran("health")
    assert told.exit_code == 1
    assert "most of its deploys were set aside: 5, and 3 taken" in told.stdout
    with place.open() as store:
        assert health(place.settings, store).sources[0].state == "set aside"


def test_some_records_set_aside_among_more_that_were_taken_need_nobody(ran, place):
    place.record("deploys", [*rollback("cart"), *BAD[:3]])

    assert ran("pull", "records").exit_code == 0
    assert needs_person(place) == []
    assert "source records: 3 for deploys\n  what  deploys.jsonl line 6: started_at is 'day 2'" in ran("quarantine").stdout


def test_records_of_one_table_are_not_made_up_for_by_another(ran, place):
    place.record("deploys", BAD[:1])
    place.record("commits", [{"native_id": f"a@{n}", "repo": "a", "sha": str(n), "author": "bo", "committed_at": NOW.isoformat()} for n in range(9)])

    assert ran("pull", "records", "--until", (NOW + timedelta(hours=1)).isoformat()).exit_code == 3


def test_a_folder_of_which_no_file_has_the_name_of_a_table_is_no_success(ran, place):
    place.configure(records='[sources.exports]\nuse = "files"\npath = "exports"\n')
    (place.folder / "exports").mkdir()
    for name in ("Vorfaelle.csv", "read me.txt"):
        (place.folder / "exports" / name).write_text("native_id,title\n1,x\n")

    assert ran("pull", "exports").exit_code == 3
    assert any("most of its files were set aside: 2, and 0 taken" in what for what in needs_person(place))
    (place.folder / "exports" / "people.csv").write_text("native_id,zone\nana,Europe/Paris\n")
    assert (ran("pull", "exports").exit_code, needs_person(place)) == (0, [])


NAMELESS = [{name: value for name, value in row.items() if name != "native_id"} for row in BAD]


@pytest.mark.parametrize(("bad", "mended"), [(BAD, rollback("cart")), (NAMELESS, rollback("cart")[:1]), (NAMELESS, [])])
def test_what_was_corrected_or_taken_out_is_quiet_as_soon_as_it_is_read_again_and_still_on_record(ran, place, at, bad, mended):
    place.record("deploys", bad)
    assert ran("pull", "records").exit_code == 3
    place.record("deploys", mended)
    at(NOW + timedelta(minutes=5))

    done = ran("run", "--json")
    assert (done.exit_code, "look" in json.loads(done.stdout)) == (0, False)
    assert needs_person(place) == []
    told = json.loads(ran("quarantine", "--json").stdout)
    assert (told["quarantine"], told["not_met_again"][0]["count"]) == ([], 5)
    assert ran("quarantine").stdout.startswith("No record is in quarantine.\nBeside these, 5 of earlier pulls were taken since")


def test_what_was_not_read_again_stays_in_quarantine_and_what_was_taken_does_not(ran, place):
    place.configure(records=CODE)
    names = [f"shop@{number}:a.yaml" for number in range(3)]
    with place.open() as store:

        def pull(day, *records):
            at = NOW + timedelta(days=day)
            landing = store.land("code", Window(at - timedelta(days=2), at), records, service_of=lambda _: "shop", now=at)
            store.publish(landing.pull_id, at)

        pull(0, *(Unfit("config_changes", f"{name}: not YAML", {"path": name}, name) for name in names))
        pull(1, ConfigChange(native_id=names[0], scope="shop", system="git", target="a.yaml", applied_at=NOW))

        def still():
            return [(one["count"], one["example"]) for one in json.loads(ran("quarantine", "--json").stdout)["quarantine"]]

        assert still() == [(2, names[2])], "a day of their time was not read again: they may be there"
        pull(0.5)
        assert still() == [(2, names[2])]
        store.land("code", Window(NOW - timedelta(days=3), NOW), [], service_of=lambda _: "shop", now=NOW + timedelta(days=2))
        assert still() == []


def test_the_report_counts_a_record_once_and_no_longer_when_it_was_put_right(ran, place, at):
    place.record("deploys", BAD)
    for minutes in range(3):
        at(NOW + timedelta(minutes=minutes))
        ran("run")
    with place.open() as store:
        figures = health(place.settings, store)
    assert [(source.quarantined, source.in_quarantine) for source in figures.sources] == [(15, 5)]
    written = (place.folder / "report" / "soundings-2026-W24.md", "report", "--week", "2026-W24")
    ran(*written[1:])
    told = written[0].read_text()
    assert "- 5: records, deploys, such as: deploys.jsonl line 5: started\\_at is 'day 4'; no time" in told
    assert told.count("deploys.jsonl line") == 1
    assert "NM-01 step-back deploy: all deploys of records were set aside" in told
    assert "no source brings deploys" not in told

    place.record("deploys", rollback("cart"))
    at(NOW + timedelta(minutes=5))
    ran("run")
    ran(*written[1:])
    assert "set aside in quarantine" not in written[0].read_text()


def test_what_is_met_again_is_told_again_and_so_is_what_nobody_read_again(ran, place, at):
    place.record("deploys", BAD)
    assert ran("pull", "records").exit_code == 3
    at(NOW + timedelta(minutes=5))
    assert ran("pull", "records").exit_code == 3
    place.record("deploys", [])
    at(NOW + timedelta(minutes=10))
    assert ran("pull", "records", "--since", (NOW + timedelta(minutes=6)).isoformat()).exit_code == 3
    assert [ran(command).exit_code for command in ("health", "doctor")] == [1, 1], "both say what the warehouse tells"


def test_the_share_is_that_of_the_time_in_which_they_were_met_last(ran, place, at):
    place.record("deploys", [row for days in range(4) for row in rollback(f"cart{days}", hours_ago=24 * (500 + days))])
    assert ran("pull", "records").exit_code == 0
    at(NOW + timedelta(minutes=5))
    place.record("deploys", BAD)
    place.configure(records='[sources.records]\nuse = "files"\npath = "records"\nsince = 2025-06-10T12:00:00Z\n')

    assert ran("pull", "records").exit_code == 3
    assert any("most of its deploys were set aside: 5, and 0 taken" in what for what in needs_person(place))


def test_a_source_that_fails_ends_with_one_also_where_another_was_set_aside(ran, place):
    place.record("deploys", BAD)
    place.configure('[sources.gone]\nuse = "files"\npath = "gone"\n')

    assert ran("run").exit_code == 1


@pytest.mark.parametrize(("command", "said"), [("quarantine", "No record is in quarantine."), ("warnings", "No check warned.")])
def test_nothing_on_record_is_said_and_an_unknown_source_too(ran, command, said):
    assert (ran(command).exit_code, ran(command).stdout) == (0, f"{said}\n")
    done = ran(command, "--source", "record")
    assert (done.exit_code, "did you mean `records`?" in done.stderr) == (1, True)
    assert ran(command, "--source", "").exit_code == 1, "no name is none, and not all"


def test_a_warning_of_a_check_is_shown_with_what_was_expected(ran, place):
    place.record("deploys", rollback("cart", finished_at="2026-01-01T00:00:00Z"))
    ran("pull", "records")

    shown = ran("warnings", "--source", "records").stdout
    [warning] = json.loads(ran("warnings", "--json").stdout)["warnings"]
    assert (warning["table"], warning["pulls"]) == ("deploys", 1)
    assert f"source records, deploys: {warning['detail']}\n  expected {warning['expectation']}\n" in shown
