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
from itertools import count, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chaos import crashes, kills, places, points, variants
from chaos.checker import Tally

shown = Console(highlight=False, soft_wrap=True, width=150)
_ROUND = ("landing",) * 6 + ("tickets",) * 3
_WHOLE = 12  # one trial of all six verbs for so many rounds


def seeds(seed: str) -> Iterator[str]:
    """The trials of tier 1, in order, without end."""
    for number in count():
        yield from (f"{kind}-{seed}-{number}-{place}" for place, kind in enumerate(_ROUND))
        if number % _WHOLE == 0:
            yield f"whole-{seed}-{number}"


def crashed(seed: str, wanted: int, template: Path, folder: Path) -> Tally:
    """Tier 1, on two processes, until so many runs have died."""
    total, order = Tally(), seeds(seed)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as pool:
        while total.crashes < wanted and total.is_sound:
            running = [pool.submit(crashes.trial, one, template, folder) for one in islice(order, 40)]
            total = sum((future.result() for future in running), total)
    return total


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
    return crashes.trial(seed, template, folder)


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
    table = Table("tier", "trials", "died", "received", "loaded", "lost", "doubled", "recovered", "late", "tickets", "lost", "doubled", "seconds")
    complaints: list[str] = []
    for name, amount in (("crashes in process", asked.crashes), ("sqlite", asked.kills), ("postgresql", asked.postgres)):
        started = time.monotonic()
        if name == "crashes in process":
            tally = crashed(asked.seed, amount, template, folder)
        else:
            with places.at(name, template, folder) as where:
                tally, fell = kills.kills(asked.seed, amount, where, name)
            shown.print(f"kills on {name} fell after {len(fell)} different points; of the product's own: {_own(fell)}")
        figures = [tally.trials, tally.crashes, tally.received, tally.loaded, tally.lost, tally.doubled, tally.recovered, tally.late]
        figures += [tally.tickets, tally.tickets_lost, tally.tickets_doubled, round(time.monotonic() - started)]
        table.add_row(name, *map(str, figures))
        shown.print(f"{name}: {tally.crashes} died, {tally.lost} lost, {tally.doubled} doubled ({figures[-1]} s)")
        complaints += tally.complaints
    shown.print(table)
    for complaint in complaints:
        shown.print(complaint, markup=False)
    return not complaints


def _own(fell: dict[str, int]) -> int:
    return sum(times for point, times in fell.items() if point in points.names())


def _variants(seed: str, template: Path, folder: Path) -> bool:
    table = Table("known mistake", "the product", "the mistake", "lost", "doubled", "tickets lost", "tickets doubled")
    is_fine = True
    for name in variants.VARIANTS:
        sound, broken = variants.outcome(name, seed, template, folder)
        figures = map(str, (broken.lost, broken.doubled, broken.tickets_lost, broken.tickets_doubled))
        table.add_row(name, "passes" if sound.is_sound else "FAILS", "SURVIVES" if broken.is_sound else "caught", *figures)
        is_fine = is_fine and sound.is_sound and not broken.is_sound
    shown.print(table)
    return is_fine


if __name__ == "__main__":
    sys.exit(main())
