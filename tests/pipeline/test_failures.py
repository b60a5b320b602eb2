"""Whatever goes wrong in one place ends that place by name, and nothing else."""

import json
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

import transforms.near_misses
import transforms.report
import warehouse.suites
from connectors import registry
from connectors.errors import Busy, Refused
from connectors.http import Connection, Vendor
from connectors.registry import source, tracker
from pipeline import steps
from pipeline.connections import connection
from pipeline.failures import Broken
from pipeline.health import examine, health
from signals.records import Deploy
from signals.windows import Window
from tests.pipeline.conftest import NOW, rollback
from tests.pipeline.outbox_runs import later

HERE = Path(__file__).name
SECRET = "made-up-s3cret-0123456789"
ODD = '[sources.odd]\nuse = "odd"\nconn_id = "odd"\n'
RECORDS = '[sources.records]\nuse = "files"\npath = "records"\n'
FOLDER = '[trackers.main]\nuse = "folder"\npath = "tickets"\ndry_run = false\n'
HOUR = timedelta(hours=1)


def deploy(number):
    return Deploy(native_id=f"odd/{number}", scope="cart", environment="production", version="v1", status="success", started_at=NOW - 30 * HOUR)


def boom():
    raise RuntimeError("boom")


def at_once(*_):
    boom()
    yield


def in_the_middle(*_):
    yield from map(deploy, range(3))
    boom()


def raising(error):
    def pull(*_):
        yield deploy(1)
        raise error

    return pull


def endless(*_):
    return endless()


@pytest.fixture
def odd(place, monkeypatch):
    """A place with the source `odd` before the healthy one; what it does is given."""
    monkeypatch.setattr(registry, "_sources", dict(registry.sources()))
    monkeypatch.setattr(registry, "_trackers", dict(registry.trackers()))
    monkeypatch.setenv("AIRFLOW_CONN_ODD", json.dumps({"conn_type": "http", "host": "https://odd.invalid", "login": "robot", "password": SECRET}))
    place.record("deploys", rollback("cart"))
    place.configure(FOLDER, records=ODD + RECORDS)

    def does(pull, vendor=None):
        @source("odd", kinds=("deploys",), vendor=vendor)
        def _(api, window):
            return pull(api, window)

        return place

    return does


def ran(place, connect=connection):
    with place.open() as store:
        return steps.run(place.settings, store, connect)


def landed(place, connect=connection):
    """What `odd` raises, and its line of the ledger."""
    with place.open() as store:
        with pytest.raises((Refused, Busy, Broken)) as raised:
            steps.pull(place.settings, store, "odd", connect, start=NOW - 50 * HOUR, end=NOW)
        [line] = store.read("pulls", where={"source": "odd"}).to_dict("records")
    return str(raised.value), line


def went_on(place, figures, part):
    """That only this part is named, and everything else was done."""
    assert list(figures["failed"]) == [part]
    assert (figures["records"]["loaded"], figures["derive"]["near_misses"], figures["prompt"]["opened"]) == (3, 1, 1)
    assert Path(figures["report"]).is_file()
    assert len(list(place.folder.glob("tickets/*.md"))) == 1


def no_vendor(_):
    return boom()


def no_connection(conn_id):
    return boom() if conn_id == "odd" else connection(conn_id)


@pytest.mark.parametrize(
    ("pull", "vendor", "connect"),
    [
        (at_once, None, connection),
        (in_the_middle, None, connection),
        (boom, None, connection),  # its call itself: a TypeError
        (at_once, Vendor(name="odd", base_url=None, auth=no_vendor), connection),
        (at_once, None, no_connection),
    ],
    ids=["before the first record", "in the middle", "as it is called", "as its client is made", "as its connection is looked up"],
)
def test_a_source_that_breaks_is_named_with_its_place_and_everything_else_goes_on(odd, pull, vendor, connect):
    place = odd(pull, vendor)
    figures = ran(place, connect)

    went_on(place, figures, "odd")
    assert figures["failed"]["odd"].startswith("[sources.odd] ")
    assert f"{HERE}:" in figures["failed"]["odd"]
    with place.open() as store:
        [line] = store.read("pulls", where={"source": "odd"}).to_dict("records")
        [trouble] = [one for one in health(place.settings, store).troubles if one.where == "source odd"]
        asked = examine(place.settings, store, connect)["source odd"]
        assert len(store.read("deploys", where={"source": "odd"})) == 0, "nothing is half landed"
    assert (line["status"], line["failure"]) == ("failed", "broken")
    assert line["detail"] in figures["failed"]["odd"]
    assert trouble.needs_person
    assert (asked["state"], HERE in asked["said"]) == ("broken", True)


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (AssertionError(), "broken", "AssertionError"),
        (AttributeError("'NoneType' object has no attribute 'get'"), "broken", "has no attribute 'get'"),
        (MemoryError(), "broken", "MemoryError"),
        (KeyError("new_word"), "broken", "KeyError: 'new_word'"),
        (StopIteration(), "broken", "RuntimeError"),
        (ExceptionGroup("two", [ValueError("a"), KeyError("b")]), "broken", "ExceptionGroup"),
        (Unspeakable(), "broken", "Unspeakable"),
        (RuntimeError("line one\nline two"), "broken", "line one"),
        (RuntimeError("a \x00 and a \ud800 and a \x1b[31m"), "broken", "a \ufffd and a \ufffd and a \ufffd[31m"),
        (RuntimeError("long " * 10_000), "broken", "long long"),
        (PermissionError(13, "Permission denied"), "refused", "Permission denied"),
        (ConnectionResetError("by the peer"), "busy", "by the peer"),
        (TimeoutError("in time"), "busy", "in time"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_any_error_has_a_kind_words_and_a_place(odd, error, kind, words):
    said, line = landed(odd(raising(error)))

    assert words in line["detail"]
    assert (line["failure"], HERE in line["detail"]) == (kind, True)
    assert len(line["detail"]) < 700
    assert said == f"[sources.odd] {line['detail']}\n{line['remedy']}"


def test_what_this_user_may_not_read_is_named_without_a_place_in_the_code(odd):
    _, line = landed(odd(raising(PermissionError(13, "Permission denied", "/srv/records"))))

    assert (line["failure"], line["detail"]) == ("refused", "/srv/records: this user may not read or write it (Permission denied)")
    assert "`ls -ld` says whose it is" in line["remedy"]


@pytest.mark.parametrize(
    ("pull", "said"),
    [
        (lambda *_: None, "gave back None and no iterator"),
        (lambda *_: iter([None]), "yielded None, which is no record"),
        (lambda *_: iter([{"native_id": "1"}]), "yielded an object of type dict, which is no record"),
    ],
)
def test_a_connector_that_yields_something_else_is_named_with_what_that_is(odd, pull, said):
    place = odd(pull)
    figures = ran(place)

    went_on(place, figures, "odd")
    told = f"TypeError: the connector 'odd' ({__name__}) {said}"
    assert figures["failed"]["odd"].startswith(f"[sources.odd] {told}")
    with place.open() as store:
        assert told in examine(place.settings, store, connection)["source odd"]["said"]


def test_a_recursion_without_end_is_one_sources_too(odd):
    _, line = landed(odd(endless))

    assert line["detail"].startswith("RecursionError")


@pytest.mark.parametrize("error", [Refused("no", status=402), Busy("later")])
def test_a_foreseen_failure_keeps_its_kind_and_status_as_values(odd, error):
    _, line = landed(odd(raising(error)))

    assert (line["failure"], line["detail"], line["remedy"]) == (error.kind, str(error), error.remedy)
    assert (line["http_status"] == 402) is (error.kind == "refused")


@pytest.mark.parametrize("form", [SECRET, f"https://robot:{SECRET}@odd.invalid/", f"{SECRET[3:20]}", "token=abcdefghijkl", "ghp_" + "a" * 36])
def test_no_secret_gets_out_by_the_words_of_an_error(odd, caplog, form):
    caplog.set_level("INFO", "soundings")
    error = RuntimeError(f"cannot use {form}")
    error.__cause__ = ValueError(f"inner {form}")
    said, line = landed(odd(raising(error), Vendor(name="odd", base_url=None, auth=lambda _: {})))

    told = f"{said} {line} {caplog.text}"
    assert "cannot use" in told
    assert "inner" in caplog.text, "the trace is in the log"
    assert form not in told
    assert not any(SECRET[at : at + 8] in told for at in range(len(SECRET) - 7))


def test_the_trace_stands_on_one_line_of_the_log(odd, caplog):
    caplog.set_level("INFO", "soundings")
    landed(odd(in_the_middle))

    [record] = [one.getMessage() for one in caplog.records if "event=pull_failed" in one.getMessage()]
    assert "\n" not in record
    assert "in_the_middle" in record
    assert "kind=broken" in record


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_who_stops_the_run_stops_all_of_it(odd, stop):
    place = odd(raising(stop()))
    with pytest.raises(stop):
        ran(place)

    with place.open() as store:
        assert len(store.read("pulls")) == 0


def test_a_signal_in_the_middle_of_a_source_stops_the_run(odd):
    def interrupted(*_):
        yield deploy(1)
        os.kill(os.getpid(), signal.SIGINT)
        yield deploy(2)

    with pytest.raises(KeyboardInterrupt):
        ran(odd(interrupted))


def test_a_window_that_breaks_keeps_no_other_window_of_its_source_from_being_read(odd, monkeypatch):
    place = odd(lambda _, window: at_once() if window.end < NOW else iter([deploy(1)]))
    with place.open() as store:
        gap, newest = (Window(NOW - 45 * HOUR, NOW - 41 * HOUR), Window(NOW - 31 * HOUR, NOW))
        monkeypatch.setattr(steps, "windows", lambda *_, **__: [gap, newest])
        with pytest.raises(Broken, match="boom"):
            steps.pull(place.settings, store, "odd", connection, start=None, end=NOW)

        assert store.covered("odd") == [newest]
        assert len(store.read("deploys")) == 1


def test_what_landed_before_a_failure_keeps_no_derivation_waiting(odd, monkeypatch):
    place = odd(lambda _, window: raising(Busy("later"))() if window.end == NOW else iter([deploy(1)]))
    gap, newest = (Window(NOW - 45 * HOUR, NOW - 25 * HOUR), Window(NOW - 31 * HOUR, NOW))
    real = steps.windows
    monkeypatch.setattr(
        steps, "windows", lambda settings, store, name, **asked: [gap, newest] if name == "odd" else real(settings, store, name, **asked)
    )
    figures = ran(place)

    went_on(place, figures, "odd")
    with place.open() as store:
        assert store.covered("odd") == [gap]


def test_a_check_that_breaks_holds_its_pull_back_and_keeps_nobody_waiting(odd, monkeypatch):
    place = odd(lambda *_: iter([deploy(1)]))
    real = warehouse.suites.Suite.look_at

    def look_at(suite, frame):
        return boom() if set(frame["source"]) == {"odd"} else real(suite, frame)

    monkeypatch.setattr(warehouse.suites.Suite, "look_at", look_at)
    figures = ran(place)

    went_on(place, figures, "odd")
    with place.open() as store:
        [line] = store.read("pulls", where={"source": "odd"}).to_dict("records")
        [trouble] = [one for one in health(place.settings, store).troubles if one.where == "source odd"]
        assert set(store.read("deploys")["source"]) == {"records"}
    assert (line["status"], line["failure"]) == ("held", "broken")
    assert "RuntimeError: boom" in trouble.what
    monkeypatch.setattr(warehouse.suites.Suite, "look_at", real)
    assert "failed" not in ran(place)


@pytest.mark.parametrize(
    ("broken", "part"),
    [((transforms.near_misses, "near_misses"), "derive"), ((transforms.report, "figures"), "report")],
    ids=["derive", "report"],
)
def test_a_step_that_breaks_undoes_nothing_of_the_others(odd, monkeypatch, broken, part):
    place = odd(lambda *_: iter([]))
    ran(place)
    for path in [*place.folder.glob("report/*"), *place.folder.glob("tickets/*")]:
        path.unlink()
    monkeypatch.setattr(*broken, lambda *_, **__: boom())
    figures = ran(place)

    assert list(figures["failed"]) == [part]
    assert figures["failed"][part].startswith(f"[{part}] RuntimeError: boom (at ")
    assert len(list(place.folder.glob("report/*"))) == (2 if part == "derive" else 0)
    with place.open() as store:
        assert len(store.read("near_misses")) == 1


def test_where_nothing_was_ever_worked_out_the_report_says_so_and_is_not_written(odd, monkeypatch):
    place = odd(at_once)
    monkeypatch.setattr(transforms.near_misses, "near_misses", lambda *_: boom())
    figures = ran(place)

    assert list(figures["failed"]) == ["odd", "derive", "report"]
    assert figures["failed"]["report"].startswith("Nothing was worked out yet")
    assert list(place.folder.glob("report/*")) == []


def strange(where):
    """A tracker that breaks there, and works otherwise."""
    kind, _ = registry.trackers()["folder"]

    class Strange(kind):
        def __init__(self, api=None, *, path: str) -> None:
            super().__init__(api, path=path)
            if where == "making":
                boom()

        def open(self, code, title, body):
            return boom() if where == "open" else super().open(code, title, body)

        def find(self, since):
            return boom() if where == "find" else super().find(since)

        def read(self, number):
            return boom() if where == "read" else super().read(number)

    tracker("strange")(Strange)


@pytest.mark.parametrize("where", ["open", "read"])
def test_a_tracker_that_breaks_is_named_and_the_other_one_opens_its_ticket(odd, where):
    place = odd(lambda *_: iter([]))
    place.record("deploys", [*rollback("cart"), *rollback("second")])
    other = '[trackers.second]\nuse = "{}"\npath = "seconds"\ndry_run = false\nteams = ["other"]\n[teams.other]\n[services.second]\nteam = "other"\n'
    strange("nowhere")
    place.configure(FOLDER, other.format("strange"), services=("cart",), records=RECORDS)
    if where == "read":
        assert "failed" not in ran(place), "something is asked, so that there is something to read"
        place.record("deploys", [*rollback("cart"), *rollback("second"), *rollback("pay", hours_ago=39)])
        place.configure(FOLDER, other.format("strange"), services=("cart", "pay"), records=RECORDS)
    strange(where)
    figures = ran(place)

    assert list(figures["failed"]) == ["prompt"]
    assert "[trackers.second] " in figures["failed"]["prompt"]
    assert f"RuntimeError: boom (at tests/pipeline/{HERE}:" in figures["failed"]["prompt"]
    assert figures["prompt"]["opened"] == 1
    assert Path(figures["report"]).is_file()


def test_a_tracker_whose_list_breaks_settles_nothing_and_loses_nothing(odd):
    place = odd(lambda *_: iter([]))
    strange("open")
    place.configure(FOLDER.replace("folder", "strange"), services=("cart",), records=RECORDS)
    figures = ran(place)
    assert (figures["prompt"]["unknown"], figures["prompt"]["opened"]) == (1, 0)

    strange("find")
    later(place.path)
    with place.open() as store:
        asked = examine(place.settings, store, connection)["tracker main"]
    assert asked["state"] == "broken"
    assert "[trackers.main] RuntimeError" in ran(place)["failed"]["prompt"]
    strange("nowhere")
    later(place.path)
    assert ran(place)["prompt"]["opened"] == 1


def test_connections_of_others_are_not_asked_to_word_a_failure(odd):
    asked = []

    def connect(conn_id):
        asked.append(conn_id)
        return Connection(secret=SECRET)

    landed(odd(at_once), connect)
    assert asked == ["odd"]
