"""An organisation in a box: a whole run by Airflow that ends with the path of the report, or Airflow left running in the browser."""

import html
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demo.organisation import AS_OF, WEEK
from demo.story import story
from demo.vendors.calendars import Calendars
from demo.vendors.github import GitHub
from demo.vendors.server import App, serve
from demo.world import World, told
from pipeline.cli.console import watched
from pipeline.components import ROOT, NotUp, airflow, free_port
from pipeline.endings import until_told
from pipeline.runs import Done, all_done
from pipeline.settings import load
from pipeline.up import alone
from pipeline.up import up as stay_up

HOME = ROOT / ".soundings" / "demo"
WITHOUT_TRIGGERER = ("api-server", "scheduler", "dag-processor")
shown = Console(highlight=False, soft_wrap=True)
app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def _else_run(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        run()


@app.command()
def run() -> None:
    """Do the whole job once: Airflow pulls, derives, prompts and reports, then it is stopped. Exit status 0 only when every DAG run succeeded."""
    started = time.monotonic()
    with harbour(free_port()) as (variables, port):
        shutil.rmtree(HOME / "airflow", ignore_errors=True)  # each run begins with an Airflow that knows nothing
        shown.print("Harbour stands: 12 weeks, 11 services, 4 teams. Starting Airflow …")
        with airflow(HOME / "airflow", HOME / "soundings.toml", port=port, extra=variables, only=WITHOUT_TRIGGERER) as running:
            running.wait_healthy()
            _tell(started, "Airflow is up")
            done = all_done(running, list(load(HOME / "soundings.toml").sources), on_news=lambda news: _tell(started, news))
    raise typer.Exit(_ending(done, time.monotonic() - started))


@app.command()
def up(port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one")] = 8080) -> None:
    """Airflow with the made-up organisation in the browser, until Ctrl-C. What you pause there stays paused at the next start."""
    with harbour(port or free_port()) as (variables, chosen):
        stay_up(HOME / "up", HOME / "soundings.toml", shown, port=chosen, extra=variables)


@contextmanager
def harbour(port: int) -> Iterator[tuple[Mapping[str, str], int]]:
    """The organisation in its own folder, alone there; whatever ends it, what it started ends as well."""
    try:
        with until_told(), alone(HOME, port), watched():
            shown.print(f"Making Harbour, a made-up organisation, in {os.path.relpath(HOME)} …")
            with organisation(HOME) as variables:
                yield variables, port
    except NotUp as error:
        shown.print(str(error), markup=False)
        raise typer.Exit(1) from None


@contextmanager
def organisation(home: Path, warehouse: str = "sqlite:///soundings.db") -> Iterator[Mapping[str, str]]:
    """Harbour below `home` and its vendors on loopback; yields the environment that connects Soundings to them."""
    for part in ("repositories", "records"):
        shutil.rmtree(home / part, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    configuration = (ROOT / "demo" / "soundings.toml").read_text(encoding="utf-8")
    (home / "soundings.toml").write_text(configuration.replace("sqlite:///soundings.db", warehouse), encoding="utf-8")
    world = told(story(), home)
    with ExitStack() as vendors:
        yield _connections(world, vendors) | {"SOUNDINGS_AS_OF": AS_OF.isoformat(), "SOUNDINGS_CONFIG": str(home / "soundings.toml")}


def _connections(world: World, vendors: ExitStack) -> dict[str, str]:
    apps: dict[str, tuple[App, str]] = {
        "harbour_github": (GitHub(world.github), world.github.token),
        "harbour_pagerduty": (world.pagerduty, world.pagerduty.token),
        "harbour_calendar": (Calendars({"mobile.ics": world.calendar}), ""),
    }
    return {
        f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps({"conn_type": "http", "host": vendors.enter_context(serve(app)).url, "password": secret})
        for conn_id, (app, secret) in apps.items()
    }


def _tell(started: float, news: str) -> None:
    shown.print(f"{time.monotonic() - started:4.0f} s  {news}")


def _ending(done: Done, seconds: float) -> int:
    if done.failed:
        shown.print(f"These runs did not succeed: {', '.join(done.failed)}; their logs are in {HOME / 'airflow' / 'logs'}")
        return 1
    text = (HOME / "report" / f"soundings-{WEEK}.md").read_text(encoding="utf-8")
    shown.print(f"\nDone in {seconds:.0f} s. Five things worth a conversation in {WEEK}:\n")
    shown.print(_plain(_section(text, "Worth a conversation")), markup=False)
    for name, path in {"Report": f"report/soundings-{WEEK}.html", "Prompts": "prompts/", "Warehouse": "soundings.db"}.items():
        shown.print(f"{name + ':':11}{os.path.relpath(HOME / path)}")
    return 0


def _section(markdown: str, heading: str) -> str:
    after = markdown.partition(f"## {heading}")[2].partition("\n")[2]
    return after.partition("\n## ")[0].strip() + "\n"


def _plain(markdown: str) -> str:
    """The letter's Markdown as a terminal shows it: names as they are called, links with their address."""
    linked = re.sub(r"\[([^\]]+)\]\((\S+?)\)", r"\1: \2", markdown.replace("**", ""))
    return html.unescape(re.sub(r"\\(.)", r"\1", linked).replace("\N{WORD JOINER}", ""))


if __name__ == "__main__":
    app(prog_name="python -m demo")
