"""Real public histories in the form the `files` source reads: real_records.py FROM TO writes one JSON-lines file a kind and a soundings.toml.

FROM holds commits-*.jsonl.gz, deploys-*.jsonl.gz, pages-*.jsonl.gz and rotation-*-shifts.jsonl.gz with the fields named below. Then:
soundings run --config TO/soundings.toml --as-of …
"""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Item = dict[str, Any]


def commit(item: Item, repo: str) -> Item:
    """A commit; `pr` is its pull request's number."""
    return {
        "native_id": f"{repo}@{item['sha']}",
        "repo": repo,
        "sha": item["sha"],
        "service": repo,
        "author": item["author"],
        "authored_at": item["authored_at"],
        "committed_at": item["committed_at"],
        "is_merge": len(item["parents"]) > 1,
        "title": item["subject"],
        "body": item["body"] or "",
        "pr_ref": None if item["pr"] is None else str(item["pr"]),
        "paths": item["files"],
    }


def deploy(item: Item, _: str) -> Item:
    """An image tag put into an environment."""
    return {
        "native_id": f"{item['sha']}/{item['env']}/{item['app']}",
        "service": item["app"],
        "environment": item["env"],
        "version": item["version"],
        "previous_version": item["previous"],
        "actor": item["actor"],
        "started_at": item["at"],
        "finished_at": item["at"],
        "status": "success",
    }


def page(item: Item, _: str) -> Item:
    """An outage a monitor saw; nobody acknowledged it, the monitor said when it was over."""
    return {
        "native_id": item["id"],
        "service": item["service"],
        "title": f"{item['service']} answered {item['http_code']}",
        "alert_key": item["service"],
        "triggered_at": item["opened_at"],
        "resolved_at": item["resolved_at"],
        "resolved_by_kind": "integration" if item["resolved_at"] else None,
    }


def shift(item: Item, name: str) -> Item:
    """A turn of a rota."""
    return {
        "native_id": f"{item['schedule']}/{item['person']}/{item['start']}",
        "service": name,
        "person": item["person"],
        "schedule": item["schedule"],
        "level": 1 if item["schedule"] == "primary" else 2,
        "starts_at": item["start"],
        "ends_at": item["end"],
        "zone": "Europe/London",
    }


KINDS: dict[str, tuple[str, Callable[[Item, str], Item]]] = {
    "commits-*": ("commits", commit),
    "deploys-*": ("deploys", deploy),
    "pages-*": ("pages", page),
    "rotation-*-shifts*": ("shifts", shift),
}

CONFIGURATION = """[sources.history]
use = "files"
path = "records"

[trackers.folder]
use = "folder"
path = "prompts"

[report]
out = "report"
"""


def items(path: Path) -> Iterator[Item]:
    """Every line of a compressed JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main(source: Path, target: Path) -> None:
    """Write every kind there is and say how many rows each has."""
    records = target / "records"
    records.mkdir(parents=True, exist_ok=True)
    (target / "soundings.toml").write_text(CONFIGURATION, encoding="utf-8")
    for pattern, (kind, mapping) in KINDS.items():
        for path in sorted(source.glob(f"{pattern}.jsonl.gz")):
            name = path.name.removesuffix(".jsonl.gz")
            with (records / f"{kind}-{name}.jsonl").open("w", encoding="utf-8") as out:
                count = sum(1 for item in items(path) if out.write(json.dumps(mapping(item, name.partition("-")[2])) + "\n"))
            print(f"{kind:10} {count:7,} from {path.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
