"""The main job on the demo organisation, on one machine: by Airflow's real scheduler and by the command."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import answers
from demo.__main__ import organisation
from demo.organisation import WEEK
from pipeline import steps
from pipeline.components import AIRFLOW, airflow, environment
from pipeline.connections import connection
from pipeline.runs import all_done
from pipeline.settings import load
from tests.harbour import environment_of, tables
from tests.watching import CHROMIUM, framed, statsd
from tests.watching import answers as answers_of

COMPONENTS = ("api-server", "scheduler", "dag-processor")


@dataclass
class Ran:
    home: Path
    variables: dict
    done: object
    backfill: str
    tickets: list
    metrics: dict
    pages: dict
    events: list
    dags: dict
    framed: str | None


PAGES = ("/soundings/health", "/soundings/reports", f"/soundings/reports/{WEEK}", "/soundings/reports/..%2Fsoundings.toml")


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory):
    """Harbour pulled, derived, prompted and reported by the scheduler; then one source is read again for two days in August."""
    home = tmp_path_factory.mktemp("harbour") / "home"
    with organisation(home) as variables, statsd() as (metrics, told):
        config = home / "soundings.toml"
        with airflow(home / "airflow", config, extra=variables | metrics, only=COMPONENTS) as running:
            running.wait_healthy()
            sources = list(load(config).sources)
            done = all_done(running, sources, on_news=print, seconds=900)
            tickets = sorted(path.name for path in (home / "prompts").iterdir())
            backfill = [AIRFLOW, "backfill", "create", "--dag-id", "pull_github", "--from-date", "2026-08-12T00:00", "--to-date", "2026-08-13T00:00"]
            known = os.environ | environment(home / "airflow", config, running.port) | variables
            for _ in range(3):  # Airflow's own SQLite may be locked by its scheduler
                asked = subprocess.run(backfill, env=known, capture_output=True, text=True, timeout=120, check=False)
                if not asked.returncode:
                    break
            token = running.ask("/auth/token", method="POST", body={"username": "admin", "password": running.password})["access_token"]
            for asked_for in ({}, {"start": "2026-09-01T00:00:00Z", "end": "2026-09-02T00:00:00Z"}):
                body = {"logical_date": None, "conf": asked_for}
                running.ask("/api/v2/dags/pull_pagerduty/dagRuns", method="POST", body=body, token=token)
            again = all_done(running, sources, on_news=print, seconds=600)
            pages, shown = answers_of(running, PAGES), framed(running, "soundings-health")
            events = running.ask("/api/v2/assets/events?limit=100", token=token)["asset_events"]
            dags = {dag["dag_id"]: dag["description"] for dag in running.ask("/api/v2/dags?limit=100", token=token)["dags"]}
        yield Ran(home, variables, (done, again), f"{asked.returncode} {asked.stderr[-500:]}", tickets, told, pages, events, dags, shown)


ROOT = Path(__file__).resolve().parent.parent
COUNTING = """
import gc, json, sys
gc.disable()  # it ends before anything could be collected
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps([bag.import_errors, {name: len(dag.tasks) for name, dag in bag.dags.items()}]))
"""


def tasks(home, config):
    """How many each DAG has, by the configuration."""
    (home / "airflow").mkdir(parents=True)
    (home / "soundings.toml").write_text(config)
    known = os.environ | environment(home / "airflow", home / "soundings.toml", 0) | {"PYTHONPATH": f"{ROOT}:{ROOT / 'dags'}"}
    command = [sys.executable, "-c", COUNTING, str(ROOT / "dags")]
    said = subprocess.run(command, env=known, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout
    errors, counts = json.loads(said.splitlines()[-1])
    assert errors == {}
    return counts


def read(ran, name):
    with environment_of(ran.variables), steps.warehouse(load(ran.home / "soundings.toml")) as store:
        return store.read(name)


@pytest.mark.timeout(1200)
def test_every_run_of_the_scheduler_succeeds_a_backfill_too(scheduled):
    first, again = scheduled.done

    assert first.failed == again.failed == ()
    assert {name.split()[0] for name in first.succeeded} >= {
        "pull_code",
        "pull_github",
        "pull_pagerduty",
        "pull_mobile_rota",
        "pull_records",
        "derive",
        "prompt",
        "report",
    }
    assert scheduled.backfill.startswith("0 ")
    assert sum("backfill" in name for name in again.succeeded) == 2
    assert sum("pull_pagerduty manual" in name for name in again.succeeded) == 2


def test_a_run_by_hand_reads_the_window_it_was_given_or_the_newest_again(scheduled):
    pulls = read(scheduled, "pulls")
    windows = pulls.loc[pulls["source"] == "pagerduty", ["window_start", "window_end"]].astype("str").agg(" ".join, axis=1).tolist()

    assert "2026-09-01 00:00:00+00:00 2026-09-02 00:00:00+00:00" in windows
    assert len(windows) == len(set(windows)) + 1


def test_a_days_tasks_stay_under_40_however_many_repositories_there_are(tmp_path):
    demo = (ROOT / "demo" / "soundings.toml").read_text()
    names = [f"harbour/service-{number}" for number in range(1000)]
    for name in names:
        (tmp_path / "many" / "repositories" / f"{name}.git").mkdir(parents=True)
    many = re.sub(r"repositories = \[.*?\]", f"repositories = {json.dumps(names)}", demo, count=1, flags=re.DOTALL)
    counts = tasks(tmp_path / "many", many)
    pulls = [name for name in counts if name.startswith("pull_")]
    # Each pull's news derived alone, and prompts every two hours beside.
    at_most = sum(counts[name] + counts["derive"] + counts["prompt"] for name in pulls) + counts["report"] + 12 * counts["prompt"]

    assert many.count("harbour/service-999") == 1
    assert counts == tasks(tmp_path / "demo", demo)
    assert (sum(counts.values()), at_most) == (14, 34)


def test_a_backfill_opens_no_ticket(scheduled):
    assert sorted(path.name for path in (scheduled.home / "prompts").iterdir()) == scheduled.tickets


def test_the_planted_answers_are_found_and_nothing_else(scheduled):
    hits = read(scheduled, "near_miss_hits")

    assert Counter(zip(hits["detector"], hits["service"], strict=True)) == answers.HITS


def test_only_the_planted_surprises_are_prompted(scheduled):
    prompts, stories = read(scheduled, "prompts"), read(scheduled, "near_misses").set_index("key")
    asked = prompts[prompts["state"].isin(["open", "planned"])]
    waiting = asked.loc[asked["state"] == "planned", "subject_key"]

    assert {stories.loc[key, "service"] for key in asked.loc[asked["subject_kind"] == "near_miss", "subject_key"]} == answers.PROMPTED
    assert asked["subject_kind"].value_counts().to_dict() == {"near_miss": len(answers.PROMPTED), "rotation": len(answers.PROMPTED_ROTATIONS)}
    assert {stories.loc[key, "service"] for key in waiting} == answers.ASLEEP
    assert len(list((scheduled.home / "prompts").iterdir())) == len(asked) - len(waiting)


def test_what_was_talked_about_or_declared_is_known(scheduled):
    stories = read(scheduled, "near_misses")

    assert {row.service for row in stories.itertuples() if row.set_aside_reason == "an incident was declared"} == answers.SET_ASIDE
    assert {(row.service, row.review_level) for row in stories.itertuples() if isinstance(row.review_level, str)} == answers.TALKED_ABOUT


def test_long_stretches_are_the_planted_ones(scheduled):
    stretches = read(scheduled, "stretches")
    past = stretches[~stretches["is_forecast"]]
    unexplained = past[(past["origin"] == "incidental") & past["level"].isin(["flag", "long"])]

    assert {(row.person, row.level, round(row.span_local_days, 3)) for row in unexplained.itertuples()} == answers.LONG_BY_COVER
    assert set(past.loc[past["person"] == answers.KEPT_SHORT_BY_A_SWAP, "level"]) <= {"none", "watch"}
    assert set(past.loc[past["origin"] == "structural", "level"]) == {"none", "watch", "long"}


def test_the_report_is_there_in_both_forms(scheduled):
    page, letter = ((scheduled.home / "report" / f"soundings-{WEEK}.{kind}").read_text() for kind in ("html", "md"))

    assert "5 events" in page
    assert letter.count("Rest first, talk from") == 5


def test_the_scheduler_and_the_command_make_the_same_warehouse(scheduled, commanded):
    assert tables(scheduled.home, scheduled.variables) == tables(commanded[0], commanded[1])


def test_a_second_run_changes_no_row_and_opens_no_second_ticket(commanded):
    home, variables, figures = commanded
    before, tickets = tables(home, variables), sorted((home / "prompts").iterdir())
    with environment_of(variables), steps.warehouse(load(home / "soundings.toml")) as store:
        again = steps.run(load(home / "soundings.toml"), store, connection)

    assert tables(home, variables) == before
    assert sorted((home / "prompts").iterdir()) == tickets
    assert all(again[name]["loaded"] == 0 for name in ("code", "github", "pagerduty", "mobile_rota", "records"))
    assert (figures["prompt"]["opened"], figures["prompt"]["waiting"]) == (4, 2)
    assert again["prompt"]["opened"] == 0


def test_every_received_record_is_accounted_for(scheduled):
    pulls = read(scheduled, "pulls")

    assert (pulls["received"] == pulls["loaded"] + pulls["unchanged"] + pulls["quarantined"]).all()
    assert pulls["received"].sum() > 3000


def test_airflow_counts_what_the_ledger_says_and_tells_how_far_each_source_was_read(scheduled):
    pulls, told = read(scheduled, "pulls"), scheduled.metrics
    for source, theirs in pulls[pulls["source"] != "prompts"].groupby("source"):
        for figure in ("received", "loaded", "unchanged", "quarantined", "requests"):
            assert sum(number for _, number in told[f"airflow.soundings.pull.{figure}.{source}"]) == theirs[figure].sum()
        assert len(told[f"airflow.soundings.pull.duration.{source}"]) == len(theirs)
        assert ("g", 0.0) in told[f"airflow.soundings.source.windows_not_covered.{source}"]
        assert told[f"airflow.soundings.source.freshness_seconds.{source}"][-1][1] >= 0
    assert sum(number for _, number in told["airflow.soundings.prompts.opened"]) == 4
    assert {kind for kind, _ in told["airflow.soundings.derive.duration"]} == {"ms"}
    assert told["airflow.soundings.report.duration"]


def test_the_pages_inside_airflow_are_for_those_who_are_logged_in(scheduled):
    health, reports, report, outside = PAGES

    assert {scheduled.pages[page, "nobody"][0] for page in PAGES} <= {401, 404}
    assert "harbour" not in "".join(scheduled.pages[page, "nobody"][1] for page in PAGES).lower()
    assert "Nothing needs a person" in scheduled.pages[health, "admin"][1]
    assert f'href="reports/{WEEK}"' in scheduled.pages[reports, "admin"][1]
    assert scheduled.pages[report, "admin"] == (200, (scheduled.home / "report" / f"soundings-{WEEK}.html").read_text())
    assert scheduled.pages[outside, "admin"][0] == 404


@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here")
def test_airflow_shows_the_health_page_in_its_own_frame(scheduled):
    assert scheduled.framed == "As of 2026-11-03 08:00 UTC"


def test_an_asset_event_says_which_window_was_read_and_how_many_records(scheduled):
    pulls = read(scheduled, "pulls").set_index("id")
    extras = {}
    for event in sorted(scheduled.events, key=lambda event: event["timestamp"]):
        extras.setdefault(event["name"], []).append(event["extra"])

    told = [extra for extra in extras["published_pagerduty"] if extra["pulls"]]
    assert told
    for extra in told:
        lines = pulls.loc[extra["pulls"]]
        assert (extra["window_start"], extra["window_end"]) == (lines["window_start"].min().isoformat(), lines["window_end"].max().isoformat())
        assert extra["windows"] == len(lines)
        assert {count: extra[count] for count in ("received", "loaded", "quarantined")} == {
            count: lines[count].sum() for count in ("received", "loaded", "quarantined")
        }
    worked_out = [extra for extra in extras["derived"] if "pulls_being_checked" not in extra]  # the first may have waited
    assert worked_out
    assert all(set(extra) == {"hits", "near_misses", "stretches"} for extra in worked_out)
    # What people answered is worked out once more by `prompt`, and may only take hits away.
    assert worked_out[-1]["hits"] >= len(read(scheduled, "near_miss_hits")) > 0
    assert all({"planned", "opened", "withheld"} <= set(extra) for extra in extras["prompted"])
    assert {extra["page"] for extra in extras["reported"]} == {str(scheduled.home / "report" / f"soundings-{WEEK}.html")}


def test_a_dag_says_in_the_list_what_it_does(scheduled):
    assert scheduled.dags["pull_github"] == "Pull what is due from github, land it, check it, publish it"
    assert all(scheduled.dags.values())


def test_the_log_of_each_task_holds_its_records_of_work(scheduled):
    logs = "\n".join(path.read_text() for path in (scheduled.home / "airflow" / "logs").rglob("*.log"))

    for source in ("code", "github", "pagerduty", "mobile_rota", "records"):
        assert f"event=pulled source={source} window_start=" in logs
    for event in ("pull_checked", "derived", "prompts_planned", "prompt_withheld", "prompt_opened", "report_written"):
        assert f"event={event} " in logs
