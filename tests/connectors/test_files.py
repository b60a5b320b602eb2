"""The `files` source: what a folder of JSON lines and CSV gives, and what is said about what it cannot give."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from connectors.errors import Garbled, Refused
from connectors.files import pull
from pipeline.signals import RECORDS, Commit, Deploy, Page, Person, Review, Shift, Unfit, Window

WEEK = Window(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
AT = "2026-11-18T09:30:00+01:00"
DEPLOY = {"native_id": "d1", "service": "shop", "environment": "production", "version": "1.2", "started_at": AT}


@pytest.fixture
def read(tmp_path):
    """Write files into a folder and pull it."""

    def pulled(**files):
        for name, content in files.items():
            path = tmp_path / name.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(pull(None, WEEK, path=str(tmp_path)))

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
    records = read(deploys__jsonl="\n".join(json.dumps(DEPLOY | {"native_id": at, "started_at": at}) for at in starts))
    assert [record.native_id for record in records] == starts[1:3]


def test_shifts_overlap_the_window_or_lie_in_the_four_weeks_after_it(read):
    rows = ["before,2026-11-09T09:00Z,2026-11-16T00:00Z", "into,2026-11-09T09:00Z,2026-11-16T09:00Z", "ahead,2026-12-20T09:00Z,2026-12-27T09:00Z"]
    rows += ["beyond,2026-12-21T00:00Z,2026-12-28T00:00Z"]
    text = "native_id,starts_at,ends_at,person,schedule\n" + "".join(f"{row},ada,first line\n" for row in rows)
    assert [shift.native_id for shift in read(shifts__csv=text) if isinstance(shift, Shift)] == ["into", "ahead"]


def test_people_belong_to_every_window_and_reviews_to_the_day_they_were_held(read):
    review = {"native_id": "r1", "subject_kind": "page", "subject_id": "p1", "level": "R2"}
    old = review | {"native_id": "r0", "held_at": "2026-01-05T10:00:00Z"}
    records = read(people__jsonl='{"native_id": "ada", "zone": "Europe/London"}', reviews__jsonl=f"{json.dumps(review)}\n{json.dumps(old)}")
    assert records == [Person(native_id="ada", zone="Europe/London"), Review(**review)]


def test_columns_nobody_knows_are_kept_raw_and_those_the_warehouse_adds_are_not(read):
    [deploy] = read(deploys__jsonl=json.dumps(DEPLOY | {"cost_centre": "4711", "source": "old", "first_seen_at": AT}))
    assert deploy.raw == {"cost_centre": "4711"}


def test_an_empty_cell_means_the_default(read):
    [page] = read(pages__csv=f"native_id,title,triggered_at,escalations,teams,urgency,has_note\np1,Disk full,{AT},,,,\n")
    assert page == Page(native_id="p1", title="Disk full", triggered_at=datetime(2026, 11, 18, 8, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"started_at": "2026-11-18T09:30:00"}, "started_at is '2026-11-18T09:30:00'; write an instant with its zone"),
        ({"started_at": 1763454600}, "started_at is 1763454600; write an instant with its zone"),
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


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"native_id": "d2", ', "not JSON"),
        (b"[1, 2]", "a list and no object"),
        (b"null", "a NoneType and no object"),
        (b'{"native_id": "d2", "native_id": "d3"}', "a field is there twice"),
        ('{"native_id": "Übung"}'.encode("latin-1"), "not UTF-8"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"number": ' + b"9" * 5000 + b"}", "Exceeds the limit"),
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
    with pytest.raises(Garbled, match=r"deploys\.jsonl\.gz: the archive is cut"):
        read(deploys__jsonl__gz=whole[:-200])


def test_a_file_named_for_no_table_is_reported_and_a_hidden_one_is_not(read):
    [unfit] = read(deployments__csv="native_id\n", __DS_Store="x")
    assert (unfit.kind, unfit.native_id) == ("files", "deployments.csv")
    assert "commits" in unfit.reason


def test_a_missing_folder_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(Refused, match="set `path` of this source"):
        list(pull(None, WEEK, path=str(tmp_path / "nowhere")))


def test_a_csv_that_names_a_column_twice_is_refused(read):
    with pytest.raises(Refused, match="name each column once"):
        read(deploys__csv="native_id,native_id\n")


def test_a_second_pull_gives_the_same(read):
    text = "\n".join(json.dumps(DEPLOY | {"native_id": str(n)}) for n in range(20))
    assert read(deploys__jsonl=text) == read(deploys__jsonl=text)
