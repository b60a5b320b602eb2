"""The mark by which a ticket of ours is found again."""

import re
from hashlib import blake2b

MARK = re.compile(r"\bLO-[0-9a-f]{8}\b")


def code(key: str) -> str:
    """The short code of a finding: `LO-` and the first 8 hexadecimal digits of its key (of a hash of it, where the key is no such number)."""
    is_number = re.fullmatch(r"[0-9a-f]{8,}", key)
    return f"LO-{key[:8] if is_number else blake2b(key.encode(), digest_size=4).hexdigest()}"


def marker(key: str) -> str:
    """The hidden comment beside the visible code."""
    return f"<!-- soundings {code(key)} -->"
