"""`python -m chaos [--seed N] [--crashes N] [--kills N] [--postgres N]`, or `--replay SEED` for one trial that failed."""

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from itertools import count, repeat
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chaos import crashes, kills, places, points, variants
from chaos.checker import Tally
from chaos.rolling import rolling

shown = Console(highlight=False, soft_wrap=True, width=150)
_ROUND = ("landing",) * 6 + ("tickets",) * 3
_TIERS = ("in process", "sqlite", "postgresql")
_WHOLE = 12  # one trial of all six verbs for so many rounds


def seeds(seed: str) -> Iterator[str]:
    """The trials of tier 1, in order, without end."""
    for number in count():
        yield from (f"{kind}-{seed}-{number}-{place}" for place, kind in enumerate(_ROUND))
        if number % _WHOLE == 0:
            yield f"whole-{seed}-{number}"


def processes() -> ProcessPoolExecutor:
    """Two: one trial each at a time."""
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver"))


def crashed(seed: str, wanted: int, template: Path, folder: Path) -> Tally:
    """Tier 1, until so many runs have died."""
    with processes() as pool:
        return rolling(lambda one: pool.submit(crashes.trial, one, template, folder), seeds(seed), 4, wanted)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: nobody cuts the power here."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
    folder = Path(tempfile.mkdtemp(prefix="soundings-chaos-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replayed(seed: str, template: Path, folder: Path) -> Tally:
    """One trial again."""
    if seed.startswith(("sqlite", "postgresql")):
        with places.at(seed.partition("-")[0], template, folder) as where:
            return kills.replayed(seed, where)
    if seed.startswith(tuple(crashes.KINDS)):
        return crashes.trial(seed, template, folder)
    return variants.trial(seed, template, folder)


def main() -> int:
    """Exit status 0 only when nothing was lost or doubled and every mistake was caught."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--replay", metavar="SEED")
    for name, amount in (("crashes", 10_000), ("kills", 500), ("postgres", 150)):
        parser.add_argument(f"--{name}", type=int, default=amount)
    asked = parser.parse_args()
    with scratch() as folder:
        template = crashes.template(folder)
        if asked.replay:
            tally = replayed(asked.replay, template, folder)
            shown.print(str(tally), markup=False)
            return not tally.is_sound
        is_fine = _tiers(asked, template, folder)
        return 0 if _variants(asked.seed, template, folder) and is_fine else 1


def _tiers(asked: argparse.Namespace, template: Path, folder: Path) -> bool:
    tallies: dict[str, Tally] = {}
    table = Table("", *_TIERS)
    seconds = []
    for name, amount in zip(_TIERS, (asked.crashes, asked.kills, asked.postgres), strict=True):
        started = time.monotonic()
        if name == "in process":
            tallies[name] = crashed(asked.seed, amount, template, folder)
        else:
            with places.at(name, template, folder) as where:
                tallies[name] = kills.kills(asked.seed, amount, where, name)
            fell = tallies[name].fell_after
            shown.print(f"kills on {name} fell after {len(fell)} different points; of the product's own: {_own(fell)}")
        seconds.append(f"{time.monotonic() - started:.0f}")
        shown.print(f"{name}: {tallies[name].crashes} died, {tallies[name].lost} lost, {tallies[name].doubled} doubled ({seconds[-1]} s)")
    for one in fields(Tally):
        if one.type is int:
            table.add_row(one.name.replace("_", " "), *(f"{getattr(tally, one.name):,}" for tally in tallies.values()))
    table.add_row("seconds", *seconds)
    shown.print(table)
    complaints = [complaint for tally in tallies.values() for complaint in tally.complaints]
    for complaint in complaints:
        shown.print(complaint, markup=False)
    return all(tally.is_sound for tally in tallies.values())


def _own(fell: dict[str, int]) -> int:
    return sum(times for point, times in fell.items() if point in points.names())


def _variants(seed: str, template: Path, folder: Path) -> bool:
    table = Table("known mistake", "the product", "the mistake", "by")
    is_fine = True
    with processes() as pool:
        outcomes = list(pool.map(variants.outcome, variants.VARIANTS, repeat(seed), repeat(template), repeat(folder)))
    for name, (sound, broken) in zip(variants.VARIANTS, outcomes, strict=True):
        by = broken.wrong or "; ".join(complaint.partition(": ")[2] for complaint in broken.complaints)
        table.add_row(name, "passes" if sound.is_sound else "FAILS", "SURVIVES" if broken.is_sound else "caught", by)
        for complaint in sound.complaints:
            shown.print(complaint, markup=False)
        is_fine = is_fine and sound.is_sound and not broken.is_sound
    shown.print(table)
    return is_fine


if __name__ == "__main__":
    sys.exit(main())
