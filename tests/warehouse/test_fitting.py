import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from signals.records import Commit
from warehouse.fitting import Fit, Misfit

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
GOOD = {"native_id": "a", "repo": "r", "sha": "s", "author": None, "committed_at": NOW}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"committed_at": datetime(2026, 6, 1)}, "committed_at: the time 2026-06-01 00:00:00 has no zone"),  # noqa: DTZ001
        ({"committed_at": datetime(1969, 12, 31, tzinfo=UTC)}, "committed_at: 1969-12-31 00:00:00+00:00 lies outside 1970 to 2100"),
        ({"committed_at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=14)))}, "committed_at: 9999-12-31"),
        ({"committed_at": "2026-06-01T00:00:00Z"}, "committed_at is '2026-06-01T00:00:00Z', expected a time"),
        ({"committed_at": None}, "committed_at is empty, expected a time"),
        ({"title": None}, "title is empty, expected text"),
        ({"is_bot": "yes"}, "is_bot is 'yes', expected true or false"),
        ({"paths": "a.py"}, "paths is 'a.py', expected a list of text"),
        ({"paths": ("a.py", 3)}, "paths: the list holds something that is not text"),
        ({"sha": 7}, "sha is 7, expected text"),
        ({"native_id": ""}, "native_id has 0 characters"),
        ({"native_id": "x" * 501}, "native_id has 501 characters"),
        ({"native_id": "a\0b"}, "native_id holds a character no database stores"),
        ({"native_id": None}, "native_id is empty"),
        ({"native_id": " \t"}, "native_id is ' \\t', which stands for nothing"),
        ({"native_id": "None"}, "native_id is 'None', which stands for nothing"),
        ({"native_id": "null"}, "give the record its own id"),
        ({"native_id": True}, "native_id is True, expected text"),
        ({"title": {"text": "t"}}, "title is an object, expected text"),
    ],
)
def test_a_record_that_does_not_fit_says_which_field_and_why(fields, reason):
    with pytest.raises(Misfit) as misfit:
        Fit(Commit).columns([Commit(**{**GOOD, **fields})], ["shop"], "git")

    assert reason in str(misfit.value)


def test_a_row_is_what_both_databases_take():
    columns = Fit(Commit).columns([Commit(**GOOD, is_bot=True, paths=["é", "b"])], ["shop"], "git")
    known = {name: value for name, (value,) in zip(Fit(Commit).names, columns, strict=True)}

    assert (known["source"], known["committed_at"], known["is_bot"]) == ("git", "2026-06-10 12:00:00.000000+00:00", 1)
    assert (known["paths"], known["co_authors"], known["raw"]) == ('["é","b"]', "[]", None)


@pytest.mark.parametrize("paths", [(), ("",), ("a.py", "b.py"), ('a"b', "c"), ("a\\b",), ("a\nb", "é")])
def test_a_list_is_json_whatever_its_texts_hold(paths):
    fit = Fit(Commit)
    columns = fit.columns([Commit(**GOOD, paths=paths), Commit(**GOOD)], ["shop", "shop"], "git")

    assert [json.loads(text) for text in columns[fit.names.index("paths")]] == [list(paths), []]
