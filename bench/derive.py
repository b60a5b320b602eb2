"""How deriving grows: `python -m bench.derive [SIGNALS …]`, 10,000, 100,000 and 1,000,000 unless given; each size in a process of its own.

A made-up organisation, always the same: of ten signals seven are commits, one each a configuration change, a deploy and a page; one repository for
each 20,000 signals. Every 200th commit is a revert, every 100th deploy and every 50th setting goes back. Prints seconds, peak memory and how both
grow: an exponent of 1 is twice as much for twice as many.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path

from pipeline import settings, steps
from pipeline.signals import Commit, ConfigChange, Deploy, Page, Record, Window
from warehouse.store import Store

SIZES = (10_000, 100_000, 1_000_000)
NOW = datetime(2026, 6, 8, 12, tzinfo=UTC)
SPACING = timedelta(seconds=60)
BODY = "Why it was needed, in a line or two, with the words people use for such things.\n" * 3


def commit(number: int, repo: str, at: datetime) -> Commit:
    """A commit; every 200th undoes the 14th before it."""
    sha = f"{number * 2654435761 % 2**64:016x}" + "0" * 24
    undone = f"{(number - 20) * 2654435761 % 2**64:016x}" + "0" * 24
    is_revert = number % 200 == 190
    return Commit(
        native_id=f"{repo}@{sha}",
        scope=repo,
        repo=repo,
        sha=sha,
        author=f"person{number % 97}@example.org",
        committed_at=at,
        title=f'Revert "Change {number - 20} of the cart"' if is_revert else f"Change {number} of the cart",
        body=f"This reverts commit {undone}.\n" if is_revert else BODY,
        paths=(f"src/part{number % 50}.py", f"tests/test_part{number % 50}.py"),
        change_id=f"{number:032x}",
        undo_id=f"{number + 2**60:032x}",
    )


def other(number: int, repo: str, at: datetime) -> Record:
    """A configuration change, a deploy or a page."""
    name = f"{repo}/{number}"
    if number % 10 == 7:
        value = "back" if number % 500 < 10 else str(number)
        return ConfigChange(
            native_id=name, scope=repo, system="git", target=f"values.yaml#{number % 300}", applied_at=at, old_value="x", new_value=value
        )
    if number % 10 == 8:
        return Deploy(native_id=name, scope=repo, environment="production", version=f"v{number - 1500 * (number % 1000 == 8)}", started_at=at)
    ended = at + timedelta(minutes=7)
    return Page(
        native_id=name, scope=repo, title=f"alert {'abcdefg'[number % 7]} of {repo}", triggered_at=at, acknowledged_at=at + timedelta(minutes=2),
        resolved_at=ended, resolved_by_kind="integration", has_note=False,
    )  # fmt: skip


def organisation(size: int) -> Iterator[Record]:
    """That many signals, the newest last."""
    for number in range(size):
        repo, at = f"service-{number // 10 % max(size // 20_000, 1)}", NOW - SPACING * (size - number)
        yield (commit if number % 10 < 7 else other)(number, repo, at)


def made(folder: Path, size: int) -> settings.Settings:
    """A configuration whose warehouse holds the organisation."""
    file = folder / "soundings.toml"
    file.write_text('[sources.made]\nuse = "files"\npath = "none"\n', encoding="utf-8")
    loaded = settings.load(file)
    with steps.warehouse(loaded) as store:
        landing = store.land("made", Window(NOW - SPACING * size, NOW), organisation(size), service_of=lambda record: record.scope, now=NOW)
        store.publish(landing.pull_id, NOW)
    return loaded


def measure(step: str, config: str) -> None:
    """One step in this process, its figures as JSON."""
    loaded = settings.load(Path(config))
    with steps.warehouse(loaded) as store:
        start, processor = time.perf_counter(), time.process_time()
        found = {"derive": steps.derive, "report": report}[step](loaded, store)
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "processor": processor, "peak": peak, "found": str(found)}))


def report(loaded: settings.Settings, store: Store) -> str:
    """The week before the last signal."""
    return str(steps.report(loaded, store, week="2026-W23")[0].name)


def main(sizes: list[int]) -> None:
    """Every size, deriving and then reporting."""
    before: dict[str, tuple[int, float, float]] = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            made(Path(folder), size)
            for step in ("derive", "report"):
                command = [sys.executable, "-m", "bench.derive", step, f"{folder}/soundings.toml"]
                said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - this very file
                figures = json.loads(said.splitlines()[-1])
                seconds, peak = figures["seconds"], figures["peak"]
                line = f"{step} of {size:,}: {seconds:.1f} s ({figures['processor']:.1f} s of processor), peak {peak:.0f} MB, {figures['found']}"
                if step in before:
                    steps_up = log(size / before[step][0])
                    line += f"; grows by n^{log(seconds / before[step][1]) / steps_up:.2f}, memory n^{log(peak / before[step][2]) / steps_up:.2f}"
                before[step] = size, seconds, peak
                print(line + " (aim: a million under 60 s and 1,000 MB)", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] in (["derive"], ["report"]):
        measure(*sys.argv[1:])
    else:
        main([int(argument) for argument in sys.argv[1:]] or [*SIZES])
