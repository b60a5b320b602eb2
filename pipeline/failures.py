"""Whatever goes wrong in one source, tracker or step, as something with a kind, words and a remedy: the one place where the unforeseen is worded."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import Busy, Refused
from connectors.http import Connection, without_secrets
from connectors.secret_forms import masked
from pipeline.connections import Connect
from pipeline.worklog import warn
from warehouse.faults import Unavailable

ROOT = Path(__file__).resolve().parent.parent
OURS = ("signals", "connectors", "pipeline", "transforms", "warehouse", "dags", "plugins")
SAID, TRACED = 500, 8_000  # characters
MAY_NOT = (
    "Give it to the user that runs this (`ls -ld` says whose it is), or name another place in soundings.toml; the next run takes up what is left."
)


class Held(Exception):
    """Rows landed that cannot be right. They are kept and not published; the `checks` table names them."""

    kind = "held"
    remedy = "Look at the records named here, mend the source or its connector; the next run pulls the window again by itself (docs/operations.md)."

    def saying(self, message: str) -> "Held":
        """The same in other words."""
        return type(self)(message)


class TooEarly(Exception):
    """There is nothing to tell yet; there will be once something was worked out."""


class Broken(Exception):
    """Something gave way that nobody foresaw: a mistake in a program. Says what, where in the code, and nothing secret; `trace` says it at length."""

    kind = "broken"
    remedy = "This is a mistake in the code at the place named here, not of yours. The next run tries again; `soundings --log` shows the whole trace."

    def __init__(self, message: str, *, trace: str | None = None) -> None:
        """Keep how it came to that."""
        super().__init__(message)
        self.trace = trace

    def saying(self, message: str) -> "Broken":
        """The same in other words."""
        return type(self)(message, trace=self.trace)


Failure = Refused | Busy | Held | Broken


class Secrets:
    """Connections as they are asked for, and what they hold, which no message may show."""

    def __init__(self, connection: Connect) -> None:
        """Ask there, and remember."""
        self._ask, self._held = connection, list[Connection]()

    def __call__(self, conn_id: str) -> Connection:
        """The connection with that id."""
        self._held.append(found := self._ask(conn_id))
        return found

    def out_of(self, text: str) -> str:
        """The text without them and without what looks like one, every character printable."""
        clear = masked(without_secrets(text, self._held))
        return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in clear)


NONE_ASKED = Secrets(lambda conn_id: Connection(login=conn_id))


def failure_of(error: Exception, secrets: Secrets = NONE_ASKED) -> Failure:
    """The error as one of the kinds there are. What nobody foresaw is worded by its class, its own words and its place in the code.

    What the operating system says no to is Refused, a network that is away Busy, as where a connector says so itself.
    """
    if isinstance(error, Refused | Busy | Held | Broken):
        return error
    if isinstance(error, PermissionError) and error.filename:
        return Refused(secrets.out_of(f"{error.filename}: this user may not read or write it ({error.strerror})"), remedy=MAY_NOT)
    words = secrets.out_of(f"{_said(error)}{_place(error)}")
    if isinstance(error, ConnectionError | TimeoutError):
        return Busy(words)
    if isinstance(error, OSError):
        return Refused(words)
    return Broken(words, trace=secrets.out_of("".join(traceback.format_exception(error)))[-TRACED:])


@contextmanager
def named(step: str) -> Iterator[None]:
    """What nobody foresaw in a step of ours ends as Broken, with the name of the step; its trace goes to the log."""
    try:
        yield
    except (Refused, Busy, Held, Broken, TooEarly, Unavailable):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is
        failure = failure_of(error)
    else:
        return
    warn("step_failed", step=step, said=str(failure), remedy=failure.remedy, trace=getattr(failure, "trace", None))
    raise in_part(step, failure)


def in_part(part: str, failure: Failure) -> Failure:
    """The failure with the part it ended and, on a line of its own, what to do about it."""
    return failure.saying(f"[{part}] {failure}" if isinstance(failure, Held) else f"[{part}] {failure}\n{failure.remedy}")


def _said(error: Exception) -> str:
    """Class and words on one line, cut where they are long. An error whose words cannot be had has none."""
    line = "".join(traceback.format_exception_only(error)).strip().partition("\n")[0]
    return line if len(line) <= SAID else f"{line[:SAID]}…"


def _place(error: BaseException) -> str:
    """Where to look: the innermost line, of what it came from if that is known, and the innermost of ours where that is another one."""
    if error.__cause__:
        return _place(error.__cause__)
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]
    ours = [place for place in places if place.partition("/")[0] in OURS]
    if not places:
        return ""
    return f" (at {places[-1]})" if not ours or ours[-1] == places[-1] else f" (at {places[-1]}, from {ours[-1]})"


def _short(filename: str) -> str:
    """The file from the folder it is imported from."""
    path = Path(filename)
    folders = [ROOT, *(Path(folder).resolve() for folder in sys.path if folder)]
    return min((str(path.relative_to(folder)) for folder in folders if path.is_relative_to(folder)), key=len, default=filename)
