"""A whole run by the real scheduler with failures in it: no form of a secret in anything it leaves, and no connection to a stranger."""

import html
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import zlib
from base64 import b64encode, urlsafe_b64encode
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import quote, quote_plus, urlsplit

import pytest
from sqlalchemy import create_engine, make_url, select

from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from pipeline.components import ROOT, airflow
from tests.pipeline.conftest import NOW, rollback
from warehouse.schema import metadata

RECORDER = Path(__file__).parent / "recorder"
REPOSITORY = "acme/shop"
PULLS = ("works", "locked_out", "echoing", "gone", "moved", "page_of_a_login", "repository", "records", "unreadable")
RANDOM = Random(7)
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def made_up(length=12):
    return "".join(RANDOM.choices(LETTERS, k=length))


# One secret a connection, so that a find names its leak; each has letters that every escaping changes.
SECRETS = {
    name: f'{made_up()}"+<{made_up()}/&={made_up()}\\%'
    for name in ("works", "tracker", "locked_out", "echoing", "moved", "page_of_a_login", "repository")
}
ADDRESS_KEY = made_up(24)  # a calendar's address is its key
DATABASE = made_up(24)  # the password in the warehouse's URL
CANARIES = (*SECRETS.values(), ADDRESS_KEY, DATABASE)
# Loopback, where each vendor and Airflow's own API are, and this machine's own name.
NAMED = {"127.0.0.1", "localhost", "::1", "None", socket.gethostname()}
CUT = 10  # so many characters of a secret in a row give it away
CONFIG = f"""
[warehouse]
url = "WAREHOUSE"

[sources]
works = {{ use = "github", schedule = "@daily", conn_id = "works", repositories = ["{REPOSITORY}"] }}
locked_out = {{ use = "github", schedule = "@daily", conn_id = "locked_out", repositories = ["{REPOSITORY}"] }}
echoing = {{ use = "pagerduty", schedule = "@daily", conn_id = "echoing" }}
gone = {{ use = "ical", schedule = "@daily", conn_id = "gone", feed = "" }}
moved = {{ use = "launchdarkly", schedule = "@daily", conn_id = "moved", projects = ["shop"] }}
page_of_a_login = {{ use = "pagerduty", schedule = "@daily", conn_id = "page_of_a_login" }}
repository = {{ use = "git", schedule = "@daily", conn_id = "repository", url = "REPOSITORY/acme/shop.git", cache = "mirrors" }}
records = {{ use = "files", schedule = "@daily", path = "records" }}
unreadable = {{ use = "files", schedule = "@daily", path = "unreadable" }}

[services.cart]
team = "checkout"
[teams.checkout]
zone = "UTC"

[trackers.tickets]
use = "github"
conn_id = "tracker"
repository = "acme/learning"
dry_run = false
"""


def echo(status, **headers):
    """A vendor, or a proxy before it, that tells back whatever it was sent: headers, address, body."""

    def app(request):
        said = " ".join([request.target, *request.headers.values(), request.body.decode("utf-8", "replace")])
        told = {name: value.replace("SAID", quote(said)) for name, value in headers.items()}
        return Response(status, json={"message": said, "error": {"message": said}, "errors": [{"message": said}]}, headers=told)

    return app


def login_page(request):
    return Response(200, body=f"<html>{html.escape(' '.join(request.headers.values()))}</html>", headers={"Content-Type": "text/html"})


def vendors():
    """The made-up vendors, by the connection that leads to them."""
    github, tracker = (GitHub(State(token=SECRETS[name], login="robot")) for name in ("works", "tracker"))
    github.state.add_commit(REPOSITORY, "Add a cart", NOW - timedelta(hours=50))
    tracker.state.add_repository("acme/learning")
    return {
        "works": github,
        "tracker": tracker,
        "locked_out": echo(401),
        "echoing": echo(503),
        "gone": echo(404),
        "moved": echo(302, Location="https://elsewhere.invalid/?told=SAID"),
        "page_of_a_login": login_page,
        "repository": echo(403),
    }


def connections(stack, apps, config):
    variables = {}
    for name, app in apps.items():
        url = stack.enter_context(serve(app)).url
        held = {"conn_type": "http", "host": url, "login": "robot", "password": SECRETS.get(name, "")}
        if name == "gone":
            held = {"conn_type": "http", "host": f"{url}/{ADDRESS_KEY}/rota.ics"}
        if name == "repository":
            config = config.replace("REPOSITORY", url)
        variables[f"AIRFLOW_CONN_{name.upper()}"] = json.dumps(held)
    return variables, config


def ended(running, token):
    """The state of the first try of each task there is; retries are not waited for."""
    found = running.ask("/api/v2/dags/~/dagRuns/~/taskInstances?limit=200", token=token)["task_instances"]
    return {(task["dag_id"], task["task_id"]): task["state"] for task in found}


def until(running, is_so):
    deadline = time.monotonic() + 500
    while not is_so():
        running.check_alive()
        assert time.monotonic() < deadline, "Airflow did not come to an end"
        time.sleep(1)


def has_tried(states):
    tasks = [(f"pull_{name}", "land") for name in PULLS] + [("pull_unreadable", "check")]
    return all(states.get(task) in {"success", "failed", "up_for_retry"} for task in tasks)


@pytest.fixture(scope="module")
def ran(tmp_path_factory, fresh_postgres):
    """Where everything lies that the run left, and how its tasks ended."""
    home, apps = tmp_path_factory.mktemp("discretion"), vendors()
    issues = apps["tracker"].state.repositories["acme/learning"].issues
    rows = {"records": [json.dumps(row) for row in rollback("cart", hours_ago=120)], "unreadable": [f"no JSON {number}" for number in range(25)]}
    for name, lines in rows.items():
        (home / name).mkdir()
        (home / name / "deploys.jsonl").write_text("\n".join(lines))
    warehouse = make_url(fresh_postgres).set(password=DATABASE)
    with ExitStack() as stack:
        variables, config = connections(stack, apps, CONFIG.replace("WAREHOUSE", warehouse.render_as_string(hide_password=False)))
        (home / "soundings.toml").write_text(config)
        recorder = {"PYTHONPATH": f"{RECORDER}:{ROOT}", "RECORDED_CONNECTIONS": str(home / "connections")}
        extra = variables | recorder | {"SOUNDINGS_AS_OF": NOW.isoformat()}
        with airflow(home / "airflow", home / "soundings.toml", extra=extra, only=("api-server", "scheduler", "dag-processor")) as running:
            states = by_scheduler(running, issues)
    (home / "soundings.toml").unlink()  # the one place the warehouse's password was put by a person
    told = home / "tables"
    told.mkdir()
    (told / "tracker.json").write_text(json.dumps(issues, default=str))
    write_tables(warehouse, told / "warehouse")
    with sqlite3.connect(home / "airflow" / "airflow.db") as held:
        names = [name for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        (told / "airflow").write_bytes(b"\n".join(legible(row) for name in names for row in held.execute(f'SELECT * FROM "{name}"')))  # noqa: S608
    hosts = [json.loads(held)["host"] for name, held in variables.items() if name != "AIRFLOW_CONN_REPOSITORY"]  # git asks by itself
    return home, states, {str(urlsplit(host).port) for host in hosts}


def by_scheduler(running, issues):
    running.wait_healthy()
    token = running.ask("/auth/token", method="POST", body={"username": "admin", "password": running.password})["access_token"]
    until(running, lambda: len(running.ask("/api/v2/dags?limit=100", token=token)["dags"]) == len(PULLS) + 3)
    for dag in running.ask("/api/v2/dags?limit=100", token=token)["dags"]:
        running.ask(f"/api/v2/dags/{dag['dag_id']}", method="PATCH", body={"is_paused": False}, token=token)
    until(running, lambda: issues and has_tried(ended(running, token)))
    return ended(running, token)


def write_tables(url, path):
    engine = create_engine(url)
    with engine.connect() as connection, path.open("wb") as file:
        for table in metadata.sorted_tables:
            file.writelines(legible(row) + b"\n" for row in connection.execute(select(table)))
    engine.dispose()


def legible(row):
    """A row as bytes to be searched; what is compressed is unpacked."""
    return b"\t".join(value if isinstance(value, bytes) else str(value).encode("utf-8", "backslashreplace") for value in map(unpacked, row))


def unpacked(value):
    if not isinstance(value, bytes):
        return value
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def forms(secret):
    """Every way a secret might be written down."""
    data = secret.encode()
    yield from (
        secret,
        secret.swapcase(),
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    )
    for before in range(3):  # inside a longer text the same bytes have three base64 forms
        for encoded in (b64encode(b"\0" * before + data), urlsafe_b64encode(b"\0" * before + data)):
            yield encoded.decode().rstrip("=")[4 if before else 0 : -2]


def leaks(folder):
    """Where below the folder any cut of any form of any secret stands: `file:piece`."""
    pieces = {form[at : at + CUT] for secret in CANARIES for form in forms(secret) for at in range(len(form) - CUT + 1)}
    grep = ["grep", "--recursive", "--text", "--ignore-case", "--only-matching", "--fixed-strings", "--file=-", str(folder)]
    found = subprocess.run(grep, input="\n".join(pieces), capture_output=True, text=True, errors="replace", timeout=120, check=False)
    assert found.returncode in {0, 1}, found.stderr
    return found.stdout.splitlines()


def logs(home, dag):
    return "".join(path.read_text() for path in (home / "airflow" / "logs").glob(f"dag_id={dag}/**/*.log"))


@pytest.mark.timeout(600)
def test_the_failures_were_real_and_everything_else_went_on(ran):
    home, states, _ = ran

    assert {name: states[f"pull_{name}", "land"] for name in PULLS} == {
        "works": "success",
        "records": "success",
        "unreadable": "success",
        "locked_out": "failed",
        "gone": "failed",
        "moved": "failed",
        "repository": "failed",
        "echoing": "up_for_retry",
        "page_of_a_login": "up_for_retry",
    }
    assert states["pull_unreadable", "check"] == "failed", "a held pull is not tried again: its rows stay as they are"
    assert "LO-" in (home / "tables" / "tracker.json").read_text()
    assert "answered 401" in logs(home, "pull_locked_out")
    assert "answered 503" in logs(home, "pull_echoing")
    assert "answered 503" in (home / "airflow" / "scheduler.log").read_text(), "what LocalExecutor's workers print is searched, too"


def test_no_form_of_any_secret_is_in_any_log_table_ticket_or_output(ran):
    assert leaks(ran[0]) == []


@pytest.mark.parametrize("secret", CANARIES)
def test_the_search_finds_every_form_whole_or_cut(tmp_path, secret):
    shown = [*forms(secret), b64encode(f"robot:{secret}".encode()).decode(), f"…{secret[3 : 3 + CUT]}…"]
    for number, form in enumerate(shown):
        (tmp_path / str(number)).write_text(f"before {form} after")

    assert {Path(line.split(":")[0]).name for line in leaks(tmp_path)} == {str(number) for number in range(len(shown))}


def test_nobody_is_asked_whom_the_configuration_does_not_name(ran):
    home, _, ports = ran
    recorded = [line.split(" ") for line in (home / "connections").read_text().splitlines()]

    assert {port for _, _, port in recorded} >= ports, "the tasks were recorded, too"
    assert {host for _, host, _ in recorded} <= NAMED


def test_the_recorder_sees_a_stranger_who_is_looked_up(tmp_path):
    known = os.environ | {"PYTHONPATH": str(RECORDER), "RECORDED_CONNECTIONS": str(tmp_path / "connections")}
    asked = "import socket; socket.getaddrinfo('192.0.2.1', 80)"  # an address of no network: nothing is sent
    subprocess.run([sys.executable, "-c", asked], env=known, timeout=60, check=True)
    [line] = (tmp_path / "connections").read_text().splitlines()

    assert line.split(" ")[1] not in NAMED
