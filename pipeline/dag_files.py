"""Whether Airflow can import each file of dags/, tried in a process of its own: nobody but Airflow knows what it takes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.failures import NONE_ASKED, ROOT
from transforms.health import Trouble

FOLDER = ROOT / "dags"
_SECONDS = 120
_TRIED = """
import gc, json, sys
gc.disable()  # it ends before anything could be collected
from airflow.dag_processing.dagbag import DagBag
print(json.dumps(DagBag(sys.argv[1]).import_errors))
"""


def import_errors(config: Path, folder: Path = FOLDER) -> dict[str, str]:
    """File -> what was said, of those that cannot be imported with this soundings.toml; Airflow's own metadata and settings are left alone."""
    if not any(folder.glob("*.py")):
        return {}
    with TemporaryDirectory() as home:
        known = os.environ | {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/none.db",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), str(folder), os.environ.get("PYTHONPATH")))),
            "SOUNDINGS_CONFIG": str(config.resolve()),
        }
        command = [sys.executable, "-c", _TRIED, str(folder)]
        try:
            tried = subprocess.run(command, env=known, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - no shell
        except subprocess.TimeoutExpired:
            return {str(folder): f"Airflow did not read it within {_SECONDS} s"}
    if tried.returncode:
        return {str(folder): f"Airflow cannot be started: {last_line(tried.stderr)}"}
    return {name: last_line(trace) for name, trace in json.loads(tried.stdout.splitlines()[-1]).items()}


def troubles(errors: Mapping[str, str]) -> Iterator[Trouble]:
    """One for each file that cannot be imported: none of its DAGs runs."""
    for name, said in sorted(errors.items()):
        yield Trouble(
            where=f"DAG file {Path(name).name}",
            what=f"Airflow cannot import it, so its DAGs do not run: {NONE_ASKED.out_of(said)}",
            since=None,
            remedy="Mend what that names: soundings.toml (`soundings check-config` says the line), else the file, or take it out of the folder; "
            "Airflow reads it again by itself within minutes.",
            needs_person=True,
        )


def last_line(trace: str) -> str:
    """What an exception said, at the end of its trace."""
    return next((line.strip() for line in reversed(trace.splitlines()) if line.strip()), "nothing was said")
