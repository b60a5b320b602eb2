"""What goes wrong between us and the database, as one sentence a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

# The database's state, not a mistake in a statement of ours.
_FAULTS = (sqlite3.OperationalError, psycopg.OperationalError, psycopg.InternalError, psycopg.InterfaceError, psycopg.errors.InsufficientPrivilege)
REMEDY = "See that it runs, can be reached, lets this user write and has room on its disk; then do this again. Nothing is half written."
NOT_LET_IN = "Put the password of this user into PGPASSWORD or ~/.pgpass, which only you may read; then do this again. Nothing is half written."


class Unavailable(Exception):
    """The warehouse cannot be used now. Nothing is half written, and the same work is worth doing again later."""


class Overtaken(Unavailable):
    """Another run that had read more wrote first, so what this one had read was not written. Reading again is all it takes."""


def shown(url: URL) -> str:
    """The warehouse's address without any password."""
    kept = {name: value for name, value in url.query.items() if "password" not in name}
    return url.set(query=kept).render_as_string()


@contextmanager
def faults_named(url: URL) -> Iterator[None]:
    """Whatever the database cannot do now ends as Unavailable, with its own words and the remedy, and without a row's values."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
        fault = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(fault, _FAULTS) and type(fault) is not sqlite3.DatabaseError:  # that one means that the file is none
            raise
        said = (str(fault).strip() or type(fault).__name__).splitlines()[0]
        message = f"the warehouse {shown(url)} cannot be used: {said.rstrip('.')}. {_remedy(url, said)}"
        raise Unavailable(message) from fault


def _remedy(url: URL, said: str) -> str:
    folder = Path(url.database or ".").parent
    if url.get_backend_name() == "sqlite" and not folder.exists():
        return f"There is no folder {folder}: make it, or correct `url` under [warehouse]; then do this again."
    return NOT_LET_IN if "password" in said else REMEDY
