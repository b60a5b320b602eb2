import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from pipeline import erasure, steps
from pipeline.cli import app
from pipeline.connections import connection
from pipeline.set_aside import on_record
from signals.records import PEOPLE
from tests.pipeline.conftest import NOW, Place, rollback
from warehouse.schema import metadata

NAMES = ["Ada Lovelace", "ada@example.org", "alove"]
ME = f"[people.alove]\nidentities = {json.dumps(NAMES)}\n[people.dee]\nidentities = ['dee@nowhere.example']\n"
WRITTEN = ["ada lovelace", "ada@example.org", "alove", "ada%40example.org"]

COMMITS = [
    {
        "native_id": "cart@1",
        "repo": "cart",
        "sha": "1",
        "author": "alove",
        "committed_at": "2026-06-09T10:00:00Z",
        "title": "Let ALOVE pay",
        "body": "See https://x.example/u/ada%40example.org\n\nSigned-off-by: Ada  Lovelace <ada@example.org>",
        "branch": "alove/pay",
        "paths": ["people/alove.txt"],
        "co_authors": ["Ada Lovelace", "bo"],
        "scope": "cart",
    },
    {"native_id": "cart@2", "repo": "cart", "sha": "2", "author": "bo", "committed_at": "2026-06-09T11:00:00Z", "title": "A glove", "scope": "cart"},
]
SHIFTS = [
    {
        "native_id": f"rota/{person}/{day}",
        "person": person,
        "schedule": "rota",
        "starts_at": f"2026-06-0{day}T09:00:00Z",
        "ends_at": f"2026-06-0{day + 4}T09:00:00Z",
        "scope": "rota",
    }
    for day, person in ((1, "alove"), (5, "bo"))
]
BROKEN = [{"native_id": "d/1", "scope": "cart", "environment": "production", "actor": "alove", "started_at": "the day Ada Lovelace came"}]


def pulled(place):
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=None, end=NOW)
        steps.derive(place.settings, store)


def everything(place):
    """All bytes of the warehouse, compressed ones unpacked, in small letters."""
    found = b"".join(path.read_bytes() for path in place.folder.glob("soundings.db*"))
    with place.open() as store:
        for table in ("commits", "shifts", "deploys", "quarantine"):
            for raw in store.read(table, ["raw"])["raw"]:
                found += json.dumps(raw, ensure_ascii=False).encode()
    return found.lower().decode(errors="replace")


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder where all of it was pulled and worked out."""
    place = Place(tmp_path_factory.mktemp("once"))
    place.configure(ME)
    place.record("commits", COMMITS)
    place.record("shifts", SHIFTS)
    place.record("deploys", [*rollback("cart"), *BROKEN])
    with pytest.MonkeyPatch.context() as then:
        then.setenv("SOUNDINGS_AS_OF", NOW.isoformat())
        pulled(place)
    return place.folder


@pytest.fixture
def known(place, once):
    shutil.copytree(once, place.folder, dirs_exist_ok=True)
    return place


def left(place):
    text = everything(place)
    return [name for name in WRITTEN if name in text.replace("  ", " ")]


def erased(place, *in_texts, identities=("alove", *NAMES)):
    with place.open() as store:
        return erasure.erase(store, erasure.Names(frozenset(identities), frozenset(in_texts)))


def tables(place):
    """A hash of every row of every table."""
    with place.open() as store, store.reading() as reading:
        return {
            table.name: hashlib.sha256(repr(reading.execute(table.select().order_by(*table.primary_key)).all()).encode()).hexdigest()
            for table in metadata.sorted_tables
        }


@pytest.fixture
def ran(known, monkeypatch):
    """A command in the folder of soundings.toml, with nobody at the terminal."""
    monkeypatch.chdir(known.folder)
    return lambda *command: CliRunner().invoke(app, command)


def test_asked_for_in_texts_no_name_and_no_form_of_it_is_left_in_any_byte_of_the_warehouse(known):
    assert left(known) == WRITTEN

    counts = erased(known, *NAMES)

    assert left(known) == []
    assert counts["commits"] == {"rows": 1, **dict.fromkeys(("author", "title", "body", "branch", "paths", "co_authors"), 1)}
    assert counts["quarantine"]["raw"] == 1


def test_not_asked_for_texts_stay_and_identities_and_raw_records_go(known):
    counts = erased(known)

    assert counts["commits"] == {"rows": 1, "author": 1, "co_authors": 1}
    assert counts["shifts"] == {"rows": 1, "person": 1, "native_id": 1}
    assert counts["quarantine"] == {"rows": 1, "raw": 1}
    with known.open() as store:
        [commit] = store.read("commits", where={"native_id": "cart@1"}).to_dict("records")
        assert (commit["author"], commit["co_authors"], commit["title"]) == ("erased", ["erased", "bo"], COMMITS[0]["title"])
        assert (commit["body"], commit["paths"]) == (COMMITS[0]["body"], COMMITS[0]["paths"])
        assert sorted(store.read("shifts", ["native_id"])["native_id"]) == ["rota/bo/5", "rota/erased/1"]
        assert store.read("quarantine", ["raw"])["raw"].tolist() == [None]


def test_fetching_again_does_not_bring_the_person_back(known):
    erased(known, *NAMES)
    pulled(known)

    assert left(known) == []
    with known.open() as store:
        commits = store.read("commits", ["native_id", "author", "co_authors", "title"]).to_dict("records")
        lines = store.read("pulls").to_dict("records")
    assert [(row["native_id"], row["author"], row["title"]) for row in commits] == [
        ("cart@1", "erased", "Let erased pay"),
        ("cart@2", "bo", "A glove"),
    ]
    assert lines[-1]["loaded"] == 0, "what comes again is what is there already"


def test_fetching_again_keeps_to_what_was_asked_for(known):
    erased(known)
    before = tables(known)
    pulled(known)

    changed = {name for name, now in tables(known).items() if now != before[name]}
    assert changed <= {"pulls", "checks", "quarantine", "facts"}
    with known.open() as store:
        assert store.read("pulls")["loaded"].tolist()[-1] == 0, "what comes again is what is there already"
        assert "ALOVE" in store.read("commits", ["title"])["title"].iloc[0]


def test_a_warehouse_in_which_people_were_erased_before_keeps_them_out_of_texts_too(known):
    with known.open() as store:
        kept = erasure._with(erasure._kept(None), erasure.Names(frozenset(), frozenset(NAMES)))
        store.remember("erased", json.dumps({name: kept[name] for name in ("salt", "hashes", "words")}))
    known.record("commits_new", [{**COMMITS[0], "native_id": "cart@3", "sha": "3"}])
    pulled(known)

    with known.open() as store:
        [row] = store.read("commits", ["author", "title"], where={"native_id": "cart@3"}).to_dict("records")
    assert row == {"author": "erased", "title": "Let erased pay"}


def test_everybody_else_stays_and_only_the_persons_stretches_are_withdrawn(known):
    erased(known)
    with known.open() as store:
        shifts = store.read("shifts", ["person"])["person"].tolist()
        stretches = store.read("stretches")["person"].tolist()
        steps.derive(known.settings, store)
        again = store.read("stretches")["person"].tolist()

    assert sorted(shifts) == ["bo", "erased"]
    assert (stretches, again) == (["bo"], ["bo"])


def test_a_record_fetched_for_the_first_time_is_told_to_leave_the_person_out(known):
    erased(known, *NAMES)
    known.record("commits_new", [{**COMMITS[0], "native_id": "cart@3", "sha": "3"}])
    known.record("deploys_new", [{**BROKEN[0], "native_id": "d/2"}])
    pulled(known)

    assert left(known) == []
    with known.open() as store:
        assert store.read("commits", ["author"], where={"native_id": "cart@3"})["author"].tolist() == ["erased"]


def test_only_keyed_hashes_of_the_names_are_kept(known):
    erased(known, *NAMES)
    with known.open() as store:
        kept = json.loads(store.fact("erased"))

    assert all(len(text) == 32 for text in [kept["salt"], *kept["hashes"], *kept["identities"], *kept["mentions"]])
    assert (len(kept["identities"]), len(kept["hashes"])) == (3, 5)


def test_two_erased_people_leave_one_row_where_a_row_was_nothing_but_a_name(place):
    place.record("people", [{"native_id": name, "zone": "UTC"} for name in ("one", "two", "three")])
    pulled(place)
    with place.open() as store:
        for name in ("one", "two"):
            erasure.erase(store, erasure.Names(frozenset({name})))
        assert store.read("people", ["native_id"])["native_id"].tolist() == ["erased", "three"]


def test_on_postgresql_the_rows_are_the_same(known, postgres_url):
    known.configure(ME, f'[warehouse]\nurl = "{postgres_url}"\n')
    pulled(known)
    erased(known, *NAMES)
    with known.open() as store:
        frames = [
            str(store.read(table).to_dict("records")) + json.dumps([str(raw) for raw in store.read(table, ["raw"])["raw"]])
            for table in ("commits", "shifts", "quarantine")
        ]

    assert [name for name in WRITTEN for text in frames if name in text.lower()] == []


def test_a_number_is_an_identity_where_it_is_the_whole_value_and_no_word(place):
    place.record("deploys", rollback("cart", actor="104"))
    place.record(
        "pages",
        [{"native_id": "104", "scope": "cart", "title": "Error 104", "triggered_at": "2026-06-09T10:00:00Z", "engaged": ["104"], "extra": "at 104"}],
    )
    pulled(place)
    assert erased(place, identities=["104"]) == {"deploys": {"rows": 3, "actor": 3}, "pages": {"rows": 1, "engaged": 1, "raw": 1}}
    with place.open() as store:
        assert store.read("pages", ["native_id", "title"]).to_dict("records") == [{"native_id": "104", "title": "Error 104"}]


@pytest.mark.parametrize("written", ["Zo\u00eb Brandt", "ZOE\u0308  BRANDT", "zo\u00eb\nbrandt", "\uff3ao\u00eb Brandt"])
def test_a_name_is_found_however_it_is_written(place, written):
    row = {"scope": "cart", "title": f"Thanks, {written}!", "triggered_at": "2026-06-09T10:00:00Z", "engaged": [written, "Zo\u00e9 Brandt"]}
    place.record("pages", [{"native_id": "p1", **row}, {"native_id": "p2", **row, "title": "All quiet", "engaged": []}])
    pulled(place)
    assert erased(place, "Zo\u00eb Brandt", identities=["Zo\u00eb Brandt"]) == {"pages": {"rows": 1, "engaged": 1, "title": 1}}
    with place.open() as store:
        [page] = store.read("pages", ["title", "engaged"], where={"native_id": "p1"}).to_dict("records")
    assert page == {"title": "Thanks, erased!", "engaged": ["erased", "Zo\u00e9 Brandt"]}


@pytest.mark.parametrize("written", ["S\u00edle O'Brien", "S\u00cdLE O\u2019BRIEN", "s\u00edle o\u02bcbrien"])
def test_a_name_is_found_with_any_apostrophe_and_as_pages_of_the_web_write_it(place, written):
    row = {"scope": "cart", "triggered_at": "2026-06-09T10:00:00Z", "engaged": [written, "Bo O'Hara"]}
    titles = [f"Thanks, {written}!", "S\u00edle O&#39;Brien saw it", "S\u00edle O&#x27;Brien saw it"]
    place.record("pages", [{"native_id": f"p{number}", "title": title, **row} for number, title in enumerate(titles)])
    pulled(place)
    assert erased(place, "S\u00edle O'Brien", identities=["S\u00edle O'Brien"]) == {"pages": {"rows": 3, "engaged": 3, "title": 3}}
    with place.open() as store:
        pages = store.read("pages", ["title", "engaged"])
    assert sorted(pages["title"]) == ["Thanks, erased!", "erased saw it", "erased saw it"]
    assert list(pages["engaged"]) == [["erased", "Bo O'Hara"]] * 3


def test_a_user_in_quarantine_loses_the_identity_and_another_record_keeps_its_own(place):
    place.record("people", [{"native_id": "U7", "zone": ["UTC"]}])
    place.record("deploys", [{"native_id": "U7", "scope": "cart", "started_at": "soon"}, *rollback("cart", actor="U7")])
    pulled(place)
    erased(place, identities=["U7"])
    with place.open() as store:
        rows = store.read("quarantine", ["kind", "native_id", "raw"]).to_dict("records")
    assert [(row["kind"], row["native_id"], row["raw"]) for row in rows] == [("deploys", "U7", None), ("people", "erased", None)]


def test_a_record_in_quarantine_that_named_somebody_is_told_once_after_the_next_pull(place, at):
    place.record("deploys", [{"native_id": "d7", "scope": "cart", "started_at": "soon", "actor": "U7"}, *rollback("cart", actor="U7")])
    pulled(place)
    erased(place, identities=["U7"])
    at(NOW + timedelta(minutes=5))
    pulled(place)
    with place.open() as store:
        still, over = on_record(store)
    assert (len(still), len(over), still["native_id"].tolist()) == (1, 1, ["d7"])


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["Revert"], "nobody is called 'Revert'"),
        (["nobody"], "nobody is called 'nobody'"),
        (["alov"], "closest: 'alove'"),
        (["ada@example.org"], "is one of the identities of [people.alove]: `soundings erase alove`"),
        (["Ada Lovelace"], "`soundings erase alove`, or --identity 'Ada Lovelace' for this one alone\nnothing was changed"),
        (["dee@nowhere.example"], "is one of the identities of [people.dee]: `soundings erase dee`\nnothing was changed"),
        (["--identity", "glove"], "'glove' stands in no column of identities; closest: 'alove'"),
        (["--identity", "cart"], "'cart' stands in no column of identities"),
        (["alove", "--also-in-texts", "glove"], 'identities = ["Ada Lovelace", "ada@example.org", "alove", "glove"]'),
        (["--identity", "bo", "--also-in-texts", "cart"], "'cart' is another name"),
        (["alove", "--identity", "bo"], "not both"),
        ([], "not neither"),
    ],
)
def test_who_is_not_known_is_not_erased_and_what_there_is_is_told(known, ran, command, told):
    before = tables(known)
    done = ran("erase", *command, "--yes")

    assert done.exit_code == 1
    assert told in done.stderr
    assert tables(known) == before


def test_a_script_that_does_not_say_yes_changes_nothing_and_shows_what_would_change(known, ran):
    before = tables(known)
    done = ran("erase", "alove")

    assert done.exit_code == 1
    assert "nothing was changed; from a script say --yes" in done.stderr
    assert "  commits: 1 row (author 1, co_authors 1)\n" in done.stdout
    assert "would stay:\n  commits: body 1\n" in done.stdout
    assert '--also-in-texts "Ada Lovelace" --also-in-texts "ada@example.org"' in done.stdout
    assert tables(known) == before


def test_one_identity_goes_and_the_persons_others_stay(known, ran):
    done = ran("erase", "--identity", "Ada Lovelace", "--yes")

    assert done.exit_code == 0, done.stderr
    with known.open() as store:
        [commit] = store.read("commits", ["author", "co_authors", "body"], where={"native_id": "cart@1"}).to_dict("records")
    assert (commit["author"], commit["co_authors"]) == ("alove", ["erased", "bo"])
    assert "Ada  Lovelace" in commit["body"]


@pytest.mark.parametrize(("typed", "status", "is_changed"), [("alove\n", 0, True), ("yes\n", 1, False), ("\n", 1, False)])
def test_a_person_at_a_terminal_types_the_name_to_go_on(known, typed, status, is_changed):
    before = tables(known)
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "erase", "alove", "--config", known.path],
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for end in (ours, theirs):
        os.close(end)

    assert (done.returncode, tables(known) != before) == (status, is_changed), done.stderr


def test_every_field_that_names_a_person_says_so():
    """A new field with one of these names holds an identity; what `teams` and `channel` hold is none."""
    called = {"author", "co_authors", "reviewers", "actor", "acknowledged_by", "engaged", "attendees", "person"}
    named = {(table, column) for table, columns in PEOPLE.items() for column in columns}

    assert named == {(table, name) for table in PEOPLE for name in (column.name for column in metadata.tables[table].c) if name in called} | {
        ("people", "native_id")
    }
