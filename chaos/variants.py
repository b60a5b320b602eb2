"""The checks of the checker: each known mistake put in place of the product's function. The same trial must pass without it and fail with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, text, update

from chaos import crashes, worker
from chaos.checker import Tally
from chaos.crashes import Trial
from chaos.points import Trap
from chaos.world import BUSY, HOUR, LEARNING, SECOND
from pipeline import steps
from pipeline.outbox import Outbox
from signals.clock import now
from signals.windows import Window
from warehouse import landing, loading
from warehouse.schema import SIGNALS, pulls

Scenario = Callable[[Trial], Tally]


def _cursor_first(trial: Trial) -> Any:
    """The ledger says the window is covered, in a transaction of its own, before the rows are there."""
    line = landing._ledger_line  # noqa: SLF001 - a mistake is made inside

    def committed(connection: Connection, *given: Any) -> tuple[int, int]:
        pull_id, attempts = line(connection, *given)
        connection.execute(update(pulls).where(pulls.c.id == pull_id).values(status="published"))
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return pull_id, attempts

    del trial
    return patch.object(landing, "_ledger_line", committed)


@contextmanager
def _append(trial: Trial) -> Iterator[None]:
    """Rows have no identity: what is read again is there twice."""
    with steps.warehouse(worker.settings_at(trial.path)) as store, store.writing() as connection:
        connection.execute(text("PRAGMA legacy_alter_table = ON"))
        for name in SIGNALS:
            for command in ("CREATE TABLE plain AS SELECT * FROM {}", "DROP TABLE {}", "ALTER TABLE plain RENAME TO {}"):
                connection.execute(text(command.format(name)))
    with patch.object(loading, "_upsert", lambda insertion, *_: insertion):
        yield


def _keyset(trial: Trial) -> Any:
    """The next window begins behind the second up to which was read, and nothing is read again."""

    def windows(_settings: Any, store: Any, name: str, **_: Any) -> list[Window]:
        newest = store.covered(name)[-1].end
        return [Window(newest + SECOND, now())] if newest + SECOND < now() else []

    del trial
    return patch.object(steps, "windows", windows)


def _search_first(trial: Trial) -> Any:
    """No intent on record: the tracker's index, minutes behind, is searched for the code before each send."""

    def opened(self: Any, tracker: Any, row: Any) -> None:
        self._opened(row, tracker.open(row["code"], row["title"], row["body"]))  # the index has nothing yet

    del trial
    return patch.object(Outbox, "_open", opened)


def _no_recheck(trial: Trial) -> Any:
    """The lease is taken and not looked at again before the send."""
    opening = Outbox._open  # noqa: SLF001

    def opened(self: Any, tracker: Any, row: Any) -> None:
        written = self.store.set
        with patch.object(self.store, "set", lambda *given, **columns: written(*given, **columns) or "attempt" in columns):
            opening(self, tracker, row)

    del trial
    return patch.object(Outbox, "_open", opened)


@contextmanager
def _no_wait(trial: Trial) -> Iterator[None]:
    """After an unclear send the tracker is asked at once."""
    worker.settings_at.cache_clear()
    worker.prepared(trial.path.parent, wait=0)
    yield
    worker.settings_at.cache_clear()


def _same_zone(trial: Trial) -> Any:
    """Hours are the difference of two wall clocks."""
    from transforms.on_call import stretches  # noqa: PLC0415 - pandas takes seconds to import

    row = stretches.row

    def subtracted(rota: Any, *more: Any) -> dict[str, Any]:
        found = row(rota, *more)
        local = [found[name].astimezone(rota.zone).replace(tzinfo=None) for name in ("starts_at", "ends_at")]
        return found | {"elapsed_hours": (local[1] - local[0]) / HOUR}

    del trial
    return patch.object(stretches, "row", subtracted)


def _in_pages(order: Callable[[int], list[int]]) -> Callable[[Trial], Any]:
    """Commits by page number, of the branch and not of one commit."""

    def commits(api: Any, window: Window, of: Any) -> Any:
        from connectors.github.commits import commit_of  # noqa: PLC0415

        since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (window.start, window.end + SECOND))
        for page in order(12):
            items = api.get("repos", *of.repository.split("/"), "commits", since=since, until=until, per_page=5, page=page)
            yield from (one for one in (commit_of(item, of.repository, of.branch) for item in items) if one.committed_at in window)

    return lambda _trial: patch("connectors.github.commits_in", commits)


def churning(trial: Trial) -> Tally:
    """While a list of commits is paged, branches grow and are rewritten."""
    world = trial.world
    world.github.longest_page = 5
    for service in BUSY:
        for number in range(40):
            world.commit(service, world.now + 4 * number * HOUR)
    world.now += 161 * HOUR

    def meanwhile(request: Any) -> None:
        service = request.path.split("/")[-2]
        if not request.path.endswith("/commits") or service not in BUSY:
            return
        if world.random.random() < 0.5:
            world.commit(service, world.now)
            return
        commits = world.github.state.repositories[f"acme/{service}"].commits
        world.oracle.drop("commits", "github", f"acme/{service}@{commits[-1]['sha']}")
        world.github.state.force_push(f"acme/{service}", len(commits) - 1, world.now)

    world.github.meanwhile = meanwhile
    trial.run(lambda path: worker.pull(path, "github"))
    world.github.meanwhile = lambda _request: None
    world.now += HOUR
    trial.run(worker.pull)
    return trial.verdict()


def punctual(trial: Trial) -> Tally:
    """Nothing is late, much happens in the very second up to which was read."""
    trial.world.late, trial.world.ties = 0, 0.5
    return crashes.landing(trial)


def paused(trial: Trial) -> Tally:
    """A worker sleeps past its lease right after its claim."""

    def meanwhile() -> None:
        worker.later(trial.path)
        trial.run(worker.prompt)

    trial.run(worker.prompt, Trap("soundings.prompt.claimed", 1, meanwhile))
    return crashes.settled(trial)


def on_its_way(trial: Trial) -> Tally:
    """A ticket is written down only after the next run."""
    trial.vendors.github.faults_at[f"/repos/{LEARNING}/issues"] = [trial.world.postpone]
    trial.run(worker.prompt)
    trial.run(worker.prompt)
    return crashes.settled(trial)


def over_the_clock_change(trial: Trial) -> Tally:
    """Turns of two days over the autumn's clock change are 49 hours long."""
    world = trial.world
    first = world.now.replace(month=10, day=24, hour=7)
    world.pagerduty.rotas.clear()
    world.pagerduty.add_schedule("two days", "Europe/Berlin", world.people, first, days=2)
    world.now = first + timedelta(days=6)
    trial.run(worker.derived)
    with steps.warehouse(worker.settings_at(trial.path)) as store:
        rows = store.read("stretches")
    true = (rows["ends_at"] - rows["starts_at"]).dt.total_seconds() / 3600
    tally = trial.verdict()
    if 49 not in set(true):
        tally.complaints.append("no stretch of 49 hours came to be")
    if wrong := int((rows["elapsed_hours"] != true).sum()):
        tally.complaints.append(f"{wrong} stretches say a wrong number of hours")
    return tally


VARIANTS: dict[str, tuple[Callable[[Trial], Any], Scenario]] = {
    "cursor first": (_cursor_first, crashes.landing),
    "append": (_append, crashes.landing),
    "offset paging under churn": (_in_pages(lambda last: list(range(1, last))), churning),
    "parallel unpinned pages": (_in_pages(lambda last: list(range(last, 0, -1))), churning),
    "keyset with >": (_keyset, punctual),
    "search before create": (_search_first, crashes.tickets),
    "no wait after an unclear send": (_no_wait, on_its_way),
    "lease without re-check": (_no_recheck, paused),
    "same-zone subtraction": (_same_zone, over_the_clock_change),
}


def _short(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_").replace(">", "gt")


def trial(seed: str, template: Path, folder: Path) -> Tally:
    """The trial of this seed: `offset_paging_under_churn-0-broken`, or `…-sound` for the product itself. ValueError for any other."""
    short, *_, which = seed.split("-")
    known = {_short(name): both for name, both in VARIANTS.items()}
    if short not in known:
        message = f"no trial has the seed {seed!r}: give it as make chaos printed it"
        raise ValueError(message)
    mistake, scenario = known[short]

    def broken(trial: Trial) -> Tally:
        with mistake(trial):
            return scenario(trial)

    return crashes.trial(seed, template, folder, broken if which == "broken" else scenario)


def outcome(name: str, seed: str, template: Path, folder: Path) -> tuple[Tally, Tally]:
    """What came of the trial without the mistake and with it."""
    sound, broken = (trial(f"{_short(name)}-{seed}-{which}", template, folder) for which in ("sound", "broken"))
    return sound, broken
