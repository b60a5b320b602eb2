"""How deriving and reporting grow: `python -m bench.derive [SIGNALS …]`, 10,000, 100,000 and 1,000,000 unless given; each step is a process.

A made-up organisation, always the same, two years long: one service for each 2,000 signals, one rotation for each ten services. Of twenty signals of
a service fourteen are commits, two each configuration changes, deploys and pages (every tenth ended by itself after somebody took it); of 200 one is
a revert, one a step back, one a value put back. Prints seconds, peak memory and how what is beyond the start (the same with no signals) grows: an
exponent of 1 is twice as much for twice as many.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from math import log
from pathlib import Path

from pipeline import reporting, settings, steps
from signals.record import Record
from signals.records import Commit, ConfigChange, Deploy, Interruption, Page, Shift
from signals.windows import Window
from warehouse.store import Store

SIZES = (10_000, 100_000, 1_000_000)
STEPS = ("derive", "report")
WEEKS, WEEK = 104, timedelta(days=7)
NOW = datetime(2026, 6, 8, tzinfo=UTC)
BEGIN = NOW - WEEKS * WEEK
BODY = "Why it was needed, in a line or two, with the words people use for such things.\n" * 3
REVERT, STEP_BACK, VALUE_BACK = 6, 9, 108  # which of 200 signals of a service they are


def commit(nth: int, repo: str, at: datetime) -> Commit:
    """A commit; one undoes the one before it."""
    sha, undone = (f"{hash((repo_number(repo), number)) % 2**64:016x}" + "0" * 24 for number in (nth, nth - 1))
    is_revert = nth % 200 == REVERT
    return Commit(
        native_id=f"{repo}@{sha}",
        scope=repo,
        repo=repo,
        sha=sha,
        author=f"person{nth % 97}@example.org",
        authored_at=at,
        committed_at=at,
        title=f'Revert "Change {nth - 1} of the cart"' if is_revert else f"Change {nth} of the cart",
        body=f"This reverts commit {undone}.\n" if is_revert else f"{nth} of {repo}. {BODY}",
        paths=(f"src/part{nth % 50}.py", f"tests/test_part{nth % 50}.py"),
        change_id=f"{repo_number(repo):016x}{nth:016x}",
        undo_id=f"{repo_number(repo):016x}{nth + 2**60:016x}",
    )


def repo_number(repo: str) -> int:
    """The number in a service's name."""
    return int(repo.rpartition("-")[2])


def setting(nth: int, repo: str, at: datetime) -> ConfigChange:
    """A configuration change; one goes back to the value of the change before it."""
    changed, values = (nth - 1, ("new", "old")) if nth % 200 == VALUE_BACK else (nth, ("old", "new"))
    target = f"values.yaml#key{changed}"
    return ConfigChange(native_id=f"{repo}/{nth}", scope=repo, system="git", target=target, applied_at=at, old_value=values[0], new_value=values[1])


def deploy(nth: int, repo: str, at: datetime) -> Deploy:
    """A deploy to production; one brings the version before the last one."""
    version = f"v{nth // 10 - (nth % 200 == STEP_BACK)}"
    return Deploy(native_id=f"{repo}/{nth}", scope=repo, environment="production", version=version, started_at=at)


def page(nth: int, repo: str, at: datetime) -> list[Record]:
    """A page and the message that told a person on call of it."""
    by = "integration" if nth % 100 == 19 else "human"
    person = f"rota-{repo_number(repo) // 10}-person{(at - BEGIN) // WEEK % 6}"
    return [
        Page(
            native_id=f"{repo}/{nth}", scope=repo, title=f"alert {'abcdefg'[nth // 10 % 7]} of {repo}", triggered_at=at,
            acknowledged_at=at + timedelta(minutes=2), resolved_at=at + timedelta(minutes=7), resolved_by_kind=by, has_note=False,
        ),
        Interruption(native_id=f"{repo}/{nth}", scope=repo, person=person, sent_at=at, page_id=f"{repo}/{nth}", channel="push"),
    ]  # fmt: skip


def signals(nth: int, repo: str, at: datetime) -> list[Record]:
    """The nth of a service."""
    if nth % 200 in (VALUE_BACK - 1, VALUE_BACK) or nth % 10 == 7:
        return [setting(nth, repo, at)]
    if nth % 200 == STEP_BACK or nth % 10 == 8:
        return [deploy(nth, repo, at)]
    return page(nth, repo, at) if nth % 10 == 9 else [commit(nth, repo, at)]


def shifts(rotations: int) -> Iterator[Shift]:
    """Six people of each rotation, a week at a time."""
    for number in range(rotations * WEEKS):
        rota, starts_at = f"rota-{number % rotations}", BEGIN + WEEK * (number // rotations)
        yield Shift(
            native_id=f"{rota}/{number}", scope=rota, person=f"{rota}-person{number // rotations % 6}", schedule=rota,
            starts_at=starts_at, ends_at=starts_at + WEEK,
        )  # fmt: skip


def organisation(size: int) -> Iterator[Record]:
    """That many signals, the oldest of each kind first."""
    services = max(size // 2_000, 1)
    each = (signals(number // services, f"service-{number % services}", BEGIN + (NOW - BEGIN) * number / max(size, 1)) for number in range(size))
    return islice(chain(shifts(services // 10 + 1), chain.from_iterable(each)), size)


def make(store: Store, size: int) -> str:
    """The organisation in the warehouse."""
    landing = store.land("made", Window(BEGIN, NOW), organisation(size), service_of=lambda record: record.scope, now=NOW)
    store.publish(landing.pull_id, NOW)
    return str(landing.loaded)


def measure(step: str, size: int, config: str) -> None:
    """One step in this process, its figures as JSON."""
    loaded = settings.load(Path(config))
    with steps.warehouse(loaded) as store:
        start, processor = time.perf_counter(), time.process_time()
        if step == "make":
            found = make(store, size)
        elif step == "derive":
            found = str(steps.derive(loaded, store))
        else:
            found = reporting.report(loaded, store, week="2026-W23")[0].name
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "processor": processor, "peak": peak, "found": found}))


def measured(step: str, size: int, config: str) -> dict[str, float]:
    """What a process of its own says of the step: a process that has just landed a million rows would count its own peak."""
    command = [sys.executable, "-m", "bench.derive", step, str(size), config]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - this very file
    figures: dict[str, float] = json.loads(said.splitlines()[-1])
    return figures


def main(sizes: list[int]) -> None:
    """Every size, deriving and then reporting; without any signals first."""
    fixed: dict[str, dict[str, float]] = {}
    before: dict[str, tuple[int, dict[str, float]]] = {}
    for size in (0, *sizes):
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "soundings.toml"
            config.write_text('[sources.made]\nuse = "files"\npath = "none"\n', encoding="utf-8")
            measured("make", size, str(config))
            for step in STEPS:
                figures = measured(step, size, str(config))
                line = f"{step} of {size:,}: {figures['seconds']:.1f} s ({figures['processor']:.1f} s of processor), peak {figures['peak']:.0f} MB"
                start = fixed.setdefault(step, figures)
                if step in before:
                    earlier, less = before[step]
                    processor, peak = (
                        log((figures[name] - start[name]) / (less[name] - start[name])) / log(size / earlier) for name in ("processor", "peak")
                    )
                    line += f"; beyond the start processor n^{processor:.2f}, memory n^{peak:.2f}"
                if size:
                    before[step] = size, figures
                print(f"{line}; {figures['found']}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] and not sys.argv[1].isdigit():
        measure(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        main([int(argument) for argument in sys.argv[1:]] or [*SIZES])
