"""`soundings …`: the same steps as the DAGs, without a scheduler. Exit status 0 only when all of it worked."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from connectors.errors import Busy, Refused
from pipeline import clock, steps, worklog
from pipeline.connections import connection
from pipeline.publishing import Held
from pipeline.settings import Unusable, load
from warehouse.faults import Unavailable

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
shown, said = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

Config = Annotated[Path, typer.Option(help="the configuration file", envvar="SOUNDINGS_CONFIG")]
At = Annotated[str | None, typer.Option(metavar="T", help="ISO 8601 with a zone")]
AsJson = Annotated[bool, typer.Option("--json", help="figures for machines")]
SOUNDINGS_TOML = Path("soundings.toml")


def main() -> None:
    """The `soundings` command."""
    app()


@app.callback()
def _before(log: Annotated[bool, typer.Option("--log", help="write a line a record of work to stderr", envvar="SOUNDINGS_LOG")] = False) -> None:
    if log:
        worklog.show()


@contextmanager
def _plainly() -> Iterator[None]:
    """What a person can mend ends as one clear message and exit status 1."""
    try:
        yield
    except (Unusable, Unavailable, Refused, Busy, Held, ValueError, OSError) as error:
        said.print(str(error), markup=False)
        raise typer.Exit(1) from None


def _show(figures: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        shown.print_json(json.dumps(figures, default=str))
        return
    for name, value in figures.items():
        shown.print(f"{name}: {', '.join(f'{k} {v}' for k, v in value.items()) if isinstance(value, Mapping) else value}", markup=False)


@app.command()
def run(config: Config = SOUNDINGS_TOML, since: At = None, until: At = None, as_of: At = None, as_json: AsJson = False) -> None:
    """Pull, land, check, derive, prompt and report once. A source that cannot be read is said and does not stop the others."""
    with _plainly():
        if as_of:
            os.environ["SOUNDINGS_AS_OF"] = str(clock.instant(as_of))
        settings = load(config)
        with steps.warehouse(settings) as store:
            figures = steps.run(settings, store, connection, since=clock.instant(since), until=clock.instant(until))
    _show(figures, as_json)
    if figures.get("failed"):
        raise typer.Exit(1)


@app.command(name="check-config")
def check_config(config: Config = SOUNDINGS_TOML) -> None:
    """Check soundings.toml as a whole: each error with its line and the fix."""
    with _plainly():
        settings = load(config)
    tables = {name: getattr(settings.file, name) for name in ("sources", "services", "teams", "people", "trackers")}
    dry = [name for name, line in settings.trackers.items() if line.dry_run]
    shown.print(f"well: {settings.path}: {', '.join(f'{name} {len(table)}' for name, table in tables.items())}", markup=False)
    shown.print(f"in dry run, opening nothing: {', '.join(dry) or 'no tracker'}", markup=False)
    shown.print(f"next: soundings doctor{'' if config == SOUNDINGS_TOML else f' --config {config}'}", markup=False)


@app.command()
def doctor(config: Config = SOUNDINGS_TOML, as_json: AsJson = False) -> None:
    """Ask every source and tracker now: what is wrong, since when, what to do. Exit status 1 where that is for a person; busy is a note for a day."""
    from pipeline.health import examine  # noqa: PLC0415

    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            found = examine(settings, store, connection)
    if as_json:
        _show({name: {k: v for k, v in part.items() if v not in (None, {}, [], "")} for name, part in found.items()}, as_json)
    for name, part in () if as_json else found.items():
        reached = part.get("mode") or f"seen until: {part['seen_until']}"
        shown.print(f"{name}: {part['state']}, {reached}", markup=False)
        _show_troubles(part["troubles"])
    if any(one["needs_person"] for part in found.values() for one in part["troubles"]):
        raise typer.Exit(1)


def _show_troubles(troubles: Iterable[Mapping[str, Any]]) -> None:
    for one in troubles:
        shown.print(f"  {'what ' if one['needs_person'] else 'note '} {one['what']}", markup=False)
        shown.print(f"  since {one['since']:%Y-%m-%d %H:%M} UTC" if one["since"] else "  since now", markup=False)
        shown.print(f"  do    {one['remedy']}", markup=False)


@app.command()
def health(
    config: Config = SOUNDINGS_TOML,
    out: Annotated[Path | None, typer.Option(help="write the page there")] = None,
    as_json: AsJson = False,
) -> None:
    """How it is by the warehouse alone, asking nobody: what needs a person, and the health page. Exit status as that of doctor."""
    from pipeline.health import health as figures  # noqa: PLC0415
    from transforms.health import html  # noqa: PLC0415

    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            found = figures(settings, store)
        if out:
            steps.replace(out, html(found))
    if as_json:
        _show(asdict(found), as_json)
    for trouble in () if as_json else found.troubles:
        shown.print(trouble.where, markup=False)
        _show_troubles([asdict(trouble)])
    if found.needs_person:
        raise typer.Exit(1)


@app.command()
def pull(source: str, config: Config = SOUNDINGS_TOML, since: At = None, until: At = None, as_json: AsJson = False) -> None:
    """Pull and check one source: what is due, or exactly [since, until)."""
    with _plainly():
        settings = load(config)
        if source not in settings.sources:
            message = f"there is no [sources.{source}] in {settings.path}; there are {', '.join(settings.sources)}"
            raise Unusable(message)
        with steps.warehouse(settings) as store:
            end = clock.instant(until) or clock.now()
            figures = steps.pull(settings, store, source, connection, start=clock.instant(since), end=end)
    _show(figures, as_json)


@app.command()
def derive(config: Config = SOUNDINGS_TOML, as_json: AsJson = False) -> None:
    """Work out near misses and stretches from what is published."""
    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            figures = steps.derive(settings, store)
    _show(figures, as_json)


@app.command()
def prompts(config: Config = SOUNDINGS_TOML, dry_run: bool = False, as_json: AsJson = False) -> None:
    """Open what is ripe and read answers back; with --dry-run, show each ticket as it would be and send nothing."""
    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            if not dry_run:
                _show(steps.prompt(settings, store, connection), as_json)
                return
            from pipeline.planning import drafts  # noqa: PLC0415 - pandas takes seconds to import

            found = [{"title": title, "body": body} for title, body in drafts(settings, store)]
    if as_json:
        _show({"prompts": found}, as_json)
    for draft in () if as_json else found:
        shown.print(f"# {draft['title']}\n\n{draft['body']}\n", markup=False)


@app.command()
def report(
    config: Config = SOUNDINGS_TOML,
    week: Annotated[str | None, typer.Option(help="ISO week such as 2026-W46; the last closed one if left out")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the two files")] = None,
) -> None:
    """Write the weekly report as HTML and Markdown."""
    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            for path in steps.report(settings, store, week=week, out=out):
                shown.print(str(path), markup=False)


@app.command()
def evaluate(answers: Path, config: Config = SOUNDINGS_TOML, as_json: AsJson = False) -> None:
    """Hold the hits in the warehouse against known answers (JSON lines: detector, trigger_id, recovery_id)."""
    from pipeline.evaluation import agreement  # noqa: PLC0415

    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            figures = agreement(store, answers)
    _show(figures, as_json)


@app.command()
def erase(person: str, config: Config = SOUNDINGS_TOML) -> None:
    """Take a person out of every table, and keep them out when their records are fetched again."""
    from pipeline.erasure import erase as take_out  # noqa: PLC0415

    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store:
            _show(take_out(settings, store, person), as_json=False)


@app.command()
def move(to: Annotated[str, typer.Option(metavar="URL", help="an empty database, as in [warehouse]")], config: Config = SOUNDINGS_TOML) -> None:
    """Copy everything the warehouse holds into another, empty one; what was asked and answered goes along."""
    from warehouse.moving import move as moved  # noqa: PLC0415
    from warehouse.store import Store  # noqa: PLC0415

    with _plainly():
        settings = load(config)
        with steps.warehouse(settings) as store, closing(Store.open(to)) as target:
            _show({name: count for name, count in moved(store, target).items() if count}, as_json=False)
    shown.print(f"next: write this url under [warehouse] in {settings.path}", markup=False)


@app.command(name="new-source")
def new_source(name: str) -> None:
    """Write connectors/NAME.py and its test from a template, and print the line for soundings.toml."""
    from pipeline.scaffold import scaffold  # noqa: PLC0415

    with _plainly():
        for line in scaffold(name):
            shown.print(line, markup=False)


@app.command()
def up(config: Config = SOUNDINGS_TOML, port: int = 8080) -> None:
    """Airflow on this machine with this configuration, until Ctrl-C."""
    from pipeline.components import NotUp, airflow, stay  # noqa: PLC0415

    with _plainly():
        settings = load(config)
    try:
        with airflow(settings.beside(".soundings/airflow"), settings.path, port=port) as running:
            stay(running, shown)
    except NotUp as error:
        said.print(str(error), markup=False)
        raise typer.Exit(1) from None
