"""`python -m demo run` does the whole job once and says where the report is; `python -m demo up` leaves Airflow running in the browser."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from demo.organisation import AS_OF, WEEK
from demo.story import story
from demo.vendors.calendars import Calendars
from demo.vendors.github import GitHub
from demo.vendors.server import App, serve
from demo.world import World, told
from pipeline.components import ROOT, NotUp, airflow, stay
from pipeline.runs import Done, all_done
from pipeline.settings import load

HOME = ROOT / ".soundings" / "demo"
COMPONENTS = ("api-server", "scheduler", "dag-processor")
shown = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Exit status 0 only when every DAG run succeeded."""
    verb = sys.argv[1] if len(sys.argv) > 1 else "run"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that Airflow's processes are ended on the way out
    try:
        with organisation(HOME) as variables:
            return run(variables) if verb == "run" else up(variables)
    except NotUp as error:
        shown.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        return 130


@contextmanager
def organisation(home: Path, warehouse: str = "sqlite:///soundings.db") -> Iterator[Mapping[str, str]]:
    """Harbour below `home` and its vendors on loopback; yields the environment that connects Soundings to them."""
    for part in ("repositories", "records", "airflow"):
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


def run(variables: Mapping[str, str]) -> int:
    """Airflow pulls, derives, prompts and reports; then it is stopped."""
    started = time.monotonic()
    shown.print("Harbour stands: 12 weeks, 11 services, 4 teams. Starting Airflow …")
    with airflow(HOME / "airflow", HOME / "soundings.toml", extra=variables, only=COMPONENTS) as running:
        running.wait_healthy()
        shown.print(f"{time.monotonic() - started:4.0f} s  Airflow is up")
        done = all_done(
            running, list(load(HOME / "soundings.toml").sources), on_news=lambda news: shown.print(f"{time.monotonic() - started:4.0f} s  {news}")
        )
    return _ending(done, time.monotonic() - started)


def _ending(done: Done, seconds: float) -> int:
    if done.failed:
        shown.print(f"These runs did not succeed: {', '.join(done.failed)}; their logs are in {HOME / 'airflow' / 'logs'}")
        return 1
    text = (HOME / "report" / f"soundings-{WEEK}.md").read_text(encoding="utf-8")
    shown.print(f"\nDone in {seconds:.0f} s. Five things worth a conversation in {WEEK}:\n")
    shown.print(_section(text, "Worth a conversation"), markup=False)
    for name, path in {"Report": f"report/soundings-{WEEK}.html", "Prompts": "prompts/", "Warehouse": "soundings.db"}.items():
        shown.print(f"{name + ':':11}{os.path.relpath(HOME / path)}")
    return 0


def _section(markdown: str, heading: str) -> str:
    after = markdown.partition(f"## {heading}")[2].partition("\n")[2]
    return after.partition("\n## ")[0].strip() + "\n"


def up(variables: Mapping[str, str]) -> int:
    """Airflow with the demo organisation until Ctrl-C."""
    with airflow(HOME / "airflow", HOME / "soundings.toml", port=8080, extra=variables) as running:
        stay(running, shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
