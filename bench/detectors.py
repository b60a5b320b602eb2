"""Detectors against real histories given by path: `python -m bench.detectors FOLDER`. Prints figures, keeps nothing.

The folder holds JSON lines (`.jsonl.gz`): `commits-*` with the revert pairs of the same history in `reverts-*`, `deploys-*`, `pages-*`.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from transforms.estate import Estate
from transforms.events import Events
from transforms.near_misses import Found, evaluate, near_misses
from transforms.policy import Policy

KNOWABLE = ["sha", "pr", "subject"]  # the message names what was undone; a byte-exact undo without words needs the diffs


def records(path: Path, **columns: str) -> pd.DataFrame:
    """The file's rows as text, with its columns renamed (ours=theirs)."""
    frame = pd.read_json(path, lines=True, dtype=False)
    return pd.DataFrame({ours: frame[theirs] for ours, theirs in columns.items()}).assign(source=path.name)


def timed(tables: dict[str, pd.DataFrame]) -> tuple[Found, float]:
    """What was found and the seconds it took."""
    started = time.perf_counter()
    found = near_misses(Events(tables, Estate(), Policy()))
    return found, time.perf_counter() - started


def commits(path: Path) -> pd.DataFrame:
    """A commit history as the commits table; whether a commit is a merge is left to its title."""
    frame = records(path, sha="sha", author="author", committed_at="committed_at", title="subject", body="body", pr_ref="pr", paths="files")
    frame = frame.assign(
        repo=path.name, service=path.name, native_id=frame["sha"], pr_ref=frame["pr_ref"].astype("Int64").astype("str").where(frame["pr_ref"].notna())
    )
    return frame.assign(committed_at=pd.to_datetime(frame["committed_at"], utc=True))


def revert_figures(path: Path) -> Iterator[str]:
    """Precision and recall of NM-02 against the known pairs within its window that undo no undoing."""
    found, seconds = timed({"commits": commits(path)})
    pairs = pd.read_json(path.with_name(path.name.replace("commits-", "reverts-")), lines=True)
    first = pairs[~pairs["reverts_a_revert"] & (pairs["seconds_to_revert"] <= Policy().revert_window_days * 86400)]
    hits = found.hits.assign(method=[evidence["method"] for evidence in found.hits["evidence"]])
    named = first[first["method"].isin(KNOWABLE)]
    known = pd.DataFrame({"detector": "NM-02", "trigger_id": named["reverted_sha"], "recovery_id": named["revert_sha"]})
    figures = evaluate(hits, known).iloc[0]
    unlisted = hits[~hits["recovery_id"].isin(pairs["revert_sha"])]
    unresolved = hits[hits["recovery_id"].isin(pairs.loc[pairs["method"].eq("none"), "revert_sha"])]
    yield f"{path.name}: {seconds:.2f} s, found {figures['found']}, known {figures['known']}, recall {figures['recall']:.3f}"
    resolved = first.rename(columns={"reverted_sha": "trigger_id", "revert_sha": "recovery_id"}).assign(detector="NM-02")
    figures = evaluate(hits, resolved.dropna(subset=["trigger_id"])).iloc[0]
    yield f"  with the byte-exact undoings: known {figures['known']}, precision {figures['precision']:.3f}, recall {figures['recall']:.3f}"
    yield f"  methods {hits['method'].value_counts().to_dict()}, placed {found.near_misses['placement'].value_counts().to_dict()}"
    yield f"  outside the answers: {len(unlisted)} undoings the answers do not list, {len(unresolved)} they list without saying of what"
    yield f"  reading {hits['reading'].value_counts().to_dict()}"


def deploy_figures(path: Path) -> Iterator[str]:
    """Step-backs a week and as a share of production deploys."""
    frame = records(path, native_id="sha", service="app", environment="env", version="version", previous_version="previous", started_at="at")
    frame = frame.assign(
        native_id=frame["native_id"] + frame["service"] + frame["environment"], started_at=pd.to_datetime(frame["started_at"], utc=True)
    )
    found, seconds = timed({"deploys": frame})
    for since in ("2000-01-01", "2024-01-01"):
        start = pd.Timestamp(since, tz="UTC")
        recent = frame[(frame["environment"] == "production") & (frame["started_at"] >= start)]
        weeks = (recent["started_at"].max() - recent["started_at"].min()).days / 7
        hits = found.hits[found.hits["ended_at"] >= start]
        prompts = found.near_misses[(found.near_misses["ended_at"] >= start) & (found.near_misses["placement"] == "prompt")]
        yield f"{path.name}: {seconds:.2f} s, since {since}: {len(hits)} step-backs, {100 * len(hits) / len(recent):.2f} % of {len(recent)} deploys"
        yield f"  {len(hits) / weeks:.2f} step-backs a week, {len(prompts) / weeks:.2f} prompts a week"


def page_figures(path: Path) -> Iterator[str]:
    """Flapping episodes."""
    frame = records(path, native_id="id", service="service", title="service", triggered_at="opened_at", resolved_at="resolved_at")
    found, seconds = timed({"pages": frame.assign(triggered_at=pd.to_datetime(frame["triggered_at"], utc=True))})
    yield f"{path.name}: {seconds:.2f} s, {len(frame)} pages, {len(found.hits)} flapping episodes, {len(found.near_misses)} near misses"


def main(folder: Path) -> None:
    """Print the figures of every history in the folder."""
    kinds: dict[str, Any] = {"commits-*": revert_figures, "deploys-*": deploy_figures, "pages-*": page_figures}
    for pattern, figures in kinds.items():
        for path in sorted(folder.glob(pattern + ".jsonl.gz")):
            print(*figures(path), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
