"""What somebody ends a program with, and when that is heard."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
        yield
    finally:
        for sent in heard:
            signal.signal(sent, before[sent])


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
