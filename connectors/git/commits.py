"""A commit as git tells it, as a record; and what it did to its files, so that its exact undoing is known."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b

from connectors.commit_message import LONGEST_BODY, branch_of, co_authors_of, pr_ref_of
from connectors.git.authors import author_of
from pipeline.signals import Commit


def commit_of(entry: Sequence[str], repo: str, branch: str | None = None) -> Commit:
    """An entry of `log` as a record. The body is cut after 64 kB; `branch` is where a merge came from, else the one that was asked for."""
    sha, committed, authored, *parents = entry[0].split()
    title, _, body = entry[2].partition("\n")
    author, is_bot = author_of(entry[1])
    change_id, undo_id = change_ids(entry)
    return Commit(
        native_id=f"{repo}@{sha}",
        scope=repo,
        repo=repo,
        sha=sha,
        author=author,
        committed_at=datetime.fromtimestamp(int(committed), UTC),
        authored_at=_instant(authored),
        is_bot=is_bot,
        is_merge=len(parents) > 1,
        title=title,
        body=body.rstrip()[:LONGEST_BODY],
        branch=branch_of(title) or branch,
        pr_ref=pr_ref_of(repo, title, body),
        paths=tuple(entry[4::2]),
        co_authors=co_authors_of(body) if "uthored-" in body or "UTHORED-" in body else (),
        change_id=change_id,
        undo_id=undo_id,
    )


def _instant(seconds: str) -> datetime | None:
    # Nothing is counted from the author's time, and some old commits carry one that no calendar has.
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() and len(seconds) < 12 else None


def change_ids(entry: Sequence[str]) -> tuple[str | None, str | None]:
    """What a commit did to which files, and its exact opposite: a commit undoes another byte for byte if its first is the other's second."""
    if len(entry) < 5:
        return None, None
    done, undone = [], []
    for meta, path in sorted(zip(entry[3::2], entry[4::2], strict=True), key=lambda pair: pair[1]):
        old_mode, new_mode, old, new = meta.lstrip("\n:").split(" ")[:4]
        done.append(f"{path}\0{old_mode} {old} {new_mode} {new}")
        undone.append(f"{path}\0{new_mode} {new} {old_mode} {old}")
    return _digest(done), _digest(undone)


def _digest(lines: Sequence[str]) -> str:
    return blake2b("\0".join(lines).encode(), digest_size=16).hexdigest()
