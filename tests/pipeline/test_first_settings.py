"""`soundings init` in a folder as a newcomer has it: what it finds, what it writes, and that the rest then works."""

import json
import os
import resource
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.cli.invocation import typed
from pipeline.first_settings import asked, look
from pipeline.reporting import replace
from pipeline.settings import load
from tests.connectors.git_history import History
from tests.pipeline.conftest import NOW
from tests.terminal import Terminal

SOUNDINGS = Path(sys.executable).parent / "soundings"

ROTA = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//rota//EN
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20260101T000000Z
DTSTART:20260105T090000Z
DTEND:20260112T090000Z
SUMMARY:Ada
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    for name in ("shop", "code/pay.v2"):
        History(tmp_path / name).commit("Begin")
    return tmp_path


def soundings(*command):
    done = CliRunner().invoke(app, command)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def tables(folder):
    return tomllib.loads((folder / "soundings.toml").read_text())


@pytest.mark.usefixtures("folder")
def test_a_folder_with_two_repositories_becomes_a_report_in_four_commands():
    began = soundings("init", "--yes")
    assert began.exit_code == 0, began.output
    assert began.stdout.splitlines()[-3:] == ["next: soundings check-config", "next: soundings doctor", "next: soundings run"]
    assert soundings("check-config").exit_code == 0
    assert soundings("doctor").exit_code == 0
    ran = soundings("run", "--as-of", NOW.isoformat(), "--json")
    assert ran.exit_code == 0, ran.output
    figures = json.loads(ran.stdout)
    assert (figures["git_shop"]["loaded"], figures["git_pay_v2"]["loaded"]) == (1, 1)
    assert Path(figures["report"]).is_file()


def test_what_lies_there_is_found_and_what_is_said_wins(folder):
    (folder / "team").mkdir()
    (folder / "team" / "cart primary.ics").write_text(ROTA)
    (folder / "exports").mkdir()
    (folder / "exports" / "deploys-2026.csv").write_text("native_id\n")
    assert soundings("init", "--yes", "--git", "shop", "--team", "checkout").exit_code == 0
    found = tables(folder)
    assert {name: line["use"] for name, line in found["sources"].items()} == {
        "git_shop": "git",
        "rota_cart_primary": "ical",
        "tables_exports": "files",
    }
    assert found["sources"]["rota_cart_primary"]["path"] == "team/cart primary.ics"
    assert found["sources"]["tables_exports"]["timezone"] == "Europe/Berlin"
    assert found["services"] == {"shop": {"team": "checkout", "repositories": ["shop"]}}
    assert found["teams"] == {"checkout": {"zone": "Europe/Berlin", "hours": "09:00-17:00", "rotations": ["cart primary"]}}


def test_patterns_of_configuration_are_read_off_the_files_of_each_repository(folder):
    shop = History(folder / "shop")
    shop.write("config/limits.yaml", "rate: 1")
    shop.write("a/config/b\x1b\n.yaml", "rate: 1")
    shop.commit("Limits")
    shop.change("config/limits.yaml", "rate: 2")
    History(folder / "empty")
    shop.git("clone", "--quiet", "--depth=1", f"file://{shop.folder}", str(folder / "sh\x1b[31mort"))
    assert soundings("init", "--yes").exit_code == 0
    assert soundings("check-config").exit_code == 0
    found = tables(folder)["sources"]
    assert {name: line.get("config") for name, line in found.items()} == {
        "git_shop": ["**/config/**/*.yaml"], "git_pay_v2": None, "git_empty": None, "git_sh_31mort": None,
    }  # fmt: skip
    text = (folder / "soundings.toml").read_text()
    assert text.count('# config = ["config/**/*.yaml"] # files whose keys are configuration; none was guessed by name') == 2
    assert "configuration; its files could not be looked at: " in text
    ran = soundings("pull", "git_shop", "--json", "--since", "1970-01-01T00:00:00Z")
    assert json.loads(ran.stdout)["loaded"] == 3 + 3, "three commits; in them a value of each file as it began, and one change"


def test_a_connection_with_a_vendors_name_becomes_its_source(folder, monkeypatch):
    History(folder / "shop").git("remote", "add", "origin", "git@github.com:acme/shop.git")
    History(folder / "code" / "pay.v2").git("remote", "add", "origin", "https://example.org/caf\udce9.git")
    for name in ("GITHUB_MAIN", "PAGERDUTY", "LAUNCHDARKLY"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", '{"conn_type": "http", "password": "a-secret-token"}')
    assert soundings("init", "--yes").exit_code == 0
    found = tables(folder)["sources"]
    assert found["github"] == {"use": "github", "conn_id": "github_main", "commits": False, "repositories": ["acme/shop"]}
    assert found["pagerduty"] == {"use": "pagerduty", "conn_id": "pagerduty"}
    assert "launchdarkly" not in found
    text = (folder / "soundings.toml").read_text()
    assert '# use = "launchdarkly"' in text
    assert "a-secret-token" not in text


def test_nothing_is_written_over(folder):
    (folder / "soundings.toml").write_text("# mine\n")
    (folder / "examples").mkdir()
    (folder / "examples" / "deploys.csv").write_text("mine\n")
    refused = soundings("init", "--yes")
    assert refused.exit_code == 1
    assert "is there already and stays as it is" in refused.output
    assert soundings("init", "--yes", "--config", "other.toml").exit_code == 0
    assert (folder / "soundings.toml").read_text() == "# mine\n"
    assert (folder / "examples" / "deploys.csv").read_text() == "mine\n"
    assert (folder / "examples" / "pages.csv").is_file()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--git", "nowhere"), "is no git repository: correct the path"),
        (("--calendar", "rota.ics"), "is no calendar file"),
        (("--records", "tables"), "is no folder of CSV or JSON lines"),
        (("--zone", "CET+1"), "'CET+1' is no zone of the IANA database"),
        (("--team", "Kasse \u00d6st"), "'Kasse \u00d6st' cannot be a name here"),
    ],
)
def test_what_is_named_and_cannot_be_is_said_and_nothing_written(folder, flags, said):
    refused = soundings("init", "--yes", *flags)
    assert refused.exit_code == 1
    assert said in refused.output.replace("\n", " ")
    assert sorted(path.name for path in folder.iterdir()) == ["code", "shop"]


def test_a_folder_of_an_odd_name_gives_a_name_that_can_be_and_one_that_toml_cannot_hold_is_said(folder):
    for name in ("\x1b[31m cart \n", "ship " + "x" * 240, "\x07"):
        History(folder / name).commit("Begin")
    assert soundings("init", "--yes").exit_code == 0
    assert soundings("check-config").exit_code == 0
    assert set(tables(folder)["services"]) == {"shop", "pay.v2", "\ufffd[31m cart \ufffd", "\ufffd", "ship " + "x" * 195}

    (folder / "soundings.toml").unlink()
    History(folder / "caf\udce9").commit("Begin")
    refused = soundings("init", "--yes")
    assert (refused.exit_code, "letters that are no UTF-8" in refused.output) == (1, True)
    assert not (folder / "soundings.toml").exists()


def test_no_letter_of_a_name_or_a_first_line_ends_a_line_of_what_is_written(folder):
    written(folder, "pages\x01a\rb.csv", "Incident ID,Summary,Created", "I1,x,y")
    written(folder, "deploys\x1b[31m.csv", "native_id,Foo\x7f", "1,2")
    written(folder, "shifts\x85#.csv", "Shift ID,Foo", "1,2")
    History(folder / "del\x7f\"'").commit("Begin")
    (folder / "ro\x01ta\x7f.ics").write_text(ROTA)
    assert soundings("init", "--yes").exit_code == 0
    assert soundings("check-config").exit_code == 0
    assert [line["path"] for line in tables(folder)["sources"].values()] == ["code/pay.v2", "del\x7f\"'", "shop", "ro\x01ta\x7f.ics", "exports"]


def test_what_cannot_be_written_whole_is_said_and_not_left_half(folder):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))  # as where a disk is full
    try:
        refused = soundings("init", "--yes")
        with pytest.raises(OSError, match=r"page\.html"):
            replace(folder / "page.html", "x" * 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (refused.exit_code, "soundings.toml cannot be written: File too large" in refused.output) == (1, True)
    assert sorted(path.name for path in folder.iterdir()) == ["code", "shop"]
    assert soundings("init", "--yes").exit_code == 0


def test_a_person_is_asked_about_what_was_found(folder):
    answers = {"Git": "shop", "Calendars": "-", "Folders": "-", "Your": "checkout", "Its": "Asia/Tokyo"}
    told = []
    found = asked(look(folder), lambda question, _: answers[question.split()[0]], told.append, folder)
    assert ([*found.repositories], found.calendars, found.team, found.zone) == ([Path("shop")], [], "checkout", "Asia/Tokyo")
    assert told == []


def test_an_answer_that_cannot_be_is_asked_for_again_and_no_other_is(folder):
    answers = {
        "Git": ["shopp, code/tools", "shop"],
        "Calendars": ["rota.ics", "-"],
        "Folders": ["tables", ""],
        "Your": ["Kasse Öst", "checkout"],
        "Its": ["CET+1", "Paris", "Europe/Paris"],
    }
    questions, told = [], []

    def answer(question, _):
        questions.append(question.split()[0])
        return answers[questions[-1]].pop(0)

    found = asked(look(folder), answer, told.append, folder)

    assert questions == ["Git", "Git", "Calendars", "Calendars", "Folders", "Folders", "Your", "Your", "Its", "Its", "Its"]
    assert ([*found.repositories], found.team, found.zone) == ([Path("shop")], "checkout", "Europe/Paris")
    assert [message.partition(":")[0].split(" cannot ")[0] for message in told] == [
        "shopp is no git repository",
        "rota.ics is no calendar file (.ics) or folder of them",
        "tables is no folder of CSV or JSON lines",
        "'Kasse Öst'",
        "'CET+1' is no zone of the IANA database; write one such as \"Europe/Paris\"",
        "'Paris' is no zone of the IANA database; write one such as \"Europe/Paris\"",
    ]


def test_at_a_terminal_a_wrong_zone_costs_no_other_answer_and_who_has_a_file_is_asked_nothing(folder):
    with Terminal() as terminal:
        ends = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.inside)
        with subprocess.Popen([SOUNDINGS, "init"], **ends, cwd=folder, env=os.environ | {"NO_COLOR": "1"}, start_new_session=True) as command:
            for question, keys in ((b"Git", b"\n"), (b"Calendars", b"\n"), (b"Folders", b"\n"), (b"Your team", b"till\n"), (b"time zone", b"Pari\n")):
                terminal.wait_for(question)
                terminal.type(keys)
            terminal.wait_for(b"'Pari' is no zone")
            terminal.type(b"Europe/Paris\n")
            command.wait(60)
        assert command.returncode == 0, terminal.said
        with subprocess.Popen([SOUNDINGS, "init"], **ends, cwd=folder, start_new_session=True) as command:
            terminal.wait_for(b"is there already and stays as it is")
            command.wait(60)
        terminal.hand_over()

    assert command.returncode == 1
    assert '[teams."till"]\nzone = "Europe/Paris"' in (folder / "soundings.toml").read_text()


def test_repositories_of_one_name_are_told_apart(folder):
    for name in ("a/shop", "b/Shop", "c/shop.git"):
        History(folder / name).commit("Begin")
    assert soundings("init", "--yes").exit_code == 0
    assert [*load(folder / "soundings.toml").sources] == ["git_shop", "git_shop_2", "git_shop_3", "git_pay_v2", "git_shop_4"]


def written(folder, name, *lines):
    (folder / "exports").mkdir(exist_ok=True)
    (folder / "exports" / name).write_text("".join(f"{line}\n" for line in lines))


PAGES = ("pages.csv", 'Incident ID,Summary,"Created at (UTC)",Service Name,Resolved,Notes', "7,Disk full,2026-06-08 03:00,cart,2026-06-08 04:00,-")


def test_what_a_table_of_ones_own_calls_its_columns_is_read_off_its_first_line_and_the_rest_works(folder):
    written(folder, *PAGES)
    assert soundings("init", "--yes").exit_code == 0
    found = tables(folder)["sources"]["tables_exports"]["columns"]
    assert found == {
        "native_id": "Incident ID", "title": "Summary", "triggered_at": "Created at (UTC)", "service": "Service Name", "resolved_at": "Resolved",
    }  # fmt: skip
    assert soundings("check-config").exit_code == 0
    ran = soundings("pull", "tables_exports", "--json", "--since", "2026-06-01T00:00:00Z", "--until", NOW.isoformat())
    assert json.loads(ran.stdout)["loaded"] == 1, ran.output


def test_a_table_with_our_names_needs_no_translation(folder):
    written(folder, "deploys.csv", "native_id,Service,environment,VERSION,started_at", "1,cart,production,2,2026-06-08 03:00")
    assert soundings("init", "--yes").exit_code == 0
    assert "columns" not in tables(folder)["sources"]["tables_exports"]
    assert "columns =" not in (folder / "soundings.toml").read_text()


def test_what_two_tables_call_otherwise_is_said_and_guessed_for_one(folder):
    written(folder, "deploys.csv", "Deploy ID;Env;Tag;Started", "1;production;2;2026-06-08 03:00")
    written(folder, *PAGES)
    written(folder, "shifts.csv", "native_id,Engineer,Rota,title", "1,ada,cart,x")
    assert soundings("init", "--yes").exit_code == 0
    found = tables(folder)["sources"]["tables_exports"]["columns"]
    assert (found["environment"], found["person"], found["triggered_at"]) == ("Env", "Engineer", "Created at (UTC)")
    assert found["native_id"] == "Deploy ID", "shifts.csv has it by our name, which is as well"
    text = (folder / "soundings.toml").read_text()
    assert '# pages.csv calls native_id "Incident ID" where another file does not: give it a folder and a source of its own' in text
    assert "shifts.csv calls native_id" not in text
    assert "pages.csv has nothing" not in text, "what it calls otherwise it has"
    assert "# shifts.csv has nothing that is called like starts_at, ends_at; its first line has" in text
    assert soundings("check-config").exit_code == 0


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfeI\x00D\x00", b'"open', b"a\0b,c\n", b"x" * 30_000, b'ID"x"\x7f,"a\nb"\n', "Ид,Имя\n".encode(), b"PK\x03\x04"]
)
def test_a_first_line_of_any_kind_ends_in_settings_that_are_sound(folder, content):
    (folder / "exports").mkdir()
    (folder / "exports" / "pages.csv").write_bytes(content)
    (folder / "exports" / "deploys.csv.gz").write_bytes(content)
    assert soundings("init", "--yes").exit_code == 0
    assert soundings("check-config").exit_code == 0


@pytest.mark.parametrize(
    ("called", "path", "said"),
    [
        ("here/bin/soundings", "", "here/bin/soundings"),
        ("./here/bin/soundings", "", "here/bin/soundings"),
        ("here/bin/soundings", "here/bin", "soundings"),
        ("/opt/elsewhere/soundings", "", "/opt/elsewhere/soundings"),
        ("here/a b/soundings", "", "'here/a b/soundings'"),
        ("here/pipeline/__main__.py", "here/bin", "python -m pipeline"),
        ("here/pipeline/__main__.py", "", "here/bin/python -m pipeline"),
    ],
)
def test_what_comes_next_is_said_as_it_can_be_typed(folder, monkeypatch, called, path, said):
    for name in ("soundings", "python"):
        (folder / "here" / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "here" / "bin" / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [called, "init"])
    monkeypatch.setattr(sys, "executable", str(folder / "here" / "bin" / "python"))
    monkeypatch.setenv("PATH", str(folder / path) if path else "/nowhere")
    assert typed("run", "--config", "my file.toml") == f"{said} run --config 'my file.toml'"
