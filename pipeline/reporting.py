"""Report: the week as two files, each replaced at once."""

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import readings
from pipeline.derivation import being_checked
from pipeline.failures import TooEarly, named
from pipeline.outcomes import remembered
from pipeline.set_aside import on_record
from pipeline.settings import Settings
from pipeline.underway import under_way
from pipeline.worklog import note, warn
from signals.clock import now
from signals.records import RECORDS
from warehouse.store import Store

if TYPE_CHECKING:
    from transforms.report import Week

NOTHING_YET = "Nothing was worked out yet, so there is nothing to report. Run `soundings run`, or let the DAG derive end once; then ask again."
MEANWHILE = (
    "Another run is reading at this moment, so nothing was worked out or reported from half of what it reads: "
    "that one does it, or the next. There is nothing to do."
)
# The kinds with so many rows that the report reads only those of the weeks it compares.
NUMEROUS = [table for table, kind in RECORDS.items() if kind.about.is_numerous]
# What the report reads beside the signals.
PAGES = ("near_misses", "near_miss_hits", "stretches", "prompts", "pulls", "checks")


@under_way("report")
def report(settings: Settings, store: Store, *, week: str | None = None, out: Path | None = None) -> tuple[Path, Path]:
    """The week as soundings-<week>.html and .md, each replaced at once. The last closed week if none is named.

    TooEarly before the first derivation: nothing that was counted then would be so. ValueError for a week that has not begun.
    """
    from transforms.report import Week  # noqa: PLC0415

    chosen = Week.parse(week, settings.estate.zone) if week else Week.closed_by(now(), settings.estate.zone)
    if chosen.start > now():
        message = f"{chosen} has not begun: name a week that has, or none for the last closed one"
        raise ValueError(message)
    with named("report"):
        if not is_due(store):
            raise TooEarly(MEANWHILE if being_checked(store, now()) else NOTHING_YET)
        if out:  # for whoever asked for it there, and nobody else waits for it
            return _report(settings, store, chosen, out)
        with remembered(store, "report"):
            return _report(settings, store, chosen, settings.beside(settings.file.report.out))


def page_or_why(settings: Settings, store: Store, *, is_left_to_another: bool) -> str:
    """Where the page of the last closed week is, written anew; or, where the first derivation was left to another run, that this is so."""
    try:
        return str(report(settings, store)[0])
    except TooEarly:
        if not is_left_to_another:
            raise
        return MEANWHILE


def is_due(store: Store) -> bool:
    """Whether anything was ever worked out; where not, the log says so."""
    is_derived = store.fact("not_runnable") is not None
    if not is_derived:
        warn("report_waits", said=NOTHING_YET)
    return is_derived


def _report(settings: Settings, store: Store, chosen: "Week", folder: Path) -> tuple[Path, Path]:
    from transforms import report as page  # noqa: PLC0415
    from transforms.events import Events  # noqa: PLC0415

    begun = time.monotonic()
    since = page.compared_since(chosen)
    tables = {name: store.read(name, since=since if name in NUMEROUS else None) for name in (*RECORDS, *PAGES)} | {"quarantine": on_record(store)[0]}
    figures = page.figures(
        Events(tables, settings.estate, settings.policy),
        week=chosen,
        as_of=now(),
        not_runnable=json.loads(store.fact("not_runnable") or "{}"),
        changed={name: readings.change(settings, name) for name in settings.sources if readings.unread(settings, store, name)},
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"soundings-{chosen}.html", folder / f"soundings-{chosen}.md"
    for path, text in zip(written, (page.html(figures), page.markdown(figures)), strict=True):
        replace(path, text)
    note("report_written", week=str(chosen), path=str(written[0]), seconds=time.monotonic() - begun)
    return written


def replace(path: Path, text: str) -> None:
    """Write the file beside itself and swap it in, so that nobody ever reads half of it. Where it cannot be, OSError and nothing left beside it."""
    if path.is_dir():
        message = f"{path} is a folder: name a file"
        raise IsADirectoryError(message)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        sys.audit("soundings.report.written")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    sys.audit("soundings.report.replaced")
