"""Tier 1: runs that die in process, by an exception nothing catches, at a crash point or before any part of any request.

The real connectors over real loopback sockets, the real warehouse in an SQLite file, the real outbox against GitHub's issues. Three kinds of trial:
`landing` (pulls while weeks go by), `tickets` (the outbox, with clear and unclear sends), `whole` (all six verbs with their expectations).
"""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from random import Random

from chaos import checker, points, worker
from chaos.checker import Tally
from chaos.oracle import Key
from chaos.points import REQUEST, Crash, Trap
from chaos.world import HOUR, LEARNING, Vendors, World
from demo.vendors.weather import answer, cut, cut_chunk, drop, lose

LANDING = ("migrate.written", "land.read", "land.ledger_line", "land.batch", "land.rows", "land.written", "land.committed")
PUBLISHING = ("publish.settled", "publish.committed")
PROMPTING = ("prompt.planned", "prompt.claimed", "prompt.intended", "prompt.sent", "prompt.opened", "prompt.listed")
WHOLE = ("merge.written", "merge.committed", "report.written", "report.replaced", "prompt.answers_landed")
PAUSE = timedelta(minutes=5)  # longer than a lease, shorter than the longest life of a request


@dataclass
class Trial:
    """One place, one world, one seed."""

    path: Path
    world: World
    vendors: Vendors
    random: Random
    crashes: int = 0
    pauses: int = 0
    unclear: set[Key] = field(default_factory=set)

    def run(self, work: Callable[[Path], None], *traps: Trap) -> None:
        """One run, which dies in the first trap that springs."""
        with worker.environment(worker.variables(self.world, self.vendors.github.url, self.vendors.pagerduty.url)):
            try:
                with points.set_up(*traps):
                    work(self.path)
            except Crash:
                self.crashes += 1

    def trap(self, *names: str, requests: int) -> Trap:
        """Somewhere at random: at one of these points, or before one of so many parts of requests."""
        if self.random.random() < 0.3:
            return Trap(REQUEST, self.random.randint(1, requests), points.crash)
        return Trap(f"soundings.{self.random.choice(names)}", self.random.choice((1, 1, 1, 2)), points.crash)

    def overtaken(self, work: Callable[[Path], None]) -> None:
        """A run that is paused past its lease at some point; another one does all the work meanwhile."""

        def meanwhile() -> None:
            self.pauses += 1
            worker.later(self.path, PAUSE)
            self.run(work, Trap("soundings.prompt.opened", 2, points.crash))

        room = "prompt" if work is worker.prompt else "land"
        point = self.random.choice([name for name in points.OPEN_POINTS if room in name])
        self.run(work, Trap(point, 1, meanwhile), Trap("soundings.prompt.opened", 1, points.crash))

    def verdict(self) -> Tally:
        """The checker's."""
        found = checker.checked(self.path, self.world, self.unclear)
        found.crashes, found.paused = self.crashes, self.pauses
        return found


def landing(trial: Trial, steps: int = 12, tries: int = 3) -> Tally:
    """Some weeks: things happen, runs die, now and then one goes through."""
    for _ in range(steps):
        trial.world.pass_by(timedelta(seconds=1 + int(trial.random.random() * trial.random.choice((3600, 86_400, 6 * 86_400)))))
        work = partial(_pull, sources=trial.random.choice((("github",), ("pagerduty",), ("github", "pagerduty"))))
        for _ in range(tries):
            _spoil(trial)
            trial.run(work, trial.trap(*LANDING, *PUBLISHING, requests=12))
        trial.unclear |= checker.missing(trial.path, trial.world)
        if trial.random.random() < 0.1:
            trial.overtaken(worker.pull)
        elif trial.random.random() < 0.5:
            trial.run(worker.pull)
    trial.vendors.show(trial.world)
    trial.run(worker.pull)
    return trial.verdict()


def _pull(path: Path, sources: tuple[str, ...]) -> None:
    worker.pull(path, *sources)


def _spoil(trial: Trial) -> None:
    """Now and then the weather is bad, too: one fault for each of the next few requests."""
    if trial.random.random() < 0.2:
        faults = (
            answer(503),
            answer(429),
            drop,
            lose,
            cut(20),
            cut_chunk,
            answer(200, body="<html>sign in</html>"),
            answer(200, json=None, body="null"),
        )
        server = trial.random.choice((trial.vendors.github, trial.vendors.pagerduty))
        server.faults += [trial.random.choice(faults) for _ in range(trial.random.choice((1, 2, 7)))]


def tickets(trial: Trial, tries: int = 40) -> Tally:
    """The outbox: runs die, sends are lost or arrive late, runs are paused past their lease, people close what they like."""
    sends = trial.vendors.github.faults_at
    for _ in range(tries):
        if len(trial.world.opened()) == trial.world.oracle.findings:
            break
        if trial.random.random() < 0.4:
            faults = (trial.world.postpone, lose, drop, answer(502), answer(429, retry_after="1"))
            sends[f"/repos/{LEARNING}/issues"] = [trial.random.choice(faults)]
        if trial.random.random() < 0.15:
            trial.overtaken(worker.prompt)
        else:
            # At the latest after a ticket, so that there are some left for the next run.
            trial.run(worker.prompt, trial.trap(*PROMPTING, requests=12), Trap("soundings.prompt.opened", 1, points.crash))
        if trial.random.random() < 0.5:
            trial.world.deliver()
            worker.later(trial.path)
    sends.clear()
    return settled(trial)


def settled(trial: Trial, work: Callable[[Path], None] = worker.prompt) -> Tally:
    """What was on its way arrives, time goes by, and two runs go through."""
    for _ in range(2):
        trial.world.deliver()
        worker.later(trial.path)
        trial.run(work)
    return trial.verdict() + checker.tickets(trial.path, trial.world)


def whole(trial: Trial, tries: int = 6) -> Tally:
    """All six verbs, with a person who answers the first ticket."""
    for _ in range(tries):
        trial.world.pass_by(trial.random.randint(1, 3) * HOUR)
        trial.run(worker.whole, trial.trap(*LANDING, *PUBLISHING, *PROMPTING, *WHOLE, *WHOLE, *WHOLE, requests=30))
        trial.unclear |= checker.missing(trial.path, trial.world)
        _answer(trial.world)
        worker.later(trial.path)
    trial.run(worker.whole)
    return settled(trial, worker.whole)


def _answer(world: World) -> None:
    home = world.github.state.repositories[LEARNING]
    for number in [number for number in home.issues if number not in home.comments]:
        world.github.state.add_comment(LEARNING, number, "ada", "useful near miss: we did not know")


KINDS: dict[str, Callable[[Trial], Tally]] = {"landing": landing, "tickets": tickets, "whole": whole}


@cache
def vendors() -> Vendors:
    """The servers of this process, until it ends."""
    worker.hurry()
    points.listen()
    return Vendors(ExitStack())


def trial(seed: str, template: Path, folder: Path, kind: Callable[[Trial], Tally] | None = None) -> Tally:
    """The trial of this seed (`kind-…`), on a copy of the template warehouse. Its complaints carry the seed."""
    random = Random(seed)
    place = folder / seed
    path = worker.prepared(place)
    shutil.copy(template, place / "warehouse.db")
    world = World(random)
    servers = vendors()
    servers.show(world)
    tally = (kind or KINDS[seed.partition("-")[0]])(Trial(path, world, servers, random))
    shutil.rmtree(place)
    return tally.told_with(seed)


def template(folder: Path) -> Path:
    """A warehouse that has read and worked out the organisation's past, so that there are findings to prompt."""
    path = worker.prepared(folder / "template")
    world, servers = World(Random(0)), vendors()
    servers.show(world)
    with worker.environment(worker.variables(world, servers.github.url, servers.pagerduty.url)):
        worker.derived(path)
    return path.parent / "warehouse.db"
