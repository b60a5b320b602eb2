from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from transforms.causes import cause, reasons
from transforms.health import warned

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("r@1:a.yaml: not YAML: found a tab in line 3", "r@1:a.yaml"), ("r@2:b.yaml: not YAML: found a tab in line 14", "r@2:b.yaml")),
        (("deploys.csv line 3: status is 'gone'; write one", "d1"), ("deploys-2025.csv line 71: status is 'a bit; of both'; write one", "d2")),
        (("the time '1 May' has no zone", ""), ("the time '2 June 2026' has no zone", "")),
        (("it ends (2026-01-01 09:00:00+00:00) before it starts", "x"), ("it ends (2026-02-01) before it starts", "y")),
        (("notes.md: not read. Name it for a table", "notes.md"), ("To do.txt: not read. Name it for a table", "To do.txt")),
        (("people[1].name is missing", "p1"), ("people[12].name is missing", "p2")),
        (("title is 'cut off after eighty chara", "a"), ("title is 'cut off somewhere el", "b")),
    ],
)
def test_what_is_the_records_own_makes_no_cause_of_its_own(one, other):
    assert cause(*one) == cause(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KeyError: 'started_at'", "KeyError: 'finished_at'"),
        ("started_at is missing; write an instant", "finished_at is missing; write an instant"),
        ("notes.text is missing", "notes.by is missing"),
        ("people[1].name is missing", "people[1].mail is missing"),
        ("not YAML: found a tab in line 3", "not JSON: found a tab in line 3"),
        ("person is a int, expected text", "person is empty, expected text"),
    ],
)
def test_another_field_or_another_fault_is_another_cause(one, other):
    assert cause(one, "") != cause(other, "")


def test_a_cause_is_told_in_the_words_and_with_the_name_of_the_record_met_last():
    def row(number, hours_ago, reason):
        at = NOW - timedelta(hours=hours_ago)
        return {"source": "code", "kind": "deploys", "native_id": f"d/{number}", "reason": reason, "quarantined_at": at, "last_seen_at": at}

    rows = [row(1, 5, "d/1: no version after 'a'"), row(2, 1, "d/2: no version after 'b'"), row(3, 3, "d/3: no service")]
    asked = []
    found = list(reasons(pd.DataFrame(rows), lambda *about: asked.append(about) or "key = 1"))

    assert [(one.count, one.reason, one.example, one.remedy) for one in found] == [
        (2, "no version after 'b'", "d/2", "key = 1"),
        (1, "no service", "d/3", "key = 1"),
    ]
    assert (found[0].since, found[0].last_seen_at) == (NOW - timedelta(hours=5), NOW - timedelta(hours=1))
    assert ("code", "deploys", "no version after 'b'", ["d/1", "d/2"]) in asked


def test_a_warning_is_told_once_with_what_was_found_last():
    def check(pull, detail, severity="warning"):
        return {
            "pull_id": pull,
            "table": "pages",
            "expectation": "rows come",
            "severity": severity,
            "detail": detail,
            "checked_at": NOW + timedelta(hours=pull),
        }

    checks = pd.DataFrame([check(1, "first"), check(2, "second"), check(3, "held", "critical"), check(4, "another's")])
    pulls = pd.DataFrame([{"id": number, "source": "a" if number < 4 else "b"} for number in (1, 2, 3, 4)])

    assert [(one.source, one.detail, one.pulls) for one in warned(checks, pulls)] == [("b", "another's", 1), ("a", "second", 2)]
    assert list(warned(checks, pulls[pulls["source"] == "c"])) == []
