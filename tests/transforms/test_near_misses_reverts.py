"""NM-02: a commit that undoes an earlier one, however its message says so."""

import subprocess
import time
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from transforms.estate import Estate
from transforms.events import Events
from transforms.events.messages import named
from transforms.events.reading import reading, reason
from transforms.near_misses import near_misses
from transforms.policy import Policy
from transforms.prompts.plan import mark

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHAS = [f"{number:x}{'0' * 38}{number:x}" for number in range(1, 16)]


def commits(*messages, hours=None, **columns):
    """A history, one message (title, or title and body after an empty line) an hour."""
    at = [START + timedelta(hours=hour) for hour in (hours or range(len(messages)))]
    split = [message.partition("\n\n") for message in messages]
    frame = pd.DataFrame(
        {
            "source": "git",
            "native_id": [f"shop@{sha}" for sha in SHAS[: len(messages)]],
            "sha": SHAS[: len(messages)],
            "repo": "acme/shop",
            "service": "shop",
            "author": "p1",
            "committed_at": pd.to_datetime(at, utc=True),
            "title": [title for title, _, _ in split],
            "body": [body for _, _, body in split],
        }
    )
    return frame.assign(**columns)


def found(frame, **others):
    return near_misses(Events({"commits": frame, **others}, Estate(), Policy()))


def pairs(frame, **others):
    """Who was undone by whom, as numbers from 1, with the method."""
    numbers = {f"shop@{sha}": number for number, sha in enumerate(SHAS, 1)}
    hits = found(frame, **others).hits
    return sorted((numbers[a], numbers[b], e["method"]) for a, b, e in zip(hits["trigger_id"], hits["recovery_id"], hits["evidence"], strict=True))


def revert_of(sha, title="Add tax"):
    return f'Revert "{title}"\n\nThis reverts commit {sha}.'


@pytest.mark.parametrize(
    ("message", "method"),
    [
        (revert_of(SHAS[0]), "sha"),
        (f'Revert "Add tax"\n\nThis reverts commit {SHAS[0][:7]} (Add tax, 2026-03-02).', "sha"),
        (f'Revert "Merge branch tax"\n\nThis reverts commit {SHAS[0]}, reversing\nchanges made to {SHAS[14]}.', "sha"),
        (f"Take tax out again\n\nThis reverts commit {SHAS[0]}.", "sha"),
        (f"Revert {SHAS[0][:10]}", "sha"),
        ("Revert the tax change (#9)\n\nReverts acme/shop#7", "pr"),
        ("Take it back\n\nReverts #7", "pr"),
        ("Take it back\n\nReverts https://github.com/acme/shop/pull/7", "pr"),
        ("revert #7", "pr"),
        ("Revert “Tax”\n\nThis reverts merge request !7", "pr"),
        ("Take it back\n\nReverts https://gitlab.example/acme/shop/-/merge_requests/7.", "pr"),
        ('Revert "Add tax (#7)" (#9)', "pr"),
        ('Revert "Add tax"', "title"),
        ('Revert "Add tax" (#9)', "title"),
        ('prices: revert "Add tax"', "title"),
        ("revert: Add tax", "title"),
        ("Revert Add tax", "title"),
        ("Roll back “Add tax”", "title"),
        (f"Backed out changeset {SHAS[0][:12]} (bug 1812345) for red tests CLOSED TREE", "sha"),
        (f"Automated Code Change\n\nAutomated rollback of commit {SHAS[0]}", "sha"),
        (f"Internal change only\n\nReverts {SHAS[0]}\n\nPiperOrigin-RevId: 7", "sha"),
        (f'Back out "Add tax"\n\nOriginal commit changeset: {SHAS[0][:12]}', "sha"),
        (f"Bisect says so\n\nThis diff is reverting D7654321\n\nOriginal commit changeset: {SHAS[0][:12]}", "sha"),
        (f"Rolled back commit {SHAS[0][:7]}", "sha"),
        (f"Only the old prices\n\nThis partially reverts commit {SHAS[0]}.", "sha"),
        (f"Two at once\n\nThis reverts commits:\n\n- {SHAS[14]}\n- {SHAS[0]}", "sha"),
        (f"Two at once\n\nThis reverts commit {SHAS[14][:8]} and commit {SHAS[0][:8]}.", "sha"),
        ("Back to yesterday\n\nReverts:\n- #7\n- #8", "pr"),
        ("Keep Norway\n\nSemi-revert of #7", "pr"),
        ("Keep Norway\n\nPartially reverts #7", "pr"),
        ("[bazel] rollback #7 and #8\n\nSince #6 was rolled back, these go, too.", "pr"),
        ("Undo 'Add tax'", "title"),
        ("SHOP-13 - Revert 'Add tax'", "title"),
        ("HOTFIX Revert «Add tax»", "title"),
        ("⏪️ Revert “Add tax”", "title"),
        ("revert(prices)!: Add tax", "title"),
        ("回滚 “Add tax”", "title"),
    ],
)
def test_every_way_of_naming_what_is_undone_leads_to_it(message, method):
    assert pairs(commits("Add tax (#7)", "Unrelated", message)) == [(1, 3, method)]


@pytest.mark.parametrize(
    ("done", "undone"),
    [
        ("feat(prices): add tax to carts", "revert(prices): add tax to carts"),
        ("SHOP-12 Add tax to carts", "Revert 'Add tax to carts'"),
        ("✨ Add tax to carts", "Revert 'Add tax to carts'"),
        ("Merged PR 7: Add tax to carts", "Merged PR 8: Revert 'Merged PR 7: Add tax to carts'"),
        ("Merged PR 7: Add tax to carts", "Merged PR 8: Not now\n\nReverts !7"),
    ],
)
def test_what_stands_before_a_title_does_not_hide_it(done, undone):
    assert [pair[:2] for pair in pairs(commits(done, "Unrelated", undone))] == [(1, 3)]


@pytest.mark.parametrize(
    "message",
    [
        revert_of("d" * 39 + "1", "Add a rebate"),
        'Revert "Something this history never had"',
        "Reverts acme/other#7",
        "Revert tax",
        "Practically reverts #7",
        "Instead of reverting #7 the rounding is mended",
        "Mended\n\nFixes what reverting #7 broke.",
        "Mended\n\nNo need to revert #7 any more.",
        "Mended\n\nReverting #7 broke the shop.",
        "Mended\n\nIf carts are slow, revert #7.",
        "Mended\n\n> This reverts #7",
        "Many things\n\n* Add a page\n* Reverts #7",
        "Bump prices from 1.2 to 1.3\n\nRelease notes:\nReverts #7",
        "Since #7 was rolled back this goes, too",
        "Do not revert 'Add tax'",
        "We can revert this commit later if needed",
        "Never revert a rollback without asking",
        'Say "Add tax" louder',
    ],
)
def test_what_cannot_be_resolved_is_no_hit(message):
    assert pairs(commits("Add tax (#7)", "Unrelated", message)) == []


def test_a_squashed_branch_that_reverted_its_own_steps_is_no_hit():
    body = '* Add tax\n\n* Revert "Add rebate"\n\nThis reverts commit ' + "e" * 39 + "2."
    assert pairs(commits("Add rebate", f"Add tax (#8)\n\n{body}")) == []


@pytest.mark.parametrize("again", ['Revert "Revert "Add tax""', 'Reapply "Add tax"', 'Revert^2 "Add tax"', 'Reland "Add tax"', "Put tax back"])
def test_undoing_an_undoing_is_no_hit(again):
    history = commits("Add tax", revert_of(SHAS[0]), f"{again}\n\nThis reverts commit {SHAS[1]}.")
    assert pairs(history) == [(1, 2, "sha")]


@pytest.mark.parametrize("again", ['Revert "Revert "Add tax""', 'Reapply "Add tax"', "Revert^2 “Add tax”"])
def test_undoing_an_undoing_is_no_hit_where_only_titles_say_so(again):
    assert pairs(commits("Add tax", 'Revert "Add tax"', again)) == [(1, 2, "title")]


def test_what_was_reapplied_can_be_undone_once_more():
    history = commits("Add tax", 'Revert "Add tax"', 'Reapply "Add tax"', 'Revert "Add tax"')
    assert pairs(history) == [(1, 2, "title"), (1, 4, "title")]


def test_of_two_commits_with_one_title_the_latest_still_in_force_is_meant():
    assert pairs(commits("Bump", "Bump image", "Bump image", 'Revert "Bump image"')) == [(3, 4, "title")]
    assert pairs(commits("Bump image", "Bump image", 'Revert "Bump image"', 'Revert "Bump image"')) == [(1, 4, "title"), (2, 3, "title")]


def test_several_commits_named_at_once_are_each_undone():
    assert pairs(commits("One", "Two", "Three", f"Back\n\nThis reverts commits {SHAS[0]} and {SHAS[2]}.")) == [(1, 4, "sha"), (3, 4, "sha")]
    assert pairs(commits("One (#1)", "Two (#2)", "Back\n\nThis is a revert of #1 and #2.")) == [(1, 3, "pr"), (2, 3, "pr")]


def test_a_short_id_that_fits_two_commits_names_neither():
    history = commits("One", "Two", "Back\n\nThis reverts commit 1234567.")
    assert pairs(history.assign(sha=["1234567a" * 5, "1234567b" * 5, SHAS[2]])) == []


def test_the_same_words_in_another_repository_mean_another_commit():
    assert pairs(commits("Add tax (#7)", 'Revert "Add tax"\n\nReverts #7', repo=["acme/shop", "acme/other"])) == []


def test_a_title_that_was_cut_off_fits_by_its_start():
    assert pairs(commits("Disable the share until the disk is bigger", 'Revert "Disable the share until…"')) == [(1, 2, "title")]


def test_the_merge_of_a_revert_branch_does_not_count_again():
    merge = "Merge pull request #9 from acme/revert-7-tax\n\nRevert “Add tax”"
    assert pairs(commits("Add tax (#7)", revert_of(SHAS[0]), merge)) == [(1, 2, "sha")]
    copy = 'Merge "Revert "Add tax"" into main am: 1a2b3c4'
    assert pairs(commits("Add tax (#7)", revert_of(SHAS[0]), copy)) == [(1, 2, "sha")]


def test_the_merge_of_a_revert_branch_stands_for_it_where_only_merges_are_listed():
    history = commits("Merge pull request #7 from acme/tax\n\nAdd tax", "Merge pull request #9 from acme/revert-7-tax\n\nTake it out")
    assert pairs(history) == [(1, 2, "pr")]


def test_the_title_of_a_pull_request_leads_to_its_merge_or_to_the_commit_it_brought():
    history = commits("Tax", "Merge pull request #7 from acme/tax\n\nAdd tax to prices", 'Revert "Add tax to prices"')
    assert pairs(history) == [(2, 3, "title")]
    assert pairs(history.assign(paths=[["tax.py"], [], ["tax.py"]])) == [(1, 3, "title")]
    assert pairs(history.assign(paths=[["other.py"], [], ["tax.py"]])) == [(2, 3, "title")]


def test_a_pull_request_from_a_revert_branch_says_what_it_reverts():
    pull = {"source": "github", "native_id": "shop#9", "repo": "acme/shop", "merge_sha": SHAS[1], "branch": "revert-7-tax", "opened_at": START}
    assert pairs(commits("Add tax (#7)", "Take it out (#9)"), pull_requests=pd.DataFrame([pull])) == [(1, 2, "pr")]


def test_a_merge_request_is_known_by_the_reference_of_its_commit():
    history = commits("Merge branch 'tax' into 'main'\n\nSee merge request acme/shop!7", "Out again\n\nThis reverts merge request !7")
    assert pairs(history.assign(pr_ref=["acme/shop#7", None])) == [(1, 2, "pr")]


def test_an_opposite_diff_needs_no_words():
    history = commits("Add tax", "Unrelated", "Tidy prices", change_id=["aa", "xx", "bb"], undo_id=["bb", "yy", "aa"])
    assert pairs(history) == [(1, 3, "diff")]


def test_putting_an_opposite_diff_in_again_is_no_hit():
    history = commits("Add tax", "Tidy", "Tidy again", change_id=["aa", "bb", "aa"], undo_id=["bb", "aa", "bb"])
    assert pairs(history) == [(1, 2, "diff")]


@pytest.mark.parametrize(
    ("seconds", "confidence"), [(4 * 3600, 0.55), (4 * 3600 + 1, 0.50), (24 * 3600, 0.50), (24 * 3600 + 1, 0.30), (7 * 86400, 0.30)]
)
def test_the_sooner_a_commit_is_undone_the_surer(seconds, confidence):
    history = commits("Add tax", revert_of(SHAS[0]), hours=[0, seconds / 3600])
    assert found(history).hits["confidence"].tolist() == [confidence]


def test_after_seven_days_and_a_second_it_is_no_hit():
    assert pairs(commits("Add tax", revert_of(SHAS[0]), hours=[0, 168 + 1 / 3600])) == []


def test_a_title_alone_is_less_sure():
    assert found(commits("Add tax", 'Revert "Add tax"')).hits["confidence"].tolist() == [0.40]


@pytest.mark.parametrize(("deployed_at", "sha", "confidence"), [(1, SHAS[0], 0.70), (1, SHAS[1], 0.70), (3, SHAS[0], 0.55)])
def test_a_commit_that_had_reached_production_weighs_more(deployed_at, sha, confidence):
    history = commits("Add tax", "Next", revert_of(SHAS[0]))
    deploy = {
        "source": "cd",
        "native_id": "d",
        "service": "shop",
        "environment": "production",
        "version": "v1",
        "status": "success",
        "commit_sha": sha,
    }
    deploys = pd.DataFrame([deploy | {"started_at": START + timedelta(hours=deployed_at)}])
    assert found(history, deploys=deploys).hits["confidence"].tolist() == [confidence]


def test_a_commit_caught_before_production_weighs_less():
    history = commits("Old", "Add tax", revert_of(SHAS[1]))
    deploy = {"source": "cd", "native_id": "d", "service": "shop", "environment": "production", "version": "v1", "status": "success"}
    deploys = pd.DataFrame([deploy | {"commit_sha": SHAS[0], "started_at": START + timedelta(minutes=90)}])
    hit = found(history, deploys=deploys).hits.iloc[0]
    assert (hit["confidence"], hit["evidence"]["is_deployed"]) == (0.35, False)


def test_a_bot_that_undoes_its_own_change_within_one_run_is_set_aside():
    found_here = found(commits("Bump lib", revert_of(SHAS[0]), is_bot=True, hours=[0, 0.5]))
    assert found_here.near_misses["set_aside_reason"].tolist() == ["a bot undid its own change within one run"]
    assert found_here.hits["reading"].tolist() == ["process"]
    by_others = found(commits("Bump lib", revert_of(SHAS[0]), is_bot=True, author=["renovate", "deployer"]))
    assert by_others.near_misses["state"].tolist() == ["noticed"]


@pytest.mark.parametrize(
    ("said", "undone", "read"),
    [
        ("Reason for revert: breaks the build", "", "went_wrong"),
        ("Due to a crash loop on start", "", "went_wrong"),
        ("This does not work with Python 3.12", "", "went_wrong"),
        ("No longer needed", "", "planned"),
        ("Exam is over", "", "planned"),
        ("Roll back temporary timeout increase", "", "planned"),
        ("Requests timed out", "", "went_wrong"),
        ("Reverting to unblock the roll", "", "went_wrong"),
        ("", "Temporarily raise limits", "planned"),
        ("", "Raise memory for the workshop", "planned"),
        ("", "Point the shop at the old database while the new one is filled", "planned"),
        ("", "Keep both versions until March", "planned"),
        ("", "Temporary redirect of the shop", "planned"),
        ("", "Write to a temporary file", "unclear"),
        ("", "Temporary files are removed at start", "unclear"),
        ("", "Refuse a card that has expired", "unclear"),
        ("", "Drop the old endpoint, no longer needed", "unclear"),
        ("", "Turn the cache on now that the race is gone", "unclear"),
        ("", "Faster tests for export", "unclear"),
        ("", "Fix the hang while a page loads", "unclear"),
        ("", "Show what is open for today", "unclear"),
        ("Merged too early, the schema is not there", "", "process"),
        ("Let's wait for the migration", "", "process"),
        ("This went to the wrong branch", "", "process"),
        ("Merged by accident", "", "process"),
        ("Must not go out before the client is deployed", "", "process"),
        ("Will be re-landed in two parts", "", "process"),
        ("Merged too early and broke the shop", "", "went_wrong"),
        ("Superseded by the new limiter", "", "planned"),
        ("Repool after the maintenance", "", "planned"),
        ("It broke the login page", "Temporarily raise limits", "went_wrong"),
        ("", "Fix crash on start", "unclear"),
        ("See https://example.org/error/500", "", "unclear"),
        ("", "Bump version to 2.1.0", "process"),
        ("", "", "unclear"),
    ],
)
def test_the_words_beside_an_undoing_say_how_to_read_it(said, undone, read):
    assert reading(said, undone) == read


def test_planned_words_take_a_quarter_off_and_are_quoted_as_they_are():
    hit = found(commits("Raise limits", revert_of(SHAS[0], "Raise limits") + "\n\nThe workshop is over\n\nChange-Id: I12")).hits.iloc[0]
    assert (hit["confidence"], hit["reading"], hit["evidence"]["reason"]) == (0.30, "planned", "The workshop is over")


def test_the_reason_is_taken_verbatim_from_where_it_is_given():
    body = f"This reverts commit {SHAS[0]}.\n\nReason for revert: Causing failures on CI\nBug: 1234\nChange-Id: I5"
    assert reason(body) == "Causing failures on CI"
    assert reason("This reverts commit 1234567 which asked for more memory than there is.") == "which asked for more memory than there is."
    told = "Reverted https://github.com/acme/shop/pull/7 on behalf of bo due to a red build, see [the log](https://ci.example/17)"
    assert reason(f"This reverts commit {SHAS[0]}.\n\n{told}") == told
    assert reason("Reason for rollback: carts were empty\n\nTicket: A-1") == "carts were empty"
    assert reason('* Revert "Add tax"\n\nThis reverts commit 1234567.\n\nSigned-off-by: p1') == ""


def test_the_summary_repeats_no_text_of_a_commit():
    story = found(commits("Greet @mallory", revert_of(SHAS[0], "Greet @mallory"))).near_misses.iloc[0]
    assert story["summary"] == f"commit {SHAS[0][:12]} was undone after 60 minutes"


def test_a_very_long_message_is_read_in_no_time():
    started = time.process_time()
    assert named('Revert "' * 20_000, "This reverts commit " + "1234567 (" * 20_000).shas == ("1234567",)
    assert time.process_time() - started < 2


def git(folder, *words):
    identity = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S607


def logged(folder):
    """The history as git itself writes it, an hour a commit."""
    entries = [
        entry.split("\0") for entry in git(folder, "log", "--topo-order", "--reverse", "--format=%H%x00%s%x00%b%x01").split("\x01") if entry.strip()
    ]
    frame = pd.DataFrame([(sha.strip(), title, body) for sha, title, body in entries], columns=["sha", "title", "body"])
    at = pd.to_datetime([START + timedelta(hours=hour) for hour in range(len(frame))], utc=True)
    return frame.assign(source="git", native_id=frame["sha"], repo="shop", service="shop", committed_at=at)


@pytest.fixture(name="repository")
def _repository(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    for name in ("base", "tax"):
        (tmp_path / name).write_text(name)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", f"Add {name} to the shop")
    return tmp_path


def test_what_git_itself_writes_is_understood(repository):
    added = git(repository, "rev-parse", "HEAD")
    git(repository, "revert", "--no-edit", "HEAD")
    git(repository, "revert", "--no-edit", "HEAD")
    git(repository, "-c", "revert.reference=true", "revert", "--no-edit", "HEAD~2")
    history = logged(repository)
    hits = found(history).hits
    assert set(zip(hits["trigger_id"], hits["recovery_id"], strict=True)) == {(added, history["sha"].iloc[2]), (added, history["sha"].iloc[4])}


def test_a_revert_by_reference_is_understood(repository):
    added = git(repository, "rev-parse", "HEAD")
    git(repository, "-c", "revert.reference=true", "revert", "--no-edit", "HEAD")
    hits = found(logged(repository)).hits
    assert (hits["trigger_id"].tolist(), hits["evidence"].iloc[0]["method"]) == ([added], "sha")


def test_the_revert_of_a_merge_names_the_merge(repository):
    git(repository, "checkout", "-q", "-b", "rebate", "HEAD~1")
    (repository / "rebate").write_text("10")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "Add a rebate")
    git(repository, "checkout", "-q", "main")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge branch rebate", "rebate")
    merge = git(repository, "rev-parse", "HEAD")
    git(repository, "revert", "--no-edit", "-m", "1", "HEAD")
    assert "reversing" in logged(repository)["body"].iloc[-1]
    assert found(logged(repository)).hits["trigger_id"].tolist() == [merge]


def test_configuration_read_key_by_key_is_told_by_its_values_not_by_its_diff():
    first, second = "a" * 40, "b" * 40
    commits = pd.DataFrame(
        [
            {
                "source": "git",
                "native_id": f"r@{sha}",
                "service": "s",
                "repo": "r",
                "sha": sha,
                "title": title,
                "body": "",
                "change_id": did,
                "undo_id": undo,
            }
            | {"committed_at": pd.Timestamp("2026-11-02T09:00Z") + pd.Timedelta(hours=hour)}
            for hour, (sha, title, did, undo) in enumerate([(first, "limit to 5", "x", "y"), (second, "limit to 1", "y", "x")])
        ]
    )
    change = {"source": "git", "service": "s", "native_id": f"r@{first}:app.yaml#limit", "applied_at": pd.Timestamp("2026-11-02T09:00Z")}
    found = [
        near_misses(Events({"commits": commits, "config_changes": pd.DataFrame(changes)}, Estate(), Policy())).hits["detector"].tolist()
        for changes in ([], [change])
    ]

    assert found == [["NM-02"], []]


def test_ids_of_both_lengths_are_read_whole():
    for sha in ("1" + "a" * 39, "1" + "a" * 63):
        assert named("Undo the cart", f"This reverts commit {sha}.").shas == (sha,)


@pytest.mark.parametrize(("files", "is_same"), [("tax.py", True), ("search.py", False)])
def test_what_was_undone_before_came_back_only_in_the_same_files(files, is_same):
    """Another commit of the service with other files is another story, also within the days in which its kind rests."""
    told = commits("Add tax", revert_of(SHAS[0]), "Add search", revert_of(SHAS[2], "Add search"), hours=(0, 2, 144, 146))
    told["paths"] = [["tax.py"], ["tax.py"], [files], [files]]
    hits = found(told).hits.sort_values("started_at").to_dict("records")

    assert len(hits) == 2
    assert (mark(hits[0]) == mark(hits[1])) == is_same
