"""Commits that reach the branch late, or whose clocks are wrong: each arrives, whatever its committer time says."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.git import pull
from signals.records import Commit, ConfigChange
from signals.windows import Window
from tests.connectors.git_history import EVER, START, History

NOW = datetime.now(UTC)
MONTH = Window(NOW - timedelta(days=30), NOW + timedelta(hours=1))
MANY = 1_000


@pytest.fixture
def history(tmp_path):
    """A repository whose commits are of January."""
    made = History(tmp_path / "shop")
    made.change("a", "1", "first")
    return made


@pytest.fixture(params=["mirror", "clone"])
def read(request, history, tmp_path):
    """Look at the month once more, through a mirror of ours or a clone somebody keeps up to date; the first look is long ago."""
    clone = tmp_path / "clone"
    history.git("clone", "--quiet", str(history.folder), str(clone))
    where = {"url": f"file://{history.folder}", "cache": str(tmp_path / "cache")} if request.param == "mirror" else {"path": str(clone)}

    def records(window=MONTH, **options):
        clean = History(clone)
        clean.git("pull", "--quiet", "--ff-only", GIT_COMMITTER_DATE=f"{int(NOW.timestamp())} +0000")  # the reflog takes its time from here
        return list(pull(None, window, **where, **options))

    records()
    return records


def old_commits(history, count=MANY):
    """So many commits of January on top of the branch, pushed now."""
    lines = []
    for number in range(count):
        at = int(START.timestamp()) + 60 * number
        lines += ["commit refs/heads/main", f"committer Ada <ada@example.com> {at} +0000", f"data {len(str(number))}", str(number)]
        lines += ["from refs/heads/main^0"] * (number == 0) + ["M 644 inline app.yaml", f"data {len(f'n: {number}')}", f"n: {number}", ""]
    history.git("fast-import", "--quiet", "--force", given="\n".join(lines).encode())
    history.git("reset", "--quiet", "--hard")


def test_a_thousand_commits_pushed_ten_months_late_all_arrive_with_their_settings(history, read):
    old_commits(history)
    found = read(config=["app.yaml"])

    assert {commit.title for commit in found if isinstance(commit, Commit)} == {str(number) for number in range(MANY)}
    assert sum(isinstance(change, ConfigChange) for change in found) == MANY
    assert read(config=["app.yaml"]) == found


def test_an_old_branch_that_is_merged_now_arrives_with_its_commits(history, read):
    history.git("checkout", "--quiet", "-b", "long-lived")
    history.change("b", "1", "months of work")
    history.git("checkout", "--quiet", "main")
    history.at = NOW
    history.git("merge", "--quiet", "--no-ff", "-m", "Merge it", "long-lived")

    assert [commit.title for commit in read()] == ["Merge it", "months of work"]


def test_a_commit_of_the_future_silences_nothing_and_comes_when_its_time_has_come(history, read):
    tomorrow = NOW + timedelta(days=1)
    history.commit("a fast clock", GIT_COMMITTER_DATE=f"{int(tomorrow.timestamp())} +0000")
    history.commit("now", GIT_COMMITTER_DATE=f"{int(NOW.timestamp())} +0000")

    assert [commit.title for commit in read()] == ["now"]
    assert [commit.title for commit in read(Window(MONTH.start, tomorrow + timedelta(seconds=1)))] == ["now", "a fast clock"]


def test_what_was_on_the_branch_before_is_not_read_again(history, read):
    history.commit("new", GIT_COMMITTER_DATE=f"{int(NOW.timestamp())} +0000")

    assert [commit.title for commit in read()] == ["new"]


def test_a_force_push_brings_the_old_commits_of_the_new_history(history, tmp_path):
    def titles(window):
        return [commit.title for commit in pull(None, window, url=f"file://{history.folder}", cache=str(tmp_path / "cache"))]

    assert titles(EVER) == ["first"]
    history.git("checkout", "--quiet", "--orphan", "anew")
    history.change("a", "2", "rewritten, and as old")
    history.git("branch", "--quiet", "-M", "anew", "main")

    assert titles(MONTH) == ["rewritten, and as old"]
