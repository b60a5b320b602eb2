"""Commits from real repositories."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.commit_message import LONGEST_BODY
from connectors.errors import Busy, Refused
from connectors.registry import sources
from signals.windows import Window
from tests.connectors.git_history import EVER, START, History, commits, records


def by_title(path, **options):
    return {commit.title: commit for commit in commits(path, **options)}


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "shop")


def test_a_commit_has_its_identity_times_words_and_paths(history):
    history.write("ä b\n.txt", "1")
    sha = history.change("src/a.py", "1", "Add a (#12)\n\nWhy.\n\nCo-authored-by: Bob <BOB@example.com>\n", GIT_AUTHOR_DATE="1700000000 +0000")

    (commit,) = commits(history.folder)

    assert commit.native_id == f"shop@{sha}"
    assert (commit.repo, commit.scope, commit.sha, commit.author) == ("shop", "shop", sha, "ada@example.com")
    assert (commit.committed_at, commit.authored_at) == (START + timedelta(hours=1), datetime.fromtimestamp(1700000000, UTC))
    assert (commit.title, commit.pr_ref, commit.co_authors) == ("Add a (#12)", "shop#12", ("bob@example.com",))
    assert commit.body == "Why.\n\nCo-authored-by: Bob <BOB@example.com>"
    assert set(commit.paths) == {"src/a.py", "ä b\n.txt"}
    assert not commit.is_bot
    assert not commit.is_merge


def test_any_bytes_in_a_message_a_name_and_a_path_are_read(history):
    history.write(b"caf\xe9".decode("utf-8", "surrogateescape"), "1")
    history.git("add", "--all")
    head = f"tree {history.git('write-tree')}\nauthor \x01 <> 1767600000 +0000\ncommitter \x01 <> 1767600000 +0000\n\n".encode()
    raw = head + b"\xff\xfe :100644 \x1b[31m\x02\n\n\x80body\n:000000 x\n"
    history.git("update-ref", "refs/heads/main", history.git("hash-object", "-t", "commit", "-w", "--stdin", given=raw))
    history.commit("")
    history.change("b", "2", "x" * 5000 + "\n\n" + "y" * (2 * LONGEST_BODY))

    newest, empty, oldest = commits(history.folder)

    assert oldest.title == "\\xff\\xfe :100644 \x1b[31m\x02"
    assert oldest.body == "\\x80body\n:000000 x"
    assert oldest.paths == ("caf\\xe9",)
    assert (empty.title, empty.body, empty.paths, empty.change_id) == ("", "", (), None)
    assert (len(newest.title), len(newest.body)) == (5000, LONGEST_BODY)


def test_a_program_is_told_from_a_person(history):
    history.commit("x", GIT_AUTHOR_NAME="dependabot[bot]", GIT_AUTHOR_EMAIL="x@y")
    history.commit("y", GIT_AUTHOR_NAME="Ann Abbott", GIT_AUTHOR_EMAIL="abbott@example.com")

    assert [commit.is_bot for commit in commits(history.folder)] == [False, True]


def test_windows_are_half_open_and_do_not_trust_the_order_of_times(history):
    history.commit("first")
    history.commit("second")
    history.commit("wrong clock", GIT_COMMITTER_DATE="946684800 +0000")  # 2000-01-01
    history.commit("future", GIT_COMMITTER_DATE="3786912000 +0000")  # 2090
    first, second = START + timedelta(hours=1), START + timedelta(hours=2)

    assert [one.title for one in commits(history.folder, Window(first, second))] == ["first"]
    assert [one.title for one in commits(history.folder, Window(first + timedelta(microseconds=1), second + timedelta(microseconds=1)))] == ["second"]
    assert {one.title for one in commits(history.folder)} == {"first", "second", "wrong clock"}
    assert commits(history.folder, Window(first, first)) == []


def test_a_merge_of_three_is_one_commit_with_the_paths_it_brought(history):
    base = history.change("a", "1", "base")
    for name in ("one", "two"):
        history.git("checkout", "--quiet", "-b", name, base)
        history.change(name, "1", name)
    history.git("checkout", "--quiet", "main")
    history.at += timedelta(hours=1)
    history.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #5 from o/revert-4-x\n\nRevert y", "one", "two")

    merge = commits(history.folder)[0]

    assert merge.is_merge
    assert set(merge.paths) == {"one", "two"}
    assert (merge.branch, merge.pr_ref) == ("revert-4-x", "shop#5")
    assert len(commits(history.folder)) == 4


def test_gitlab_names_its_merge_request_in_the_body(history):
    history.commit("Merge branch 'fix' into 'main'\n\nFix\n\nSee merge request group/shop!12\n")

    (commit,) = commits(history.folder)

    assert (commit.branch, commit.pr_ref) == ("fix", "shop#12")


def test_an_exact_undo_by_git_or_by_hand_matches_what_it_undid(history):
    history.change("a", "1", "base")
    changed = history.change("a", "2", "changed")
    history.at += timedelta(hours=1)
    history.git("revert", "--no-edit", changed)
    history.write("b", "new")
    history.change("a", "2", "two files")
    (history.folder / "b").unlink()
    history.change("a", "1", "two files by hand")
    history.change("a", "3", "something else")

    found = by_title(history.folder)

    assert found['Revert "changed"'].change_id == found["changed"].undo_id
    assert found["two files by hand"].change_id == found["two files"].undo_id
    assert found["something else"].change_id not in {commit.undo_id for commit in found.values()}
    assert f"This reverts commit {changed}." in found['Revert "changed"'].body


def test_a_second_pull_is_identical_and_a_force_push_shows_the_new_history(history):
    history.change("a", "1", "kept")
    history.change("a", "2", "taken away")

    assert records(history.folder) == records(history.folder)

    history.git("reset", "--quiet", "--hard", "HEAD~1")
    history.change("a", "3", "instead")

    assert [commit.title for commit in commits(history.folder)] == ["instead", "kept"]


def test_the_configuration_of_a_repository_runs_nothing(history, tmp_path):
    history.change("a.yaml", "a: 1", "x")
    sign = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {sign}\n")
    script.chmod(0o755)
    for key in ("gpg.program", "core.fsmonitor", "diff.external", "core.pager", "diff.x.textconv", "core.sshCommand"):
        history.git("config", key, str(script))
    history.git("config", "log.showSignature", "true")
    history.write(".gitattributes", "*.yaml diff=x")
    history.change("a.yaml", "a: 2", "y")
    sign.unlink(missing_ok=True)

    assert len(records(history.folder, config=["*.yaml"])) == 4
    assert not sign.exists()


def test_replaced_commits_are_read_as_they_were_written(history):
    old, new = history.commit("old"), history.commit("new")
    history.git("replace", new, old)

    assert [commit.title for commit in commits(history.folder)] == ["new", "old"]


def test_bare_empty_and_several_repositories(tmp_path):
    for name in ("team/one", "team/two.git", "team/empty"):
        History(tmp_path / name, *(["--bare"] if name.endswith(".git") else []))
    one = History(tmp_path / "team/one")
    one.change("a", "1", "in one")
    one.git("push", "--quiet", str(tmp_path / "team/two.git"), "main")

    assert {commit.repo for commit in commits(tmp_path / "team")} == {"one", "two"}
    assert {commit.repo for commit in commits(tmp_path / "*" / "*")} == {"team/one", "team/two"}
    assert [commit.repo for commit in commits(tmp_path / "team/two.git")] == ["two"]
    assert [commit.repo for commit in commits(tmp_path / "team/two.git", repo="acme/two")] == ["acme/two"]
    assert commits(tmp_path / "team/empty") == []
    with pytest.raises(Refused, match="`repo` names one repository"):
        commits(tmp_path / "team", repo="x")


def test_what_cannot_be_read_is_refused_with_the_remedy(history, tmp_path):
    history.commit("x")
    (tmp_path / "plain").mkdir()
    with pytest.raises(Refused, match="no git repository at"):
        commits(tmp_path / "missing")
    with pytest.raises(Refused, match="no git repository at"):
        commits(tmp_path / "plain")
    with pytest.raises(Refused, match="no branch nowhere"):
        commits(history.folder, branch="nowhere")
    history.commit("y")
    history.git("clone", "--quiet", "--depth=1", f"file://{history.folder}", str(tmp_path / "shallow"))
    with pytest.raises(Refused, match="unshallow"):
        commits(tmp_path / "shallow")
    history.git("symbolic-ref", "HEAD", "refs/heads/gone")
    with pytest.raises(Refused, match="set `branch`"):
        commits(history.folder)
    assert len(commits(history.folder, branch="main")) == 2


def test_a_damaged_repository_is_refused_and_not_half_read(history):
    history.change("a", "1", "x")
    history.change("a", "2", "y")
    tree = history.git("rev-parse", "HEAD~1^{tree}")
    (history.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(Refused, match="git fsck"):
        commits(history.folder)


def test_a_missing_git_and_the_time_limit_are_said(history, monkeypatch, tmp_path):
    history.commit("x")
    stuck = tmp_path / "bin" / "git"
    stuck.parent.mkdir()
    stuck.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", str(stuck.parent))
    with pytest.raises(Busy, match="limit_seconds"):
        commits(history.folder, limit_seconds=0.05)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused, match="install git"):
        commits(history.folder)


def test_an_abandoned_read_leaves_no_process(history):
    for number in range(5):
        history.commit(str(number))
    reading = sources()["git"].pull(None, EVER, path=str(history.folder))
    first = next(reading)
    reading.close()

    assert replace(first) == commits(history.folder)[0]
