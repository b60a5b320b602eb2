import json
from datetime import timedelta

import pytest

from connectors.errors import Refused
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from pipeline import planning, publishing, steps
from pipeline.connections import connection
from pipeline.planning import linked_hosts, planned_prompts
from signals.windows import Window
from tests.pipeline.conftest import NOW, rollback

DAY = timedelta(days=1)
GITHUB = '[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["acme/shop", "acme/closed"]\n'


def pulled(place, name="records", start=None, end=NOW):
    with place.open() as store:
        return steps.pull(place.settings, store, name, connection, start=start, end=end)


def ledger(place, name="records"):
    with place.open() as store:
        lines = store.read("pulls", where={"source": name}).to_dict("records")
    return [(line["window_start"].to_pydatetime(), line["window_end"].to_pydatetime(), line["status"]) for line in lines]


@pytest.fixture
def code(place, monkeypatch):
    """A GitHub source in front of a running server; two repositories, of which one is closed to us."""
    state = State()
    for repository in ("acme/shop", "acme/closed"):
        state.add_commit(repository, "Begin", NOW - 2 * DAY)
    state.refused["acme/closed"] = 403
    place.configure(records=GITHUB)
    with serve(GitHub(state)) as server:
        held = {"conn_type": "http", "host": server.url, "password": state.token}
        monkeypatch.setenv("AIRFLOW_CONN_CODE", json.dumps(held))
        yield server


def test_what_landed_is_read_only_after_its_check(place):
    place.record("deploys", rollback("cart"))
    window = Window(NOW - 7 * DAY, NOW)
    with place.open() as store:
        landing = steps.land(place.settings, store, "records", window, connection)
        assert (landing.loaded, len(store.read("deploys")), store.covered("records")) == (3, 0, [])

        publishing.check(store, [landing.pull_id])
        assert (len(store.read("deploys")), store.covered("records")) == (3, [window])
        assert set(store.read("deploys")["service"]) == {"cart"}


def test_rows_that_cannot_be_right_are_held_back_and_said(place):
    backwards = [{**row, "native_id": "x" * 501} for row in rollback("pay")[:1]]
    place.record("deploys", rollback("cart") + backwards)
    figures = pulled(place)

    assert (figures["loaded"], figures["quarantined"]) == (3, 1)


def test_a_second_run_changes_no_row(place):
    place.record("deploys", rollback("cart"))
    first = pulled(place)
    second = pulled(place)

    assert (first["received"], first["loaded"]) == (3, 3)
    assert second["loaded"] == 0
    assert second["received"] == second["unchanged"]


def test_deriving_twice_gives_the_same_rows(found):
    with found.open() as store:
        before = {name: store.read(name).to_dict("records") for name in ("near_misses", "near_miss_hits", "stretches")}
        steps.derive(found.settings, store)
        after = {name: store.read(name).to_dict("records") for name in before}

    assert len(before["near_misses"]) == 3
    assert str(before) == str(after)


def test_files_of_one_name_in_two_repositories_are_two_settings(place):
    at = [(NOW - timedelta(hours=30, minutes=minutes)).isoformat() for minutes in (40, 0)]
    values = [("cart", "3", "5", at[0]), ("pay", "5", "3", at[1])]
    rows = [
        {
            "native_id": scope,
            "scope": scope,
            "system": "git",
            "target": "values.yaml#replicas",
            "old_value": old,
            "new_value": new,
            "applied_at": when,
        }
        for scope, old, new, when in values
    ]
    place.record("config_changes", rows)
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=None, end=NOW)
        assert steps.derive(place.settings, store)["hits"] == 0
    place.record("config_changes", [row | {"scope": "cart"} for row in rows])
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=None, end=NOW)
        assert steps.derive(place.settings, store)["hits"] == 1


def test_a_gap_is_filled_before_anything_newer_is_read(code, place):
    pulled(place, "code", start=NOW - 20 * DAY, end=NOW - 15 * DAY)
    pulled(place, "code", start=NOW - 10 * DAY, end=NOW - 5 * DAY)
    place.configure(records=GITHUB + "since = 2026-05-20T12:00:00Z\n")
    with place.open() as store:
        windows = steps.windows(place.settings, store, "code", start=None, end=NOW, exactly=False)

    assert windows[:2] == [Window(NOW - 21 * DAY, NOW - 20 * DAY), Window(NOW - 15 * DAY, NOW - 10 * DAY)]
    assert windows[2].start < NOW - 5 * DAY
    assert windows[2].end == NOW

    before = len(ledger(place, "code"))
    pulled(place, "code")
    assert [line[:2] for line in ledger(place, "code")[before:]] == [(window.start, window.end) for window in windows]
    with place.open() as store:
        assert store.covered("code") == [Window(NOW - 21 * DAY, NOW)]
    assert code.requests


def test_a_run_by_hand_reads_the_newest_window_again(place):
    place.record("deploys", rollback("cart"))
    pulled(place, start=NOW - 10 * DAY, end=NOW - 5 * DAY)
    pulled(place, start=NOW - 5 * DAY, end=NOW - 3 * DAY)
    with place.open() as store:
        windows = steps.windows(place.settings, store, "records", start=None, end=None, exactly=False)

    assert windows == [Window(NOW - 5 * DAY, NOW - 3 * DAY)]


def test_nothing_reaches_beyond_the_present(place, at):
    place.record("deploys", rollback("cart"))
    at(NOW - 3 * DAY)
    pulled(place, end=NOW)

    assert max(end for _, end, _ in ledger(place)) == NOW - 3 * DAY


def test_a_pull_that_cannot_be_made_is_noted_and_asked_for_again(code, place):
    fair, code.app = code.app, lambda _request: Response(401, json={"message": "Bad credentials"})
    with pytest.raises(Refused):
        pulled(place, "code")
    assert {status for _, _, status in ledger(place, "code")} == {"failed"}

    code.app = fair
    pulled(place, "code")
    with place.open() as store:
        assert store.covered("code")[-1].end == NOW


def test_what_cannot_be_seen_is_degraded_and_the_rest_is_read(code, place):
    figures = pulled(place, "code")
    with place.open() as store:
        assert store.read("commits", ["repo"])["repo"].tolist() == ["acme/shop"]
        [line] = store.read("pulls", where={"source": "code"}).to_dict("records")

    assert (line["status"], list(line["degraded"])) == ("degraded", ["acme/closed"])
    assert figures["received"] == 1
    assert code.requests


def test_a_run_goes_on_without_a_source_and_without_a_tracker(place, monkeypatch):
    place.record("deploys", rollback("cart"))
    monkeypatch.setenv("AIRFLOW_CONN_CODE", "nonsense")
    both = GITHUB + '[sources.records]\nuse = "files"\npath = "records"\n'
    tracker = '[trackers.main]\nuse = "github"\ndry_run = false\nconn_id = "gone"\nrepository = "acme/learning"\n'
    place.configure(tracker, records=both)
    monkeypatch.setenv("AIRFLOW_CONN_GONE", "nonsense")
    with place.open() as store:
        figures = steps.run(place.settings, store, connection)

    assert set(figures["failed"]) == {"code", "prompt"}
    assert "AIRFLOW_CONN_GONE" in figures["failed"]["prompt"]
    assert figures["derive"]["near_misses"] == 1
    assert list((place.folder / "report").glob("*.html"))


def test_shifts_that_begin_with_what_is_known_are_a_lower_bound(place):
    starts = NOW - 6 * DAY
    shift = {"native_id": "s", "person": "ada", "schedule": "rota", "scope": "rota", "starts_at": starts.isoformat(), "ends_at": NOW.isoformat()}
    place.record("shifts", [shift])
    pulled(place, start=starts, end=NOW)
    with place.open() as store:
        steps.derive(place.settings, store)
        assert store.read("stretches")["is_left_censored"].tolist() == [True]


def test_a_changed_service_moves_the_rows_that_are_there(place):
    place.record("deploys", rollback("cart"))
    pulled(place)
    place.configure('[services.basket]\ndeploys = ["cart"]\n', services=())
    with place.open() as store:
        assert set(store.read("deploys")["service"]) == {"basket"}


def test_a_ticket_links_only_to_where_the_sources_are(place, monkeypatch):
    def hosts():
        return linked_hosts(place.settings, connection)

    assert hosts() == ()
    monkeypatch.setenv("AIRFLOW_CONN_CODE", '{"password": "x"}')
    place.configure(records=GITHUB)
    assert hosts() == ("github.com",)
    monkeypatch.setenv("AIRFLOW_CONN_CODE", '{"host": "api.eu.acme.example", "schema": "https", "password": "x"}')
    assert hosts() == ("eu.acme.example",)
    monkeypatch.setenv("AIRFLOW_CONN_CODE", "{")
    assert hosts() == (), "a connection that cannot be read is told where it is pulled"
    place.configure(records=GITHUB + 'base_url = "https://git.acme.example:8443/api/v3"\n')
    assert hosts() == ("git.acme.example",)


def test_a_dry_look_at_the_prompts_writes_nothing(found):
    with found.open() as store:
        drafts = list(planning.drafts(found.settings, store, connection))
        assert len(store.read("prompts")) == 0

    assert sorted(title for title, *_ in drafts) == [f"[learning] {name}: v2 was replaced by v1 after 30 minutes" for name in ("cart", "pay", "ship")]
    assert all("LO-" in body for _, body, _ in drafts)


def reasons(place, *spans):
    """Why the story of `cart` waits, if it does, where these spans (days before now) were read."""
    place.record("deploys", rollback("cart"))
    for first, last in spans:
        pulled(place, start=NOW - first * DAY, end=NOW - last * DAY)
    with place.open() as store:
        steps.derive(place.settings, store)
        return [row["withheld_reason"] for row in planned_prompts(place.settings, store, NOW, connection)]


def test_a_story_waits_for_a_gap_behind_which_everything_was_read(place):
    assert reasons(place, (13, 6), (5, 0)) == ["waiting for records"]
    assert reasons(place, (6, 5)) == [None]


def test_a_gap_from_before_the_age_gate_keeps_no_story_waiting(place):
    assert reasons(place, (30, 20), (18, 0)) == [None]


def test_a_source_whose_reading_ended_before_the_age_gate_is_waited_for(place):
    place.configure(records=f'[sources.records]\nuse = "files"\npath = "records"\n{GITHUB}')
    with place.open() as store:
        pull_id = store.land("code", Window(NOW - 30 * DAY, NOW - 20 * DAY), [], service_of=lambda _: None, now=NOW).pull_id
        store.publish(pull_id, NOW)
    assert reasons(place, (18, 0)) == ["waiting for code"]


def test_a_story_waits_until_what_was_read_since_has_been_worked_out(place):
    place.record("deploys", rollback("cart"))
    ended = NOW - timedelta(hours=39)
    pulled(place, end=ended)
    with place.open() as store:
        steps.derive(place.settings, store)
    pulled(place)
    with place.open() as store:
        assert [row["withheld_reason"] for row in planned_prompts(place.settings, store, NOW, connection)] == ["waiting for records"]
        steps.derive(place.settings, store)
        assert [row["withheld_reason"] for row in planned_prompts(place.settings, store, NOW, connection)] == [None]


def test_a_story_that_was_asked_about_is_not_asked_about_in_another_tracker(found):
    folder = '[trackers.{0}]\nuse = "folder"\npath = "{0}"\ndry_run = false\n'
    found.configure(folder.format("first"))
    with found.open() as store:
        assert steps.prompt(found.settings, store, connection)["opened"] == 3
    found.configure(folder.format("second"))
    with found.open() as store:
        assert planned_prompts(found.settings, store, NOW, connection) == []


def test_the_ticket_links_to_why_it_is_there(found):
    found.configure('[organisation]\nabout_url = "https://acme.example/soundings"\n')
    with found.open() as store:
        bodies = [body for _, body, _ in planning.drafts(found.settings, store, connection)]

    assert len(bodies) == 3
    assert all("[why, and how to switch this off](https://acme.example/soundings)" in body for body in bodies)
