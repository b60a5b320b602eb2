"""Several questions at once, in threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
_PART = 100  # items of one stream that are taken at once: a page


def over(function: Callable[[A], B], things: Iterable[A], workers: int = 8) -> Iterator[B]:
    """`function(thing)` for each, several at once, the results in order; the first error ends it."""
    pool = ThreadPoolExecutor(workers)
    running: deque[Future[B]] = deque()
    try:
        for thing in things:
            running.append(pool.submit(function, thing))
            if len(running) >= 2 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def streams(function: Callable[[A], Iterator[B]], things: Iterable[A], workers: int = 16) -> Iterator[B]:
    """The items of `function(thing)` for each, several read at once, a page of any of them as it comes: none is ever held whole.

    Each stream keeps its order. The first error ends all.
    """
    pool, begun = ThreadPoolExecutor(workers), map(function, things)
    running: dict[Future[list[B]], Iterator[B]] = {}
    try:
        while True:
            running |= {pool.submit(_part, stream): stream for stream in islice(begun, workers - len(running))}
            if not running:
                return
            done = {future: running.pop(future) for future in wait(running, return_when=FIRST_COMPLETED).done}
            running |= {pool.submit(_part, stream): stream for future, stream in done.items() if len(future.result()) == _PART}
            for future in done:
                yield from future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _part(stream: Iterator[B]) -> list[B]:
    return list(islice(stream, _PART))
