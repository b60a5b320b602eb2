"""A commit as git tells it, as a record; and what it did to its files, so that its exact undoing is known."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from connectors.commit_message import told
from connectors.git.authors import author_of
from signals.clock import LAST_YEAR
from signals.pulled import Unfit
from signals.records import Commit

LATEST = int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()) - 1
_NO_TIME = "it has no time git can read: `git cat-file commit {sha}` shows how it was written. Nothing else is missing; it may be left as it is"


def commit_of(entry: Sequence[str], repo: str, branch: str | None = None) -> Commit | Unfit:
    """An entry of `log` as a record, or why it is none. `branch` is where a merge came from, else the one that is read."""
    sha, committed, authored, *parents = entry[0].split(" ")
    name_and_mail, message = entry[1], entry[2]
    landed_at = _instant(committed)
    written_at = landed_at if authored == committed else _instant(authored)
    if (at := landed_at or written_at) is None:
        raw = {"sha": sha, "author": name_and_mail, "message": message[:1000], "committed": committed, "authored": authored}
        return Unfit("commits", _NO_TIME.format(sha=sha), raw, f"{repo}@{sha}")
    author, is_bot = author_of(name_and_mail)
    words = told(message, author)
    change_id, undo_id = change_ids(entry)
    left_out = [name for name, told in (("the committer's time", landed_at), ("the author's time", written_at)) if told is None]
    return Commit(
        left_out=tuple((name, f"{repo}@{sha}: `git cat-file commit {sha}` shows how it was written") for name in left_out),
        native_id=f"{repo}@{sha}",
        scope=repo,
        repo=repo,
        sha=sha,
        author=author,
        committed_at=at,
        authored_at=written_at,
        is_bot=is_bot,
        is_merge=len(parents) > 1,
        title=words.title,
        body=words.body,
        branch=words.branch or branch,
        pr_ref=words.pr_ref(repo),
        paths=tuple(entry[4::2]),
        co_authors=words.co_authors,
        change_id=change_id,
        undo_id=undo_id,
    )


def committed_at(entry: Sequence[str]) -> datetime | None:
    """When it was committed; where that is missing or no calendar has it, when it was written; None where neither is known."""
    _, committed, authored, _ = entry[0].split(" ", 3)
    return _instant(committed) or _instant(authored)


def _instant(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if seconds.isdigit() and len(seconds) < 12 and (at := int(seconds)) <= LATEST else None


def change_ids(entry: Sequence[str]) -> tuple[str | None, str | None]:
    """What a commit did to which files, and its exact opposite: a commit undoes another byte for byte if its first is the other's second."""
    if len(entry) < 5:
        return None, None
    done, undone = [], []
    for path, meta in sorted(zip(entry[4::2], entry[3::2], strict=True)):
        old_mode, new_mode, old, new, _ = meta.lstrip("\n:").split(" ", 4)
        done.append(f"{path}\0{old_mode} {old} {new_mode} {new}")
        undone.append(f"{path}\0{new_mode} {new} {old_mode} {old}")
    return _digest(done), _digest(undone)


def _digest(lines: Sequence[str]) -> str:
    return blake2b("\0".join(lines).encode(), digest_size=16).hexdigest()
