from datetime import UTC, datetime, timedelta

import html5lib
import pandas as pd
import pytest
from playwright.sync_api import sync_playwright

from signals.windows import Window
from tests.watching import CHROMIUM
from transforms.health import Expected, health, html, lead
from transforms.policy import Policy
from transforms.words.lint import flaws

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SAID = "github: GET /repos/a/b answered 401: Bad credentials"
REMEDY = "The credential is not accepted: set the connection anew."
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\u202eevil"


def pull(number, status, hours_ago, length=1, source="code", **fields):
    """A pull of `length` hours that ended `hours_ago`."""
    end = NOW - hours_ago * HOUR
    none = dict.fromkeys(("received", "loaded", "unchanged", "quarantined", "requests"), 0)
    window = {"window_start": end - length * HOUR, "window_end": end, "started_at": end, "finished_at": end}
    return {"id": number, "source": source, "status": status, "attempts": 1, "degraded": {}, "detail": None, **none, **window, **fields}


def prompt(code, state, **fields):
    unknown = dict.fromkeys(("withheld_reason", "opens_at", "sent_at", "opened_at", "answered_at"))
    known = {
        "key": f"{code}@t",
        "subject_kind": "near_miss",
        "subject_key": code,
        "code": code,
        "team": "cart",
        "tracker": "tickets",
        "state": state,
        "hits": [],
    }
    return {**known, **unknown, "attempt": 0, "planned_at": NOW - 30 * HOUR, **fields}


def counted(pulls=(), prompts=(), quarantine=(), covered=None, every=HOUR):
    tables = {name: pd.DataFrame(list(rows)) for name, rows in (("pulls", pulls), ("prompts", prompts), ("quarantine", quarantine)) if rows}
    known = [Window(row["window_start"], row["window_end"]) for row in pulls if row["status"] in ("published", "degraded")]
    expected = Expected(every, known if covered is None else covered)
    return health(tables, {"code": expected}, {"tickets": True, "dry": False}, Policy(), as_of=NOW)


def told(found):
    return [(one.where, one.what, one.since, one.needs_person) for one in found.troubles]


def test_a_source_read_on_its_schedule_is_well_and_nothing_needs_a_person():
    found = counted([pull(1, "published", 0.5, received=12, loaded=9, unchanged=2, quarantined=1, requests=3)])

    assert told(found) == []
    [code] = found.sources
    assert (code.state, code.age_seconds, code.not_covered) == ("well", 1800, ())
    assert (code.received, code.loaded, code.unchanged, code.quarantined, code.requests) == (12, 9, 2, 1, 3)


def test_what_was_never_read_is_said_and_needs_nobody_yet():
    found = counted()

    assert told(found) == [("source code", "it was never read", None, False)]
    assert "0 of 1 source read so far." in html(found)


def test_two_turns_without_news_are_late_one_is_not():
    assert counted([pull(1, "published", 2)]).sources[0].state == "well"
    [late] = told(counted([pull(1, "published", 2.1)]))
    assert late == ("source code", "nothing new was read for two turns of its schedule", NOW - 2.1 * HOUR, True)


def test_time_that_counts_as_read_and_has_not_come_needs_a_person_and_is_not_told_as_read():
    found = counted([pull(1, "published", -48)])
    [(where, what, _, needs_person)] = told(found)

    assert (where, needs_person, found.sources[0].state) == ("source code", True, "ahead")
    assert what.startswith("it counts as read up to 2026-06-12 12:00 UTC, which has not come yet")
    assert lead(found) == ("1 thing needs a person.", "Everything was read up to 2026-06-10 12:00 UTC.")
    assert told(counted([pull(1, "published", -0.05)])) == [], "two clocks need not agree"


def test_windows_that_could_not_be_read_count_from_the_first_try_and_end_with_what_to_do():
    last = pull(3, "failed", 1, length=8, detail=SAID, remedy=REMEDY, attempts=4)
    pulls = [pull(1, "published", 9), pull(2, "failed", 8, detail="an earlier word"), last]
    [trouble] = counted(pulls).troubles

    assert trouble.what == "github: GET /repos/a/b answered 401: Bad credentials (5 tries, the last at 2026-06-10 11:00 UTC)"
    assert trouble.since == NOW - 8 * HOUR
    assert trouble.remedy == "The credential is not accepted: set the connection anew."


@pytest.mark.parametrize(
    ("failure", "hours", "needs_person"),
    [("busy", 24, False), ("busy", 25, True), ("garbled", 1, False), ("refused", 1, True), ("broken", 1, True), (None, 1, True)],
)
def test_what_ends_by_itself_needs_a_person_after_a_day_any_other_failure_at_once(failure, hours, needs_person):
    failed = pull(2, "failed", hours, detail=SAID, failure=failure)
    [trouble] = counted([pull(1, "published", hours + 1), failed]).troubles

    assert trouble.needs_person == needs_person


def test_a_scope_needs_a_person_unless_the_plan_lacks_it():
    unread = {"a/b": "GitHub: GET /repos/a/b answered 404: Not Found", "priorities": "PagerDuty: GET /priorities answered 402"}
    found = counted([pull(1, "degraded", 0, degraded=unread, degraded_status={"a/b": 404, "priorities": 402})]).troubles

    assert {trouble.what.partition(":")[0]: trouble.needs_person for trouble in found} == {"a/b": True, "priorities": False}


def test_a_window_read_later_is_no_trouble_any_more():
    assert told(counted([pull(1, "failed", 3, detail=SAID), pull(2, "published", 0, length=6)])) == []


def test_a_held_pull_is_told_with_what_its_check_found_and_its_window_is_missing():
    held = pull(2, "held", 2, detail="pulls: at most 5% of the records are in quarantine: 30 of 40")
    found = counted([pull(1, "published", 4), held, pull(3, "published", 0, length=2)])

    [trouble] = found.troubles
    assert trouble.what == "a pull is held back: pulls: at most 5% of the records are in quarantine: 30 of 40"
    assert found.sources[0].state == "held"
    assert found.sources[0].not_covered == ((NOW - 4 * HOUR, NOW - 2 * HOUR),)


def test_a_scope_is_degraded_since_the_first_of_the_pulls_in_a_row_without_it():
    gone, back = {"a/b": "answered 404"}, {}
    pulls = [
        pull(number, "degraded" if scopes else "published", 5 - number, degraded=scopes) for number, scopes in enumerate((gone, back, gone, gone))
    ]

    [trouble] = counted([*pulls, pull(9, "published", 0, degraded=gone)]).troubles
    assert (trouble.what, trouble.since) == ("a/b: answered 404", NOW - 3 * HOUR)
    assert "--since 2026-06-10T08:00Z" in trouble.remedy, "from where the window of that pull begins"
    assert told(counted([*pulls, pull(9, "published", 0, degraded=back)])) == []


def test_equal_reasons_count_together_whatever_the_record_is_called():
    def row(number, hours_ago):
        at = NOW - hours_ago * HOUR
        return {
            "source": "code",
            "kind": "deploys",
            "native_id": f"d{number}",
            "reason": f"d{number}: no version: run `git fetch`",
            "quarantined_at": at,
            "last_seen_at": at,
        }

    found = counted(quarantine=[row(1, 5), row(2, 1)])
    [reason] = found.quarantine
    assert (reason.reason, reason.count) == ("no version: run `git fetch`", 2)
    assert (reason.since, reason.last_seen_at) == (NOW - 5 * HOUR, NOW - HOUR)
    assert "run <code>git fetch</code>" in html(found)


def test_an_example_is_shown_unless_it_may_name_a_person():
    at = {"quarantined_at": NOW, "last_seen_at": NOW}
    rows = [{"source": "code", "kind": kind, "native_id": f"{kind}/ana", "reason": "odd", **at} for kind in ("deploys", "shifts", "people")]
    found = counted(quarantine=rows)

    assert sorted(one.example for one in found.quarantine) == ["deploys/ana", "people/ana", "shifts/ana"]
    assert [f"{kind}/ana" in html(found) for kind in ("deploys", "shifts", "people")] == [True, False, False]


def test_the_budget_counts_the_tickets_of_seven_days_by_team():
    sent = [prompt("LO-1", "open", opened_at=NOW - HOUR), prompt("LO-2", "answered", opened_at=NOW - 8 * 24 * HOUR), prompt("LO-3", "withheld")]
    unowned = prompt("LO-4", "unknown", team=None, sent_at=NOW - HOUR / 12)

    found = counted(prompts=[*sent, unowned])
    assert [(one.whose, one.spent, one.allowed) for one in found.budgets] == [("everybody", 2, 15), ("cart", 1, 3), ("services nobody owns", 1, 3)]
    assert found.prompts == {"answered": 1, "open": 1, "unknown": 1, "withheld": 1}


def test_a_send_without_an_answer_settles_by_itself_for_a_day():
    def since(hours, state="unknown"):
        return [
            (one.where, one.needs_person) for one in counted([pull(1, "published", 0)], [prompt("LO-1", state, sent_at=NOW - hours * HOUR)]).troubles
        ]

    assert since(0.01) == since(1) == [("tracker tickets", False)]
    assert since(25) == [("tracker tickets", True)]
    assert since(0.01, "intent") == [], "it may be on its way at this moment"
    assert since(1, "intent") == [("tracker tickets", False)]


def test_a_ripe_ticket_that_nobody_opens_is_told_where_tickets_are_opened():
    ripe = [prompt("LO-1", "planned", opens_at=NOW - 25 * HOUR), prompt("LO-2", "planned", opens_at=NOW - 25 * HOUR, tracker="dry")]
    found = counted([pull(1, "published", 0)], ripe)

    assert [(one.where, one.what) for one in found.troubles] == [
        ("tracker tickets", "1 ticket waits although the working hours of cart (09:00 to 18:00, UTC) came and went")
    ]
    assert [one.code for one in found.waiting] == ["LO-1", "LO-2"]


@pytest.fixture
def hostile():
    at = {"quarantined_at": NOW, "last_seen_at": NOW}
    return counted(
        [
            pull(1, "degraded", 4, degraded={HOSTILE: HOSTILE}),
            pull(2, "failed", 1, detail=f"{HOSTILE}\n{HOSTILE}"),
            pull(3, "held", 2, detail=HOSTILE),
        ],
        [prompt("LO-1", "withheld", withheld_reason=HOSTILE), prompt("LO-2", "unknown", sent_at=NOW - 30 * HOUR, team=HOSTILE, tracker=HOSTILE)],
        [{"source": HOSTILE, "kind": HOSTILE, "native_id": None, "reason": HOSTILE, **at}],
    )


def test_words_from_outside_are_shown_and_never_obeyed(hostile):
    page = html(hostile)
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)

    assert {element.tag for element in tree.iter()} & {"script", "img", "iframe", "a"} == set()
    assert page.count("&lt;img src=x") >= 8
    assert "\u202e" not in page
    assert "default-src 'none'" in page


def test_the_page_has_no_word_we_do_not_write_and_equal_figures_give_equal_bytes(hostile):
    page = html(counted([pull(1, "failed", 1, detail=SAID)], [prompt("LO-1", "unknown", sent_at=NOW - 30 * HOUR)]))
    words = " ".join(html5lib.parse(page, namespaceHTMLElements=False).find("body").itertext())

    assert flaws(words, most_words=None) == []
    assert html(hostile) == html(hostile)


@pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here")
def test_a_browser_fetches_nothing_for_the_page_and_no_line_runs_out_of_a_phone(hostile, tmp_path):
    file = tmp_path / "health.html"
    file.write_text(html(hostile), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for width in (390, 1200):
            asked, said = [], []
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(file.as_uri())
            assert (asked, said) == ([file.as_uri()], [])
            assert page.evaluate("document.documentElement.scrollWidth") == width
        browser.close()
