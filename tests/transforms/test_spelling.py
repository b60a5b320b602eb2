"""Which people a text names that stands where a person is told."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from transforms.estate import Estate, Team
from transforms.events import Events
from transforms.events.people import People
from transforms.events.spelling import named, told_apart
from transforms.on_call.stretches import stretches
from transforms.policy import Policy
from transforms.report import Week
from transforms.report.rest import rest

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def rota(*weeks, schedule="primary"):
    """A person's week each, one after the other."""
    spans = [(MONDAY + timedelta(weeks=n), MONDAY + timedelta(weeks=n + 1)) for n in range(len(weeks))]
    rows = [
        {"person": who, "schedule": schedule, "level": 1, "starts_at": start, "ends_at": end, "origin": "rotation", "zone": "UTC"}
        for who, (start, end) in zip(weeks, spans, strict=True)
    ]
    return pd.DataFrame(rows)


def people(shifts, estate=None):
    return People(pd.DataFrame(columns=["native_id", "zone"]), shifts, estate or Estate())


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Dee", ("Dee",)),
        ("  Dee   Ray ", ("Dee Ray",)),
        ("Dee (covers for Eli)", ("Dee",)),
        ("Dee [backup]", ("Dee",)),
        ("Dee & Eli", ("Dee", "Eli")),
        ("Dee and Eli", ("Dee", "Eli")),
        ("Dee + Eli / Flo", ("Dee", "Eli", "Flo")),
        ("Shadow: Eli", ()),
        ("Eli (shadowing)", ()),
        ("Sandy Anderson", ("Sandy Anderson",)),
        ("corp/dee", ("corp/dee",)),
        ("(nobody yet)", ("(nobody yet)",)),
    ],
)
def test_a_text_names_one_several_or_nobody(text, who):
    assert named(text) == who


def test_spellings_of_one_name_are_one_person_called_as_most_often():
    known = people(rota("Dee", "dee", "DEE", "Dee (swap)", "Eli"))

    assert {known.person_of(text) for text in ("Dee", "dee", " DEE ", "Dee (swap)")} == {"Dee"}
    assert known.person_of("ELI") == "Eli"


def test_what_soundings_toml_calls_a_person_comes_first():
    estate = Estate(identities={"U7": "dee", "Dee Ray": "dee"}, teams={"core": Team(members=("eli",))})
    known = people(rota("Dee Ray", "Dee Ray", "Eli"), estate)

    assert [known.people_of(text) for text in ("U7", "DEE RAY", "Eli & Dee Ray")] == [("dee",), ("dee",), ("eli", "dee")]


def test_a_stretch_goes_on_under_another_spelling_and_a_shared_week_is_both_s():
    found = stretches(Events({"shifts": rota("Dee", "dee & Eli", "Shadow: Eli")}, Estate(zone="UTC"), Policy()))

    assert [(row.person, round(row.span_local_days)) for row in found.itertuples()] == [("Dee", 14), ("Eli", 7)]


@pytest.mark.parametrize(
    ("names", "at_least"),
    [
        (("Dee", "dee.ray@example.com", "Dee Ray", "DEE"), 1),
        (("dee@example.com", "dee.ray@example.com"), 2),
        (("Dee Ray", "Dee Fox"), 2),
        (("Dee Ray", "Dee Fox", "Dee"), 1),
        (("P01", "P02", "P03"), 3),
    ],
)
def test_so_many_people_there_are_at_least(names, at_least):
    assert len(set(told_apart(names).values())) == at_least


@pytest.mark.parametrize(
    ("weeks", "is_shown"), [(("Dee", "dee", "Eli & Flo", "Flo (swap)", "ELI"), False), (("Dee", "Eli", "Flo", "Gus", "Hal"), True)]
)
def test_three_people_under_five_spellings_are_too_few_for_a_row(weeks, is_shown):
    shown = rest(Events({"shifts": rota(*weeks)}, Estate(zone="UTC"), Policy()), Week.of(MONDAY + timedelta(weeks=2)))

    assert (len(shown.rotations), shown.too_small) == ((1, 0) if is_shown else (0, 1))
