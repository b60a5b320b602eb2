"""The types and the shapes of columns: instants, lists, JSON and vendors' records, the same on SQLite and PostgreSQL."""

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, LargeBinary, MetaData, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from signals.record import Expect

metadata = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only where the type is INTEGER

# Times are written by the million: in pieces out of these it takes half as long as by isoformat().
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60))
_SECONDS = tuple(f"{second:02}" for second in range(60))

_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@lru_cache(maxsize=50_000)
def _day(number: int) -> str:
    return (EPOCH + timedelta(number)).date().isoformat()


def instant_text(at: datetime) -> str:
    """The instant as fixed-width UTC text, which sorts as time and which both databases read. ValueError for a naive one."""
    try:
        since = at - EPOCH
    except TypeError:
        message = f"the time {at} has no zone: add it, like 2026-01-31T09:00:00Z"
        raise ValueError(message) from None
    second = since.seconds
    fraction = f"{since.microseconds:06}" if since.microseconds else "000000"
    return f"{_day(since.days)} {_MINUTES[second // 60]}:{_SECONDS[second % 60]}.{fraction}+00:00"


def texts_json(texts: Sequence[str]) -> str:
    """A list of texts as JSON text, in its own order."""
    return f"[{','.join(map(encode_basestring, texts))}]"


def raw_json(value: Any) -> bytes:
    """Any vendor record as JSON. What JSON has no form for becomes text; odd characters stay as escapes."""
    try:
        return json.dumps(value, default=str).encode()
    except (TypeError, ValueError, RecursionError):
        return json.dumps(f"a {type(value).__name__} that cannot be written as JSON").encode()


def packed(value: Any) -> bytes:
    """The same, compressed: the form of every `raw` column."""
    return zlib.compress(raw_json(value), 1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: `timestamptz` on PostgreSQL, `YYYY-MM-DD HH:MM:SS.ffffff+00:00` on SQLite. Naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite has no type with a zone."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To UTC; ValueError for a naive time."""
        if value is None:
            return None
        written = instant_text(value)
        return written if dialect.name == "sqlite" else datetime.fromisoformat(written)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """From UTC text or timestamptz."""
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Any JSON value as text, written the same way each time, so that equal values are equal text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """JSON text with sorted keys."""
        return None if value is None else _written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """The value again."""
        return None if value is None else json.loads(value)


class Texts(Json):
    """A list of texts (a Python list when read)."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Any sequence of texts."""
        return None if value is None else texts_json(value)


class Raw(TypeDecorator[Any]):
    """The vendor's own record as compressed JSON."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Compressed, unless it is already."""
        return value if value is None or isinstance(value, bytes) else packed(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """The record again."""
        return None if value is None else json.loads(zlib.decompress(value))


def must(name: str, kind: Any, doc: str, expect: Expect | None = None) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, kind, nullable=False, doc=doc, info={"expect": expect} if expect else {})


def may(name: str, kind: Any, doc: str, expect: Expect | None = None) -> Column[Any]:
    """A column that is empty where nobody said."""
    return Column(name, kind, nullable=True, doc=doc, info={"expect": expect} if expect else {})
