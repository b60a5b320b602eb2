"""Tiers 2 and 3: workers in processes of their own, several at once, ended by SIGKILL at random instants, on SQLite and on PostgreSQL.

Every request goes through the fault proxy. An instant is an event of the worker (a crash point, a part of a request) and some microseconds
more, so that a slow machine changes nothing. A kill counts only where the worker had begun its work, had not ended it, and really died by the signal.
"""

import itertools
import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

from chaos import checker, points, worker
from chaos.checker import Tally
from chaos.crashes import PAUSE
from chaos.oracle import Key
from chaos.points import Trap
from chaos.proxy import Proxy, between
from chaos.rolling import rolling
from chaos.world import MINUTE, Vendors, World

BEGAN, ENDED = "began", "ended"
_SECONDS = 60
_PAUSES = [name for name in points.OPEN_POINTS if "prompt" in name]
_STATUS_LOCK = threading.Lock()  # starting a worker reads every worker's status off its pipe, too: of two threads at once one would see 255
BESIDE = 5  # trials at a time: their workers wait for each other, for vendors and for disks

# Workers are forked from a process without threads that has everything imported.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        __name__,
        "alembic.command",
        "great_expectations",
        "pipeline.planning",
        "transforms.near_misses",
        "transforms.report",
        "transforms.on_call.stretches",
        "warehouse.checks",
    ]
)


def _in_worker(work: Callable[[Path], None], path: Path, held: dict[str, str], trail: Connection) -> None:
    """What a worker does: its trail tells each point it reaches, also after its death."""
    os.environ.update(held)
    worker.hurry()
    points.listen(trail.send)
    trail.send(BEGAN)
    work(path)
    trail.send(ENDED)


def _stopped(point: str, path: Path) -> None:
    """Open what is due, and stop in the middle until somebody says go on."""
    with points.set_up(Trap(point, 1, lambda: os.kill(os.getpid(), signal.SIGSTOP))):
        worker.prompt(path)


@dataclass
class Worker:
    """One process at work. `trail`: the points it has reached."""

    process: Any
    trail: Connection
    heard: list[str] = field(default_factory=list)

    def hear(self, events: int) -> bool:
        """Wait until it has reached so many points; False where it ended before that, or is silent for a minute."""
        try:
            while len(self.heard) < events:
                if not self.trail.poll(_SECONDS):
                    return False
                self.heard.append(self.trail.recv())
        except EOFError:
            return False
        return ENDED not in self.heard

    def killed(self, events: int, seconds: float) -> bool:
        """Whether it died by SIGKILL in the middle of its work, so long after so many events."""
        if self.hear(events):
            time.sleep(seconds)
        self.process.kill()
        return self.joined() == -signal.SIGKILL and BEGAN in self.heard and ENDED not in self.heard

    def joined(self) -> int | None:
        """Its exit status, when it is over and all it told is heard."""
        self.hear(10**9)
        wait([self.process.sentinel], _SECONDS)
        with _STATUS_LOCK:
            status: int | None = self.process.exitcode
        self.process.kill()
        return status


@dataclass
class Trial:
    """One place, one world, one seed, one pair of proxies."""

    path: Path
    world: World
    vendors: Vendors
    proxies: tuple[Proxy, Proxy]
    random: Random
    work: Callable[[Path], None]
    events: int
    kills: int = 0
    pauses: int = 0
    fell_after: Counter[str] = field(default_factory=Counter)
    unclear: set[Key] = field(default_factory=set)

    def started(self, work: Callable[[Path], None] | None = None) -> Worker:
        """A worker, through the proxies."""
        held = worker.variables(self.world, self.proxies[0].url, self.proxies[1].url)
        reading, writing = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=_in_worker, args=(work or self.work, self.path, held, writing), daemon=True)
        with _STATUS_LOCK:
            process.start()
        writing.close()
        return Worker(process, reading)

    def assault(self) -> None:
        """Up to three workers at once, each killed somewhere."""
        workers = [self.started() for _ in range(self.random.choice((1, 2, 2, 3)))]
        plans = [(self.random.randint(1, self.events), self.random.random() * 0.003) for _ in workers]
        killers = [threading.Thread(target=self._kill, args=(one, *plan)) for one, plan in zip(workers, plans, strict=True)]
        for killer in killers:
            killer.start()
        for killer in killers:
            killer.join()

    def _kill(self, one: Worker, events: int, seconds: float) -> None:
        if one.killed(events, seconds):
            self.kills += 1
            self.fell_after[one.heard[-1]] += 1

    def pause(self) -> None:
        """A worker stops past its lease, another one does the work, then the first goes on, too."""
        point = self.random.choice(_PAUSES)
        paused = self.started(partial(_stopped, point))
        while paused.hear(len(paused.heard) + 1) and paused.heard[-1] != point:
            pass
        if point in paused.heard:
            try:
                worker.later(self.path, PAUSE)
                others = self.started(worker.prompt).joined()
            finally:
                os.kill(paused.process.pid, signal.SIGCONT)
            self.pauses += {paused.joined(), others} == {0}

    def calm(self) -> None:
        """What is on its way arrives, and an hour goes by for the outbox."""
        for proxy in self.proxies:
            proxy.wait_idle()
        worker.later(self.path)


def assaulted(trial: Trial, steps: int) -> Tally:
    """Time goes by and workers die; in the end two run through in clear weather."""
    for _ in range(steps):
        trial.world.pass_by(trial.random.randint(5, 2400) * MINUTE)
        trial.assault()
        if trial.random.random() < 0.15:
            trial.pause()
        if trial.random.random() < 0.5:
            trial.calm()
        trial.unclear |= checker.missing(trial.path, trial.world)
    for proxy in trial.proxies:
        proxy.share = 0
    for _ in range(2):
        trial.calm()
        last = trial.started()
        if (status := last.joined()) != 0:
            return Tally(trials=1, crashes=trial.kills, complaints=[f"the last worker ended with {status} after {last.heard[-1:]}"])
    found = checker.checked(trial.path, trial.world, trial.unclear) + checker.tickets(trial.path, trial.world)
    found.crashes, found.paused, found.fell_after = trial.kills, trial.pauses, trial.fell_after
    return found


@dataclass
class Places:
    """Where a tier's warehouses are: `fresh(folder)` gives the URL of a copy of the template."""

    folder: Path
    fresh: Callable[[Path], str]


def kills(seed: str, count: int, places: Places, tier: str, *, steps: int = 8) -> Tally:
    """Trials, several beside each other with vendors of their own, until so many kills counted."""
    with ExitStack() as stack, ThreadPoolExecutor(BESIDE) as pool:
        vendors = [Vendors(stack) for _ in range(BESIDE)]

        def one(name: str) -> Tally:
            mine = vendors.pop()
            try:
                return trial(name, places, mine, steps)
            finally:
                vendors.append(mine)

        seeds = (f"{tier}-{seed}-{number}" for number in itertools.count())
        return rolling(lambda name: pool.submit(one, name), seeds, BESIDE, count)


def replayed(name: str, places: Places, *, steps: int = 8) -> Tally:
    """One trial again: the same events, faults and plans; the instants are as good as the machine's."""
    with ExitStack() as stack:
        return trial(name, places, Vendors(stack), steps)


def trial(name: str, places: Places, vendors: Vendors, steps: int) -> Tally:
    """The trial of this seed. Its complaints carry the seed."""
    random = Random(name)
    place = places.folder / name
    path = worker.prepared(place, places.fresh(place))
    world = World(random)
    vendors.show(world)
    work, events = (worker.whole, 140) if random.random() < 0.05 else (worker.quick, 90)
    with between(vendors.github.url, random) as github, between(vendors.pagerduty.url, random) as pagerduty:
        one = Trial(path, world, vendors, (github, pagerduty), random, work, events)
        tally = assaulted(one, steps)
    shutil.rmtree(place)
    return tally.told_with(name)
