"""The `files` source: what a folder of JSON lines and CSV gives, and what is said about what it cannot give."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from connectors.errors import Garbled, Refused
from connectors.files import pull
from connectors.registry import sources
from pipeline import examples
from signals.pulled import Outside, Unfit
from signals.records import RECORDS, Commit, Deploy, Page, Person, Review, Shift
from signals.windows import Window

WEEK = Window(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
AT = "2026-11-18T09:30:00+01:00"
DEPLOY = {"native_id": "d1", "service": "shop", "environment": "production", "version": "1.2", "started_at": AT}


@pytest.fixture
def read(tmp_path):
    """Write files into a folder and pull it."""

    def pulled(options=None, /, **files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(pull(None, WEEK, path=str(tmp_path), **(options or {})))

    return pulled


def test_a_json_line_becomes_a_record_with_utc_instants(read):
    assert read(deploys__jsonl=json.dumps(DEPLOY)) == [
        Deploy(native_id="d1", scope="shop", environment="production", version="1.2", started_at=datetime(2026, 11, 18, 8, 30, tzinfo=UTC))
    ]


def test_a_commit_is_named_for_its_repository_and_sha_and_its_lists_are_read_from_csv(read):
    [commit] = read(commits__csv=f"repo,sha,author,committed_at,is_bot,paths\nshop,abc,,{AT},yes,a.py;b c.py\n")
    assert commit == Commit(
        native_id="shop@abc",
        scope="shop",
        repo="shop",
        sha="abc",
        author=None,
        committed_at=datetime(2026, 11, 18, 8, 30, tzinfo=UTC),
        is_bot=True,
        paths=("a.py", "b c.py"),
    )


@pytest.mark.parametrize(("cell", "names"), [("a b", ("a", "b")), ('"a, b"', ("a", "b")), ('"[""a"", ""b;c""]"', ("a", "b;c")), ("", ())])
def test_a_list_is_written_in_four_ways(read, cell, names):
    [page] = read(pages__csv=f"native_id,title,triggered_at,engaged\np1,Disk full,{AT},{cell}\n")
    assert page.engaged == names


def test_every_table_can_be_read_from_what_its_dataclass_asks_for(read):
    full = {"native_id": "1", "scope": "s", "repo": "r", "sha": "f", "number": 7, "title": "t", "system": "x", "target": "k", "environment": "p"}
    full |= {"person": "u", "schedule": "q", "subject_kind": "page", "subject_id": "p", "level": "R1", "author": "a", "version": "2"}
    full |= dict.fromkeys(("committed_at", "opened_at", "applied_at", "started_at", "triggered_at", "sent_at", "declared_at", "starts_at"), AT)
    full |= {"ends_at": "2026-11-19T09:30:00+01:00", "is_bot": False}
    records = read(**{f"{kind}__jsonl": json.dumps(full | ({"level": 1} if kind == "shifts" else {})) for kind in RECORDS})
    assert {type(record) for record in records} == set(RECORDS.values())


def test_several_files_of_a_kind_and_packed_ones_are_read(read):
    lines = [json.dumps(DEPLOY | {"native_id": str(n)}) for n in range(3)]
    records = read(deploys__jsonl=lines[0], **{"deploys-2025__jsonl": lines[1], "deploys_old__jsonl__gz": gzip.compress(lines[2].encode())})
    assert {record.native_id for record in records} == {"0", "1", "2"}


def test_only_what_happened_in_the_window_is_taken(read):
    starts = ["2026-11-15T23:59:59Z", "2026-11-16T00:00:00Z", "2026-11-22T23:59:59Z", "2026-11-23T00:00:00Z"]
    *records, outside = read(deploys__jsonl="\n".join(json.dumps(DEPLOY | {"native_id": at, "started_at": at}) for at in starts))
    assert [record.native_id for record in records] == starts[1:3]
    assert outside == Outside("deploys", earlier=1, later=1, last_at=WEEK.end, where="deploys.jsonl line 4")


def test_shifts_overlap_the_window_or_lie_in_the_four_weeks_after_it(read):
    rows = ["before,2026-11-09T09:00Z,2026-11-16T00:00Z", "into,2026-11-09T09:00Z,2026-11-16T09:00Z", "ahead,2026-12-20T09:00Z,2026-12-27T09:00Z"]
    rows += ["beyond,2026-12-21T00:00Z,2026-12-28T00:00Z"]
    text = "native_id,starts_at,ends_at,person,schedule\n" + "".join(f"{row},ada,first line\n" for row in rows)
    assert [shift.native_id for shift in read(shifts__csv=text) if isinstance(shift, Shift)] == ["into", "ahead"]


def test_people_belong_to_every_window_and_reviews_to_the_day_they_were_held(read):
    review = {"native_id": "r1", "subject_kind": "page", "subject_id": "p1", "level": "R2"}
    old = review | {"native_id": "r0", "held_at": "2026-01-05T10:00:00Z"}
    *records, outside = read(people__jsonl='{"native_id": "ada", "zone": "Europe/London"}', reviews__jsonl=f"{json.dumps(review)}\n{json.dumps(old)}")
    assert records == [Person(native_id="ada", zone="Europe/London"), Review(**review)]
    assert outside == Outside("reviews", earlier=1, later=0)


def test_columns_nobody_knows_are_kept_raw_and_those_the_warehouse_adds_are_not(read):
    [deploy] = read(deploys__jsonl=json.dumps(DEPLOY | {"cost_centre": "4711", "source": "old", "first_seen_at": AT}))
    assert deploy.raw == {"cost_centre": "4711"}


def test_an_empty_cell_means_the_default(read):
    [page] = read(pages__csv=f"native_id,title,triggered_at,escalations,teams,urgency,has_note\np1,Disk full,{AT},,,,\n")
    assert page == Page(native_id="p1", title="Disk full", triggered_at=datetime(2026, 11, 18, 8, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"started_at": "2026-11-18T09:30:00"}, "started_at is '2026-11-18T09:30:00'; it has no zone: write one behind it, or set `timezone`"),
        ({"started_at": 46344.39}, "started_at is 46344.39; a number, and not seconds or milliseconds since 1970"),
        ({"started_at": True}, "started_at is True; write an instant with its zone"),
        ({"started_at": "9999-12-31T23:59:59-14:00"}, "started_at is '9999-12-31T23:59:59-14:00'"),
        ({"started_at": "٢٠٢٦-11-18T09:30:00Z"}, "started_at is"),
        ({"native_id": ""}, "native_id is missing; write text"),
        ({"environment": None}, "environment is missing; write text"),
        ({"version": 1.10}, "version is 1.1; write text"),
        ({"version": ["1"]}, "version is ['1']; write text"),
        ({"is_bot": "perhaps"}, "is_bot is 'perhaps'; write true or false"),
        ({"title": "half a pair \ud800"}, "not UTF-8 text"),
        ({"title": "NUL \0"}, "a NUL character"),
        ({"version": float("nan")}, "NaN is no number of JSON"),
    ],
)
def test_a_line_that_cannot_be_read_says_where_and_what_to_write(read, changed, reason):
    good, bad, last = json.dumps(DEPLOY), json.dumps(DEPLOY | changed), json.dumps(DEPLOY | {"native_id": "d3"})
    first, unfit, third = read(deploys__jsonl=f"{good}\n{bad}\n{last}\n")
    assert isinstance(unfit, Unfit)
    assert unfit.reason.startswith("deploys.jsonl line 2: ")
    assert reason in unfit.reason
    assert (first.native_id, third.native_id) == ("d1", "d3")


@pytest.mark.parametrize("missing", ["repo", "sha"])
def test_a_commit_without_repository_or_sha_has_no_identity(read, missing):
    commit = {"repo": "shop", "sha": "abc", "author": None, "committed_at": AT}
    [unfit] = read(commits__jsonl=json.dumps({name: value for name, value in commit.items() if name != missing}))
    assert unfit.reason == f"commits.jsonl line 1: {missing} is missing; write text"


def test_a_file_with_names_of_its_own_is_told_the_line_that_translates_all_of_them(read):
    [unfit] = read(incidents__csv="Incident ID;Begin;Short text;service\nINC-1;17.11.2026 11:05;Basket empty;shop\n")
    assert unfit.reason == (
        "incidents.csv line 2: there is no native_id, title, declared_at, but 'Incident ID', 'Begin', 'Short text': if these are the same, "
        'write columns = {native_id = "…", title = "…", declared_at = "…"} with their names under this source'
    )


def test_of_many_columns_nobody_knows_a_dozen_are_named_and_each_in_short(read):
    [unfit] = read(deploys__jsonl=json.dumps({f"{number} {'x' * 50}": "1" for number in range(20)}))
    assert ("'11 " in unfit.reason, "'12 " in unfit.reason, "x" * 41 in unfit.reason, " and 8 more" in unfit.reason) == (True, False, False, True)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"native_id": "d2", ', "not JSON"),
        (b"[1, 2]", "[1, 2] is no object; write one object a line"),
        (b"null", "null is no object"),
        (b'{"native_id": "d2", "native_id": "d3"}', "a field is there twice"),
        ('{"native_id": "Übung"}'.encode("latin-1"), "not UTF-8"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"number": ' + b"9" * 5000 + b"}", "a number of 5000 digits"),
        (b'{"title": "' + b"x" * 3_000_000 + b'"}', "longer than 1000000 bytes"),
    ],
)
def test_a_hostile_line_costs_that_line_only(read, line, reason):
    unfit, good = read(deploys__jsonl=line + b"\n\n" + json.dumps(DEPLOY).encode())
    assert reason in unfit.reason
    assert good.native_id == "d1"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"d2,production,1.0", "3 cells where the first line names 4 columns"),
        (f"d2,production,1.0,{AT},x".encode(), "5 cells where"),
        (f"d2,Wartung f\xfcr,1.0,{AT}".encode("latin-1"), "not UTF-8"),
        (f'd2,"produc"tion,1.0,{AT}'.encode(), "check the quotes"),
        (f"d2,prod\0uction,1.0,{AT}".encode(), "a NUL character"),
        (f"d2,production,1.0,{AT}".encode() + b"," * 2_000_000, "longer than 1000000 bytes"),
        (f"d2,{'x' * 200_000},1.0,{AT}".encode(), "field larger than field limit"),
    ],
)
def test_a_bad_row_of_csv_costs_that_row_only(read, row, reason):
    unfit, good = read(deploys__csv=b"native_id,environment,version,started_at\n" + row + f"\nd1,production,1.2,{AT}\n".encode())
    assert reason in unfit.reason
    assert unfit.reason.startswith("deploys.csv line 2: ")
    assert good.native_id == "d1"


def test_a_quote_that_never_closes_is_reported_with_the_line_it_opened_on(read):
    rows = read(deploys__csv=f'native_id,environment,version,started_at\nd1,production,1.2,{AT}\nd2,"production,1.2,{AT}\nd3,production,1.2,{AT}\n')
    assert [row.native_id for row in rows if isinstance(row, Deploy)] == ["d1"]
    assert rows[1].reason.startswith("deploys.csv line 3: ")


def test_a_cell_may_hold_commas_quotes_and_line_ends_and_the_file_a_byte_order_mark(read):
    [deploy] = read(deploys__csv=f'\ufeffnative_id,environment,version,started_at,title\r\nd1,production,1,{AT},"a ""b"",\r\nc"\r\n')
    assert deploy.title == 'a "b",\r\nc'


def test_a_cut_archive_is_an_error_that_names_the_file(read):
    whole = gzip.compress("\n".join(json.dumps(DEPLOY | {"native_id": str(n)}) for n in range(5000)).encode())
    with pytest.raises(Garbled, match=r"deploys\.jsonl\.gz: the archive is cut or damaged after line \d{3,4} "):
        read(deploys__jsonl__gz=whole[:-200])


def test_a_file_named_for_no_table_is_reported_and_a_hidden_one_is_not(read):
    [unfit] = read(deployments__csv="native_id\n", __DS_Store="x")
    assert (unfit.kind, unfit.native_id) == ("files", "deployments.csv")
    assert "commits" in unfit.reason


def test_a_missing_folder_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(Refused, match="set `path` of this source"):
        list(pull(None, WEEK, path=str(tmp_path / "nowhere")))


def test_a_csv_that_names_a_column_twice_is_refused(read):
    with pytest.raises(Refused, match=r"deploys\.csv line 1: the first line must name each column once; native_id is there twice"):
        read(deploys__csv="native_id,native_id\n")


def test_a_second_pull_gives_the_same(read):
    text = "\n".join(json.dumps(DEPLOY | {"native_id": str(n)}) for n in range(20))
    assert read(deploys__jsonl=text) == read(deploys__jsonl=text)


HEADER = "native_id,environment,version,started_at"
MORNING = datetime(2026, 11, 18, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-18 08:30:00 UTC",
        "2026-11-18 08:30 GMT",
        "2026-11-18T08:30:00+0000",
        "2026-11-18 09:30+01",
        "2026-11-18 09:30:00 +0100",
        '"2026-11-18T09:30:00,000+01:00"',
        "20261118T083000Z",
        "2026/11/18 8:30Z",
        "2026-11-18  08:30:00  UTC",
        "18.11.2026 09:30 Europe/Berlin",
        "2026-11-18T09:30:00+01:00[Europe/Berlin]",
        "2026-11-18 03:30:00 America/New_York",
        "18/11/2026 08:30 UTC",
        '"Wed, 18 Nov 2026 08:30:00 +0000"',
        "Wed Nov 18 09:30:00 2026 +0100",
        "Wed Nov 18 08:30:00 UTC 2026",
        "Wed Nov 18 2026 09:30:00 GMT+0100 (Central European Standard Time)",
        '"November 18th, 2026, 8:30 am UTC"',
        "18-Nov-2026 08:30 UTC",
        "2026-11-18 08:30:00 +0000 UTC",
        "2026-11-18 09:30:00.0 +0100 CET m=+0.012",
        "2026-11-18t08:30:00z",
        "2026-11-18 08:30 (UTC)",
        '"08:30, 18 November 2026 (UTC)"',
        "18. November 2026 09:30 (GMT+1)",
        '"Nov 18, 2026 @ 08:30:00.000 UTC"',
        "2026-11-18 at 8:30\u202fAM UTC",
        "2026-11-18\u00a009:30:00+01:00",
        "2026-11-18T03:30:00\u221205:00",
        "18/Nov/2026:09:30:00 +0100",
        str(int(MORNING.timestamp())),
        str(int(MORNING.timestamp()) * 1000),
    ],
)
def test_a_time_is_read_in_the_forms_people_and_their_tools_write(read, written):
    [deploy] = read(deploys__csv=f"{HEADER}\nd1,production,1.2,{written}\n")
    assert deploy.started_at == MORNING


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("11/10/2026 08:30 UTC", "11/10/2026 may mean two days: write the year first"),
        ("18/11/26 08:30 UTC", "may mean two days"),
        ("31/31/2026", "there is no such day"),
        ("2026-02-30", "there is no such day"),
        ("05-01-2026 00:37 UTC", "05-01-2026 may mean two days"),
        ("2026-11-18 08:30 CET", "'CET' is no zone that means one thing: write an offset such as +01:00"),
        ("2026-11-18 08:30 IST", "'IST' is no zone"),
        ("2026-11-18 08:30 (EST)", "'EST' is no zone"),
        ("2026-11-18", "a day without a time of day"),
        ("2026-11-18 25:30 UTC", "there is no such time of day"),
        ("2026-02-30 08:30 UTC", "there is no such day"),
        ("last week", "no time that can be read"),
        ("18 marraskuuta 2026 08:30 UTC", "no time that can be read"),
        ("202611180830", "a number, and not seconds or milliseconds since 1970"),
        ("2026-11-18 08:30 +25:00", "is no zone"),
    ],
)
def test_a_time_that_could_mean_two_is_refused_with_what_to_write(read, written, said):
    [unfit] = read(deploys__csv=f"{HEADER}\nd1,production,1.2,{written}\n")
    assert unfit.reason.startswith(f"deploys.csv line 2: started_at is '{written}'; ")
    assert said in unfit.reason


def test_the_zone_of_the_source_is_not_that_of_a_time_with_its_own_in_brackets(read):
    [deploy] = read({"timezone": "Europe/Berlin"}, deploys__csv=f"{HEADER}\nd1,production,1.2,2026-11-18 08:30 (UTC)\n")
    assert deploy.started_at == MORNING


def test_a_time_without_a_zone_is_one_of_the_zone_of_the_source(read):
    [deploy] = read({"timezone": "Europe/Berlin"}, deploys__csv=f"{HEADER}\nd1,production,1.2,2026-11-18 09:30\n")
    assert deploy.started_at == MORNING


@pytest.mark.parametrize(("night", "said"), [("2026-10-25 02:30", "shows this time twice"), ("2026-03-29 02:30", "never showed this time")])
def test_an_hour_that_the_clock_shows_twice_or_never_is_refused(read, night, said):
    [unfit] = read({"timezone": "Europe/Berlin"}, deploys__csv=f"{HEADER}\nd1,production,1.2,{night}\n")
    assert f"the clock of Europe/Berlin {said} that night: write the offset behind it" in unfit.reason


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("europe/london", "Europe/London"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("", None),
        ("Mars/Base", None),
        ("7", None),
    ],
)
def test_the_zone_of_a_person_is_understood_or_left_empty_and_said(read, written, zone):
    person = read(people__csv=f'native_id,zone\nada,"{written}"\n')[0]
    assert person.zone == zone
    said = f"people.csv line 2: '{written}': there is no such zone; write one like \"Europe/Paris\""
    assert person.left_out == ((("zone", said),) if written and not zone else ())


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31 23:59:59 UTC", "0000-00-00 00:00:00", "1900-01-00 00:00 UTC"])
def test_a_time_there_cannot_be_is_left_empty_where_it_may_be_and_said(read, never):
    rows = "".join(f"p{n},Slow,{AT},{never}\n" for n in range(3))
    pages = read(pages__csv=f"native_id,title,triggered_at,resolved_at\n{rows}")
    assert [page.resolved_at for page in pages] == [None] * 3
    assert {name for page in pages for name, _ in page.left_out} == {"resolved_at"}
    assert pages[0].left_out[0][1].startswith(f"pages.csv line 2: '{never}'")


def test_a_time_there_cannot_be_is_set_aside_where_it_is_needed(read):
    [unfit] = read(pages__csv="native_id,title,triggered_at\np1,Slow,0001-01-01T00:00:00Z\n")
    assert "triggered_at is '0001-01-01T00:00:00Z'; the time" in unfit.reason
    assert "lies outside 1970 to 2100; correct it at the source" in unfit.reason


@pytest.mark.parametrize("nothing", ["NULL", r"\N", "N/A", "None", "NaT", "-"])
def test_what_programs_write_for_nothing_is_an_empty_cell_where_no_text_is_expected(read, nothing):
    [incident] = read(incidents__csv=f"native_id,title,declared_at,resolved_at,teams\ni1,Till,2026-11-18T08:30:00Z,{nothing},{nothing}\n")
    assert (incident.resolved_at, incident.teams, incident.left_out) == (None, (), ())


def test_a_title_of_such_a_word_is_a_title(read):
    [incident] = read(incidents__csv="native_id,title,declared_at\ni1,None,2026-11-18T08:30:00Z\n")
    assert incident.title == "None"


def test_a_file_that_is_one_line_of_something_else_is_not_an_empty_table(read):
    [unfit] = read(incidents__csv="<!DOCTYPE html><html><body>Sign in; please</body></html>\n")
    assert "incidents.csv line 1: it names no column of incidents, and nothing follows" in unfit.reason
    assert read(incidents__csv="native_id,title,declared_at\n", deploys__csv="") == []


@pytest.mark.parametrize("name", ["", "  ", "null", "NULL", "None", "NaN", "undefined"])
def test_rows_without_an_id_are_never_one_row(read, name):
    found = read(deploys__csv=f"{HEADER}\n{name},production,1.2,{AT}\n{name},production,1.3,{AT}\n")
    assert [type(one) for one in found] == [Unfit, Unfit]
    assert all("native_id is" in unfit.reason for unfit in found)


@pytest.mark.parametrize("sha", [None, " ", "null"])
def test_a_commit_is_never_named_for_a_sha_that_is_none(read, sha):
    [unfit] = read(commits__jsonl=json.dumps({"repo": "shop", "sha": sha, "author": None, "committed_at": AT}))
    assert isinstance(unfit, Unfit)


def test_the_columns_of_another_tool_are_read_by_their_own_names(read):
    text = "Incident ID;Summary;Opened;Closed On;Notes\nINC-1;Slow cart;18.11.2026 09:30;;see =cmd\n"
    names = {"native_id": "Incident ID", "title": "summary", "triggered_at": "Opened", "resolved_at": "Closed on"}
    [page] = read({"columns": names, "timezone": "Europe/Berlin"}, pages__csv=text)
    assert page == Page(native_id="INC-1", title="Slow cart", triggered_at=MORNING)
    assert page.raw == {"Notes": "see =cmd"}


def test_json_lines_are_read_by_their_own_names_too(read):
    [deploy] = read({"columns": {"native_id": "key"}}, deploys__jsonl=json.dumps({**DEPLOY, "native_id": "not this", "key": 7}))
    assert (deploy.native_id, deploy.raw) == ("7", {"native_id (as it was)": "not this"})


def test_two_spellings_of_one_field_of_json_cost_that_line(read):
    [unfit] = read(deploys__jsonl=json.dumps({**DEPLOY, "Started At": AT}))
    assert unfit.reason == "deploys.jsonl line 1: a field is there twice; keep one"


@pytest.mark.parametrize("row", ["Number,Summary,triggered_at\n42,Slow,{at}\n", '{{"number": 42, "SUMMARY": "Slow", "triggered_at": "{at}"}}\n'])
def test_one_of_their_columns_may_stand_for_several_of_ours(read, row):
    names = {"native_id": "Number", "title": "number", "alert_key": "Summary", "version": "Summary"}
    [page] = read({"columns": names}, **{f"pages__{'jsonl' if row.startswith('{') else 'csv'}": row.format(at=AT)})
    assert (page.native_id, page.title, page.alert_key, page.raw) == ("42", "42", "Slow", None)


def test_a_column_that_a_file_has_no_room_for_keeps_the_name_it_has_there(read):
    [deploy] = read({"columns": {"urgency": "Prio"}}, deploys__csv=f"{HEADER},Prio,urgency\nd1,production,1,{AT},high,2\n")
    assert deploy.raw == {"Prio": "high", "urgency": "2"}


def test_a_table_with_our_own_names_lies_beside_one_whose_names_are_told(read):
    names = {"native_id": "Incident ID", "title": "Summary", "service": "Component"}
    theirs = f"Incident ID,Summary,triggered_at,Component,title\nI1,Slow,{AT},cart,Dr.\n"
    ours = f"native_id,Title,Triggered At,service\np1,Full,{AT},pay\n"
    mixed = f"native_id,Summary,triggered_at,service\nm1,Down,{AT},ship\n"
    found = read({"columns": names}, **{"pages-a__csv": theirs, "pages-b__csv": ours, "pages-c__csv": mixed})
    assert [(page.native_id, page.title, page.scope) for page in found] == [("I1", "Slow", "cart"), ("p1", "Full", "pay"), ("m1", "Down", "ship")]
    assert [page.raw for page in found] == [{"title (as it was)": "Dr."}, None, None]


NO_SUCH_NAME = "and there is no such name here: call it so in the file, correct `columns`, or give the file a folder and a source of its own"


@pytest.mark.parametrize(
    "files",
    [
        {"pages__csv": f"Nummer,triggered_at\nI1,{AT}\n"},
        {"pages__csv": f"triggered_at\n{AT}\n"},
        {"pages__jsonl": json.dumps({"Nummer": "I1", "triggered_at": AT})},
        {"pages__jsonl": json.dumps({"native_id": "of another tool", "title": "Dr.", "triggered_at": AT})},
    ],
)
def test_a_name_that_is_told_and_not_there_is_said_with_the_setting_and_what_to_do(read, files):
    [unfit] = read({"columns": {"native_id": "Incident ID", "title": "Summary"}}, **files)
    where = f"{next(iter(files)).replace('__', '.')} line {1 if 'pages__jsonl' in files else 2}"
    assert unfit.reason == f"{where}: by `columns` of this source, native_id is 'Incident ID', title is 'Summary', {NO_SUCH_NAME}"


def test_every_name_on_the_left_that_is_no_column_is_refused_with_the_nearest(read):
    with pytest.raises(Refused, match=r"column 'nativ_id'; did you mean native_id\? no table has a column 'x1'; docs/tables\.md lists"):
        read({"columns": {"nativ_id": "Incident ID", "x1": "X", "title": "T"}})


@pytest.mark.parametrize(
    "text",
    [
        "native_id;environment;version;started_at\nd1;production;1.2;{at}\n",
        "native_id\tenvironment\tversion\tstarted_at\nd1\tproduction\t1.2\t{at}\n",
        "sep=|\r\nnative_id|environment|version|started_at\r\nd1|production|1.2|{at}\r\n",
        '"sep=~"\r\nnative_id~environment~version~started_at\r\nd1~production~1.2~{at}\r\n',
        " Native ID ,ENVIRONMENT,Version,Started-At\nd1,production,1.2,{at}\n",
        "native_id,environment,version,started_at,,\nd1,production,1.2,{at},,\n,,,,,\n\n\n",
        "native_id,environment,version,started_at\nd1,production,1.2,{at},,,\n",
        '"native_id","environment","version","started_at"\n"d1","production","1.2","{at}"',
    ],
)
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_as_spreadsheets_write_it(read, text, code):
    [deploy] = read(deploys__csv=text.format(at=AT).encode(code))
    assert deploy == Deploy(native_id="d1", environment="production", version="1.2", started_at=MORNING)


def test_a_delimiter_of_ones_own_is_taken_as_given(read):
    [deploy] = read({"delimiter": "^"}, deploys__csv=f"native_id^environment^version^started_at\nd1^production^1^{AT}\n")
    assert deploy.version == "1"
    with pytest.raises(Refused, match="write one character"):
        read({"delimiter": ";;"})


def test_the_line_that_is_named_is_the_one_in_the_file(read):
    quoted = f'd1,production,"1\n2\n3",{AT}\n'
    _, unfit = read(deploys__csv=f"sep=,\n{HEADER}\n{quoted}\nd2,,1.2,{AT}\n")
    assert unfit.reason.startswith("deploys.csv line 7: environment is missing")


def test_two_spellings_of_one_column_are_refused(read):
    with pytest.raises(Refused, match="started_at is there twice: rename or remove one"):
        read(deploys__csv="native_id,Started At,started_at\n")


def test_a_formula_in_a_cell_is_text(read):
    [deploy] = read(deploys__csv=f"{HEADER},title\nd1,production,1.2,{AT},=HYPERLINK(1)\n")
    assert deploy.title == "=HYPERLINK(1)"


def test_thousands_of_columns_are_kept_beside_the_record(read):
    extra = [f"metric {n}" for n in range(3000)]
    [deploy] = read(deploys__csv=f"{HEADER},{','.join(extra)}\nd1,production,1.2,{AT},{','.join('7' for _ in extra)}\n")
    assert deploy.raw == dict.fromkeys(extra, "7")


def test_whole_numbers_of_a_table_with_empty_cells_are_whole(read):
    [page] = read(pages__csv=f"native_id,title,triggered_at,escalations\np1,Slow,{AT},2.0\n")
    assert page.escalations == 2


def test_utf_16_that_is_none_is_refused_by_name(read):
    with pytest.raises(Refused, match=r"deploys\.csv: what follows line 1 is not the UTF-16 text"):
        read(deploys__csv=HEADER.encode("utf-16") + "\n".encode("utf-16-le") + b"\x00\xd8\x00")


@pytest.mark.parametrize("kind", RECORDS)
def test_the_example_row_of_each_table_is_a_record(read, kind):
    [record] = read(**{f"{kind}__csv": examples.table(kind)})
    assert type(record) is RECORDS[kind]
    assert record.raw is None, "a column nobody knows"


def test_an_archive_is_known_by_what_is_in_it_and_read_to_its_last_part(read):
    parts = [gzip.compress(f"{HEADER}\nd1,production,1,{AT}\n".encode()), gzip.compress(f"d2,production,2,{AT}\n".encode())]
    assert [deploy.native_id for deploy in read(deploys__csv=b"".join(parts))] == ["d1", "d2"]


def test_a_plain_file_that_is_called_an_archive_is_read(read):
    [deploy] = read(deploys__csv__gz=f"{HEADER}\nd1,production,1,{AT}\n")
    assert deploy.version == "1"


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"", Garbled, "the archive is empty"),
        (gzip.compress(b"x", mtime=0) + b"rest", Garbled, "cut or damaged"),
        (b"PK\x03\x04x", Refused, "export it as CSV"),
    ],
)
def test_an_archive_that_holds_no_table_is_told_by_name(read, content, error, said):
    with pytest.raises(error, match=rf"deploys\.csv\.gz: .*{said}"):
        read(deploys__csv__gz=content)


def test_a_folder_in_which_no_file_is_named_for_a_table_is_noted(tmp_path):
    noted = sources()["files"].advice
    (tmp_path / "export.csv").write_text("native_id\n")
    assert [what for what, _ in noted(None, path=str(tmp_path))] == [f"no file in {tmp_path} is named for a table"]
    (tmp_path / "pages-2026.csv.gz").write_bytes(b"")
    assert list(noted(None, path=str(tmp_path), timezone="UTC")) == []


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_columns_of_which_none_is_known_are_named_one_by_one_whatever_parts_them(read, mark):
    [unfit] = read(incidents__csv=f"{mark.join(['Vorgang', 'Was', 'Wann'])}\n{mark.join(['A1', 'Kasse', AT])}\n")
    assert "there is no native_id, title, declared_at, but 'Vorgang', 'Was', 'Wann'" in unfit.reason
