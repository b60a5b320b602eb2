"""Bytes from outside, cut at a cap and read strictly."""

import json
import math
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.errors import Garbled, TooLarge
from connectors.web.complaint import heading

_LONGEST_INT = 20  # digits of the largest 64-bit number


def content(chunks: Iterable[bytes], encoding: str, cap: int) -> bytes:
    """The whole body, unpacked. Raises TooLarge above `cap` bytes, Garbled for a cut or unknown packing."""
    if encoding not in {"", "identity", "gzip", "deflate"}:
        raise Garbled("the answer is packed in a way that was not asked for")
    body = bytearray()
    for piece in _unpacked(chunks, cap) if encoding in {"gzip", "deflate"} else chunks:
        body += piece
        if len(body) > cap:
            message = f"the answer is larger than {cap:,} bytes; ask for less at once (a smaller page or window)"
            raise TooLarge(message)
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], cap: int) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(wbits=47)  # gzip or zlib, told apart by their first bytes
    any_came = False
    for chunk in chunks:
        any_came = True
        rest = chunk
        while rest:
            try:
                yield unpacking.decompress(rest, min(cap + 1, 1 << 20))
            except zlib.error:
                raise Garbled("the packed answer is damaged") from None
            rest = unpacking.unconsumed_tail
        if unpacking.unused_data:
            raise Garbled("the packed answer goes on after its end")
    if any_came and not unpacking.eof:
        raise Garbled("the packed answer is cut")


def strict_json(data: bytes) -> Any:
    """JSON as RFC 8259 has it. Raises Garbled for HTML, nothing, null, NaN, a key given twice, numbers beyond 64 bits, endless nesting."""
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_integer,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError) as error:
        reason = _looks_like(data) or f"not valid JSON{_place(error)}"
    else:
        reason = "null" if value is None else ""
    if reason:
        message = f"the answer is {reason}"
        raise Garbled(message)
    return value


def _place(error: Exception) -> str:
    """Where it goes wrong, without any of what stands there."""
    if isinstance(error, RecursionError):
        return " that can be read: it is nested too deep"
    return f" (after character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""


def _looks_like(data: bytes) -> str:
    if not data.strip():
        return "empty"
    if not data.lstrip().startswith(b"<"):
        return ""
    title = heading(data.decode("utf-8", "replace"))
    return f"HTML instead of JSON ({title})" if title else "HTML instead of JSON"


def _no_number(text: str) -> float:
    message = f"{text} is not a number"
    raise ValueError(message)


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number("a float that large")


def _integer(text: str) -> int:
    return int(text) if len(text) <= _LONGEST_INT else int(_no_number("an integer that long"))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key is given twice")
    return value
