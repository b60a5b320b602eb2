"""What `make` installs, removes and keeps, in a copy of its files with made-up things beside them."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAKE, GIT = (shutil.which(name) or name for name in ("make", "git"))
MADE = (".venv/bin/python", ".soundings/demo/soundings.db", ".soundings/uv/x", ".mypy_cache/x", "pipeline/__pycache__/x.pyc", "soundings.egg-info/x")
GATHERED = ("soundings.db", "soundings.db-wal", ".soundings/git/acme/HEAD", ".soundings/airflow/running.json", "report/a.html", "prompts/LO-1.md")
WRITTEN = ("soundings.toml", "records/deploys.csv", "demo/soundings.toml")
PIP = """#!/bin/sh
echo "WARNING: of no interest" >&2
echo "Collecting first==1"
echo "Collecting second==2"
echo "Installing collected packages: first, second"
{end}
"""


@pytest.fixture
def checkout(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    for name in (*MADE, *GATHERED, *WRITTEN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def made(checkout, *command, answer="", **variables):
    known = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}} | variables
    return subprocess.run([MAKE, *command], cwd=checkout, env=known, input=answer, capture_output=True, text=True, timeout=60, check=False)


def there(checkout, names):
    return [name for name in names if (checkout / name).exists()]


def test_clean_removes_what_make_made_and_nothing_of_a_user(checkout):
    assert made(checkout, "clean").returncode == 0
    assert there(checkout, MADE) == []
    assert there(checkout, GATHERED + WRITTEN) == [*GATHERED, *WRITTEN]


@pytest.mark.parametrize("answer", ["", "\n", "no\n", "y\n"])
def test_what_was_gathered_is_named_and_stays_unless_somebody_types_yes(checkout, answer):
    done = made(checkout, "clean-state", answer=answer)

    assert done.returncode != 0
    assert [name for name in (".soundings/airflow", ".soundings/git", "soundings.db", "report", "prompts") if name not in done.stdout] == []
    assert there(checkout, GATHERED) == [*GATHERED]


@pytest.mark.parametrize(("answer", "variables"), [("yes\n", {}), ("", {"YES": "1"})])
def test_what_was_gathered_goes_on_a_yes_and_what_people_wrote_stays(checkout, answer, variables):
    assert made(checkout, "clean-state", answer=answer, **variables).returncode == 0
    assert there(checkout, GATHERED) == []
    assert there(checkout, MADE + WRITTEN) == [*MADE, *WRITTEN]
    assert "nothing to remove" in made(checkout, "clean-state").stdout


def test_nothing_is_removed_under_a_running_airflow(checkout):
    with (checkout / ".soundings/airflow/running.json").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = made(checkout, "clean-state", YES="1")

    assert (done.returncode, there(checkout, GATHERED)) == (2, [*GATHERED])
    assert "End it first" in done.stderr


@pytest.mark.parametrize("command", ["clean", "clean-state"])
@pytest.mark.parametrize("called", [".venv/bin/python", "{folder}/.venv/bin/python"])
def test_nothing_is_removed_under_what_runs_from_the_checkout_and_it_is_named(checkout, command, called):
    (checkout / ".venv/bin/python").unlink()
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    with subprocess.Popen([called.format(folder=checkout), "-c", "input()"], cwd=checkout, stdin=subprocess.PIPE) as running:
        done = made(checkout, command, YES="1")
        running.communicate(b"\n")

    assert (done.returncode, there(checkout, MADE + GATHERED)) == (2, [*MADE, *GATHERED])
    assert f"{running.pid}  {called.format(folder=checkout)} -c input()" in done.stderr
    assert made(checkout, command, YES="1").returncode == 0


@pytest.mark.parametrize(("name", "is_ignored"), [*((name, True) for name in GATHERED), ("soundings.toml", True), ("demo/soundings.toml", False)])
def test_git_is_not_offered_what_an_organisation_wrote_or_gathered(name, is_ignored):
    found = subprocess.run([GIT, "check-ignore", "--quiet", "--no-index", name], cwd=ROOT, check=False)
    assert (found.returncode == 0) == is_ignored


@pytest.mark.parametrize(("end", "status", "last"), [("echo Successfully installed", 0, "2 of 2 packages there"), ("exit 3", 3, "now unpacked")])
def test_installing_says_how_far_it_is_and_ends_as_pip_does(checkout, end, status, last):
    pip = checkout / ".venv" / "bin" / "pip"
    pip.write_text(PIP.format(end=end))
    pip.chmod(0o700)
    (checkout / "two.lock").write_text("first==1 \\\n    --hash=sha256:aa\nsecond[extra]==2 \\\n    --hash=sha256:bb\n")
    done = subprocess.run([checkout / ".ci" / "install", "two.lock"], capture_output=True, text=True, timeout=60, check=False)

    first, *_, told = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (status, "")
    assert first == "Installing the 2 packages of two.lock, each checked by its hash …"
    assert told.endswith(last)


def test_the_port_reaches_the_command(checkout):
    done = made(checkout, "--dry-run", "--old-file=.venv/runtime", "up", "PORT=8090")
    assert done.stdout == ".venv/bin/python -m pipeline up --config soundings.toml --port 8090\n"
    (checkout / "soundings.toml").unlink()
    assert made(checkout, "--dry-run", "--old-file=.venv/runtime", "up").stdout == ".venv/bin/python -m demo up\n"
