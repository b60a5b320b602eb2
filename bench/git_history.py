"""How fast a git history becomes records: `python -m bench.git_history [COMMITS] [REPOSITORY]`.

Without a repository, one is made in a temporary folder: a tree of 2,000 files, 1 to 3 files a commit, every tenth commit a merge.
Prints commits a second, configuration changes a second and the peak memory of this process; beside them perceval's git backend, and
`git log` by itself, below whose time nothing that asks git for a history can come.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import yaml

from connectors.git import SETTINGS, between, pathspecs, pull
from connectors.git.process import log
from connectors.git.repositories import head_of, repositories
from pipeline.connections import connection
from pipeline.settings import load
from pipeline.steps import land, warehouse
from signals.windows import Window

ROUNDS = 3
SETTINGS_FILES = ("*.yaml", "**/*.yaml")
EVER = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def _commit(number: int, rng: random.Random) -> str:
    person = rng.randrange(200)
    who = f"Person {person} <person{person}@example.com> {1_600_000_000 + number * 600} +0000"
    message = f"Change {number} of something (#{number})\n\nWhy it was needed, in a line or two.\n" * (1 + number % 3)
    lines = [f"commit refs/heads/main\nmark :{number}\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}"]
    if number > 1:
        lines.append(f"from :{number - 1}\n")
    if number > 20 and number % 10 == 0:
        lines.append(f"merge :{number - rng.randrange(2, 9)}\n")
    for _ in range(rng.randrange(1, 4)):
        text = f"replicas: {rng.randrange(9)}\nimage: app:{rng.randrange(99)}\n"
        lines.append(f"M 100644 inline service-{rng.randrange(50)}/values-{rng.randrange(40)}.yaml\ndata {len(text)}\n{text}\n")
    return "".join(lines)


def history(commits: int) -> Iterator[str]:
    """The input of `git fast-import` for that many commits, always the same."""
    rng = random.Random(7)
    for number in range(1, commits + 1):
        yield _commit(number, rng)


def made(folder: Path, commits: int) -> Path:
    """A bare repository with that many commits."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)  # noqa: S603, S607 (our own folder)
    with (folder / "input").open("w+") as commands:
        commands.writelines(history(commits))
        commands.seek(0)
        subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], stdin=commands, check=True)  # noqa: S603, S607 (our own folder)
    return folder


def timed(label: str, path: Path, config: tuple[str, ...] = ()) -> None:
    """Read everything once and print the rate."""
    started = time.perf_counter()
    count = sum(1 for _ in pull(None, EVER, path=str(path), config=config))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{label}: {count:,} records in {seconds:.2f} s = {count / seconds:,.0f}/s; peak memory {peak:.0f} MB")


def landed(path: Path, folder: Path) -> float:
    """Read everything into a new SQLite warehouse, as a pull does; commits a second."""
    (folder / "soundings.toml").write_text(f"[sources.code]\nuse = 'git'\npath = '{path.resolve()}'\n")
    settings = load(folder / "soundings.toml")
    with warehouse(settings) as store:
        started, cpu = time.perf_counter(), time.process_time()
        landing = land(settings, store, "code", EVER, connection)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = landing.loaded / seconds
    print(
        f"into the warehouse: {landing.loaded:,} in {seconds:.2f} s ({cpu:.2f} s of our CPU) = {rate:,.0f}/s (aim 30,000); peak memory {peak:.0f} MB"
    )
    return rate


def git_alone(path: Path) -> float:
    """The question we ask git, its answer only cut into commits, which takes no longer than git needs to give it; commits a second."""
    (repository,) = repositories(str(path), 1800, None)
    started = time.perf_counter()
    count = sum(1 for _ in log(repository, str(head_of(repository, None)), ("--no-renames", *between(EVER))))
    seconds = time.perf_counter() - started
    print(f"git log alone: {count:,} in {seconds:.2f} s = {count / seconds:,.0f}/s")
    return count / seconds


def settings_alone(path: Path) -> None:
    """What git and libyaml take for each version of each file of settings, once: below it no reading key by key can come."""
    (repository,) = repositories(str(path), 1800, None)
    started, cpu = time.perf_counter(), time.process_time()
    entries = log(repository, str(head_of(repository, None)), (*SETTINGS, *between(EVER)), pathspecs(SETTINGS_FILES))
    blobs = dict.fromkeys(blob for entry in entries for meta in entry[3::2] for blob in meta.split(" ")[2:4] if blob.strip("0"))
    contents = subprocess.run(  # noqa: S603 (our own folder)
        ["git", "-C", path, "cat-file", "--batch"],  # noqa: S607
        input="".join(f"{blob}\n" for blob in blobs).encode(),
        capture_output=True,
        check=True,
    ).stdout
    at, versions = 0, 0
    while at < len(contents):
        head = contents.index(b"\n", at)
        end = head + 1 + int(contents[at:head].split()[2])
        for _ in yaml.parse(contents[head + 1 : end], Loader=yaml.CBaseLoader):
            pass
        at, versions = end + 1, versions + 1
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"git and libyaml alone: {versions:,} versions in {seconds:.2f} s ({cpu:.2f} s of our CPU)")


def perceval(path: Path) -> float:
    """The same history by perceval's git backend, in an environment of its own that is made the first time; commits a second."""
    home = Path(".soundings/perceval")
    if not (home / "bin" / "perceval").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)  # noqa: S603
        subprocess.run([home / "bin" / "pip", "install", "-qq", "--disable-pip-version-check", "perceval"], check=True, timeout=600)  # noqa: S603
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        written = Path(folder, "out")
        options = ["--git-path", f"{folder}/mirror", "--json-line", "--output", written]
        command = [home / "bin" / "perceval", "git", str(path.resolve()), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=900)  # noqa: S603
        seconds = time.perf_counter() - started
        count = written.read_bytes().count(b"\n")
    print(f"perceval, to JSON lines: {count:,} in {seconds:.2f} s = {count / seconds:,.0f}/s")
    return count / seconds


def main(commits: int = 50_000, repository: str | None = None) -> None:
    """Measure reads of commits, then in turns git alone, ours into a warehouse and perceval's, and one read with configuration changes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(repository) if repository else made(Path(folder) / "synthetic.git", commits)
        for _ in range(ROUNDS):
            timed("commits", path)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as fresh:  # a pull is a process of its own
            turns = [
                (git_alone(path), fresh.submit(landed, path, Path(tempfile.mkdtemp(dir=folder))).result(), perceval(path)) for _ in range(ROUNDS)
            ]
        git, ours, theirs = map(max, zip(*turns, strict=True))
        print(f"the best of {ROUNDS} turns: {ours / theirs:.1f} times perceval (aim 10), git log alone {git / theirs:.1f} times")
        timed("commits and configuration changes", path, SETTINGS_FILES)
        settings_alone(path)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, sys.argv[2] if len(sys.argv) > 2 else None)
