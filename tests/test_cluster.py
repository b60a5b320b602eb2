"""The commands of docker-compose.yml as processes: two Celery workers, one killed while it lands rows; two schedulers; a backfill over a live run."""

import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import psutil
import psycopg
import pytest
from cryptography.fernet import Fernet

from demo.__main__ import organisation
from pipeline.components import free_port
from pipeline.runs import Done, all_done
from pipeline.settings import load
from tests.compose import SERVICES, Machine, databases, redis
from tests.harbour import tables

HELD = Path(__file__).parent / "held"
CONTROL = ("api-server", "scheduler", "scheduler", "dag-processor", "triggerer")
WORKERS = ("worker-1", "worker-2")
PASSWORDS = ("POSTGRES_PASSWORD", "METADATA_PASSWORD", "WAREHOUSE_PASSWORD", "SECRET_KEY", "JWT_SECRET")
SOURCE = "pull_github"
LIVE, BACKFILL = "scheduled__%", "backfill__%"
pytestmark = pytest.mark.timeout(1200)


@dataclass
class Ran:
    machine: Machine
    vendors: dict
    lost: list  # runs whose task the killed worker had
    done: Done
    well: dict
    first_log: str
    longest: timedelta


def until(is_so, what, seconds=300):
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < deadline, f"in vain waited for {what}"
        time.sleep(0.2)
    return found


def killed(running, task):
    """SIGKILL for the worker that runs this process, and for all it started; what they were."""
    families = {name: [worker := psutil.Process(process.pid), *worker.children(recursive=True)] for name, process in running.processes.items()}
    (name,) = (name for name, family in families.items() if task in {process.pid for process in family})
    assert name.startswith(WORKERS)
    del running.processes[name]
    for process in families[name]:
        process.send_signal(signal.SIGKILL)
    return [process.pid for process in families[name]]


def unpause(running, *dags):
    for dag in dags:
        running.ask(f"/api/v2/dags/{dag}", method="PATCH", body={"is_paused": False})


def disturbed(machine, running, sources):
    """In the middle of the landing of a live run a backfill of the same source begins, and the worker is killed; the runs that it had."""
    unpause(running, SOURCE)
    says = machine.home / "held"
    task = int(until(lambda: says.exists() and says.read_text(), "a task that is landing"))
    asked = {"dag_id": SOURCE, "from_date": "2026-08-12T00:00:00Z", "to_date": "2026-08-13T00:00:00Z"}
    running.ask("/api/v2/backfills", method="POST", body=asked)
    under_way = "SELECT run_id FROM task_instance WHERE dag_id = %s AND state = 'running'"
    until(lambda: len(machine.query(under_way, SOURCE)) == 3, "both runs of the backfill beside the live one")
    dead = killed(running, task)
    # Five minutes without a heartbeat, and then the delay of the retry, go by at once: no clock of a slow machine can end another task.
    gone = "UPDATE task_instance SET last_heartbeat_at = last_heartbeat_at - interval '1 hour' WHERE state = 'running' AND pid = ANY(%s)"
    lost = [run for (run,) in machine.query(f"{gone} RETURNING run_id", dead)]
    unpause(running, *sources)
    waits = "UPDATE task_instance SET end_date = end_date - interval '1 hour' WHERE state = 'up_for_retry' RETURNING run_id"
    missed = set()
    until(lambda: missed.update(run for (run,) in machine.query(waits)) or missed >= set(lost), "the schedulers to miss what was killed")
    return lost


@pytest.fixture(scope="module")
def clustered(tmp_path_factory):
    """Harbour pulled, derived, prompted and reported by the cluster, and what was done to it meanwhile."""
    home = tmp_path_factory.mktemp("cluster")
    secrets = {name: token_hex(32) for name in PASSWORDS} | {"FERNET_KEY": Fernet.generate_key().decode()}
    hold = {"HELD_AT": "soundings.land.written", "HELD_DAG": SOURCE, "HELD_SAYS": str(home / "held"), "PYTHONPATH": f"{HELD}:{HELD.parent.parent}"}
    with ExitStack() as stack:
        socket = stack.enter_context(databases(secrets))
        vendors = stack.enter_context(organisation(home, f"postgresql+psycopg://soundings@/soundings?host={socket}"))
        machine = Machine(home, socket, free_port(), free_port(), secrets)
        before = machine.health("api-server")
        for volume in ("login", "logs"):
            (home / volume).mkdir()
        stack.enter_context(redis(machine))
        machine.run("migrate", {})
        clock = {"SOUNDINGS_AS_OF": vendors["SOUNDINGS_AS_OF"]}
        services = [(name, dict(vendors) | hold) for name in WORKERS] + [(name, clock) for name in CONTROL]
        running = stack.enter_context(machine.components(services))
        running.wait_healthy()
        until(lambda: running.ask("/api/v2/dags?dag_id_pattern=" + SOURCE)["dags"], "the DAGs")
        sources = list(load(home / "soundings.toml").sources)
        lost = disturbed(machine, running, [f"pull_{name}" for name in sources])
        done = all_done(running, sources, on_news=print, seconds=900)
        well = {name: machine.health(name) for name in {*CONTROL, "worker-1"}} | {"before the start": before}
        live = next(run for run in lost if run.startswith("scheduled"))
        log = running.ask(f"/api/v2/dags/{SOURCE}/dagRuns/{live}/taskInstances/land/logs/1?full_content=true")
        (task,) = (task for task in running.ask(f"/api/v2/dags/{SOURCE}/tasks")["tasks"] if task["task_id"] == "land")
        yield Ran(machine, vendors, lost, done, well, str(log), timedelta(seconds=task["execution_timeout"]["seconds"]))


def test_two_workers_one_killed_two_schedulers_and_a_backfill_come_to_the_warehouse_of_one_command(clustered, commanded):
    assert tables(clustered.machine.home, clustered.vendors) == tables(commanded[0], commanded[1])


def test_every_ticket_is_opened_once(clustered, commanded):
    assert len(list((clustered.machine.home / "prompts").iterdir())) == len(list((commanded[0] / "prompts").iterdir())) > 0


def test_what_the_killed_worker_had_is_done_by_the_other(clustered):
    tries = dict(clustered.machine.query("SELECT run_id, try_number FROM task_instance WHERE dag_id = %s AND task_id = 'land'", SOURCE))

    assert clustered.done.failed == ()
    assert {run for run, number in tries.items() if number > 1} == set(clustered.lost)


def test_the_backfill_ran_beside_the_live_run(clustered):
    ((begun, ended),) = clustered.machine.query("SELECT start_date, end_date FROM dag_run WHERE dag_id = %s AND run_id LIKE %s", SOURCE, LIVE)
    beside = clustered.machine.query("SELECT start_date FROM dag_run WHERE dag_id = %s AND run_id LIKE %s", SOURCE, BACKFILL)

    assert len(beside) == 2
    assert all(begun < start < ended for (start,) in beside)


def test_both_schedulers_lived_to_the_end(clustered):
    jobs = clustered.machine.query("SELECT state FROM job WHERE job_type = 'SchedulerJob' AND latest_heartbeat > now() - interval '2 minutes'")

    assert jobs == [("running",), ("running",)]


def test_the_browser_shows_the_log_of_a_task_whose_worker_is_gone(clustered):
    assert "Worker startup parse complete" in clustered.first_log


def test_the_health_checks_tell_well_from_not_there(clustered):
    assert clustered.well.pop("before the start") != 0
    assert set(clustered.well.values()) == {0}


def test_no_task_is_given_out_again_while_it_may_still_run(clustered):
    visible = int(SERVICES["worker-1"]["environment"]["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])

    assert timedelta(seconds=visible) > clustered.longest


@pytest.mark.parametrize(("role", "database"), [("airflow", "soundings"), ("soundings", "airflow")])
def test_a_role_reaches_its_own_database_only(clustered, role, database):
    with psycopg.connect(host=clustered.machine.socket, user=role, dbname=role) as own:
        assert own.execute("SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(host=clustered.machine.socket, user=role, dbname=database)


def test_each_secret_is_known_to_those_alone_who_need_it():
    known = {name: {*service.get("env_file", ()), *service.get("environment", ())} for name, service in SERVICES.items()}

    def who_knows(secret):
        return {name for name, names in known.items() if secret in names}

    assert who_knows("connections.env") == set(WORKERS)
    assert who_knows("PGPASSWORD") == {*WORKERS, "api-server"}
    assert who_knows("POSTGRES_PASSWORD") == {"postgres"}
    for secret in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"):
        assert who_knows(secret) == {*CONTROL, "migrate"}


def test_no_secret_stands_in_docker_compose_yml():
    given = {name: value for service in SERVICES.values() for name, value in service.get("environment", {}).items()}
    secret = {name: value for name, value in given.items() if name.endswith(("PASSWORD", "SECRET", "KEY", "CONN"))}

    assert len(secret) == 8
    assert all("${" in value for value in secret.values())
