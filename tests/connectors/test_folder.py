from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Refused
from connectors.folder import Folder
from connectors.registry import trackers

HOSTILE = '@everyone "quoted": ---\n```\n::set-output name=x::1\n---\ntitle: other\nend'


@pytest.fixture
def folder(tmp_path):
    return Folder(None, path=str(tmp_path / "prompts"))


def test_the_folder_is_found_under_its_name():
    assert trackers()["folder"] == (Folder, None)


def test_a_ticket_is_a_markdown_file_named_by_its_code_and_title(folder, tmp_path):
    ticket = folder.open("LO-7f3a91c2", "The cart lost its items: what surprised us?", "Some text\n")

    names = [path.name for path in (tmp_path / "prompts").iterdir()]
    assert names == ["LO-7f3a91c2-the-cart-lost-its-items-what-surprised-us.md"]
    assert (ticket.number, ticket.is_open, ticket.is_ours, ticket.is_touched) == ("LO-7f3a91c2", True, True, False)
    assert ticket.url == (tmp_path / "prompts" / names[0]).as_uri()


def test_text_from_outside_comes_back_as_it_was_given(folder):
    folder.open("LO-1", HOSTILE.replace("\n", " "), HOSTILE)

    ticket = folder.read("LO-1")
    assert (ticket.title, ticket.body, ticket.is_touched) == (HOSTILE.replace("\n", " "), HOSTILE, False)


def test_opening_a_code_again_gives_the_first_ticket_and_writes_nothing(folder, tmp_path):
    folder.open("LO-1", "First", "one")
    again = folder.open("LO-1", "Second", "two")

    assert (again.title, again.body) == ("First", "one")
    assert len(list((tmp_path / "prompts").iterdir())) == 1


def test_many_openers_of_one_code_make_one_file(folder, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        tickets = list(pool.map(lambda n: folder.open("LO-1", "Same", f"body {n}"), range(40)))

    assert len({ticket.body for ticket in tickets}) == 1
    assert [path.name for path in (tmp_path / "prompts").iterdir()] == ["LO-1-same.md"]


def test_a_code_is_told_from_a_longer_one(folder):
    folder.open("LO-12", "Other", "")

    assert folder.read("LO-1") is None


def test_what_people_write_into_the_file_is_noticed(folder, tmp_path):
    folder.open("LO-1", "Title", "body")
    path = next((tmp_path / "prompts").iterdir())
    path.write_text(path.read_text() + "\nWe learned that the cache was cold.\n")

    ticket = folder.read("LO-1")
    assert (ticket.is_touched, ticket.is_open) == (True, True)
    assert "cache was cold" in ticket.body


@pytest.mark.parametrize("written", ["state: closed", 'state: "closed"', "state:   Closed"])
def test_people_close_a_ticket_by_its_state(folder, tmp_path, written):
    folder.open("LO-1", "Title", "body")
    path = next((tmp_path / "prompts").iterdir())
    path.write_text(path.read_text().replace("state: open", written))

    ticket = folder.read("LO-1")
    assert (ticket.is_open, ticket.is_touched) == (False, True)


def test_a_deleted_file_is_a_deleted_ticket(folder, tmp_path):
    folder.open("LO-1", "Title", "body")
    next((tmp_path / "prompts").iterdir()).unlink()

    assert folder.read("LO-1") is None


def test_find_gives_tickets_opened_since_then_and_leaves_other_files_alone(folder, tmp_path):
    before = datetime.now(UTC)
    folder.open("LO-1", "Title", "body")
    (tmp_path / "prompts" / "README.md").write_text("# What this folder is\n")

    assert [ticket.number for ticket in folder.find(before)] == ["LO-1"]
    assert list(folder.find(before + timedelta(minutes=1))) == []


def test_a_ticket_whose_first_lines_are_spoilt_says_which_file_and_what_to_do(folder, tmp_path):
    folder.open("LO-1", "Title", "body")
    path = next((tmp_path / "prompts").iterdir())
    path.write_text(path.read_text().replace("opened_at", "opend"))

    with pytest.raises(Refused, match=r"LO-1-title\.md: .* need code, title, opened_at"):
        folder.read("LO-1")


def test_a_path_that_is_a_file_is_said_when_the_folder_is_looked_at(tmp_path):
    (tmp_path / "prompts").write_text("mine")
    with pytest.raises(Refused, match=r"prompts is no folder: set `path` of this tracker"):
        list(Folder(None, path=str(tmp_path / "prompts")).find(datetime.now(UTC)))


@pytest.mark.parametrize("code", ["../x", "a/b", "", "*", "LO-", "a b"])
def test_a_code_that_is_no_file_name_is_refused(folder, code):
    with pytest.raises(Refused):
        folder.open(code, "Title", "body")
    assert folder.read(code) is None
