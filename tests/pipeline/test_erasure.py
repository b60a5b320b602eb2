import json

import pytest

from pipeline import erasure, steps
from pipeline.connections import connection
from tests.pipeline.conftest import NOW, rollback

NAMES = ["Ada Lovelace", "ada@example.org", "alove"]
ME = f"[people.alove]\nidentities = {json.dumps(NAMES)}\n"
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


@pytest.fixture
def known(place):
    place.configure(ME)
    place.record("commits", COMMITS)
    place.record("shifts", SHIFTS)
    place.record("deploys", [*rollback("cart"), *BROKEN])
    pulled(place)
    return place


def left(place):
    text = everything(place)
    return [name for name in WRITTEN if name in text.replace("  ", " ")]


def erased(place):
    with place.open() as store:
        return erasure.erase(place.settings, store, "alove")


def test_no_name_and_no_form_of_it_is_left_in_any_byte_of_the_warehouse(known):
    assert left(known) == WRITTEN

    figures = erased(known)

    assert left(known) == []
    assert figures["names"] == 3
    assert figures["rows"] >= 4


def test_fetching_again_does_not_bring_the_person_back(known):
    erased(known)
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
    erased(known)
    known.record("commits_new", [{**COMMITS[0], "native_id": "cart@3", "sha": "3"}])
    known.record("deploys_new", [{**BROKEN[0], "native_id": "d/2"}])
    pulled(known)

    assert left(known) == []
    with known.open() as store:
        assert store.read("commits", ["author"], where={"native_id": "cart@3"})["author"].tolist() == ["erased"]


def test_only_keyed_hashes_of_the_names_are_kept(known):
    erased(known)
    with known.open() as store:
        kept = json.loads(store.fact("erased"))

    assert all(len(text) == 32 for text in [kept["salt"], *kept["hashes"]])


def test_two_erased_people_leave_one_row_where_a_row_was_nothing_but_a_name(place):
    place.record("people", [{"native_id": name, "zone": "UTC"} for name in ("one", "two", "three")])
    pulled(place)
    with place.open() as store:
        for name in ("one", "two"):
            erasure.erase(place.settings, store, name)
        assert store.read("people", ["native_id"])["native_id"].tolist() == ["erased", "three"]


def test_on_postgresql_the_rows_are_the_same(known, postgres_url):
    known.configure(ME, f'[warehouse]\nurl = "{postgres_url}"\n')
    pulled(known)
    erased(known)
    with known.open() as store:
        frames = [
            str(store.read(table).to_dict("records")) + json.dumps([str(raw) for raw in store.read(table, ["raw"])["raw"]])
            for table in ("commits", "shifts", "quarantine")
        ]

    assert [name for name in WRITTEN for text in frames if name in text.lower()] == []


def test_a_name_without_a_letter_is_refused(place):
    with place.open() as store, pytest.raises(ValueError, match="no letter and no digit"):
        erasure.erase(place.settings, store, "--")
