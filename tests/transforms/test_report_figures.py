import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.transforms.report_week import AS_OF, ESTATE, WEEK, frames
from transforms.events import Events
from transforms.policy import Policy
from transforms.report import Week, figures, html, markdown
from transforms.report.rest import showable

POLICY = Policy()


@pytest.fixture(scope="module")
def tables():
    return frames()


@pytest.fixture(scope="module")
def report(tables):
    return counted(tables)


def counted(tables, **changes):
    return figures(Events(tables, ESTATE, POLICY), **({"week": WEEK, "as_of": AS_OF, "not_runnable": {}} | changes))


@pytest.fixture(scope="module")
def query(tables):
    """Counts by SQL over the same rows, as a warehouse would give them."""
    database = sqlite3.connect(":memory:")
    for name, frame in tables.items():
        plain = frame.drop(columns=[c for c in ("hits", "detectors", "schedules", "degraded") if c in frame])
        for column in plain.select_dtypes("datetimetz"):
            plain[column] = plain[column].dt.strftime("%Y-%m-%dT%H:%M:%S")
        plain.to_sql(name, database, index=False)
    span = {"start": f"{WEEK.start:%Y-%m-%dT%H:%M:%S}", "end": f"{WEEK.end:%Y-%m-%dT%H:%M:%S}"}
    yield lambda sql: database.execute(sql, span).fetchone()[0]
    database.close()


def test_the_bars_are_what_the_warehouse_counts(report, query):
    by_name = {tier.name: tier for tier in report.tiers}
    for name, table, at in (
        ("Commits", "commits", "committed_at"),
        ("Configuration changes", "config_changes", "applied_at"),
        ("Deploys", "deploys", "started_at"),
    ):
        of_the_week = f"from {table} where {at} >= :start and {at} < :end"
        assert by_name[name].count == query(f"select count(*) {of_the_week}") > 0
        assert by_name[name].by_bots == query(f"select count(*) {of_the_week} and is_bot") > 0
    assert by_name["Incidents below SEV2"].count + by_name["SEV2 or higher"].count == query(
        "select count(*) from incidents where kind = 'real' and declared_at >= :start and declared_at < :end"
    )


def test_pages_and_near_misses_share_a_bar_and_nothing_is_in_it_twice(report, query):
    pages = query("select count(*) from pages where triggered_at >= :start and triggered_at < :end")
    without = query(
        """select count(*) from near_misses n join near_miss_hits h on h.key = 'hit-' || n.key
           where n.started_at >= :start and n.started_at < :end and n.state <> 'set_aside' and h.trigger_source <> 'pagerduty'"""
    )
    tier = next(tier for tier in report.tiers if tier.name == "Pages and near misses")
    assert tier.count == pages + without
    assert tier.note == f"{pages} pages, {without} near misses without a page"


def test_the_top_counts_the_near_misses_and_incidents_of_the_week(report, query):
    noticed = query("select count(*) from near_misses where state <> 'set_aside' and started_at >= :start and started_at < :end") + query(
        "select count(*) from incidents where kind = 'real' and declared_at >= :start and declared_at < :end"
    )
    talked = query("select count(*) from near_misses where state in ('shared', 'answered') and started_at >= :start and started_at < :end")
    figure = report.opportunities
    assert (figure.noticed, figure.noticed_talked) == (noticed, talked)
    assert figure.noticed == figure.noticed_talked + of_the_week(report)


DAY = timedelta(days=1)


def missed(key, ended_at, **told):
    row = {"key": key, "service": "s", "team": "t", "started_at": ended_at - timedelta(hours=1), "ended_at": ended_at, "confidence": 0.9, "stakes": 3}
    return row | {"placement": "list", "state": "noticed", "hits": [], "detectors": ["NM-01"], "summary": "x", "incident_id": None} | told


def talk(subject, at, level="R2", **told):
    row = {"source": "prompts", "native_id": subject, "subject_kind": "near_miss", "subject_id": subject, "level": level, "held_at": at}
    return row | {"disposition": "known and fine", "learning": None, "state": None, "service": None, "url": None} | told


def top(misses, talks=(), **more):
    tables = {"near_misses": pd.DataFrame(misses), **more} | ({"reviews": pd.DataFrame(talks)} if talks else {})
    figure = counted(tables).opportunities
    return figure.noticed, figure.noticed_talked, figure.talked, figure.waiting, figure.waiting_longer, figure.let_go


@pytest.mark.parametrize(
    ("ended", "talked", "figures"),
    [
        (WEEK.start + DAY, None, (1, 0, 0, 1, 0, 0)),
        (WEEK.start + DAY, WEEK.start + 2 * DAY, (1, 1, 1, 0, 0, 0)),
        (WEEK.start + DAY, WEEK.end, (1, 1, 0, 0, 0, 0)),  # on the Monday after: of the next week
        (WEEK.start - DAY, None, (0, 0, 0, 1, 1, 0)),
        (WEEK.start - 60 * DAY, WEEK.start, (0, 0, 1, 0, 0, 0)),
        (WEEK.start - 30 * DAY, None, (0, 0, 0, 0, 0, 1)),  # its thirty days end as the week begins
        (WEEK.start - 30 * DAY, WEEK.start - DAY, (0, 0, 0, 0, 0, 0)),
        (WEEK.end - 30 * DAY, None, (0, 0, 0, 1, 1, 0)),
        (WEEK.start - 31 * DAY, None, (0, 0, 0, 0, 0, 0)),  # was let go the week before
    ],
)
def test_what_was_talked_about_waits_and_was_let_go_is_of_this_week_whenever_it_began(ended, talked, figures):
    assert top([missed("a", ended)], [talk("a", talked)] if talked else ()) == figures


@pytest.mark.parametrize(("severity", "figures"), [("SEV1", (0, 0, 0, 1, 1, 0)), ("SEV3", (0, 0, 0, 0, 0, 1))])
def test_an_incident_of_sev2_or_higher_is_never_let_go(severity, figures):
    at = WEEK.start - 29 * DAY
    incident = {"source": "desk", "native_id": "I-1", "service": "s", "declared_at": at, "resolved_at": at, "severity_max": severity}
    assert top([missed("a", WEEK.start - 99 * DAY)], incidents=pd.DataFrame([incident])) == figures


def test_an_answer_is_told_in_the_week_in_which_it_came_from_one_person_too():
    old = [missed("a", WEEK.start - 20 * DAY), missed("b", WEEK.start - 20 * DAY)]
    line = talk("a", WEEK.start + DAY, level="R1", learning="The pool is smaller than the page says.")
    prompts = pd.DataFrame([{"subject_key": key, "answered_at": at} for key, at in (("a", WEEK.start + DAY), ("b", WEEK.start - DAY))])
    report = counted({"near_misses": pd.DataFrame(old), "reviews": pd.DataFrame([line]), "prompts": prompts})

    assert [learning.line for learning in report.learnings] == ["The pool is smaller than the page says."]
    assert (report.answers, report.opportunities.talked) == (1, 1)


def test_the_funnel_of_every_week_is_what_the_warehouse_counts(report, query):
    assert [week.label for week in report.funnel] == [WEEK.before(n).label for n in range(12, -1, -1)]
    this = report.funnel[-1]
    joined = "from near_misses n left join prompts p on p.subject_key = n.key"
    of_the_week = f"{joined} where n.state <> 'set_aside' and n.started_at >= :start and n.started_at < :end"
    assert this.noticed == query(f"select count(*) {of_the_week}")
    assert this.invited == query(f"select count(*) {of_the_week} and p.opened_at is not null")
    assert this.talked == query(f"select count(*) {of_the_week} and n.review_level in ('R1', 'R2', 'R3')")


def test_a_median_needs_weeks_the_source_already_covered(tables):
    young = tables["pulls"][(tables["pulls"]["source"] != "github") | (tables["pulls"]["window_start"] >= WEEK.before(3).start - timedelta(days=1))]
    by_name = {tier.name: tier for tier in counted(tables | {"pulls": young}).tiers}
    weekly = sorted(
        int(((tables["commits"]["committed_at"] >= WEEK.before(n).start) & (tables["commits"]["committed_at"] < WEEK.before(n).end)).sum())
        for n in (1, 2, 3)
    )
    assert by_name["Commits"].median == weekly[1]
    newborn = young[(young["source"] != "github") | (young["window_start"] >= WEEK.start)]
    assert next(tier for tier in counted(tables | {"pulls": newborn}).tiers if tier.name == "Commits").median is None


def test_a_grade_no_incident_ever_had_has_a_median_of_none_happened(tables):
    severe = tables["incidents"].assign(severity_max="SEV1")
    below, _ = counted(tables | {"incidents": severe}).tiers[-2:]
    assert (below.count, below.median, below.standing) == (0, 0.0, "complete")
    assert counted(tables | {"incidents": severe.iloc[:0]}).tiers[-2].median is None


def test_an_incident_whose_severity_nothing_maps_counts_below_sev2_and_is_told(tables):
    incidents = tables["incidents"].assign(severity_max="Very bad", severity_final=None, severity_initial="Bad")
    report = counted(tables | {"incidents": incidents})
    assert [tier.count for tier in report.tiers[-2:]] == [sum(tier.count for tier in counted(tables).tiers[-2:]), 0]
    assert report.certainty.unplaced_incidents > 0


def test_a_commit_counts_as_talked_about_only_through_the_near_miss_it_belongs_to():
    at = WEEK.start + timedelta(hours=5)
    commits = pd.DataFrame({"source": "git", "native_id": ["a", "b"], "service": "search", "committed_at": at, "is_bot": False})
    hit = {
        "key": "h",
        "detector": "NM-02",
        "family": "change",
        "trigger_source": "git",
        "trigger_id": "a",
        "recovery_source": "git",
        "recovery_id": "c",
    }
    miss = {
        "key": "n",
        "service": "search",
        "started_at": at,
        "ended_at": at,
        "confidence": 0.7,
        "stakes": 1,
        "placement": "prompt",
        "state": "shared",
        "hits": ["h"],
    }
    tables = {"commits": commits, "near_misses": pd.DataFrame([miss]), "near_miss_hits": pd.DataFrame([hit])}
    assert counted(tables).tiers[0].talked == 1
    open_still = pd.DataFrame([miss | {"state": "invited"}])
    assert counted(tables | {"near_misses": open_still}).tiers[0].talked == 0
    reviewed = pd.DataFrame([{"subject_kind": "near_miss", "subject_id": "n", "level": "R1", "disposition": "planned"}])
    assert counted(tables | {"near_misses": open_still, "reviews": reviewed}).tiers[0].talked == 1


def test_what_was_withdrawn_is_not_counted(tables):
    gone = tables["near_misses"].assign(withdrawn_at=AS_OF)
    assert counted(tables | {"near_misses": gone}).funnel[-1].noticed == 0


def test_the_gap_counts_each_event_in_the_one_week_its_time_ends():
    ended_at = WEEK.start - timedelta(days=6)
    incident = {
        "source": "p",
        "native_id": "i",
        "kind": "real",
        "severity_max": "SEV1",
        "declared_at": ended_at - timedelta(hours=2),
        "resolved_at": ended_at,
    }
    review = {"subject_kind": "incident", "subject_id": "i", "level": "R2"}
    tables = {"incidents": pd.DataFrame([incident]), "reviews": pd.DataFrame([review])}
    gaps = {n: counted(tables, week=WEEK.before(n)).gap for n in (-1, 0, 1)}
    assert {n: (gap.still_open, gap.ended) for n, gap in gaps.items()} == {-1: (0, 0), 0: (1, 1), 1: (0, 0)}
    held = pd.DataFrame([review | {"level": "R3"}])
    assert counted(tables | {"reviews": held}).gap.still_open == 0


def test_candidates_are_five_at_the_utmost_one_a_team_and_of_different_kinds(tables):
    assert len({c.team for c in counted(tables).candidates}) == len(counted(tables).candidates) <= 5
    at = WEEK.start + timedelta(hours=1)
    misses = [
        {"key": f"{n}", "service": f"s{n}", "team": f"t{n}", "started_at": at, "ended_at": at, "confidence": 0.9 - n / 100, "stakes": 3}
        | {"placement": "prompt", "state": "noticed", "hits": [], "detectors": ["NM-01" if n < 6 else "NM-15"], "summary": "x"}
        for n in range(8)
    ]
    report = counted({"near_misses": pd.DataFrame(misses)})
    assert [c.service for c in report.candidates] == ["s0", "s6", "s1", "s2", "s3"]
    assert [(tally.what, tally.count) for tally in report.not_shown] == [("waiting for a place in this list", 3)]


def test_every_near_miss_that_is_not_asked_about_is_counted_with_the_reason():
    at = WEEK.start + timedelta(hours=1)
    kinds = {"shown": ("prompt", "invited"), "spent": ("prompt", "noticed"), "old": ("list", "let_go"), "asked": ("prompt", "invited")}
    misses = [
        {"key": key, "service": "s", "team": "t", "started_at": at, "ended_at": at, "confidence": 0.9, "stakes": 4 if key == "shown" else 3}
        | {"placement": placement, "state": state, "hits": [], "detectors": ["NM-01"], "summary": "x"}
        for key, (placement, state) in ({"vague": ("list", "noticed"), "talking": ("prompt", "talking")} | kinds).items()
    ]
    prompts = [
        {"subject_key": "spent", "withheld_reason": "t has its 2 prompts of this week; listed in the report", "opened_at": None},
        {"subject_key": "asked", "withheld_reason": None, "opened_at": AS_OF},
    ]
    report = counted({"near_misses": pd.DataFrame(misses), "prompts": pd.DataFrame(prompts)})
    assert len(report.candidates) == 1
    assert {tally.what: tally.count for tally in report.not_shown} == {
        "in a ticket already": 1,
        "being talked about now": 1,
        "let go, too long ago to ask": 1,
        "not certain enough to ask": 1,
        "t has its 2 prompts of this week": 1,
    }


def of_the_week(report):
    """Those of the week that wait."""
    return report.opportunities.waiting - report.opportunities.waiting_longer


@pytest.mark.parametrize("state", ["noticed", "invited", "talking", "closed_unrecorded"])
@pytest.mark.parametrize("placement", ["prompt", "list", "count"])
def test_all_that_waits_by_the_first_sentence_is_told_below_it(tables, placement, state):
    misses = tables["near_misses"].assign(placement=placement, state=state, review_level="R0")
    report = counted(tables | {"near_misses": misses, "reviews": tables["reviews"].iloc[:0]})
    told = len(report.candidates) + sum(tally.count for tally in report.not_shown) + len(report.incidents)
    assert of_the_week(report) == told > len(report.incidents) > 0
    named = misses.assign(incident_id=tables["incidents"]["native_id"].iloc[0], started_at=tables["incidents"]["declared_at"].iloc[0]).iloc[:1]
    report = counted(tables | {"near_misses": named, "reviews": tables["reviews"].iloc[:0]})
    told = len(report.candidates) + sum(tally.count for tally in report.not_shown) + len(report.incidents)
    assert of_the_week(report) == told


def test_a_candidate_links_to_its_ticket_or_else_to_what_was_seen(tables):
    report = counted(tables)
    assert any(c.is_ticket and c.url.startswith("https://tracker.example/") for c in report.candidates)
    seen = counted(tables | {"prompts": tables["prompts"].iloc[:0]}).candidates
    assert all(not c.is_ticket and c.url and "tracker" not in c.url for c in seen)


def test_what_no_link_leads_to_is_named_as_its_source_names_it_and_said_once():
    at, sha = WEEK.start + timedelta(hours=5), "9cd5798cbb4d7f0e1a2b3c4d5e6f708192a3b4c5"
    hit = {"key": "h", "detector": "NM-02", "family": "change", "trigger_source": "code", "trigger_id": f"infra@{sha}"}
    hit |= {"recovery_source": "code", "recovery_id": "infra@b", "started_at": at, "ended_at": at + timedelta(minutes=45)}
    hit |= {"evidence": {"undone": sha}}
    woken = hit | {"key": "i", "detector": "NM-15", "evidence": {"times": 4}, "trigger_id": "P1", "recovery_id": "P1"}
    miss = {"key": "n", "service": "infra", "team": "t", "started_at": at, "ended_at": at, "confidence": 0.7, "stakes": 1, "placement": "prompt"}
    miss |= {"state": "noticed", "hits": ["h", "i"], "detectors": ["NM-02", "NM-15"], "summary": f"commit {sha[:12]} was undone after 45 minutes"}
    commit = {"source": "code", "native_id": f"infra@{sha}", "url": None, "committed_at": at}
    tables = {"near_misses": pd.DataFrame([miss]), "near_miss_hits": pd.DataFrame([hit, woken]), "commits": pd.DataFrame([commit])}

    report = counted(tables)
    [one] = report.candidates
    assert (one.url, one.recorded_as) == (None, f"infra@{sha[:12]} in code")
    assert one.why == ("An alert came and went several times.",), "the summary says already that a commit was undone"
    for text in (markdown(report).replace("\u2060", ""), html(report)):
        assert f"commit {sha[:12]} was undone after 45 minutes" in text
        assert f"Recorded as infra@{sha[:12]} in code." in text
    linked = counted(tables | {"commits": pd.DataFrame([commit | {"url": "https://git.example/c"}])}).candidates[0]
    assert (linked.url, linked.recorded_as) == ("https://git.example/c", "")


def test_a_file_is_no_link_to_a_ticket(tables):
    filed = tables["prompts"].assign(url="file:///srv/prompts/1.md")
    assert all(not c.is_ticket and not c.url.startswith("file:") for c in counted(tables | {"prompts": filed}).candidates)


def test_a_line_its_team_has_not_shared_is_not_quoted(tables):
    assert counted(tables).learnings
    held = tables["reviews"].assign(state="held")
    assert not counted(tables | {"reviews": held}).learnings


def test_a_line_says_the_service_of_what_it_is_about(tables):
    near = tables["reviews"].assign(service=None)
    assert {learning.service for learning in counted(tables | {"reviews": near}).learnings} <= set(ESTATE.services)
    deploy = tables["deploys"].iloc[0]
    about = near.iloc[:1].assign(subject_kind="deploy", subject_id=deploy["native_id"], held_at=WEEK.start)
    assert [learning.service for learning in counted(tables | {"reviews": about}).learnings] == [deploy["service"]]
    gone = about.assign(subject_id="unheard of")
    assert [learning.service for learning in counted(tables | {"reviews": gone}).learnings] == ["no service named"]


def test_the_same_reason_of_many_records_is_told_once(tables):
    reasons = tables["quarantine"].assign(native_id=[f"file {n}" for n in range(6)], reason=[f"file {n}: not YAML" for n in range(6)])
    assert [(tally.what, tally.count) for tally in counted(tables | {"quarantine": reasons}).certainty.quarantine] == [("argo, deploys: not YAML", 6)]


def test_a_rotation_of_four_is_only_a_number(report):
    assert [rotation.name for rotation in report.rest.rotations] == ["discovery-primary", "payments-primary"]
    assert report.rest.too_small == 1
    assert "edge-tiny" not in repr(report.rest)
    assert "person" not in repr(report)


def test_a_small_group_cannot_be_worked_out_by_subtraction():
    five = frozenset("abcde")
    assert showable({"all": five | {"f"}, "five": five}, 5) == ["all"]
    assert showable({"all": five | set("fghij"), "five": five}, 5) == ["all", "five"]
    assert showable({"one": five, "same": five, "four": frozenset("wxyz")}, 5) == ["one", "same"]


def test_two_identities_of_one_person_do_not_make_a_group_large_enough(tables):
    estate = replace(ESTATE, identities={"discovery-primary-person-4": "discovery-primary-person-3"})
    report = figures(Events(tables, estate, POLICY), week=WEEK, as_of=AS_OF, not_runnable={})
    assert [rotation.name for rotation in report.rest.rotations] == ["payments-primary"]


def test_on_call_figures_are_those_of_the_stretches_that_touch_the_week(report, tables):
    rows = tables["stretches"]
    rows = rows[(rows["starts_at"] < WEEK.end) & (rows["ends_at"] > WEEK.start) & rows["schedules"].map(lambda names: "payments-primary" in names)]
    shown = report.rest.rotations[1]
    assert (shown.stretches, shown.long, shown.nights) == (
        len(rows),
        int((rows["level"] == "long").sum()),
        int(rows["sleep_interruption_nights"].sum()),
    )
    assert shown.ahead == 4
    assert shown.is_structural


def test_every_source_that_misses_a_part_of_the_week_is_named_with_how_much(report):
    states = {source.name: source for source in report.certainty.sources}
    assert (states["argo"].state, states["argo"].gap_hours) == ("stale", 48)
    assert (states["config"].state, states["config"].gaps, states["config"].gap_hours) == ("fresh", 1, 24)
    assert (states["statuspage"].state, states["statuspage"].age_hours) == ("missing", None)
    assert report.certainty.incomplete == ("argo", "config", "statuspage")
    assert {tier.name: tier.standing for tier in report.tiers}["Deploys"] == "partial"
    assert {tier.name: tier.standing for tier in report.tiers}["Commits"] == "complete"


def test_a_gap_that_was_pulled_again_is_no_gap(tables):
    again = pd.DataFrame([{"source": "statuspage", "window_start": WEEK.start, "window_end": WEEK.end, "status": "published", "degraded": {}}])
    report = counted(tables | {"pulls": pd.concat([tables["pulls"], again])})
    assert "statuspage" not in report.certainty.incomplete
    assert not any(name == "statuspage" for name, _ in report.certainty.degraded)


def test_of_a_window_that_could_not_be_read_the_report_says_what_was_said_and_not_what_to_do(tables):
    told = {"status": "failed", "source": "statuspage", "detail": "answered 401", "remedy": "set the connection anew"}
    again = pd.DataFrame([{**told, "window_start": WEEK.start, "window_end": WEEK.end, "degraded": {}}])
    report = counted(tables | {"pulls": pd.concat([tables["pulls"], again])})
    assert ("statuspage", "answered 401") in report.certainty.degraded


def test_quarantine_unmapped_services_and_degraded_scopes_are_counted(report, tables):
    sure = report.certainty
    assert [(tally.what, tally.count) for tally in sure.quarantine] == [
        ("argo, deploys: started_at is no instant", 4),
        ("argo, deploys: has no id", 2),
    ]
    named = ("commits", "committed_at"), ("config_changes", "applied_at"), ("deploys", "started_at"), ("pages", "triggered_at")
    orphans = [
        row
        for name, at in named
        for row in tables[name].to_dict("records")
        if WEEK.start <= row[at] < WEEK.end and row["service"].startswith("orphan")
    ]
    assert (sure.unmapped_events, sure.unmapped_services) == (len(orphans), len({row["service"] for row in orphans}))
    assert ("github", "acme/legacy-billing: 403, the app is not installed there") in sure.degraded


def pulls_of_code(*lines):
    window = {"source": "code", "window_start": WEEK.start, "window_end": WEEK.end}
    return pd.DataFrame([{"id": number, "degraded": {}, "detail": None, **window, **line} for number, line in enumerate(lines, 1)])


@pytest.mark.parametrize(("again", "told"), [({}, ()), ({"cart": "still gone"}, (("code", "cart: gone"), ("code", "cart: still gone")))])
def test_a_scope_that_was_read_since_is_not_told_as_unread(again, told):
    pulls = pulls_of_code({"status": "degraded", "degraded": {"cart": "gone"}}, {"status": "published", "degraded": again})
    assert counted({"pulls": pulls}).certainty.degraded == told


def test_what_held_a_pull_is_told_until_its_time_was_read():
    checks = pd.DataFrame([{"pull_id": 1, "table": "pulls", "expectation": "few are set aside", "severity": "critical", "detail": "31 of 31"}])
    held, read = {"status": "held"}, {"status": "published"}
    assert len(counted({"pulls": pulls_of_code(held), "checks": checks}).certainty.checks) == 1
    assert counted({"pulls": pulls_of_code(held, read), "checks": checks}).certainty.checks == ()


def test_received_is_loaded_and_unchanged_and_quarantined(report):
    accounts = report.certainty.accounts
    assert accounts["received"] == accounts["loaded"] + accounts["unchanged"] + accounts["quarantined"] > 0


def test_checks_that_did_not_hold_are_named_with_their_source(tables):
    pulls = tables["pulls"].assign(id=range(len(tables["pulls"])))
    pull = pulls[(pulls["source"] == "config") & (pulls["window_start"] >= WEEK.start)].iloc[0]
    checks = pd.DataFrame(
        [{"pull_id": pull["id"], "table": "pulls", "expectation": "as many come as usual", "severity": "warning", "detail": "3, usually 60"}]
    )
    assert counted(tables | {"pulls": pulls, "checks": checks}).certainty.checks == (
        ("config", "pulls: we expect that as many come as usual; 3, usually 60"),
    )


def test_records_that_came_after_the_close_make_a_revision(tables):
    assert counted(tables).certainty.arrived_late == 0
    late = tables["deploys"].assign(first_seen_at=WEEK.closes_at + timedelta(days=1))
    assert counted(tables | {"deploys": late}).certainty.arrived_late == counted(tables).tiers[2].count


def test_what_a_source_first_read_after_the_close_brings_is_no_revision(tables):
    late = tables["deploys"].assign(first_seen_at=WEEK.closes_at + timedelta(days=1))
    first_install = tables["pulls"].assign(finished_at=WEEK.closes_at + timedelta(days=1))
    assert counted(tables | {"deploys": late, "pulls": first_install}).certainty.arrived_late == 0


def test_answers_to_tickets_are_no_source_that_could_miss_a_part_of_the_week(tables):
    assert "prompts" in set(tables["pulls"]["source"]) & set(tables["reviews"]["source"])
    assert "prompts" not in {source.name for source in counted(tables).certainty.sources}


def test_the_order_of_rows_changes_nothing(tables, report):
    shuffled = {name: frame.sample(frac=1, random_state=7).reset_index(drop=True) for name, frame in tables.items()}
    assert counted(shuffled) == report


def test_no_table_at_all_is_a_report(tables):
    report = counted({})
    assert {tier.standing for tier in report.tiers} == {"unknown"}
    empty = {name: frame.iloc[:0] for name, frame in tables.items()}
    assert counted(empty) == report


def test_one_record_is_a_report():
    page = {"source": "p", "native_id": "1", "service": "search", "triggered_at": WEEK.start}
    tiers = counted({"pages": pd.DataFrame([page])}).tiers
    assert [tier.count for tier in tiers] == [0, 0, 0, 1, 0, 0]
    assert tiers[3].note == "1 page, 0 near misses without a page"
    next_week = pd.DataFrame([page | {"triggered_at": WEEK.end}])
    assert {tier.count for tier in counted({"pages": next_week}).tiers} == {0}


def test_what_people_talk_about_already_needs_no_invitation(tables):
    talking = tables["near_misses"].assign(state="talking", review_level="R0")
    report = counted(tables | {"near_misses": talking, "reviews": tables["reviews"].iloc[:0]})
    assert (report.candidates, [tally.what for tally in report.not_shown]) == ((), ["being talked about now"])
    assert of_the_week(report) == report.opportunities.noticed


def test_a_week_with_a_clock_change_has_an_hour_less_or_more_and_seven_days():
    hours = {label: Week.parse(label, "Europe/London").hours for label in ("2026-W13", "2026-W43", "2026-W46")}
    assert hours == {"2026-W13": 167, "2026-W43": 169, "2026-W46": 168}
    week = Week.parse("2026-W43", "Europe/London")
    assert (week.end.date() - week.start.date()).days == 7 + 1  # from Sunday 23:00 UTC to Monday 00:00 UTC
    assert Week.of(week.end, "Europe/London") == week.before(-1)
    assert Week.of(week.end - timedelta(microseconds=1), "Europe/London") == week


def test_a_week_closes_on_tuesday_morning():
    close = datetime(2026, 11, 17, 6, tzinfo=UTC)
    assert str(Week.closed_by(close, "Europe/London")) == "2026-W46"
    assert str(Week.closed_by(close - timedelta(seconds=1), "Europe/London")) == "2026-W45"


@pytest.mark.parametrize("label", ["2026-46", "2026-W54", "46", "2025-W53", "2026-W00"])
def test_what_is_no_week_is_refused(label):
    with pytest.raises(ValueError, match=r"."):
        Week.parse(label)
