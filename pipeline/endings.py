"""What somebody ends a program with, and when that is heard."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY = 1  # seconds


@contextmanager
def until_told() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a terminal that goes away end the block as one KeyboardInterrupt; while it is ending no second one is heard."""
    before = {sent: signal.getsignal(sent) for sent in ENDING}
    heard = [sent for sent in ENDING if sent != signal.SIGHUP or before[sent] != signal.SIG_IGN]  # `nohup` means what it says

    def end(*_: Any) -> None:
        for sent in heard:
            signal.signal(sent, signal.SIG_IGN)
        raise KeyboardInterrupt

    for sent in heard:
        signal.signal(sent, end)
    try:
        with _terminal_watched():
            yield
    finally:
        for sent in heard:
            signal.signal(sent, before[sent])


@contextmanager
def _terminal_watched() -> Iterator[None]:
    """Who runs in front of a terminal hears SIGHUP when it goes, also where the first of its session keeps that to itself, as `make` does."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
        is_in_front = _is_in_front(terminal)
    except OSError:  # there is none, or no longer
        yield
        return
    is_over = Event()
    watcher = Thread(target=_watch, args=(terminal, is_over, is_in_front), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
        os.close(terminal)


def _is_in_front(terminal: int) -> bool:
    return os.tcgetpgrp(terminal) == os.getpgrp()


def _watch(terminal: int, is_over: Event, is_in_front: bool) -> None:
    gone = select.poll()
    gone.register(terminal, 0)
    while not is_over.wait(LOOK_EVERY):
        if gone.poll(0):
            if is_in_front:
                os.kill(os.getpid(), signal.SIGHUP)
            return
        with suppress(OSError):  # it goes at this moment
            is_in_front = _is_in_front(terminal)


@contextmanager
def heard_afterwards() -> Iterator[None]:
    """What would end the block is heard when it is through: what it has begun is known by then, and can be ended too."""
    told: list[int] = []
    before = {sent: handler for sent in ENDING if callable(handler := signal.getsignal(sent))}
    for sent in before:
        signal.signal(sent, lambda number, _: told.append(number))
    try:
        yield
    finally:
        for sent, handler in before.items():
            signal.signal(sent, handler)
        for number in told:
            signal.raise_signal(number)
