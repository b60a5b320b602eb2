"""Why a record was set aside, as a person reads it in quarantine."""

from dataclasses import replace

import pytest

from connectors.parse import instant, parsed
from signals.pulled import Unfit
from signals.records import Page

AT = "2026-11-18T09:30:00Z"


def page_of(item, team="shop"):
    ranks = {"low": "P4", "high": "P1"}
    return Page(
        native_id=f"{team}/{item['id']}",
        title=item["title"].strip(),
        triggered_at=instant(item["at"]),
        severity=ranks[item["rank"]],
        escalations=int(item["count"]),
        engaged=tuple(person["name"] for person in item["people"]),
        has_note=bool(item.get("notes", {}).get("text")),
    )


GOOD = {"id": "p1", "title": "Slow", "at": AT, "rank": "low", "count": "2", "people": [{"name": "ada"}]}


def aside(changed, *context):
    item = {name: value for name, value in {**GOOD, **changed}.items() if value != "taken away"}
    [unfit] = parsed("pages", page_of, [item], *context)
    assert isinstance(unfit, Unfit)
    return unfit


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rank": "rather_high"}, "rank is 'rather_high', a word that is not known here. Correct it at the source"),
        ({"rank": None}, "rank is empty, a word that is not known here"),
        ({"title": None}, "title is empty, which is not of the form that is read here"),
        ({"title": "taken away"}, "title is missing. Correct it"),
        ({"title": ["Slow"]}, "title is a list, which"),
        ({"count": "several"}, "count is 'several', which"),
        ({"count": {"all": 2}}, "count is an object, which"),
        ({"people": [{"name": "ada"}, {"nick": "bob"}]}, "people[1].name is missing"),
        ({"people": [{"name": "ada"}, None]}, "people[1] is empty"),
        ({"people": 7}, "people is 7, which"),
        ({"notes": "long"}, "notes is 'long', which"),
        ({"at": "yesterday"}, "at: 'yesterday' is no time; write it like 2026-11-19T14:03:00Z"),
        ({"at": "2026-11-18T09:30:00"}, "at: the time '2026-11-18T09:30:00' has no zone"),
        ({"at": None}, "at is empty"),
        ({"at": 1763454600}, "at is 1763454600"),
    ],
)
def test_a_reason_names_the_field_and_what_stood_there(changed, said):
    assert said in aside(changed).reason


@pytest.mark.parametrize("item", [None, [], "p1", 7])
def test_what_is_no_record_at_all_is_called_so(item):
    [unfit] = parsed("pages", page_of, [item])
    assert unfit.reason.startswith("the record is ")


@pytest.mark.parametrize("name", [None, True, False, " ", ""])
def test_an_id_that_is_none_is_no_identity(name):
    assert "it has no id of its own" in aside({"id": name}).reason


def test_no_part_of_an_identity_made_of_fields_is_empty():
    [unfit] = parsed("pages", lambda item: replace(page_of(GOOD), native_id=f"acme/runs/{item['id']}/attempts/1"), [{"id": ""}])
    assert "it has no id of its own: native_id would be 'acme/runs//attempts/1'" in unfit.reason


def test_a_team_that_is_called_none_is_a_team():
    [page] = parsed("pages", page_of, [GOOD], "None")
    assert page.native_id == "None/p1"


def test_what_holds_more_than_one_value_is_not_written_out():
    assert "ada@example.org" not in aside({"title": {"mail": "ada@example.org"}}).reason
