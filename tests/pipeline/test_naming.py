"""Names nothing can carry and secrets in the wrong place are said by check-config, with the line."""

import re

import pytest

from pipeline.naming import LONGEST
from pipeline.settings import Unusable, load

SOURCE = 'use = "files"\npath = "records"\n'


@pytest.fixture
def said(tmp_path):
    def read(text):
        path = tmp_path / "soundings.toml"
        path.write_text(text)
        try:
            load(path)
        except Unusable as error:
            return [line.removeprefix(f"{path}:") for line in str(error).splitlines()]
        return []

    return read


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "-x", "a b", "Zoë", "日本", "", " ", "a\\nb", "a:b", "a%2Fb", "x" * (LONGEST + 1)])
@pytest.mark.parametrize(("kind", "table"), [("sources", SOURCE), ("trackers", 'use = "folder"\npath = "prompts"\n'), ("teams", "")])
def test_what_airflow_or_a_file_cannot_carry_is_no_name(said, kind, table, name):
    (problem,) = said(f'\n[{kind}."{name}"]\n{table}')

    assert problem.startswith("1:" if "\\" in name else "2:")
    assert "cannot be a name here" in problem


def test_a_name_is_shown_as_it_was_written_and_ends_no_line(said):
    assert said(f'[sources."Über"]\n{SOURCE}')[0].startswith('1: sources."Über": ')
    assert len(said(f'[sources."a\\u2028b"]\n{SOURCE}')) == 1


@pytest.mark.parametrize("name", ["derive", "prompt", "report", "Failed", "look", "prompts"])
def test_a_source_is_not_called_like_something_else_in_the_figures_of_a_run(said, name):
    (problem,) = said(f"\n[sources.{name}]\n{SOURCE}")

    assert problem.startswith(f"2: sources.{name}: '{name}' cannot be the name of a source: ")
    assert said(f'[sources.{name}_source]\n{SOURCE}[teams.{name}]\n[trackers.{name}]\nuse = "folder"\npath = "prompts"\n') == []


@pytest.mark.parametrize("name", ["git", "Git_2", "a.b", "a-b", "_x", "9", "x" * LONGEST])
def test_what_airflow_takes_is_a_name(said, name):
    from airflow.utils.helpers import validate_key  # noqa: PLC0415 - over a second for each process that only collects

    validate_key(f"pull_{name}")

    assert said(f'[sources."{name}"]\n{SOURCE}[teams."{name}"]\n') == []


@pytest.mark.parametrize("kind", ["services", "people"])
def test_a_service_and_a_person_are_called_what_people_call_them(said, kind):
    assert said(f'[{kind}."acme/shop · Zoë"]\n') == []
    for name in ("", " cart", "a\\tb", "a\\u0007b"):
        (problem,) = said(f'[{kind}."{name}"]\n')
        assert "write it on one line" in problem


@pytest.mark.parametrize("kind", ["sources", "teams", "services", "people"])
def test_names_that_differ_in_large_and_small_letters_alone_are_one(said, kind):
    table = SOURCE if kind == "sources" else ""
    (problem,) = said(f"[{kind}.Shop]\n{table}\n[{kind}.shop]\n{table}")

    assert re.match(rf"{5 if table else 3}: {kind}\.shop: 'shop' and 'Shop' differ in large and small letters alone", problem)


TOKEN = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('token = "s3cret-and-long"', "sources.x.token"),
        ('password = "s3cret-and-long"', "sources.x.password"),
        ('api_key = "s3cret-and-long"', "sources.x.api_key"),
        ('github-token = "s3cret-and-long"', "sources.x.github-token"),
        ("client_secret = 's3cret-and-long'", "sources.x.client_secret"),
        (f'conn_id = "{TOKEN}"', "sources.x.conn_id"),
        (f'base_url = "https://x.example/{TOKEN}"', "sources.x.base_url"),
        (f'auth = ["Bearer {TOKEN}"]', "sources.x.auth"),
        ('headers = {Authorization = "Basic c29tZWJvZHk6c29tZXRoaW5n"}', "sources.x.headers"),
    ],
)
def test_a_secret_says_where_it_belongs_and_is_not_repeated(said, line, key):
    problems = said(f"[sources.x]\n{SOURCE}{line}\n")

    assert [one for one in problems if one.startswith(f"4: {key}") and 'write conn_id = "NAME"' in one]
    for secret in (TOKEN, "s3cret", "c29tZ"):
        assert secret not in "".join(problems)


def test_a_token_in_a_place_of_another_type_is_not_repeated_either(said):
    problems = said(f'[sources.x]\nuse = "github"\nrepositories = "{TOKEN}"\n[services.y]\npages = "{TOKEN}"\n')

    assert [one[:1] for one in problems] == ["3", "5"]
    assert TOKEN not in "".join(problems)


def test_a_word_about_secrets_is_none(said):
    assert said(f'[sources.token]\n{SOURCE}[services.secrets]\nrepositories = ["acme/token-service", "acme/password"]\n') == []


def test_a_connector_nobody_wrote_says_which_there_are_and_how_to_write_one(said):
    (problem,) = said('[sources.x]\nuse = "gitlab"\n')

    assert problem.startswith("2: sources.x.use: there is no source 'gitlab'; there are files, git, github, ical, launchdarkly, pagerduty.")
    assert "`soundings new-source gitlab` begins one" in problem
    (problem,) = said('[trackers.x]\nuse = "Linear!"\n')
    assert "there is no tracker 'Linear!'; there are folder, " in problem
    assert "new-source" not in problem
