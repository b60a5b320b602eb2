"""Values nobody expects, through a connector and the landing, on both databases: each ends where `tests.connectors.bad_bodies` says."""

import json
from datetime import UTC, datetime

import pytest

from connectors.errors import Garbled
from connectors.files import pull as files
from connectors.http import Connection, Vendor, connect
from connectors.parse import instant, parsed
from demo.vendors.server import Response, serve
from signals.records import Page
from signals.windows import Window
from tests.connectors.bad_bodies import READ_IN_A_FILE, REFUSED, TIMES, UNREADABLE, WRONG

ACME = Vendor(name="acme", base_url=None, auth=lambda _: {}, requests_per_minute=1_000_000)
EVER = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC))
AT = "2026-06-01T12:00:00Z"
# A field of a record -> whether the record is in the table (with U+FFFD where a character has no place there) or in quarantine.
KEPT = [
    {"title": "\0 and \ud800"},
    {"title": ""},
    {"title": "x" * 100_000},
    {"alert_key": None},
    {"escalations": 2**63 - 1},
    {"escalations": -1},
    {"raw": [[[]]] * 9},
]
QUARANTINED = [
    *({"escalations": number} for number in (2**63, 2**64 - 1, 1.5, "7", True, [7])),
    *({"title": title} for title in (None, 7, [], {})),
    *({"native_id": name} for name in ("", "a\0b", "\udfff", "x" * 501, None, 7)),
    *({"engaged": names} for names in ("ada", [None], [["ada"]], {"a": 1}, 7)),
]


def page_of(item):
    return Page(
        **{"native_id": item["id"], "title": "a page", "raw": item, **item.get("fields", {})},
        triggered_at=instant(item["at"]),
    )


def pulled(items):
    with serve(lambda _: Response(json=items)) as server:
        yield from parsed("pages", page_of, connect(ACME, Connection(server.url)).pages("pages"))


def test_the_corpus_is_large_enough():
    assert len(UNREADABLE) + len(WRONG) >= 100
    assert len(TIMES) + len(REFUSED) >= 40


def test_no_bad_body_is_taken_for_an_answer():
    served = {}
    with serve(lambda _: Response(body=served["body"])) as server:
        api = connect(ACME, Connection(server.url), sleep=lambda _: None)
        for name, body in [*UNREADABLE.items(), *((name, json.dumps(value).encode()) for name, value in WRONG.items())]:
            served["body"] = body
            with pytest.raises(Garbled):
                print(name, list(api.pages("pages", items="items")))  # noqa: T201 - which one it was


def test_a_time_is_the_instant_it_names_or_in_quarantine(pulls, store):
    times = [*TIMES, *REFUSED]
    landing = pulls.publish(pulled([{"id": f"p{number}", "at": at} for number, at in enumerate(times)]))
    stored = {row.native_id: row.triggered_at.to_pydatetime().isoformat() for row in store.read("pages").itertuples()}

    assert stored == {f"p{number}": at for number, at in enumerate(TIMES.values())}
    assert (landing.received, landing.loaded, landing.quarantined) == (len(times), len(TIMES), len(REFUSED))


def test_the_same_times_in_a_file_end_in_the_same_places_but_for_what_people_write(pulls, store, tmp_path):
    lines = [json.dumps({"native_id": f"p{number}", "title": "t", "triggered_at": at}) for number, at in enumerate([*TIMES, *REFUSED])]
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "pages.jsonl").write_text("\n".join(lines))
    landing = pulls.publish(files(None, EVER, path=str(tmp_path / "records")))
    stored = {row.native_id: row.triggered_at.to_pydatetime().isoformat() for row in store.read("pages").itertuples()}

    given = {f"p{number}": at for number, at in enumerate([*TIMES, *REFUSED]) if isinstance(at, str | int | float)}
    people_write = {name: READ_IN_A_FILE[at] for name, at in given.items() if at in READ_IN_A_FILE}
    assert stored == {f"p{number}": at for number, at in enumerate(TIMES.values())} | people_write
    assert landing.received == landing.loaded + landing.quarantined == len(lines)


def test_a_value_is_kept_or_its_record_is_in_quarantine(pulls, store):
    items = [{"id": f"p{number}", "at": AT, "fields": fields} for number, fields in enumerate([*KEPT, *QUARANTINED])]
    landing = pulls.publish(pulled(items))

    assert (landing.received, landing.loaded, landing.quarantined) == (len(items), len(KEPT), len(QUARANTINED))
    titles = dict(store.read("pages", ["native_id", "title"]).itertuples(index=False))
    assert titles["p0"] == "\ufffd and \ufffd"


def test_ids_beyond_what_a_float_holds_stay_exact_beside_nothing(pulls, store):
    pulls.publish(pulled([{"id": "a", "at": AT, "fields": {"escalations": 2**53 + 1}}, {"id": "b", "at": AT}]))

    assert store.read("pages").escalations[0] == 2**53 + 1
