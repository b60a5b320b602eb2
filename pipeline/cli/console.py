"""What the commands share: their options, what a person sees, and how an error a person can mend ends."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from connectors.errors import Busy, Refused
from pipeline import worklog
from pipeline.failures import Broken, Held, TooEarly
from pipeline.settings import Unusable
from pipeline.underway import Work, watched_by
from warehouse.faults import Unavailable

# No emoji: `key:` between colons in a name or a title is text.
shown, said = (Console(stderr=is_error, highlight=False, soft_wrap=True, emoji=False) for is_error in (False, True))

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Config = Annotated[Path, typer.Option(help="the configuration file", envvar="SOUNDINGS_CONFIG", readable=False)]
At = Annotated[str | None, typer.Option(metavar="T", help="ISO 8601 with a zone")]
AsJson = Annotated[bool, typer.Option("--json", help="figures for machines")]
SOUNDINGS_TOML = Path("soundings.toml")
LOOK, INTERRUPTED = 3, 130


@contextmanager
def plainly() -> Iterator[None]:
    """What a person can mend ends as one clear message and exit status 1."""
    try:
        yield
    except (Unusable, Unavailable, Refused, Busy, Held, Broken, TooEarly, ValueError, OSError) as error:
        said.print(str(error), markup=False, style="red")
        raise typer.Exit(1) from None
    except typer.Abort:  # Ctrl-C at a question, or the terminal went away
        said.print("\nnothing was changed", markup=False)
        raise typer.Exit(INTERRUPTED) from None


def is_asked_by_a_person() -> bool:
    """Whether somebody can answer a question. A standard input that is closed is None."""
    return sys.stdin is not None and sys.stdin.isatty()


@contextmanager
def watched() -> Iterator[None]:
    """While the block works, a person at a terminal sees on stderr what is under way. Nobody else does, nor whoever asked for the log."""
    if not said.is_interactive or worklog.is_shown():
        yield
        return
    with watched_by(Bar()):
        yield


class Bar:
    """One line for the work under way, with its figures and its time; gone when the work is done."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._work: Work | None = None
        self._progress: Progress
        self._task: TaskID

    def __call__(self, work: Work | None) -> None:
        """Show this work; with None nothing."""
        if work is not self._work:
            self._change(work)
        if work:
            windows = f"{work.done} of {work.parts} windows" if work.parts > 1 else ""
            records = f"{work.records:,} records" if work.records else ""
            self._progress.update(self._task, completed=work.done, figures="  ".join(filter(None, (records, windows))))

    def _change(self, work: Work | None) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        if self._work:
            self._progress.stop()
        self._work = work
        if work:
            what, figures = (TextColumn(f"{{task.{field}}}", markup=False) for field in ("description", "fields[figures]"))
            self._progress = Progress(
                SpinnerColumn(), what, BarColumn(20), figures, TimeElapsedColumn(), console=said, transient=True, redirect_stdout=shown.is_terminal
            )
            self._task = self._progress.add_task(work.what, total=work.parts if work.parts > 1 else None, figures="")
            self._progress.start()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def show(figures: Mapping[str, Any], as_json: bool) -> None:
    """Figures as lines for people, or as JSON."""
    if as_json:
        text = json.dumps(figures, default=_plain, ensure_ascii=shown.encoding != "utf-8", indent=2)
        shown.out(text, highlight=False)  # plain, also where FORCE_COLOR is set
        return
    for name, value in figures.items():
        shown.print(f"{name}: {', '.join(f'{k} {v}' for k, v in value.items()) if isinstance(value, Mapping) else value}", markup=False)


def show_failed(failed: Mapping[str, str]) -> None:
    """What did not work, each on lines of its own, since each says what to do."""
    shown.print("failed:")
    for name, why in failed.items():
        shown.print(f"  {name}: {why.replace(chr(10), chr(10) + '    ')}", markup=False)


def end(looked_at: Mapping[str, str]) -> None:
    """Exit status 3, for it worked and a person should look, where there is something to look at: source -> what."""
    for source, what in looked_at.items():
        said.print(f"source {source}: {what}", markup=False)
    if looked_at:
        raise typer.Exit(LOOK)
