"""What the first line of a table of somebody's own probably means: `columns = {…}` for soundings.toml, to be looked over by a person."""

import csv
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connectors.cells import DELIMITERS
from connectors.columns import columns, known, our_names
from pipeline.toml_lines import printable, quoted
from signals.records import RECORDS

_LONGEST = 10_000  # bytes of a first line that are looked at
_MOST = 12  # names that are listed
_TABLE = re.compile(rf"({'|'.join(RECORDS)}).*\.csv(\.gz)?")
_MADE = {"commits": {"native_id"}}  # of repo and sha
# How they call a column of ours, the surest first; "*" stands for one of the kind, as in "Incident ID".
_OTHERWISE: Mapping[str, Sequence[str]] = {
    "native_id": ("* id", "id", "* number", "* key", "key", "number", "reference", "uuid"),
    "service": ("service name", "component", "application", "app", "affected service", "system", "project"),
    "title": ("summary", "* title", "* name", "subject", "name", "description", "message"),
    "repo": ("repository", "repository name", "project"),
    "sha": ("commit", "commit id", "commit sha", "hash", "revision"),
    "author": ("author email", "author name", "committer", "user"),
    "triggered_at": ("created at", "created", "triggered", "opened at", "started at", "start time", "date", "timestamp", "time"),
    "acknowledged_at": ("acknowledged", "acked at", "first acknowledged at", "ack time"),
    "acknowledged_by": ("acknowledged by user", "acked by", "first responder"),
    "resolved_at": ("resolved", "closed at", "closed", "ended at", "end time"),
    "declared_at": ("declared", "created at", "created", "reported at", "opened at", "opened", "started at", "start time", "date"),
    "severity_initial": ("severity", "priority", "initial severity"),
    "urgency": ("urgency level",),
    "severity": ("priority", "sev"),
    "alert_key": ("incident key", "dedup key", "deduplication key", "fingerprint"),
    "environment": ("env", "stage", "target environment"),
    "version": ("tag", "release", "build", "revision"),
    "started_at": ("deployed at", "start", "started", "start time", "created at", "created", "date", "timestamp"),
    "finished_at": ("end", "ended at", "finished", "completed at", "end time"),
    "status": ("state", "result", "outcome"),
    "actor": ("deployed by", "changed by", "user", "author", "who"),
    "commit_sha": ("commit", "sha", "commit id"),
    "applied_at": ("changed at", "date", "timestamp", "created at", "time"),
    "target": ("setting", "flag", "key", "name"),
    "old_value": ("old", "before", "from", "previous value"),
    "new_value": ("new", "after", "to", "value"),
    "person": ("user", "on call", "user name", "responder", "assignee", "engineer", "name"),
    "schedule": ("schedule name", "rotation", "rota"),
    "starts_at": ("start", "start time", "from", "begin", "shift start"),
    "ends_at": ("end", "end time", "to", "until", "shift end"),
    "level": ("escalation level",),
    "sent_at": ("sent", "notified at", "date", "timestamp", "created at"),
    "channel": ("notification type", "method", "type"),
    "zone": ("time zone", "timezone"),
    "opened_at": ("created at", "opened", "created"),
    "committed_at": ("date", "commit date", "committed"),
}  # fmt: skip


def suggestion(folder: Path) -> Iterator[str]:
    """Lines of soundings.toml for a `files` source of the folder: the columns by what its tables probably call them, and what is still to be said."""
    tables = {path.name: (found[1], header(path)) for path in sorted(folder.iterdir()) if (found := _TABLE.fullmatch(path.name))}
    own = {name: {_own(kind, theirs) for theirs in names} for name, (kind, names) in tables.items()}
    meant: dict[str, str] = {}
    apart: list[str] = []
    for file, (kind, names) in tables.items():
        guesses = guessed(kind, names)
        for name, theirs in guesses.items():
            is_ours = any(name in own[other] and theirs in tables[other][1] for other in tables)
            is_free = theirs not in meant.values() and not is_ours
            if meant.get(name, theirs if is_free else None) == theirs:
                meant[name] = theirs
            else:
                apart.append(
                    f"# {printable(file)} calls {name} {quoted(theirs)} where another file does not: give it a folder and a source of its own\n"
                )
        told = own[file] | set(guesses) | {name for name, theirs in meant.items() if theirs in names}
        if lacking := [one.name for one in columns(kind) if one.is_required and one.name not in told | _MADE.get(kind, set())]:
            listed = ", ".join(map(quoted, names[:_MOST])) or "nothing that can be read"
            apart.append(f"# {printable(file)} has nothing that is called like {', '.join(lacking)}; its first line has {listed}\n")
    if meant:
        yield "# Guessed from the first lines of these tables: correct it where it is wrong (docs/tables.md).\n"
        yield f"columns = {{{', '.join(f'{name} = {quoted(theirs)}' for name, theirs in meant.items())}}}\n"
    yield from apart


def header(path: Path) -> list[str]:
    """The names in the first line of a CSV file; none where it cannot be read, which the first pull says better."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            lines = [file.readline(_LONGEST).decode("utf-8-sig").strip("\r\n") for _ in range(2)]
        first = lines[1] if lines[0].lower().startswith("sep=") else lines[0]
        cells = next(csv.reader([first], delimiter=max(DELIMITERS, key=first.count)), [])
    except (OSError, EOFError, UnicodeError, csv.Error):
        return []
    return [cell.strip() for cell in cells if cell.strip() and cell.isprintable()]


def guessed(kind: str, names: Sequence[str]) -> dict[str, str]:
    """Our columns that no name of the first line is, and which of the others is probably meant; each of theirs stands for one of ours.

    What has to be there may be called as another column of ours is: "Incident ID" of pages where nothing else is their id.
    """
    own = {_own(kind, name) for name in names}
    needed = {column.name for column in columns(kind) if column.is_required}
    ones = (RECORDS[kind].about.name.replace("_", " "), *RECORDS[kind].about.called)
    left = {_plain(name): name for name in names if _own(kind, name) not in needed}
    found: dict[str, str] = {}
    ours = sorted(columns(kind), key=lambda column: not column.is_required)
    for name in ("service" if column.name == "scope" else column.name for column in ours):
        words = (word.replace("*", one) for word in _OTHERWISE.get(name, ()) for one in (ones if "*" in word else ("",)))
        is_open = {word for word, theirs in left.items() if name in needed or _own(kind, theirs) not in known(kind)}
        if name not in own and (word := next((word for word in words if word in is_open), None)):
            found[name] = left.pop(word)
    return found


def _own(kind: str, name: str) -> str:
    """Our column where the name is ours already, else the name."""
    return our_names(kind, {}, name)[0]


def _plain(name: str) -> str:
    """In small letters, without what stands in brackets (`Created (UTC)`) or beside words."""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"\(.*?\)", "", name.lower())).removesuffix(" utc").strip()
