"""An Airflow connection id -> where to go and with which secret, without importing Airflow (which takes seconds).

`AIRFLOW_CONN_<ID>` is read here, as JSON or URI; whatever else holds connections (the metadata database, a secrets backend) is asked through
Airflow's own command. Errors name the id and never the value.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from connectors.errors import Busy, Refused
from connectors.http import Api, Connection, Vendor, checked_address, connect
from pipeline.confidential import OF_THE_WAREHOUSE
from pipeline.configuration import File, SourceLine, TrackerLine
from pipeline.references import Problem
from warehouse.database import address

Connect = Callable[[str], Connection]

_SECONDS = 60


def variable_of(conn_id: str) -> str:
    """The variable of the environment that may hold the connection with that id."""
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def connection(conn_id: str) -> Connection:
    """The connection with that id. Raises Refused when there is none or it cannot be read, Busy when Airflow does not answer."""
    name = variable_of(conn_id)
    text = os.environ.get(name)
    try:
        found = _told_by_airflow(conn_id) if text is None else _parsed(text.strip())
        return from_airflow(**found)
    except (ValueError, TypeError, AttributeError):
        trouble = f"the connection {conn_id!r} ({name}) is neither JSON nor a URI as Airflow writes them"
    raise Refused(trouble)


def connection_problems(file: File) -> Iterator[Problem]:
    """Key and advice for each `conn_id` whose connection in the environment leads to no address one can ask, and for a password of the warehouse."""
    warehouse = address(file.warehouse.url)
    if warehouse.password or "password" in warehouse.query:
        yield ("warehouse", "url"), OF_THE_WAREHOUSE
    lines = [(kind, name, line) for kind in ("sources", "trackers") for name, line in getattr(file, kind).items()]
    for kind, name, line in lines:
        try:
            if line.conn_id and variable_of(line.conn_id) in os.environ:
                connection(line.conn_id)
        except Refused as refused:
            yield (kind, name, "conn_id"), str(refused)


def from_airflow(
    host: str | None, schema: str | None, port: int | None, login: str | None, password: str | None, *, extra: Mapping[str, Any] | None = None
) -> Connection:
    """The fields of an Airflow connection as ours.

    `host` may be a whole address, `schema` is https or http, `extra` may hold `plain_http` and `ca_bundle`.
    """
    held = extra or {}
    plain_http = str(held.get("plain_http", False)).lower() == "true"
    return Connection(_address(host, schema, port), login or None, password or None, plain_http, held.get("ca_bundle"))


def _address(host: str | None, schema: str | None, port: int | None) -> str | None:
    if not host:
        return None
    is_protocol = schema in {"http", "https"}
    is_here = urlsplit(f"//{host}").hostname in {"localhost", "127.0.0.1", "::1"}
    whole = host if "://" in host else f"{schema if is_protocol else 'http' if is_here else 'https'}://{host}"
    try:
        parts = urlsplit(checked_address(whole))
    except Refused as refused:
        raise refused.saying(f"the host of the connection: {refused}") from None
    if port and not parts.port:
        parts = parts._replace(netloc=f"{parts.netloc}:{port}")
    if schema and not is_protocol:
        parts = parts._replace(path=f"{parts.path.rstrip('/')}/{schema.lstrip('/')}")
    return parts.geturl()


def _parsed(text: str) -> dict[str, Any]:
    return _from_json(json.loads(text)) if text.startswith("{") else _from_uri(text)


def _from_json(held: Mapping[str, Any]) -> dict[str, Any]:
    extra = held.get("extra") or held.get("extra_dejson") or {}
    return {
        **{name: held.get(name) for name in ("host", "schema", "login", "password")},
        "port": int(held["port"]) if held.get("port") else None,
        "extra": json.loads(extra) if isinstance(extra, str) else extra,
    }


def _from_uri(text: str) -> dict[str, Any]:
    """`http://login:password@host:port/schema?extra`, and Airflow's `http://https://…@host` for a host with its protocol."""
    kind, _, rest = text.partition("://")
    protocol = rest.partition("://")[0] if "://" in rest.partition("?")[0] else ""
    parts = urlsplit(f"//{rest.partition('://')[2] if protocol else rest}")
    if not kind or "://" not in text or not text.isprintable():  # urlsplit takes line breaks out without a word
        raise ValueError("no URI")
    extra = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host = unquote(parts.hostname or "")
    return {
        "host": f"{protocol}://{host}" if protocol and host else host,
        "schema": unquote(parts.path[1:]),
        "port": parts.port,
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "extra": json.loads(extra["__extra__"]) if "__extra__" in extra else extra,
    }


def _told_by_airflow(conn_id: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "airflow", "connections", "get", conn_id, "--output", "json"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        told = None
    if told is None:
        message = f"airflow connections get {conn_id}: no answer within {_SECONDS} s"
        raise Busy(message)
    if told.returncode and "not found" not in told.stderr:
        message = f"airflow connections get {conn_id}: Airflow did not answer (exit status {told.returncode}); run it by hand to see why"
        raise Busy(message)
    if told.returncode:
        message = (
            f"there is no connection {conn_id!r}: set AIRFLOW_CONN_{conn_id.upper()}, "
            f"or run: airflow connections add {conn_id} --conn-type http --conn-host HOST --conn-password TOKEN"
        )
        raise Refused(message)
    return _from_json(json.loads(told.stdout[told.stdout.index("[") :])[0])


def api_of(
    vendor: Vendor | None, line: SourceLine | TrackerLine, connection: Connect, etags: dict[str, str] | None = None
) -> Api | Connection | None:
    """The client for one line of soundings.toml; where the connector has no API, its connection, if it has one."""
    held = connection(line.conn_id) if line.conn_id else None
    if vendor is None:
        return held
    return connect(vendor, held or Connection(), base_url=line.base_url, etags=etags)
