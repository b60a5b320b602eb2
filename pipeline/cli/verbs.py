"""The six verbs as commands: run, pull, derive, prompts, report; and evaluate, which holds what they found against known answers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline import reporting, steps
from pipeline.cli.console import SOUNDINGS_TOML, AsJson, At, Config, end, plainly, said, show, show_failed, shown, watched
from pipeline.connections import connection
from pipeline.set_aside import to_look_at
from pipeline.settings import Unusable, load
from pipeline.underway import unheard
from signals import clock


def run(config: Config = SOUNDINGS_TOML, since: At = None, until: At = None, as_of: At = None, as_json: AsJson = False) -> None:
    """Pull, land, check, derive, prompt and report once. A source that cannot be read is said and does not stop the others."""
    with plainly(), clock.as_of(_looked_at(as_of)):
        settings = load(config)
        with steps.warehouse(settings) as store, watched():
            heard = unheard if as_json else lambda name, figures: show({name: figures}, as_json)
            found = steps.run(settings, store, connection, since=clock.instant(since), until=clock.instant(until), on_news=heard)
            looked_at = to_look_at(store, settings.sources)
    failed = found.get("failed")
    if as_json:
        show(found | ({"look": looked_at} if looked_at else {}), as_json)
    elif failed:
        show_failed(failed)
    if failed:
        raise typer.Exit(1)
    end(looked_at)


def _looked_at(as_of: str | None) -> datetime | None:
    """The moment to look at. One that has not come is said to a person: what is read counts as read until then."""
    if (at := clock.instant(as_of)) and not clock.has_come(at):
        said.print(f"--as-of {as_of} has not come yet: what is read counts as read until then, so use a warehouse of its own for it", markup=False)
    return at


def pull(source: str, config: Config = SOUNDINGS_TOML, since: At = None, until: At = None, as_json: AsJson = False) -> None:
    """Pull and check one source: what is due, or exactly [since, until)."""
    with plainly():
        settings = load(config)
        if source not in settings.sources:
            message = f"there is no [sources.{source}] in {settings.path}; there are {', '.join(settings.sources)}"
            raise Unusable(message)
        with steps.warehouse(settings) as store, watched():
            heard = unheard if as_json else lambda name, news: show({name: news}, as_json)
            end_at = clock.instant(until) or clock.now()
            figures = steps.pull(settings, store, source, connection, start=clock.instant(since), end=end_at, on_news=heard)
            looked_at = to_look_at(store, [source])
    show(figures | ({"look": looked_at} if as_json and looked_at else {}), as_json)
    end(looked_at)


def derive(config: Config = SOUNDINGS_TOML, as_json: AsJson = False) -> None:
    """Work out near misses and stretches from what is published."""
    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, watched():
            figures = steps.derive(settings, store)
    show(figures, as_json)


def prompts(
    config: Config = SOUNDINGS_TOML,
    dry_run: bool = False,
    again: Annotated[bool, typer.Option("--again", help="first take up what a tracker did not take before")] = False,
    as_json: AsJson = False,
) -> None:
    """Open what is ripe and read answers back; with --dry-run, show each ticket as it would be and send nothing."""
    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, watched():
            if again:
                store.try_again()
            if not dry_run:
                outbox = steps.prompted(settings, store, connection)
                show(outbox.figures, as_json)
                outbox.raise_failures()
                return
            from pipeline.planning import drafts  # noqa: PLC0415 - pandas takes seconds to import
            from transforms.words.moments import in_utc  # noqa: PLC0415

            found = list(drafts(settings, store, connection))
    if as_json:
        show({"prompts": [planned._asdict() for planned in found]}, as_json)
    for planned in () if as_json else found:
        shown.print(f"# {planned.title}\n\nopens {in_utc(planned.opens_at)}, in its team's working hours\n\n{planned.body}\n", markup=False)


def report(
    config: Config = SOUNDINGS_TOML,
    week: Annotated[str | None, typer.Option(help="ISO week such as 2026-W46; the last closed one if left out")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the two files")] = None,
) -> None:
    """Write the weekly report as HTML and Markdown."""
    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, watched():
            for path in reporting.report(settings, store, week=week, out=out):
                shown.print(str(path), markup=False)


def evaluate(answers: Path, config: Config = SOUNDINGS_TOML, as_json: AsJson = False) -> None:
    """Hold the hits in the warehouse against known answers (JSON lines: detector, trigger_id, recovery_id)."""
    from pipeline.evaluation import agreement  # noqa: PLC0415

    with plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            figures = agreement(store, answers)
    show(figures, as_json)
