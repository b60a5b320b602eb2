"""Trials, so many at a time, until enough has died."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait

from chaos.checker import Tally


def rolling(submit: Callable[[str], Future[Tally]], seeds: Iterator[str], beside: int, wanted: int) -> Tally:
    """The sum over trials: where one ends the next begins, until so many runs have died or one trial is unsound. Every one that began is counted."""
    total = Tally()
    running = {submit(next(seeds)) for _ in range(beside)}
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        total = sum((future.result() for future in done), total)
        if total.crashes < wanted and total.is_sound:
            running |= {submit(next(seeds)) for _ in done}
    return total
