"""Commits no git of today would write, made by hand: each is taken with what it has, or set aside alone."""

from datetime import UTC, datetime, timedelta

import pytest

from signals.pulled import Unfit
from signals.records import Commit
from signals.windows import Window
from tests.connectors.git_history import EVER, START, History, records

FROM_1970 = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
SOUND = "Cy <cy@shop.example> 1767700000 +0000"
AT = datetime.fromtimestamp(1767700000, UTC)
# (author, committer, what stands behind them) -> author, when it was committed and when it was written
TAKEN = {
    "no author's time": (("author Ann <ann@shop.example>", f"committer {SOUND}", ""), ("ann@shop.example", AT, None)),
    "no committer's time": ((f"author {SOUND}", "committer Ann <ann@shop.example>", ""), ("cy@shop.example", AT, AT)),
    "no author": (("", f"committer {SOUND}", ""), (None, AT, None)),
    "no committer": ((f"author {SOUND}", "", ""), ("cy@shop.example", AT, AT)),
    "no mail": (("author Ann 1767700000 +0000", f"committer {SOUND}", ""), (None, AT, None)),
    "an empty mail": (("author Ann <> 1767700000 +0000", f"committer {SOUND}", ""), ("Ann", AT, AT)),
    "author before 1970": (("author Ann <ann@shop.example> -5 +0000", f"committer {SOUND}", ""), ("ann@shop.example", AT, None)),
    "committer before 1970": ((f"author {SOUND}", "committer Ann <ann@shop.example> -5 +0000", ""), ("cy@shop.example", AT, AT)),
    "committer in 2200": ((f"author {SOUND}", "committer Ann <ann@shop.example> 7258118400 +0000", ""), ("cy@shop.example", AT, AT)),
    "committer beyond 64 bits": ((f"author {SOUND}", f"committer Ann <ann@shop.example> {9**30} +0000", ""), ("cy@shop.example", AT, AT)),
    "author beyond every calendar": (
        ("author Ann <ann@shop.example> 99999999999999 +9999", f"committer {SOUND}", ""),
        ("ann@shop.example", AT, None),
    ),
    "a zone no clock has": (("author Ann <ann@shop.example> 1767700000 +051800", f"committer {SOUND}", ""), ("ann@shop.example", AT, AT)),
    "a zone twice negative": ((f"author {SOUND}", "committer Ann <ann@shop.example> 1767700000 --700", ""), ("cy@shop.example", AT, AT)),
    "two authors": ((f"author {SOUND}\nauthor Ann <ann@shop.example> 1767700000 +0000", f"committer {SOUND}", ""), ("ann@shop.example", AT, AT)),
    "an unknown charset": ((f"author {SOUND}", f"committer {SOUND}", "encoding X-NONE\n"), ("cy@shop.example", AT, AT)),
    "a signature": (
        (f"author {SOUND}", f"committer {SOUND}", "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END\n"),
        ("cy@shop.example", AT, AT),
    ),
    "a merged tag": (
        (f"author {SOUND}", f"committer {SOUND}", "mergetag object 0\n type commit\n tagger T <t> 1 +0000\n"),
        ("cy@shop.example", AT, AT),
    ),
    "a NUL in a name": (("author A\0nn <ann@shop.example> 1767700000 +0000", f"committer {SOUND}", ""), (None, AT, None)),
}
SET_ASIDE = {
    "neither time": ("author Ann <ann@shop.example>", "committer Ann <ann@shop.example>", ""),
    "nobody": ("author", "committer", ""),
    "times in words": ("author Ann <ann@shop.example> Mon Jan 5 2026", "committer Ann <ann@shop.example> Mon Jan 5 2026", ""),
    "a charset git loses it in": (f"author {SOUND}", f"committer {SOUND}", "encoding UTF-16\n"),
}


class Odd(History):
    def written(self, author, committer, more, message):
        """A commit of exactly these lines on top of the branch."""
        head = f"tree {self.git('rev-parse', 'HEAD^{tree}')}\nparent {self.git('rev-parse', 'HEAD')}\n"
        lines = "".join(f"{line}\n" for line in (author, committer) if line)
        raw = f"{head}{lines}{more}{message}".encode("utf-8", "surrogateescape")
        self.git("update-ref", "refs/heads/main", self.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", given=raw))


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    history = Odd(tmp_path_factory.mktemp("odd") / "shop")
    history.change("a", "1", "first")
    for title, (lines, _) in TAKEN.items():
        history.written(*lines, f"\n{title}\n")
    for title, lines in SET_ASIDE.items():
        history.written(*lines, f"\n{title}\n")
    history.written(f"author {SOUND}", f"committer {SOUND}", "", "")
    history.at = START.replace(month=2)
    history.change("a", "2", "last")
    return history


@pytest.mark.parametrize("window", [EVER, FROM_1970], ids=["from 2000", "from 1970"])
def test_every_odd_commit_is_taken_with_what_it_has_or_set_aside_alone(odd, window):
    found = records(odd.folder, window)
    taken = {one.title: (one.author, one.committed_at, one.authored_at) for one in found if isinstance(one, Commit)}
    aside = [one for one in found if isinstance(one, Unfit)]

    assert {title: taken.get(title) for title in TAKEN} == {title: right for title, (_, right) in TAKEN.items()}
    assert taken.keys() - TAKEN.keys() == {"first", "last", ""}
    assert len(aside) == len(SET_ASIDE)
    assert len(found) == len({one.native_id for one in found})
    for one in aside:
        assert f"git cat-file commit {one.native_id.partition('@')[2]}" in one.reason


def test_a_commit_that_ends_with_its_head_has_no_message(odd):
    assert [(one.title, one.body) for one in records(odd.folder) if isinstance(one, Commit) and not one.title] == [("", "")]


def test_a_first_commit_without_an_author_s_time_is_no_merge(tmp_path):
    history = Odd(tmp_path / "shop")
    tree = history.git("hash-object", "-t", "tree", "-w", "--stdin", given=b"")
    raw = f"tree {tree}\nauthor Ann <ann@shop.example>\ncommitter {SOUND}\n\nroot\n".encode()
    history.git("update-ref", "refs/heads/main", history.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", given=raw))

    (commit,) = records(history.folder)
    assert (commit.title, commit.author, commit.is_merge, commit.authored_at) == ("root", "ann@shop.example", False, None)


def test_odd_commits_with_configuration_end_nothing_either(odd):
    changed = [one for one in records(odd.folder, config=["a"]) if not isinstance(one, Commit | Unfit)]

    assert [one.title for one in changed] == ["last", "first"]


def test_the_window_a_later_pull_asks_for_brings_the_odd_commits_pushed_in_it(tmp_path):
    history = Odd(tmp_path / "shop")
    history.change("a", "1", "first")
    history.written(*TAKEN["no committer's time"][0], "\nbefore\n")
    since = START.replace(month=3)
    history.at = since + timedelta(hours=1)
    history.written(*TAKEN["no committer's time"][0], "\nwithout a time\n")
    history.written(*TAKEN["committer in 2200"][0], "\nfrom 2200\n")

    found = records(history.folder, Window(since, since.replace(month=4)))
    assert {one.title for one in found} == {"without a time", "from 2200"}
