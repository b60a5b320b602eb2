"""Who wrote a commit: a person's address, or a program."""

import re
from functools import lru_cache

BOT = re.compile(
    r"\[bot\]|\bbots?@|\bci@|-ci@|-bot\b|\bbot\b|dependabot|renovate|github-actions|\bjenkins\b|weblate|pre-commit-ci|greenkeeper|snyk", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def author_of(author: str) -> tuple[str | None, bool]:
    r"""The identity behind `name\nmail` (the address in lower case, else the name) and whether it is a program."""
    name, _, mail = author.partition("\n")
    return mail.strip().lower() or name.strip() or None, bool(BOT.search(author))
