import json
import os
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from demo.vendors.server import Response, serve
from pipeline import dag_files, reporting, steps
from pipeline.cli import app
from tests.pipeline.conftest import NOW, rollback
from tests.terminal import Terminal

AT = NOW.isoformat()
SOUNDINGS = Path(sys.executable).parent / "soundings"
GONE = '[sources.gone]\nuse = "files"\npath = "nowhere"\n'
RECORDS = '[sources.records]\nuse = "files"\npath = "records"\n'


@pytest.fixture
def ran(place, monkeypatch):
    """A command in the folder of soundings.toml."""
    monkeypatch.chdir(place.folder)
    place.record("deploys", rollback("cart"))

    def run(*command):
        done = CliRunner().invoke(app, command)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def figures(done):
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_six_steps_end_with_zero_and_figures_that_parse(ran, place):
    done = figures(ran("run", "--as-of", AT, "--json"))

    assert (done["records"]["loaded"], done["derive"]["near_misses"], done["prompt"]["planned"]) == (3, 1, 1)
    assert sorted(path.suffix for path in (place.folder / "report").iterdir()) == [".html", ".md"]


def test_a_run_prints_a_line_a_source_as_it_goes(ran, place, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_CODE", "{")
    code = '[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["a/b"]\n'
    place.configure(records=code + '[sources.records]\nuse = "files"\npath = "records"\n')
    printed, derived = [], steps.derive
    monkeypatch.setattr(
        steps, "derive", lambda *given: (printed.append(sys.stdout.buffer.getvalue().decode()), derived(*given))[1]
    )  # it looks, then derives
    done = ran("run")

    assert printed[0].splitlines() == ["code: failed", "records: received 3, loaded 3, unchanged 0, quarantined 0, windows 1, warnings 0"]
    assert [line.split(": ")[0] for line in done.stdout.splitlines()[:5]] == ["code", "records", "derive", "prompt", "report"]
    assert "\nfailed:\n  code: [sources.code] the connection" in done.stdout


def test_the_version_is_that_of_the_package(ran):
    assert ran("--version").stdout == f"soundings {version('soundings')}\n"


def test_bash_completes_commands_and_options():
    def completed(*words):
        known = os.environ | {"_SOUNDINGS_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        return subprocess.run([SOUNDINGS], env=known, capture_output=True, text=True, timeout=60, check=True).stdout.split()

    assert completed("soundings", "pu") == ["pull"]
    assert {"--since", "--json"} <= set(completed("soundings", "run", "--"))


def on_a_terminal(place, command, **variables):
    """What a command with --json writes to a pipe on stdout, and to a terminal on stderr."""
    known = {**os.environ, "TERM": "xterm", **variables}
    with Terminal() as terminal:
        asked = [SOUNDINGS, command, "--json", "--config", str(place.path)]
        done = subprocess.run(asked, env=known, stdout=subprocess.PIPE, stderr=terminal.inside, text=True, timeout=120, check=False)
        terminal.hand_over()
    assert done.returncode == 0
    return json.loads(done.stdout), terminal.said.decode()


def test_what_is_under_way_is_shown_on_a_terminal_with_colour_unless_that_is_unwanted(place):
    place.record("deploys", rollback("cart"))
    figures, said = on_a_terminal(place, "run")
    _, plain = on_a_terminal(place, "derive", NO_COLOR="1")

    assert figures["records"]["received"] == 3
    assert [work for work in ("pull records", "3 records", "derive", "prompt", "report") if work not in said] == []
    assert "derive" in plain
    assert [bool(re.search(r"\x1b\[[\d;]*3\dm", text)) for text in (said, plain)] == [True, False]


def test_figures_parse_also_where_colour_is_forced_and_what_stands_between_colons_is_text(ran, place):
    place.record("deploys", [{"native_id": f"shop:key:{number}", "scope": "cart"} for number in range(3)])
    assert ran("run").exit_code == 3

    listed, _ = on_a_terminal(place, "quarantine", FORCE_COLOR="1")
    assert listed["quarantine"][0]["example"].startswith("shop:key:")
    assert "shop:key:" in ran("quarantine").stdout


def test_each_step_alone_prints_figures_that_parse(ran, place):
    assert figures(ran("pull", "records", "--json"))["loaded"] == 3
    assert figures(ran("derive", "--json"))["near_misses"] == 1
    [prompt] = figures(ran("prompts", "--dry-run", "--json"))["prompts"]
    assert prompt["title"] == "[learning] cart: v2 was replaced by v1 after 30 minutes"
    assert figures(ran("prompts", "--json"))["opened"] == 0
    assert figures(ran("doctor", "--json"))["source records"]["state"] == "well"
    assert not (place.folder / "prompts").exists()

    (place.folder / "known.jsonl").write_text('{"detector": "NM-01", "trigger_id": "cart/1", "recovery_id": "cart/2"}\n')
    assert figures(ran("evaluate", "known.jsonl", "--json"))["NM-01"] == {"found": 1, "known": 1, "agreed": 1, "precision": 1.0, "recall": 1.0}


def test_a_dry_run_shows_the_ticket_as_people_would_read_it(ran):
    ran("pull", "records")
    ran("derive")
    done = ran("prompts", "--dry-run")

    assert done.stdout.startswith("# [learning] cart: v2 was replaced by v1 after 30 minutes\n\nopens 2026-")
    assert " UTC, in its team's working hours\n" in done.stdout
    assert "- [ ] useful near miss" in done.stdout


@pytest.mark.usefixtures("dag_files")
def test_the_doctor_says_what_is_wrong_where_since_when_and_what_to_do(ran, place, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_CODE", "{")
    place.configure(records='[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["a/b"]\n')
    ran("pull", "code")
    done = ran("doctor")

    assert done.exit_code == 1
    first, what, since, remedy, *_ = done.stdout.splitlines()
    assert first == "source code: refused, never read"
    assert what.startswith("  what  the connection 'code' (AIRFLOW_CONN_CODE) is neither JSON nor a URI")
    assert (since, remedy[:8]) == ("  since 2026-06-10 12:00 UTC", "  do    ")


@pytest.mark.parametrize(("status", "told"), [(503, (0, "note")), (401, (1, "what"))])
def test_a_vendor_that_is_busy_is_a_note_and_one_that_refuses_ends_with_one(ran, place, monkeypatch, status, told):
    place.configure(records='[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["a/b"]\n')
    with serve(lambda _: Response(status, headers={"Retry-After": "3600"})) as server:
        monkeypatch.setenv("AIRFLOW_CONN_CODE", json.dumps({"conn_type": "http", "host": server.url, "password": "made-up-token"}))
        done = ran("doctor")

    _, line, *_ = done.stdout.splitlines()
    assert (done.exit_code, line.split()[0]) == told
    assert line.endswith(f"github: POST /graphql answered {status}")


WELL = "Nothing needs a person. Everything was read up to 2026-06-10 12:00 UTC.\n"


@pytest.mark.usefixtures("dag_files")
def test_good_health_is_said_in_one_line(ran, place):
    place.configure(services=["cart"])
    ran("pull", "records")
    done = ran("health")

    assert (done.exit_code, done.stdout) == (0, WELL)


def test_notes_stand_before_the_line_of_good_health(ran):
    ran("pull", "records")
    done = ran("health")

    assert done.exit_code == 0
    assert done.stdout.startswith("soundings.toml\n  note  nothing ever came of 2 services of soundings.toml: ")
    assert done.stdout.endswith(WELL)


def test_the_health_page_is_written_and_asks_nobody(ran, place):
    assert figures(ran("health", "--out", "health.html", "--json"))["sources"][0]["state"] == "never read"
    assert "0 of 1 source read so far." in (place.folder / "health.html").read_text()
    ran("pull", "records", "--since", "2026-06-10T00:00:00Z", "--until", "2026-06-10T02:00:00Z")
    done = ran("health")
    assert done.exit_code == 1
    assert done.stdout.startswith("source records\n  what  nothing new was read for two turns of its schedule\n  since 2026-06-10 02:00 UTC\n")


def test_a_report_that_cannot_be_written_needs_a_person_until_one_was(ran, place):
    place.configure(services=["cart"])
    (place.folder / "report").write_text("in the way")
    assert ran("run").exit_code == 1
    assert ran("report", "--out", "elsewhere").exit_code == 0
    done = ran("health", "--out", "health.html")
    lines = done.stdout.splitlines()

    assert (done.exit_code, lines[0], lines[2]) == (1, "report", "  since 2026-06-10 12:00 UTC")
    assert lines[1].startswith("  what  the last time it did not go through: FileExistsError: [Errno 17] File exists: ")
    assert "1 thing needs a person." in (place.folder / "health.html").read_text()
    asked = ran("doctor", "--json")
    assert (asked.exit_code, json.loads(asked.stdout)["report"]["troubles"][0]["what"]) == (1, lines[1].removeprefix("  what  "))

    (place.folder / "report").unlink()
    assert ran("report").exit_code == 0
    assert (ran("health").stdout, ran("doctor").exit_code) == (WELL, 0)


def test_erasing_a_person_says_how_many_rows_of_each_table_it_touched(ran, place):
    place.record("deploys", rollback("cart", actor="ada"))
    ran("pull", "records")

    done = ran("erase", "--identity", "ada", "--yes")
    assert (done.exit_code, done.stdout.splitlines()[-2:]) == (0, ["changed: 3 rows", "  deploys: 3 rows (actor 3)"])


@pytest.mark.parametrize(("keys", "status"), [(None, 130), (b"\x04", 130), (b"bob\n", 1)])
def test_a_question_that_is_not_answered_as_asked_changes_nothing(ran, place, keys, status):
    place.record("deploys", rollback("cart", actor="ada"))
    ran("pull", "records")
    with Terminal() as terminal:
        asked = [SOUNDINGS, "erase", "--identity", "ada", "--config", str(place.path)]
        ends = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.inside)
        with subprocess.Popen(asked, **ends, env=os.environ | {"NO_COLOR": "1"}, start_new_session=True) as command:
            terminal.wait_for(b"to go on: ")
            terminal.type(keys) if keys else command.send_signal(signal.SIGINT)
            command.wait(60)
        terminal.hand_over()

    assert (command.returncode, terminal.said.decode().splitlines()[-1]) == (status, "nothing was changed")
    with place.open() as store:
        assert set(store.read("deploys")["actor"]) == {"ada"}


def test_a_source_that_cannot_be_read_is_told_and_ends_with_one(ran, place, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_CODE", "{")
    place.configure(records='[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["a/b"]\n')
    done = ran("run", "--json")

    assert done.exit_code == 1
    assert "AIRFLOW_CONN_CODE" in json.loads(done.stdout)["failed"]["code"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("run", "--config", "gone.toml"), "gone.toml: there is no such file"),
        (("pull", "nothing"), "there is no [sources.nothing]"),
        (("run", "--since", "yesterday"), "'yesterday' is no time"),
        (("run", "--as-of", "2026-01-01T00:00:00"), "has no zone"),
        (("pull", "records", "--since", AT, "--until", "2026-01-01T00:00:00Z"), "must not end before it starts"),
        (("report", "--week", "2026-99"), "2026-99"),
        (("report", "--week", "2039-W02"), "2039-W02 has not begun"),
        (("report", "--week", "2026-W60"), "there is no week 2026-W60"),
        (("check-config", "--config", "records"), "records: it cannot be read: Is a directory"),
        (("evaluate", "gone.jsonl"), "gone.jsonl"),
        (("evaluate", "soundings.toml"), ""),
        (("new-source", "git"), "is there already"),
        (("erase", "--yes", "--", "--"), "nobody is called '--'"),
    ],
)
def test_a_mistake_ends_with_one_and_a_message_instead_of_a_traceback(ran, command, message):
    done = ran(*command)

    assert done.exit_code == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize("url", ["sqlite:///no/such/folder/x.db", "postgresql+psycopg://me:pass-word@127.0.0.1:1/x"])
def test_a_warehouse_that_cannot_be_used_is_named_without_its_password(ran, place, url):
    place.configure(f'[warehouse]\nurl = "{url}"\n')
    done = ran("derive")

    assert done.exit_code == 1
    assert "cannot be used" in done.stderr
    assert "pass-word" not in done.output


@pytest.mark.parametrize("url", ["", "moved.db", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://me:pass-word@127.0.0.1/x"])
def test_what_is_no_database_that_stays_is_moved_to_by_nobody(ran, url):
    done = ran("move", "--to", url)
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
    assert "write sqlite:///FILE" in done.output
    assert "pass-word" not in done.output


def test_a_file_that_is_moved_to_lies_where_its_address_in_soundings_toml_leads(ran, place, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert ran("move", "--to", "sqlite:///moved.db", "--config", str(place.path)).exit_code == 0
    assert (place.folder / "moved.db").is_file()


def test_a_configuration_is_checked_as_a_whole(ran, place):
    place.configure('[trackers.a]\nuse = "folder"\npath = "a"\ndry_run = false\n[trackers.b]\nuse = "folder"\npath = "b"\n')
    done = ran("check-config")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"well: {place.path}: sources 1, services 3, teams 1, people 0, trackers 2",
        "in dry run, opening nothing: b",
        "next: soundings doctor",
    ]

    place.configure('[trackers.a]\nuse = "folder"\npath = "a"\ndry_run = false\n')
    assert ran("check-config").stdout.splitlines()[1] == "in dry run, opening nothing: none; every tracker opens tickets"
    place.configure()
    assert ran("check-config").stdout.splitlines()[1:3] == [
        "in dry run, opening nothing: folder",
        'no tracker is named, which stands for: [trackers.folder] with use = "folder" and path = "prompts"',
    ]
    assert place.settings.options(place.settings.trackers["folder"]) == {"path": str(place.folder / "prompts")}

    place.configure("[policy]\nflag = 1\nlong = 2\n")
    done = ran("check-config")
    assert done.exit_code == 1
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == ["policy.flag", "policy.long"]


def test_whether_a_configuration_can_be_read_is_left_to_reading_it(ran, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert ran("check-config").exit_code == 0


def test_a_database_that_asks_for_a_password_is_told_with_where_one_belongs(ran, place, monkeypatch):
    def ask(server):
        with server.accept()[0] as connected:
            connected.recv(1024)
            connected.sendall(b"R" + struct.pack("!ii", 8, 3))  # PostgreSQL's request for a password
            connected.recv(1024)

    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        place.configure(f'[warehouse]\nurl = "postgresql+psycopg://soundings@127.0.0.1:{port}/soundings?sslmode=disable&gssencmode=disable"\n')
        asking = threading.Thread(target=ask, args=(server,))
        asking.start()
        done = ran("derive")
        asking.join()

    assert (done.exit_code, "no password supplied. Put the password of this user into PGPASSWORD or ~/.pgpass" in done.stderr) == (1, True)


@pytest.mark.parametrize("command", [("-h",), ("run", "-h")])
def test_help_is_known_by_its_letter(ran, command):
    assert "Usage: " in ran(*command).stdout


def test_airflow_is_not_started_on_a_warehouse_that_cannot_be_used(ran, place):
    place.configure('[warehouse]\nurl = "sqlite:///records"\n')
    done = ran("up", "--port", "0")

    assert (done.exit_code, "cannot be used" in done.stderr) == (1, True)
    assert not (place.folder / ".soundings").exists()


def test_the_doctor_names_the_dag_file_that_cannot_be_imported(ran, monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dags")
    (folder / "broken.py").write_text("from airflow.sdk import dag\nraise RuntimeError('boom')\n")
    monkeypatch.setattr(dag_files.import_errors, "__defaults__", (folder,))
    done = ran("doctor")

    assert (done.exit_code, "  what  DAG file broken.py: Airflow cannot import it" in done.stdout) == (1, True)


def test_a_report_before_the_first_derivation_says_so_and_is_not_written(ran, place):
    done = ran("report")
    assert (done.exit_code, done.stderr.startswith("Nothing was worked out yet")) == (1, True)
    assert not (place.folder / "report").exists()

    ran("derive")
    assert ran("report").exit_code == 0


def test_a_run_names_all_that_went_wrong_and_ends_with_one(ran, place):
    place.configure('[trackers.main]\nuse = "folder"\npath = "records/deploys.jsonl"\ndry_run = false\n', records=GONE + RECORDS)
    done = ran("run", "--as-of", AT, "--json")

    assert (done.exit_code, list(json.loads(done.stdout)["failed"])) == (1, ["gone", "prompt"])
    assert json.loads(done.stdout)["records"]["loaded"] == 3


def test_what_a_tracker_refused_is_taken_up_again_when_asked(ran, place):
    place.configure('[trackers.main]\nuse = "folder"\npath = "tickets"\ndry_run = false\n')
    ran("run", "--as-of", AT)
    with place.open() as store:
        [row] = store.read("prompts").to_dict("records")
        store.set(row["key"], None, state="refused", withheld_reason="too long", attempt=3)
    for path in place.folder.glob("tickets/*"):
        path.unlink()
    assert figures(ran("prompts", "--json"))["opened"] == 0
    assert figures(ran("prompts", "--again", "--json"))["opened"] == 1


def test_a_source_that_was_never_read_is_never_nothing_for_a_person(ran, place):
    done = ran("health", "--out", "health.html")

    assert (done.exit_code, "it was never read" in done.stdout) == (0, True)
    page = (place.folder / "health.html").read_text()
    assert "Nothing needs a person" not in page
    assert "1 source was never read." in page


def test_a_run_told_a_time_that_has_not_come_says_so_and_health_does_not_take_it_for_read(ran, monkeypatch):
    then = (datetime.now(UTC) + timedelta(days=200)).isoformat()
    done = ran("run", "--as-of", then)

    assert "has not come yet: what is read counts as read until then" in done.stderr
    assert "has not come yet" not in ran("run", "--as-of", AT).stderr
    monkeypatch.delenv("SOUNDINGS_AS_OF")  # the clock of the tests; that of the command ended with it
    told = ran("health")
    assert (told.exit_code, f"  what  it counts as read up to {then[:10]}" in told.stdout) == (1, True)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("command", ["run", "derive", "prompts", "health", "quarantine"])
def test_a_clock_that_is_set_to_no_time_there_can_be_ends_every_command_with_one_line(ran, monkeypatch, command, text):
    monkeypatch.setenv("SOUNDINGS_AS_OF", text)
    done = ran(command)
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(rf"SOUNDINGS_AS_OF: '{re.escape(text)}' (is no time|has no zone|lies outside 1970 to 2100).*\n", done.stderr)


@pytest.mark.parametrize("text", ["", "9999-12-31T23:59:59Z"])
def test_a_time_that_is_said_and_is_none_is_not_taken_for_the_present(ran, text):
    assert [ran(*words).exit_code for words in (("run", "--as-of", text), ("pull", "records", "--since", text))] == [1, 1]


@pytest.mark.parametrize("out", [".", "records"])
def test_a_page_does_not_take_the_place_of_a_folder_and_leaves_nothing_beside_it(ran, place, out):
    before = sorted(place.folder.rglob("*"))
    done = ran("health", "--out", out)
    assert (done.exit_code, f"'{out}' is a directory" in done.stderr) == (2, True), done.stderr
    with pytest.raises(IsADirectoryError, match=r"is a folder: name a file"):
        reporting.replace(Path(), "a page")
    assert sorted(place.folder.rglob("*")) == before


@pytest.mark.parametrize("answers", [b"[sources]\n", b"\xff\xfe", b'{"detector": "NM-01"}\n'])
def test_answers_that_cannot_be_read_are_named_with_their_file(ran, place, answers):
    (place.folder / "known.jsonl").write_bytes(answers)
    done = ran("evaluate", "known.jsonl")
    assert (done.exit_code, done.stderr.startswith("known.jsonl: ")) == (1, True)


@pytest.mark.parametrize("command", [("quarantine", "--json"), ("check-config",)])
def test_where_nothing_can_be_shown_that_is_said_and_no_success(place, command):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([SOUNDINGS, *command, "--config", place.path], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "what there is to show cannot be written: [Errno 28] No space left on device\n")


def test_a_closed_standard_input_is_nobody_to_ask(ran, place):
    place.record("deploys", rollback("cart", actor="ada"))
    assert ran("pull", "records").exit_code == 0
    for words, status, told in (
        (("init", "--config", "other.toml"), 0, "wrote other.toml"),
        (("erase", "--identity", "ada", "--config", str(place.path)), 1, "nobody is there to confirm this, so nothing was changed"),
    ):
        command = shlex.join([str(SOUNDINGS), *words])
        done = subprocess.run(["/bin/sh", "-c", f"{command} <&-"], capture_output=True, text=True, check=False, cwd=place.folder)
        assert (done.returncode, told in done.stdout + done.stderr) == (status, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_whatever_letters_a_terminal_has_everything_is_shown_and_figures_parse(ran, place, encoding):
    place.record("pages", [{"native_id": "p1", "title": "x", "triggered_at": "bad Ö 🚀"}])
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    ran("pull", "records")
    done = subprocess.run([SOUNDINGS, "quarantine", "--json", "--config", place.path], env=environment, capture_output=True, check=True)
    assert "'bad Ö 🚀'" in json.loads(done.stdout.decode(encoding))["quarantine"][0]["reason"]
    done = subprocess.run([SOUNDINGS, "quarantine", "--config", place.path], env=environment, capture_output=True, check=True)
    shown = {"ascii": "bad \\xd6 \\U0001f680", "latin-1": "bad Ö \\U0001f680"}
    assert f"'{shown[encoding]}'" in done.stdout.decode(encoding)
