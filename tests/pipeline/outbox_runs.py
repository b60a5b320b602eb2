"""Runs of the outbox in processes of their own, which may die."""

import multiprocessing
import os
import signal
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from connectors.folder import Folder
from connectors.github.issues import GitHubIssues
from pipeline import outbox, settings, steps
from pipeline.connections import connection
from warehouse.schema import prompts
from warehouse.store import Store

HOUR = timedelta(hours=1)
MOMENTS = [
    (step, moment, nth)
    for step, times in (("open", 2), ("set", 3), ("claim", 2), ("plan", 1))
    for nth in range(1, times + 1)
    for moment in ("before", "after")
]
SECONDS = 30

# Children are forked from a process without threads that has everything imported: neither slow nor stuck.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "alembic.command", "pipeline.planning", "transforms.near_misses", "transforms.on_call.stretches"])


def run(path):
    """One run in this process; its figures."""
    configured = settings.load(path)
    with steps.warehouse(configured) as store:
        opener = outbox.Outbox(configured, store, connection)
        figures = opener.run()
        opener.raise_failures()
        return figures


def later(path):
    """An hour goes by for the outbox: leases and the wait after an unclear send are over, however slow this machine is."""
    with steps.warehouse(settings.load(path)) as store, store.writing() as connected:
        for row in connected.execute(prompts.select()).all():
            earlier = {name: at - HOUR for name in ("lease_until", "sent_at") if (at := getattr(row, name))}
            if earlier:
                connected.execute(update(prompts).where(prompts.c.key == row.key).values(**earlier))


def _in_child(path, variables, prepare, given):
    os.environ.update(variables)
    prepare(*given)
    run(Path(path))


@contextmanager
def child(path, prepare, *given):
    """A run in a process of its own, after `prepare(*given)`."""
    variables = {name: value for name, value in os.environ.items() if name.startswith(("SOUNDINGS_", "AIRFLOW_CONN_"))}
    process = PROCESSES.Process(target=_in_child, args=(str(path), variables, prepare, given))
    process.start()
    try:
        yield process
    finally:
        process.join(SECONDS)
        status = process.exitcode
        process.kill()
        assert status in {0, -signal.SIGKILL}


def unharmed():
    """Let this process live."""


def killed_at(step, moment, nth):
    """Let this process die before or after the nth time it does a step: plan, claim, set or open."""
    left = {"before": nth, "after": nth}

    def reached(now):
        left[now] -= 1
        if now == moment and not left[now]:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(done):
        def stepped(*given, **named):
            reached("before")
            result = done(*given, **named)
            reached("after")
            return result

        return stepped

    for kind in (GitHubIssues, Folder) if step == "open" else (Store,):
        setattr(kind, step, watched(getattr(kind, step)))


def killed_while_sending(seconds):
    """Let this process die so long after it began to send."""
    send = GitHubIssues.open

    def sending(*given):
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return send(*given)

    GitHubIssues.open = sending


def paused_before_the_intent(paused, go_on):
    """Let this process hold still between its claim and its first write, until there is a file to say go on."""
    write = Store.set

    def pausing(*given, **named):
        Path(paused).touch()
        wait_for(go_on)
        return write(*given, **named)

    Store.set = pausing


def wait_for(file):
    """Return when the file is there."""
    while not Path(file).exists():
        time.sleep(0.02)
